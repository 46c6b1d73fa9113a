"""Our image networks and those of torchvision."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

import archcalc
from tests.originals.arrangement import merged_channel_first, scales_last, token_after_patches
from tests.originals.importing import quietly, torchvision_video
from tests.originals.pairs import Original, Pair


@dataclass(frozen=True)
class ImagePair(Pair):
    """A pair whose input is an image."""

    def __str__(self) -> str:
        return " ".join((self.spec, *(f"{name}={value}" for name, value in self.parameters.items())))

    def load(self) -> archcalc.Spec:
        """Our spec."""
        return archcalc.load(self.spec, inputs=() if self.clip is None else f"image={self.clip}", **self.parameters)


def image_network(name: str, **arguments: object) -> Original:
    """An image network of torchvision, with nothing downloaded."""
    torchvision_video()
    return lambda: getattr(quietly("torchvision.models"), name)(weights=None, **arguments)


def segmentation(name: str) -> Original:
    """A segmentation network of torchvision, with nothing downloaded."""
    torchvision_video()
    return lambda: getattr(quietly("torchvision.models.segmentation"), name)(weights=None, weights_backbone=None)


def pyramid() -> nn.Module:
    """The feature pyramid of torchvision's detectors, with batch norms whose scales are parameters."""
    torchvision_video()
    made = quietly("torchvision.models.detection.backbone_utils").resnet_fpn_backbone
    network: nn.Module = made(backbone_name="resnet50", weights=None, norm_layer=nn.BatchNorm2d, trainable_layers=5)
    return network


def computed(original: Original) -> Original:
    """A network whose constructor computes widths with tensors, which the meta device cannot do."""

    def made() -> nn.Module:
        device = torch.get_default_device()
        with torch.device("cpu"):
            network = original()
        return network.to(device)

    return made


def small_vit() -> nn.Module:
    """The vision transformer of torchvision, with fewer numbers than any that it has a name for."""
    torchvision_video()
    made: type[nn.Module] = quietly("torchvision.models.vision_transformer").VisionTransformer
    return made(image_size=64, patch_size=16, num_layers=3, num_heads=4, hidden_dim=96, mlp_dim=384)


GOOGLENET = {"aux_logits": False, "init_weights": False}

FULL = [
    ImagePair("inception_v1", image_network("googlenet", **GOOGLENET)),
    ImagePair("vgg16", image_network("vgg16")),
    ImagePair("efficientnet_b0", image_network("efficientnet_b0")),
    ImagePair("densenet121", image_network("densenet121")),
    ImagePair("mobilenet_v2", image_network("mobilenet_v2")),
    ImagePair("mobilenet_v3_l", image_network("mobilenet_v3_large")),
    ImagePair("shufflenet_v2", image_network("shufflenet_v2_x1_0")),
    ImagePair("resnext", image_network("resnext50_32x4d")),
    ImagePair("regnetx", computed(image_network("regnet_x_400mf"))),
    ImagePair("efficientnet", image_network("efficientnet_b5"), {"b": 5}),
    ImagePair("convnext_t", image_network("convnext_tiny")),
    ImagePair("vit_b_16", image_network("vit_b_16")),
    ImagePair("swin_t", image_network("swin_t")),
    ImagePair("deeplabv3_r50", segmentation("deeplabv3_resnet50")),
    ImagePair("fpn_r50", pyramid),
]
"""At the size of the spec, for counting; the others of a family are compared with their counts in `published`."""

SMALL = [
    ImagePair("inception_v1", image_network("googlenet", **GOOGLENET), clip="3x75x90"),
    ImagePair("efficientnet_b0", image_network("efficientnet_b0"), clip="3x65x90"),
    ImagePair("densenet121", image_network("densenet121"), clip="3x65x90"),
    ImagePair("mobilenet_v2", image_network("mobilenet_v2"), clip="3x65x90"),
    ImagePair("mobilenet_v3_l", image_network("mobilenet_v3_large"), clip="3x65x90"),
    ImagePair("mobilenet_v3_l", image_network("mobilenet_v3_small"), {"size": "small"}, clip="3x65x90"),
    ImagePair("shufflenet_v2", image_network("shufflenet_v2_x1_0"), clip="3x65x90"),
    ImagePair("resnext", image_network("resnext50_32x4d"), clip="3x65x90"),
    ImagePair("regnetx", computed(image_network("regnet_x_400mf")), clip="3x65x90"),
    ImagePair("efficientnet", image_network("efficientnet_b5"), {"b": 5}, clip="3x65x90"),
    ImagePair("swin_t", image_network("swin_t"), clip="3x224x224", state=merged_channel_first),
    ImagePair("deeplabv3_r50", segmentation("deeplabv3_resnet50"), clip="3x65x90"),
    ImagePair("fpn_r50", pyramid, clip="3x65x90"),
]
"""At a size that a forward with real numbers takes a moment for: not VGG, whose dense layers fit 224 pixels alone."""

IN_ORDER = [
    ImagePair("convnext_t", image_network("convnext_tiny"), clip="3x65x90", state=scales_last),
    ImagePair("vit_b_16", small_vit, {"width": 96, "depth": 3, "heads": 4}, "3x64x64", state=token_after_patches),
]
"""Originals that use a weight by other calls than ours, with their state in our order."""
