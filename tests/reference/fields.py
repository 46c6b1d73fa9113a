"""What the reference computes for a network: shapes, and the fields of every tensor on every input and axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from .channels import ByChannel, shifts_channels
from .dependence import Hull, clipped_hulls, clipped_size
from .network import Network, Shape, flatten, shapes
from .unclipped import Motion, everything, motions, unbounded, unbounded_field


@dataclass(frozen=True)
class Field:
    """The receptive field of one tensor on one axis of one input."""

    clipped: tuple[Hull | None, ...]
    """For every position along the axis the hull of what it reads; one position where the tensor lacks the axis."""
    window: int | None
    """The largest hull on an infinite input through windows; None where nothing but whole axes is read."""
    everything: tuple[Hull | None, ...] | None
    """What every position depends on, after an operation on a whole axis; None elsewhere."""
    motion: Motion

    @property
    def full(self) -> int:
        """The extent of what a position depends on: no smaller than that of its windows."""
        return max(clipped_size(self.everything or ()), self.window or 0)

    @property
    def clipped_size(self) -> int:
        """The largest clipped hull."""
        return clipped_size(self.clipped)


Fields: TypeAlias = dict[str, dict[str, dict[str, Field]]]
"""By path, input and axis; an input that does not reach a tensor is absent."""


@dataclass(frozen=True)
class Findings:
    """Shapes and fields of the layers that the specification names."""

    shapes: Mapping[str, Shape]
    fields: Fields


def examine(network: Network) -> Findings:
    """Run the reference implementation."""
    named = [node.path for node in flatten(network) if node.written]
    fields: Fields = {path: {} for path in named}
    for source, shape in network.inputs.items():
        for axis in shape.sizes:
            for path, field in fields_of(network, source, axis).items():
                if path in fields:
                    fields[path].setdefault(source, {})[axis] = field
    known = shapes(network)
    return Findings({path: known[path] for path in named}, fields)


def fields_of(network: Network, source: str, axis: str) -> dict[str, Field]:
    """The fields of every tensor that hangs on one input, along one axis."""
    if shifts_channels(network):
        return fields_by_channel(network, source, axis)
    search, moving = unbounded(network, source, axis), motions(network, source, axis)
    after = everything(network, source, axis, moving)
    found: dict[str, Field] = {}
    for path, hulls in clipped_hulls(network, source, axis).items():
        motion = moving[path]
        window = unbounded_field(search, path, motion) if motion.windows else None
        found[path] = Field(tuple(hulls), window, tuple(after[path]) if path in after else None, motion)
    return found


def fields_by_channel(network: Network, source: str, axis: str) -> dict[str, Field]:
    """The same, where channels of one tensor differ: the hull over all of them."""
    moving = motions(network, source, axis)
    search = ByChannel(network, source, axis, moving)
    found: dict[str, Field] = {}
    for path, motion in moving.items():
        if not search.hangs_on_source(path):
            continue
        real = range(search.lengths[path] or 1)
        count = motion.outputs if motion.aligned else len(real)
        windows = (search.hull("windows", path, index) for index in range(count))
        found[path] = Field(
            tuple(search.hull("clipped", path, index) for index in real),
            clipped_size(windows) if motion.windows else None,
            tuple(search.hull("all_of", path, index) for index in real) if motion.sees_all else None,
            motion,
        )
    return found
