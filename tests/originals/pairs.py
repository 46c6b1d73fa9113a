"""Our specs and the networks that others wrote, and how to make both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

import archcalc
from archcalc.nn import build
from archcalc.pytorch.network import Network
from tests.originals.arrangement import State, as_stored, merged_channel_first
from tests.originals.importing import pytorchvideo_hub, torchvision_video

Original = Callable[[], nn.Module]


@dataclass(frozen=True)
class Pair:
    """One of our specs under some parameters and inputs, and the original that it describes.

    `feed` makes of our one clip what the original takes, `state` gives its state in our order.
    """

    spec: str
    original: Original
    parameters: Mapping[str, object] = field(default_factory=dict)
    clip: str | None = None
    feed: Callable[[Tensor], object] = lambda clip: clip
    state: Callable[[nn.Module], State] = as_stored

    def __str__(self) -> str:
        return self.spec

    def load(self) -> archcalc.Spec:
        """Our spec."""
        inputs = () if self.clip is None else f"clip={self.clip}"
        return archcalc.load(self.spec, inputs=inputs, **self.parameters)

    def ours(self) -> Network:
        """Our network, as it infers."""
        network: Network = build(self.load()).eval()
        return network

    def theirs(self) -> nn.Module:
        """The original, as it infers."""
        return self.original().eval()

    def input(self, batch: int = 1) -> Tensor:
        """Random numbers for our input, or none on the meta device."""
        (clip,) = self.load().graph.inputs.values()
        return torch.randn(batch, *clip.shape.sizes.values())


def vision(name: str) -> Original:
    """A network of torchvision, with nothing downloaded."""
    return lambda: getattr(torchvision_video(), name)(weights=None)


def hub(name: str, **arguments: object) -> Original:
    """A network of PyTorchVideo, with nothing downloaded."""
    return lambda: getattr(pytorchvideo_hub(), name)(pretrained=False, **arguments)


def without_softmax(name: str) -> Original:
    """A network of PyTorchVideo that would take the softmax of its scores, made to leave them as they are."""
    return hub(name, head_activation=None)


def cropped(original: Original, *kernels: tuple[int, int, int]) -> Original:
    """The same for smaller clips: the poolings of the heads, which fit those that they were trained on, cut to fit."""

    def smaller() -> nn.Module:
        network = original()
        pools = [module for module in network.modules() if isinstance(module, nn.AvgPool3d)]
        for pool, kernel in zip(pools, kernels, strict=True):
            pool.kernel_size = kernel
        return network

    return smaller


def two_rates(clip: Tensor) -> list[Tensor]:
    """The slow and the fast clip of an 8x8 SlowFast, in a list that the original may write to."""
    return [clip[:, :, ::4], clip]


SLOWFAST_8X8 = {"alpha": 4, "lateral_kernel": 7}

FULL = [
    Pair("r3d_18", vision("r3d_18")),
    Pair("mc3_18", vision("mc3_18")),
    Pair("r2plus1d_18", vision("r2plus1d_18")),
    Pair("s3d", vision("s3d")),
    Pair("mvit_v1_b", vision("mvit_v1_b")),
    Pair("mvit_v2_s", vision("mvit_v2_s")),
    Pair("swin3d_t", vision("swin3d_t")),
    Pair("x3d_s", without_softmax("x3d_s")),
    Pair("x3d_m", without_softmax("x3d_m")),
    Pair("slowfast_r50_4x16", hub("slowfast_r50"), SLOWFAST_8X8, feed=two_rates),
    Pair("slowfast", hub("slowfast_r50"), feed=two_rates),
    Pair("c2d_r50", hub("c2d_r50")),
    Pair("i3d_r50", hub("i3d_r50")),
    Pair("slow_r50", hub("slow_r50")),
    Pair("csn_r101", hub("csn_r101")),
    Pair("r2plus1d_r50", without_softmax("r2plus1d_r50")),
]
"""At the size that the spec says, for counting."""

SMALL = [
    Pair("r3d_18", vision("r3d_18"), clip="3x6x40x40"),
    Pair("mc3_18", vision("mc3_18"), clip="3x6x40x40"),
    Pair("r2plus1d_18", vision("r2plus1d_18"), clip="3x6x40x40"),
    Pair("s3d", vision("s3d"), clip="3x13x209x209"),
    # The last stage has a grid of one window, 7 by 7. For a smaller window torchvision takes the first rows and columns
    # of its index of distances, which is right where it is smaller in time, but not where it is smaller in space.
    Pair("swin3d_t", vision("swin3d_t"), clip="3x4x196x196", state=merged_channel_first),
    Pair("x3d_s", cropped(without_softmax("x3d_s"), (4, 2, 2)), clip="3x4x64x64"),
    Pair("slowfast_r50_4x16", cropped(hub("slowfast_r50"), (2, 2, 2), (8, 2, 2)), SLOWFAST_8X8, "3x8x64x64", two_rates),
    Pair("c2d_r50", cropped(hub("c2d_r50"), (2, 2, 2)), clip="3x4x64x64"),
    Pair("i3d_r50", cropped(hub("i3d_r50"), (2, 2, 2)), clip="3x4x64x64"),
    Pair("slow_r50", cropped(hub("slow_r50"), (4, 2, 2)), clip="3x4x64x64"),
    Pair("csn_r101", cropped(hub("csn_r101"), (1, 2, 2)), clip="3x8x64x64"),
    Pair("r2plus1d_r50", cropped(without_softmax("r2plus1d_r50"), (2, 2, 2)), clip="3x8x64x64"),
]
"""At a size that a forward with real numbers takes a moment for."""
