"""The models of the survey: how each is made without weights, and the sizes of its inputs."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import nn

from archcalc.tracing.loading import find

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


@dataclass(frozen=True)
class Model:
    """A model: its family, how it is made, and its inputs as texts for `archcalc.load`."""

    family: str
    name: str
    build: Callable[[], nn.Module]
    inputs: tuple[str, ...]


def models() -> Iterator[Model]:
    """Yield the models of every library that is installed."""
    yield from torchvision_models()
    yield from hub_models()
    yield from timm_models()


def torchvision_models() -> Iterator[Model]:
    """Yield classification, segmentation, video and detection models of torchvision."""
    find("torchvision.models:resnet18")  # also declares what a build for CUDA lacks on a CPU
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
        yield Model(family, name, partial(vision.get_model, name, **options), (sizes,))


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
    for name in timm.list_models():
        settings = timm.get_pretrained_cfg(name)
        size = tuple(settings.input_size if settings else (3, 224, 224))
        text = f"image={'x'.join(map(str, size))}"
        yield Model("timm", name, partial(timm.create_model, name, pretrained=False), (text,))
