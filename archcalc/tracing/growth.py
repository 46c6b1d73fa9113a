"""How much larger an input has to be for windows to be seen whole in its middle."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, lcm
from typing import TYPE_CHECKING, Any

from archcalc.tracing.bound import named
from archcalc.tracing.rules.sliding import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.core.program import Call, Program
    from archcalc.tracing.hull import InputAxis
    from archcalc.tracing.names import Names

MOST_STEP = 4_096
SPARE = 6
"""How many of the largest steps an enlarged input is longer than the widest field."""


@dataclass(frozen=True)
class Growth:
    """By how many positions each axis of an input is enlarged."""

    by: Mapping[InputAxis, int]

    def sizes(self, name: str, sizes: Sequence[int], letters: str) -> tuple[int, ...]:
        """Return the enlarged sizes of an input."""
        return tuple(size + self.by.get((name, axis), 0) for size, axis in zip(sizes, letters, strict=True))


def growth(program: Program, names: Names, axes: Mapping[str, str]) -> Growth:
    """Return how much larger inputs have to be for the widest field to lie in their middle several times.

    A field reaches no further before a position, and no further after it, than the windows of the longest path do.
    """
    extents = {
        axis: program.value(program.inputs[name]).sizes[at]
        for name, letters in axes.items()
        for at, axis in enumerate(letters)
        if axis not in "NC?"
    }
    reach = _Reach(program, names, extents)
    for call in program.calls:
        if call.computed and call.reads:
            reach.add(call)
    by = {axis: _enlarged(reach.most(axis), reach.steps[axis]) for axis in extents}
    return Growth({(name, axis): by[axis] for name, letters in axes.items() for axis in letters if axis in by})


class _Reach:
    """How far the longest path to each tensor reaches before and after a position, in positions of the input."""

    def __init__(self, program: Program, names: Names, extents: Mapping[str, int]) -> None:
        self._program = program
        self._names = names
        self._extents = extents
        self._known: dict[tuple[int, str], tuple[int, int]] = {}
        self.steps: dict[str, set[int]] = {axis: {1} for axis in extents}

    def most(self, axis: str) -> int:
        """Return how much the widest field can span beyond one position."""
        found = [each for (_, known), each in self._known.items() if known == axis]
        return max((before for before, _ in found), default=0) + max((after for _, after in found), default=0)

    def add(self, call: Call) -> None:
        """Note what a call reads."""
        own = self._own(call)
        roots = [self._program.value(each).root for each in call.reads]
        for number in (*call.outputs, *call.written):
            root = self._program.value(number).root
            for axis in self._extents:
                before, after = own.get(axis, (0, 0))
                read = [self._known.get((each, axis), (0, 0)) for each in roots]
                old = self._known.get((root, axis), (0, 0))
                self._known[root, axis] = (
                    max(old[0], before + max(each[0] for each in read)),
                    max(old[1], after + max(each[1] for each in read)),
                )

    def _own(self, call: Call) -> dict[str, tuple[int, int]]:
        """How far a call reaches itself, by axis."""
        dims = self._names.of(call.reads[0])
        reach = reaches(call, self._names)
        found: dict[str, tuple[int, int]] = {}
        for at, dim in enumerate(dims):
            axis = dim.axis
            if axis is not None and axis in self._extents and dim.size > 1:
                step = self._extents[axis] / dim.size
                if self._extents[axis] % dim.size == 0:
                    self.steps[axis].add(int(step))
                first = len(dims) - len(reach)
                if at >= first:
                    before, after = reach[at - first]
                    found[axis] = ceil(step) * max(0, before), ceil(step) * max(0, after)
        return found


def reaches(call: Call, names: Names) -> list[tuple[int, int]]:
    """How far a window reaches before and after its position, along each of the last dimensions."""
    arguments, dims = named(call), len(names.of(call.reads[0]))
    if call.name == "convolution":
        sizes = [dim.size for dim in names.of(call.reads[1])[2:]]
        reach = [(k - 1) * d for k, d in zip(sizes, listed(arguments["dilation"], len(sizes)), strict=True)]
        if arguments["transposed"]:
            return [(each, each) for each in reach]
        return [(p, each - p) for each, p in zip(reach, listed(arguments["padding"], len(sizes)), strict=True)]
    if "pool" in call.name and "kernel_size" in arguments:
        axes = int(call.name.split("d")[0][-1]) if call.name[-1] == "d" else int(call.name.split("d_")[0][-1])
        kernel, padding = (listed(arguments[name], axes) for name in ("kernel_size", "padding"))
        dilation = listed(arguments.get("dilation", 1), axes)
        return [(p, (k - 1) * d - p) for k, d, p in zip(kernel, dilation, padding, strict=True)]
    if call.name.startswith(("upsample", "_upsample")):
        return [(3, 3)] * (dims - 2)
    if call.name.endswith(("pad_nd", "_pad1d", "_pad2d", "_pad3d")):
        pad = list(arguments.get("pad", arguments.get("padding", ())))
        return [(abs(pad[at]), abs(pad[at + 1])) for at in range(len(pad) - 2, -1, -2)]
    if call.name in ("slice", "roll"):
        return _shifted(call.name, arguments, dims)
    return []


def _shifted(name: str, arguments: Mapping[str, Any], dims: int) -> list[tuple[int, int]]:
    """How far positions are moved along each dimension."""
    found = [(0, 0)] * dims
    moved = (
        [(arguments["dim"], arguments["start"] or 0)]
        if name == "slice"
        else zip(arguments["dims"] or [], arguments["shifts"], strict=False)
    )
    for dim, shift in moved:
        found[dim] = abs(shift), abs(shift)
    return found


def _enlarged(reach: int, steps: set[int]) -> int:
    step = 1
    for each in steps:
        if lcm(step, each) <= MOST_STEP:
            step = lcm(step, each)
    return ceil((reach + SPARE * max(steps)) / step + 1) * step
