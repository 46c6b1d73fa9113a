"""Receptive fields without what the ends of tensors cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import torch

from archcalc.tracing.bound import named
from archcalc.tracing.growth import reaches
from archcalc.tracing.hull import Ends, Hull, Key
from archcalc.tracing.masks import EMPTY
from archcalc.tracing.rolled import shifts, undone, windows_of
from archcalc.tracing.rules.sliding import listed
from archcalc.tracing.windows import Line, endless_map, endless_pattern, explains, pattern

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.core.program import Call, Program
    from archcalc.core.quasi_affine import QuasiAffineMap
    from archcalc.tracing.dims import Dims
    from archcalc.tracing.hull import InputAxis
    from archcalc.tracing.names import Names

_PADDED_WORDS = """convolution constant_pad_nd avg_pool1d avg_pool2d avg_pool3d max_pool1d max_pool2d_with_indices
    max_pool3d_with_indices upsample_nearest1d upsample_nearest2d upsample_nearest3d upsample_linear1d
    upsample_bilinear2d upsample_trilinear3d upsample_bicubic2d roll reflection_pad2d replication_pad2d
    reflection_pad1d replication_pad1d reflection_pad3d replication_pad3d"""
PADDED = frozenset(_PADDED_WORDS.split())
"""Operators that read less at the ends of a tensor than in its middle."""


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

    `larger` are the enlarged recordings, of which the first that has a tensor on a larger axis counts. What has ends in
    `program` and cannot be replaced is marked as measured.
    """

    def __init__(
        self, larger: Sequence[OnLarger], names: Names, extents: Mapping[InputAxis, int], program: Program
    ) -> None:
        self._larger = larger
        self._names = names
        self._extents = extents
        self._clipping = clipping(program)
        self._undone = undone(program)
        self._before: dict[int, Hull] = {each.reads[0]: Hull(()) for each in self._undone.values()}

    def change(self, number: int, hull: Hull) -> Hull:
        """Return the field of a tensor without what its ends cut off."""
        if number in self._before:
            self._before[number] = hull
        if number not in self._clipping:
            return hull
        terms: dict[Key, list[Ends]] = {}
        for key, own in hull.terms.items():
            made = self._replaced(number, key, hull)
            if made is not None:
                terms.setdefault(key._replace(measured=False), []).append(made)
            else:
                kept = key if key.whole or not self._ends_cut(number, key) else key._replace(measured=True)
                terms.setdefault(kept, []).extend(own)
        return Hull(hull.sizes, terms, hull.status, hull.data, hull.zero, hull.cut)

    def _ends_cut(self, number: int, key: Key) -> bool:
        """Whether a call has ends on an axis; a roll has none where it leaves positions as they are."""
        call, dims = self._clipping[number], self._names.of(number)
        at = _whole_dim(dims, key.axis)
        return call.name != "roll" or at is None or shifts(call, len(dims))[at] != 0

    def _replaced(self, number: int, key: Key, hull: Hull) -> Ends | None:
        """What positions read if the input were endless; None where no window says so, or where it is known."""
        dims = self._names.of(number)
        at = _whole_dim(dims, key.axis)
        if at is None or key.whole or not self._ends_cut(number, key):  # tensors have ends after a global operation
            return None
        size, extent = dims[at].size, self._extents[key.input, key.axis]
        here = _line(hull.term(key), at, size)
        window = self._window(number, key, at, here)
        if window is None or not explains(window, here, extent):
            return None
        spans = [window.at(position) for position in range(size)]
        shape = [size if d == at else 1 for d in range(len(dims))]
        first = [EMPTY if each is None else -each[0] for each in spans]
        last = [EMPTY if each is None else each[1] for each in spans]
        return Ends(*(torch.tensor(each, dtype=torch.int32).view(shape) for each in (first, last)))

    def _window(self, number: int, key: Key, at: int, here: Line) -> QuasiAffineMap | None:
        if number in self._undone:
            return self._rolled_back(number, key, here)
        if key.measured:
            return None
        extent = self._extents[key.input, key.axis]
        return self._larger_window(number, key) or pattern(here, extent) or self._inner_window(number, at, here)

    def _rolled_back(self, number: int, key: Key, here: Line) -> QuasiAffineMap | None:
        """What positions say that read in windows between two rolls."""
        given = self._undone[number].reads[0]
        before, dims, plain = self._before[given], self._names.of(given), key._replace(measured=False)
        at = _whole_dim(dims, key.axis)
        if at is None or plain not in before.terms or plain._replace(measured=True) in before.terms:
            return None
        line = _line(before.term(plain), at, dims[at].size)
        read = endless_pattern(line) or endless_map(line, self._extents[key.input, key.axis])
        return None if read is None else windows_of(here, read)

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
    arguments, reach = named(call), reaches(call, names)
    if from_end > len(reach):
        return None
    before, after = reach[-from_end]
    if call.name == "constant_pad_nd":
        return before, before + given
    if not (call.name == "convolution" or "pool" in call.name) or arguments.get("transposed"):
        return None
    stride = listed(arguments["stride"] or arguments["kernel_size"], len(reach))[-from_end]
    begin = -(-before // stride)
    return begin, min(size, (given - 1 - after) // stride + 1)


def cropped(program: Program, names: Names) -> frozenset[str]:
    """Return the axes of which some tensor keeps a part."""
    found = set()
    for call in program.calls:
        if call.name in ("slice", "narrow") and call.computed and named(call).get("step", 1) == 1:
            before, after = names.of(call.reads[0]), names.of(call.outputs[0])
            at = named(call)["dim"] % len(before)
            if before[at].axis is not None and after[at].size < before[at].size:
                found.add(before[at].axis)
    return frozenset(found)


def _whole_dim(dims: Dims, axis: str) -> int | None:
    return next((at for at, dim in enumerate(dims) if dim.axis == axis), None)


def _line(ends: Ends, dim: int, size: int) -> Line:
    """The hull at each position of one dimension."""
    first, last = (x.amax([d for d in range(x.dim()) if d != dim]).expand(size).tolist() for x in ends)
    return Line(tuple(first), tuple(last))
