"""Windows of a grid that is rolled, and rolled back afterwards, so that they are shifted.

A roll brings the last positions of a grid to its front, where a mask keeps them from being read with the others. The
windows at both ends of the grid are then parts of windows, and the grid reads in windows all the same.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from archcalc.core.interval import join
from archcalc.core.reads import Taps
from archcalc.tracing.bound import named

if TYPE_CHECKING:
    from archcalc.core.interval import Interval
    from archcalc.core.program import Call, Program
    from archcalc.core.quasi_affine import QuasiAffineMap
    from archcalc.tracing.windows import Line


def undone(program: Program) -> dict[int, Call]:
    """Return the rolls that are undone later on, by the number of the tensor that is as before."""
    found: dict[int, Call] = {}
    waiting: list[Call] = []
    for call in program.calls:
        if call.name != "roll" or not call.computed:
            continue
        before = next((each for each in reversed(waiting) if _undoes(call, each, program)), None)
        if before is None:
            waiting.append(call)
        else:
            waiting.remove(before)
            found[call.outputs[0]] = before
    return found


def _undoes(call: Call, before: Call, program: Program) -> bool:
    sizes = [program.value(each.outputs[0]).sizes for each in (call, before)]
    moved = [shifts(each, len(sizes[0])) for each in (call, before)]
    return sizes[0] == sizes[1] and any(moved[0]) and moved[0] == [-each for each in moved[1]]


def shifts(roll: Call, dims: int) -> list[int]:
    """Return by how many positions a tensor of so many dimensions is rolled along each of them."""
    arguments, found = named(roll), [0] * dims
    for dim, by in zip(arguments["dims"] or [], arguments["shifts"], strict=False):
        found[dim] += by
    return found


def windows_of(line: Line, read: QuasiAffineMap) -> QuasiAffineMap | None:
    """Return the map of positions that read a tensor in windows one after another; None where they do not.

    `read` is the map of the tensor. All windows but those at the ends are equally long, and these are no longer.
    """
    blocks = [len(list(each)) for _, each in groupby(zip(line.first, line.last, strict=True))]
    inner = set(blocks[1:-1])
    if len(inner) != 1 or max(blocks) > (size := inner.pop()):
        return None
    begin = 0
    for each in blocks:
        if _over(read, begin, each) != (-line.first[begin], line.last[begin]):
            return None
        begin += each
    first = [at - (at - blocks[0]) % size for at in range(size)]
    return read.read(Taps(tuple(first), tuple(each + size - 1 for each in first), size))


def _over(read: QuasiAffineMap, begin: int, count: int) -> Interval | None:
    """What so many positions read together."""
    found = None
    for at in range(begin, begin + count):
        found = join(found, read.at(at))
    return found
