"""What the analysis claims along one axis: as tensors, and where probes tell it from another claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from archcalc.core.quasi_affine import widest_position

if TYPE_CHECKING:
    from torch import Tensor

    from archcalc.core.clipped_extents import ClippedExtents
    from archcalc.core.field import AxisField
    from archcalc.core.interval import Interval
    from archcalc.measure.dependence.reached import Ends
    from archcalc.measure.dependence.sample import Sample

MOST_RUNS = 8
"""Runs of one claim whose ends are probed."""


def first_difference(claimed: ClippedExtents | None, found: Ends, sample: Sample, margin: int = 0) -> int | None:
    """Return the first position whose ends differ from the claimed ones; None where no probe shows a difference.

    An end that was probed has to be the same, and no probe outside the claimed ends may arrive. Where every position is
    probed, this is equality. The sample is of an input with `margin` positions more at both ends than the claim knows.
    """
    count = len(found.first)
    if claimed is not None and len(claimed) > count:
        return count
    lo, hi = _ends(claimed, count, margin)
    first, last = found.first.double(), found.last.double()
    first, last = torch.where(last < 0, torch.inf, first), torch.where(last < 0, -torch.inf, last)
    wrong = (first < lo) | (last > hi)
    wrong |= sample.contains(lo) & (first != lo)
    wrong |= sample.contains(hi) & (last != hi)
    return int(wrong.nonzero()[0]) if wrong.any() else None


def _ends(claimed: ClippedExtents | None, count: int, margin: int) -> tuple[Tensor, Tensor]:
    """Return both ends for each of a number of positions; a position without a claim reads nothing."""
    found = torch.full((2, count), torch.inf, dtype=torch.float64)
    found[1] = -torch.inf
    if claimed is not None:
        found[:, : len(claimed)] = torch.tensor(claimed.ends_by_position(), dtype=torch.float64) + margin
    return found[0], found[1]


def telling(claimed: ClippedExtents) -> set[int]:
    """Return where probes tell a claim: both ends of its widest field and of fields where a run begins or stops."""
    edges = claimed.edges
    edges = edges[:: -(-len(edges) // MOST_RUNS)]
    positions = {claimed.widest, len(claimed) - 1, *edges, *(each - 1 for each in edges if each)}
    return {end for position in positions for end in around(claimed.at(position))}


def telling_windows(claimed: AxisField, size: int) -> set[int]:
    """Return the same for windows on an unbounded input, as near to the middle of `size` positions as they come."""
    if not claimed.windows:
        return set()
    position = widest_position(claimed.windows, len(claimed))
    seen = claimed.window_at(position)
    return around(seen if seen is None or not claimed.aligned else _centered(seen, claimed.windows[0].jump, size))


def _centered(seen: Interval, jump: int, size: int) -> Interval:
    """Return what a window sees some periods later, where that lies about the middle of so many positions."""
    move = jump * round((size - 1 - seen[0] - seen[1]) / (2 * jump)) if jump else 0
    return seen[0] + move, seen[1] + move


def around(seen: Interval | None) -> set[int]:
    """Return both ends of an interval and the positions next to them outside."""
    return set() if seen is None else {seen[0] - 1, seen[0], seen[1], seen[1] + 1}
