"""Receptive fields of the analysis against what probes show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.measure.dependence.endless import CannotEnlarge, extents
from archcalc.measure.dependence.reach import reached
from archcalc.results.verification import Disagreement, Testimony

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archcalc.analysis.receptive_field import InputAxis, TensorField
    from archcalc.core.field import AxisField
    from archcalc.graph import NetworkGraph
    from archcalc.measure.dependence.extent import Extent
    from archcalc.measure.dependence.reach import Ends

WITNESS = "probes"


def field_disagreements(
    graph: NetworkGraph, fields: Mapping[str, TensorField]
) -> tuple[list[Disagreement], list[Testimony]]:
    """Every layer whose field is another than probes show, on every axis of every input; and what they were asked."""
    wrong: list[Disagreement] = []
    numbers, silent = 0, list[str]()
    for name, given in graph.inputs.items():
        for axis in given.shape.grid:
            wrong += clipped_disagreements(graph, fields, (name, axis))
            numbers += len(graph.nodes)
            try:
                found, layers, unlike = full_disagreements(graph, fields, (name, axis))
            except CannotEnlarge as error:
                silent.append(f"no full field on {axis} of {name}: {error}")
                continue
            wrong += found
            numbers += layers - len(unlike)
            silent += [
                f"no full field on {axis} of {name} for {path}, which has no equal on a larger input" for path in unlike
            ]
    what = "receptive fields, full, of windows and clipped, on each axis"
    return wrong, [Testimony(WITNESS, what, numbers, tuple(silent))]


def clipped_disagreements(
    graph: NetworkGraph, fields: Mapping[str, TensorField], key: InputAxis
) -> Iterator[Disagreement]:
    """Layers whose positions read from elsewhere to elsewhere, on one axis of one input."""
    name, axis = key
    for path, seen in reached(graph, name, axis).items():
        for part, ends, claimed in (
            ("", seen.grid, fields[path].grid.get(key)),
            (" of tokens", seen.tokens, fields[path].tokens.get(key)),
        ):
            if ends is None:
                continue
            difference = first_difference(claimed, ends)
            if difference is not None:
                position, analytic, measured = difference
                what = f"clipped field{part} on {axis} of {name}, position {position}"
                yield Disagreement(path, what, _interval(analytic), _interval(measured), WITNESS)


def first_difference(
    claimed: AxisField | None, found: Ends
) -> tuple[int, tuple[int, int] | None, tuple[int, int] | None] | None:
    """The first position at which both ends are not the same, with the ends."""
    measured = found.pairs
    analytic = [None] * len(measured) if claimed is None else list(claimed.clipped)
    for position in range(max(len(analytic), len(measured))):
        ours = analytic[position] if position < len(analytic) else None
        theirs = measured[position] if position < len(measured) else None
        if ours != theirs:
            return position, ours, theirs
    return None


def _interval(ends: tuple[int, int] | None) -> str:
    return "nothing" if ends is None else f"{ends[0]} to {ends[1]}"


def full_disagreements(
    graph: NetworkGraph, fields: Mapping[str, TensorField], key: InputAxis
) -> tuple[list[Disagreement], int, list[str]]:
    """Layers whose field without borders is another, how many were looked at, and those without an equal.

    Half of the widest window that is claimed is room enough on either side where all is well. Where it is not, or where
    that cuts something short, all of it is given; what is cut short even then is wider than claimed.
    """
    name, axis = key
    claims = {path: fields[path] for path in graph.nodes}
    widest = max((claimed_window(each, key) or 0 for each in claims.values()), default=0)
    for margin in (widest // 2 + 1, widest):
        found = extents(graph, name, axis, margin)
        measured = {path: extent for path, extent in found.by_path.items() if extent is not None}
        wrong = [each for path, extent in measured.items() for each in _full(path, claims[path], extent, key)]
        if not wrong and not found.cut_short:
            break
    unlike = [path for path, extent in found.by_path.items() if extent is None]
    return wrong, len(found.by_path), unlike


def claimed_full(field: TensorField, key: InputAxis) -> int:
    """The full field of the analysis: the larger of grid and tokens."""
    return max((each.full_size for each in field.axis_fields(key)), default=0)


def claimed_window(field: TensorField, key: InputAxis) -> int | None:
    """The field of windows in the analysis, None where nothing comes through windows: tokens see through none."""
    return field.grid[key].window_size if key in field.grid else None


def _full(path: str, claimed: TensorField, extent: Extent, key: InputAxis) -> Iterator[Disagreement]:
    name, axis = key
    where = f"on {axis} of {name}"
    aligned = key not in claimed.grid or claimed.grid[key].aligned
    sizes = claimed_full(claimed, key), extent.full(aligned=aligned)
    windows = claimed_window(claimed, key), extent.window(aligned=aligned)
    whole = any(each.sees_all for each in claimed.axis_fields(key)), extent.sees_all
    if sizes[0] != sizes[1]:
        yield Disagreement(path, f"full field {where}", str(sizes[0]), str(sizes[1]), WITNESS)
    elif sizes[0] and whole[0] != whole[1]:  # a layer that sees all of nothing shows nothing
        yield Disagreement(path, f"sees all {where}", str(whole[0]), str(whole[1]), WITNESS)
    if windows[0] != windows[1]:
        yield Disagreement(path, f"field of windows {where}", _size(windows[0]), _size(windows[1]), WITNESS)
    yield from _depends(path, claimed.grid.get(key), extent, where)


def _depends(path: str, claimed: AxisField | None, extent: Extent, where: str) -> Iterator[Disagreement]:
    """The first real position, behind an operation on the whole axis, that depends on other positions than claimed."""
    for position, measured in enumerate(extent.depends or ()):
        analytic = None if claimed is None else claimed.full_at(position)
        if analytic != measured:
            what = f"full field {where}, position {position}"
            yield Disagreement(path, what, _interval(analytic), _interval(measured), WITNESS)
            return


def _size(size: int | None) -> str:
    return "none" if size is None else str(size)
