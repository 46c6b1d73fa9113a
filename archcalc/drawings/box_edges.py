"""The edges of a box that shows a tensor: depth, height and width, each along an axis of its grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.problem import UsageError
from archcalc.core.shape import DEPTH_AXES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Edges = tuple[str, str, str]
Extent = tuple[int, int, int]
MOST_AXES = 3


def box_edges(grid: Sequence[str]) -> Edges:
    """Return the axes along depth, height and width: T or D, H and W; other axes where these are missing.

    An edge without an axis of the grid has the name of the one it usually has. Raises UsageError for more than three
    axes.
    """
    if len(grid) > MOST_AXES:
        raise UsageError(f"a drawing of boxes for a tensor with the axes {', '.join(grid)}; a box shows three")
    depth, others = [axis for axis in grid if axis in DEPTH_AXES], [axis for axis in grid if axis not in DEPTH_AXES]
    free = [axis for axis in others if axis not in ("H", "W")]
    height = ["H"] if "H" in others else free[:1]
    free = [axis for axis in free if axis not in height]
    width = ["W"] if "W" in others else free[:1]
    depth += [axis for axis in free if axis not in width]
    return (depth or ["T"])[0], (height or ["H"])[0], (width or ["W"])[0]


def extent(sizes: Mapping[str, int], edges: Edges) -> Extent:
    """Return sizes along the edges from sizes by axis; 1 where an axis is missing."""
    depth, height, width = (sizes.get(axis, 1) for axis in edges)
    return depth, height, width
