"""Sizes of darknet's sections, and what its shortcut does where the two tensors differ in size."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.problem import Problem, SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.readers.darknet_text import Section


class Sizes(NamedTuple):
    """Channels, height and width of a tensor."""

    channels: int
    height: int
    width: int


def output_sizes(word: str, section: Section, current: Sizes, sources: Sequence[Sizes]) -> Sizes:
    """Return the sizes of what a section computes from `current`, or from `sources` if it is a route."""
    channels, height, width = current
    if word in ("convolutional", "maxpool", "local_avgpool"):
        return _windowed(word, section, current)
    if word == "route":
        return sources[0]._replace(channels=sum(each.channels for each in sources) // section.positive("groups", 1))
    if word == "scale_channels":
        return sources[0]
    if word == "deconvolutional":
        size, stride, padding = section.positive("size", 1), section.positive("stride", 1), _padding(section)
        grown = [(each - 1) * stride + size - 2 * padding for each in (height, width)]
        return Sizes(section.positive("filters", 1), *grown)
    if word == "upsample" or (word in ("reorg", "reorg3d") and section.has("reverse")):
        by = section.positive("stride", 2 if word == "upsample" else 1)
        return Sizes(channels if word == "upsample" else channels // by**2, height * by, width * by)
    if word in ("reorg", "reorg3d"):
        by = section.positive("stride", 1)
        return Sizes(channels * by**2, height // by, width // by)
    if word == "crop":
        return Sizes(channels, section.positive("crop_height", 1), section.positive("crop_width", 1))
    if word == "connected":
        return Sizes(section.positive("output", 1), 1, 1)
    return Sizes(channels, 1, 1) if word == "avgpool" else current


def _windowed(word: str, section: Section, current: Sizes) -> Sizes:
    stride = section.positive("stride", 1)
    strides = section.positive("stride_y", stride), section.positive("stride_x", stride)
    if word == "convolutional":
        size = section.positive("size", 1)
        extent = (size - 1) * (section.positive("dilation", 1) if size > 1 else 1) + 1
        channels, total = section.positive("filters", 1), 2 * _padding(section)
    else:
        extent = section.positive("size", stride)
        channels, total = current.channels, section.number("padding", extent - 1)
    height, width = ((each + total - extent) // by + 1 for each, by in zip(current[1:], strides, strict=True))
    return Sizes(channels, height, width)


def _padding(section: Section) -> int:
    return section.positive("size", 1) // 2 if section.has("pad") else section.number("padding", 0)


def fitting_layers(section: Section, added: Sizes, into: Sizes) -> list[tuple[str, dict[str, object]]]:
    """Return the layers that give a tensor the sizes of another, as darknet's shortcut takes it.

    darknet adds the channels that both have, and every n-th position of a tensor with n times the height and width.
    None are needed for tensors of equal sizes. Missing channels are not among these layers.

    Raises:
        SpecError: the sizes are not multiples of each other.
    """
    by = max(1, added.height // max(1, into.height))
    if (-(-added.height // by), -(-added.width // by)) != into[1:]:
        sizes = ["x".join(map(str, each)) for each in (added, into)]
        found = f"[{section.word}] of {sizes[0]} and {sizes[1]}, for which archcalc has no operator"
        raise SpecError([Problem(section.location, found, "equal height and width, or n times as many")])
    layers: list[tuple[str, dict[str, object]]] = []
    if by > 1:
        layers += [("subsample", {"axis": axis, "every": by}) for axis in ("H", "W")]
    if added.channels > into.channels:
        layers.append(("crop", {"C": [0, into.channels]}))
    return layers
