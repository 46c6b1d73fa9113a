"""Unclipped receptive fields: the same module recorded on a larger input, in whose middle nothing is clipped."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, lcm
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import torch

from archcalc.core.quasi_affine import QuasiAffineMap
from archcalc.tracing.bound import named
from archcalc.tracing.hull import Ends, Hull, Key
from archcalc.tracing.masks import EMPTY
from archcalc.tracing.names import Names
from archcalc.tracing.rules.sliding import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.core.program import Call, Program
    from archcalc.tracing.dims import Dims
    from archcalc.tracing.hull import InputAxis

_PADDED_WORDS = """convolution constant_pad_nd avg_pool1d avg_pool2d avg_pool3d max_pool1d max_pool2d_with_indices
    max_pool3d_with_indices upsample_nearest1d upsample_nearest2d upsample_nearest3d upsample_linear1d
    upsample_bilinear2d upsample_trilinear3d upsample_bicubic2d roll reflection_pad2d replication_pad2d
    reflection_pad1d replication_pad1d reflection_pad3d replication_pad3d"""
PADDED = frozenset(_PADDED_WORDS.split())
"""Operators that read less at the ends of a tensor than in its middle."""

MOST_STEP = 4_096
LONGEST_PATTERN = 256
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
        spans = _spans(call, self._names)
        found: dict[str, tuple[int, int]] = {}
        for at, dim in enumerate(dims):
            axis = dim.axis
            if axis is not None and axis in self._extents and dim.size > 1:
                step = self._extents[axis] / dim.size
                if self._extents[axis] % dim.size == 0:
                    self.steps[axis].add(int(step))
                first = len(dims) - len(spans)
                if at >= first:
                    before, after = spans[at - first]
                    found[axis] = ceil(step) * max(0, before), ceil(step) * max(0, after)
        return found


def _spans(call: Call, names: Names) -> list[tuple[int, int]]:
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


class Line(NamedTuple):
    """For each position along an axis minus the first position of an input that it reads, and the last one."""

    first: tuple[int, ...]
    last: tuple[int, ...]


def pattern(line: Line, extent: int) -> QuasiAffineMap | None:
    """Return the map of a line of positions whose middle lies inside an input of `extent` positions.

    None where too few positions do, or where they do not move evenly. Windows that leave out the last positions of an
    input, as those with a stride and no padding do, end before it does: what is read at all is then what has ends.
    """
    found = _pattern(line, 0, extent - 1)
    if found is not None:
        return found
    read = [(-first, last) for first, last in zip(*line, strict=True) if -first <= last]
    return _pattern(line, min(first for first, _ in read), max(last for _, last in read)) if read else None


def _pattern(line: Line, begins: int, ends: int) -> QuasiAffineMap | None:
    first, last = [-each for each in line.first], list(line.last)
    inside = [low > begins and high < ends and low <= high for low, high in zip(first, last, strict=True)]
    if not any(inside):
        return None
    begin = inside.index(True)
    end = begin
    while end < len(inside) and inside[end]:
        end += 1
    return None if any(inside[end:]) else _regular(first, last, begin, end)


def _regular(first: list[int], last: list[int], begin: int, end: int) -> QuasiAffineMap | None:
    """The map of the positions from `begin` up to `end`; None where they are too few or do not move evenly."""
    for period in range(1, min((end - begin - 1) // 2, LONGEST_PATTERN) + 1):
        jump = first[begin + period] - first[begin]
        if jump > 0 and all(
            side[at + period] - side[at] == jump for side in (first, last) for at in range(begin, end - period)
        ):
            return _map(first, last, begin, period, jump)
    return None


def endless_pattern(line: Line, begin: int = 0, end: int | None = None) -> QuasiAffineMap | None:
    """Return the map of a line whose positions from `begin` up to `end` read as if the input were endless."""
    first, last = [-each for each in line.first], list(line.last)
    end = len(last) if end is None else end
    if any(each <= EMPTY for side in line for each in side[begin:end]):
        return None
    return _regular(first, last, begin, end)


def _map(first: list[int], last: list[int], begin: int, period: int, jump: int) -> QuasiAffineMap:
    spans = []
    for phase in range(period):
        at = begin + (phase - begin) % period
        moved = (at - phase) // period * jump
        spans.append((first[at] - moved, last[at] - moved))
    return QuasiAffineMap.of(spans, jump)


def explains(window: QuasiAffineMap, line: Line, extent: int) -> bool:
    """Return whether what the positions of a tensor read in the input lies in their windows."""
    for at, (first, last) in enumerate(zip(line.first, line.last, strict=True)):
        if last <= EMPTY:
            continue
        span = window.at(at)
        if span is None or max(0, -first) < span[0] or min(extent - 1, last) > span[1]:
            return False
    return True


def clipping(program: Program) -> dict[int, Call]:
    """Return the tensors from which ends of what they are made of take something away, and their calls."""
    return {
        number: call
        for call in program.calls
        if call.name in PADDED and call.computed and _has_ends(named(call))
        for number in call.outputs
    }


def _has_ends(arguments: Mapping[str, object]) -> bool:
    padding = arguments.get("padding", arguments.get("pad", 1))
    return any(padding) if isinstance(padding, (list, tuple)) else bool(padding)


class OnLarger(Protocol):
    """The fields of what is padded in an enlarged recording, by number, and what its dimensions and axes are."""

    padded: dict[int, Hull]
    names: Names
    extents: dict[InputAxis, int]


class Unclipped:
    """Replaces what positions read by what they would read if the input were endless, where windows say so.

    `larger` are the enlarged recordings, of which the first that has a tensor on a larger axis counts. What is in
    `clipping` and cannot be replaced is marked as measured.
    """

    def __init__(
        self,
        larger: Sequence[OnLarger],
        names: Names,
        extents: Mapping[InputAxis, int],
        clipping: Mapping[int, Call],
    ) -> None:
        self._larger = larger
        self._names = names
        self._extents = extents
        self._clipping = clipping

    def change(self, number: int, hull: Hull) -> Hull:
        """Return the field of a tensor without what its ends cut off."""
        if number not in self._clipping:
            return hull
        terms: dict[Key, list[Ends]] = {}
        for key, own in hull.terms.items():
            if key.measured or key.whole:  # tensors have ends after a global operation
                terms.setdefault(key, []).extend(own)
                continue
            made = self._endless(number, key, hull)
            where = key if made is not None else key._replace(measured=True)
            terms.setdefault(where, []).extend(own if made is None else [made])
        return Hull(hull.sizes, terms, hull.status, hull.data, hull.zero, hull.cut)

    def _endless(self, number: int, key: Key, hull: Hull) -> Ends | None:
        """What positions read if the input were endless; None where no window says so."""
        dims = self._names.of(number)
        at = _whole_dim(dims, key.axis)
        if at is None:
            return None
        size, extent = dims[at].size, self._extents[key.input, key.axis]
        here = _line(hull.term(key), at, size)
        window = self._larger_window(number, key) or pattern(here, extent) or self._inner_window(number, at, here)
        if window is None or not explains(window, here, extent):
            return None
        spans = [window.at(position) for position in range(size)]
        shape = [size if d == at else 1 for d in range(len(dims))]
        first = [EMPTY if each is None else -each[0] for each in spans]
        last = [EMPTY if each is None else each[1] for each in spans]
        return Ends(*(torch.tensor(each, dtype=torch.int32).view(shape) for each in (first, last)))

    def _inner_window(self, number: int, at: int, line: Line) -> QuasiAffineMap | None:
        """What the positions say whose windows do not reach over the ends of the tensor that the call was given."""
        call = self._clipping[number]
        dims = self._names.of(number)
        read = self._names.of(call.reads[0])
        inner = _inner(call, len(dims) - at, read[at - len(dims)].size, dims[at].size, self._names)
        return None if inner is None else endless_pattern(line, *inner)

    def _larger_window(self, number: int, key: Key) -> QuasiAffineMap | None:
        axis = key.input, key.axis
        for each in self._larger:
            other = each.padded.get(number)
            if other is None or key not in other.terms or each.extents[axis] <= self._extents[axis]:
                continue
            dims = each.names.of(number)
            at = _whole_dim(dims, key.axis)
            return None if at is None else pattern(_line(other.term(key), at, dims[at].size), each.extents[axis])
        return None


def _inner(call: Call, from_end: int, given: int, size: int, names: Names) -> tuple[int, int] | None:
    """The positions of a dimension, counted from the last one, whose windows lie inside what the call reads."""
    arguments, spans = named(call), _spans(call, names)
    if not (call.name == "convolution" or "pool" in call.name) or arguments.get("transposed") or from_end > len(spans):
        return None
    before, after = spans[-from_end]
    stride = listed(arguments["stride"] or arguments["kernel_size"], len(spans))[-from_end]
    begin = -(-before // stride)
    return begin, min(size, (given - 1 - after) // stride + 1)


def _whole_dim(dims: Dims, axis: str) -> int | None:
    return next((at for at, dim in enumerate(dims) if dim.axis == axis), None)


def _line(ends: Ends, dim: int, size: int) -> Line:
    """The hull at each position of one dimension."""
    first, last = (x.amax([d for d in range(x.dim()) if d != dim]).expand(size).tolist() for x in ends)
    return Line(tuple(first), tuple(last))
