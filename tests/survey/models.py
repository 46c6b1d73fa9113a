"""The models of the survey: how each is made without weights, and the sizes of its inputs."""

from __future__ import annotations

import importlib
import inspect
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import nn

from tests.survey import detectors

IMAGE_SIZES = {"inception_v3": 299}
VIDEO = {"mvit": (16, 224), "swin3d": (16, 224), "s3d": (64, 224)}
HUB_CLIPS = {
    "slow_r50": (8, 256),
    "c2d_r50": (8, 256),
    "i3d_r50": (8, 256),
    "csn_r101": (32, 256),
    "r2plus1d_r50": (16, 256),
    "x3d_xs": (4, 182),
    "x3d_s": (13, 182),
    "x3d_m": (16, 256),
    "x3d_l": (16, 356),
    "mvit_base_16x4": (16, 224),
    "mvit_base_32x3": (32, 224),
    "mvit_base_16": (1, 224),
    "efficient_x3d_xs": (4, 160),
    "efficient_x3d_s": (13, 160),
}


SMALLEST_FIRST = (
    "atto", "femto", "pico", "zepto", "nano", "xxtiny", "xxt", "xtiny", "xt", "xxs", "xs", "xsmall", "tiny", "ti", "t",
    "t0", "mini", "s0", "s", "small", "b0", "0", "lite",
)  # fmt: skip


@dataclass(frozen=True)
class Model:
    """A model: its family, how it is made, and its inputs as texts for `archcalc.load`."""

    family: str
    name: str
    build: Callable[[], nn.Module]
    inputs: tuple[str, ...]
    group: str = ""
    """Models of one group differ in size; a sample takes one of each first."""


def models() -> Iterator[Model]:
    """Yield the models of every library that is installed."""
    yield from torchvision_models()
    yield from hub_models()
    yield from timm_models()
    yield from transformers_models()
    yield from monai_models()
    yield from segmentation_models()


def sample(chosen: list[Model], count: int) -> list[Model]:
    """Return so many models: the smallest of each group, as far as names say, then others at random."""
    groups: dict[str, list[Model]] = {}
    for each in chosen:
        groups.setdefault(each.group or each.name, []).append(each)
    first = [min(group, key=_size) for group in groups.values()]
    mixed = random.Random(0)
    mixed.shuffle(first)
    rest = [each for each in chosen if each not in first]
    mixed.shuffle(rest)
    return (first + rest)[:count]


def _size(model: Model) -> tuple[int, int, str]:
    words = model.name.replace(".", "_").split("_")
    found = [at for at, word in enumerate(SMALLEST_FIRST) if word in words]
    numbers = [int(each) for each in re.findall(r"\d+", model.name)]
    return (found[0] if found else len(SMALLEST_FIRST), min(numbers, default=0), model.name)


def torchvision_models() -> Iterator[Model]:
    """Yield classification, segmentation, video and detection models of torchvision."""
    detectors.install()
    vision: Any = importlib.import_module("torchvision.models")
    for name in vision.list_models():
        family, clip = "torchvision classification", None
        module = vision.get_model_builder(name).__module__
        options: dict[str, Any] = {"weights": None}
        if ".segmentation" in module or ".detection" in module:
            family, options["weights_backbone"] = f"torchvision {module.split('.')[2]}", None
        elif ".optical_flow" in module or ".quantization" in module:
            continue
        elif ".video" in module:
            family = "torchvision video"
            clip = next((size for stem, size in VIDEO.items() if name.startswith(stem)), (16, 112))
        elif name in ("googlenet", "inception_v3"):
            options["init_weights"] = False
        size = IMAGE_SIZES.get(name, 224)
        sizes = f"clip=3x{clip[0]}x{clip[1]}x{clip[1]}" if clip else f"image=3x{size}x{size}"
        yield Model(family, name, partial(vision.get_model, name, **options), (sizes,), module)


def hub_models() -> Iterator[Model]:
    """Yield the builders of PyTorchVideo's hub."""
    hub: Any = importlib.import_module("pytorchvideo.models.hub")
    for name, (frames, size) in HUB_CLIPS.items():
        if hasattr(hub, name):
            sizes = f"clip=3x{frames}x{size}x{size}" if frames > 1 else f"image=3x{size}x{size}"
            yield Model("pytorchvideo", name, partial(getattr(hub, name), pretrained=False), (sizes,))
    for name in ("slowfast_r50", "slowfast_r101", "slowfast_16x8_r101_50_50"):
        clips = (
            ("slow=3x8x256x256", "fast=3x32x256x256")
            if "16x8" not in name
            else ("slow=3x16x256x256", "fast=3x64x256x256")
        )
        yield Model("pytorchvideo", name, partial(getattr(hub, name), pretrained=False), clips)


def timm_models() -> Iterator[Model]:
    """Yield the architectures of timm under a billion parameters, at the sizes of their configurations."""
    try:
        timm: Any = importlib.import_module("timm")
    except ImportError:
        return
    for group, name in ((module, name) for module in timm.list_modules() for name in timm.list_models(module=module)):
        settings = timm.get_pretrained_cfg(name)
        size = tuple(settings.input_size if settings else (3, 224, 224))
        text = f"image={'x'.join(map(str, size))}"
        yield Model("timm", name, partial(timm.create_model, name, pretrained=False), (text,), f"timm {group}")


IMAGE, CLIP, WORDS = ("pixel_values=3x224x224",), ("pixel_values=T16xC3xH224xW224",), ("input_ids=T64:int64",)
SMALL_LANGUAGE = {
    "vocab_size": 1000, "hidden_size": 256, "intermediate_size": 512, "num_hidden_layers": 4, "num_attention_heads": 4,
    "num_key_value_heads": 4,
}  # fmt: skip
TRANSFORMERS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    **dict.fromkeys(("ViT", "DeiT", "Beit", "Swin", "Swinv2", "ConvNext", "ConvNextV2", "ResNet", "RegNet", "Segformer",
        "MobileNetV1", "MobileNetV2", "MobileViT", "MobileViTV2", "Levit", "Pvt", "PvtV2", "Dinov2", "Data2VecVision",
        "EfficientNet", "PoolFormer", "FocalNet", "Bit", "Cvt", "VitDet", "ViTMSN", "Hiera", "CLIPVision",
        "SiglipVision"), (IMAGE, {})),
    "VideoMAE": (CLIP, {}),
    "Timesformer": (("pixel_values=T8xC3xH224xW224",), {}),
    "Vivit": (("pixel_values=T32xC3xH224xW224",), {}),
    **dict.fromkeys(("Bert", "Roberta", "DistilBert", "Albert", "Electra", "GPT2", "OPT", "MPNet", "Deberta", "XLNet",
        "FNet", "RoFormer", "ConvBert", "SqueezeBert", "MobileBert"), (WORDS, {})),
    **dict.fromkeys(("Llama", "Mistral", "Qwen2", "Gemma", "Phi", "GPTNeoX"), (WORDS, SMALL_LANGUAGE)),
    "Wav2Vec2": (("input_values=T16000",), {}),
    "Hubert": (("input_values=T16000",), {}),
}  # fmt: skip


def transformers_models() -> Iterator[Model]:
    """Yield models of transformers, built from their configurations."""
    try:
        library: Any = importlib.import_module("transformers")
    except ImportError:
        return

    def build(name: str, options: dict[str, Any]) -> nn.Module:
        given = getattr(library, f"{name}Config")
        known = given(**{key: value for key, value in options.items() if key in given().to_dict()})
        return getattr(library, f"{name}Model")(known)  # type: ignore[no-any-return]

    for name, (inputs, options) in TRANSFORMERS.items():
        if hasattr(library, f"{name}Config"):
            yield Model("transformers", name, partial(build, name, options), inputs)


VOLUME = ("image=C1xD64xH64xW64",)
MONAI: dict[str, dict[str, Any]] = {
    "UNet": {"channels": (16, 32, 64, 128), "strides": (2, 2, 2), "num_res_units": 2},
    "BasicUNet": {}, "SegResNet": {}, "VNet": {}, "HighResNet": {},
    "AttentionUnet": {"channels": (16, 32, 64, 128), "strides": (2, 2, 2)},
    "DynUNet": {"kernel_size": [3] * 4, "strides": [1, 2, 2, 2], "upsample_kernel_size": [2] * 3},
    "UNETR": {"img_size": (64, 64, 64)}, "SwinUNETR": {}, "DenseNet121": {},
    "SEResNet50": {"num_classes": 2, "spatial_dims": 3, "in_channels": 1},
    "ViT": {"img_size": (64, 64, 64), "patch_size": (16, 16, 16)}, "RegUNet": {"num_channel_initial": 8, "depth": 3},
    "EfficientNetBN": {"model_name": "efficientnet-b0"}, "resnet18": {"n_input_channels": 1},
    "resnet50": {"n_input_channels": 1},
}  # fmt: skip


def monai_models() -> Iterator[Model]:
    """Yield networks of MONAI on volumes."""
    try:
        library: Any = importlib.import_module("monai.networks.nets")
    except ImportError:
        return

    def build(name: str, options: dict[str, Any]) -> nn.Module:
        maker = getattr(library, name)
        accepted = inspect.signature(getattr(maker, "__init__", maker) if isinstance(maker, type) else maker).parameters
        usual = {"spatial_dims": 3, "in_channels": 1, "out_channels": 2}
        fits = "kwargs" in accepted and not isinstance(maker, type)
        return maker(**{key: each for key, each in usual.items() if key in accepted and not fits}, **options)  # type: ignore[no-any-return]

    for name, options in MONAI.items():
        yield Model("MONAI", name, partial(build, name, options), VOLUME)


DECODERS = (
    "Unet", "UnetPlusPlus", "MAnet", "Linknet", "FPN", "PSPNet", "PAN", "DeepLabV3", "DeepLabV3Plus", "UPerNet",
    "Segformer",
)  # fmt: skip


def segmentation_models() -> Iterator[Model]:
    """Yield decoders of segmentation-models-pytorch on several encoders."""
    try:
        library: Any = importlib.import_module("segmentation_models_pytorch")
    except ImportError:
        return
    for decoder in DECODERS:
        for encoder in ("resnet18", "mobilenet_v2", "efficientnet-b0"):
            build = partial(getattr(library, decoder), encoder_name=encoder, encoder_weights=None)
            yield Model("smp", f"{decoder} {encoder}", build, ("image=3x224x224",), f"smp {decoder}")
