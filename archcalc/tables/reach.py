"""The projective field as a table: which positions of later layers depend on positions of a tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.query_records import at_text
from archcalc.core.imported import EXACT
from archcalc.core.messages import counted
from archcalc.tables.columns import axes_of
from archcalc.tables.table import NAME, SHAPE, TEXT, Cell, Column, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.analysis.query_records import Reached
    from archcalc.analysis.records import Analysis


def reach_table(analysis: Analysis, path: str, at: Mapping[str, int], found: Mapping[str, Reached]) -> Table:
    """Return a row for each layer on which the reached positions change, up to where every position is reached."""
    axes = tuple(at) or analysis.graph.shape(path).grid
    shown, remarks = _changes(analysis, path, found, axes)
    columns = (
        Column("layer", "layer", NAME),
        Column("size", f"size {axes_of(analysis)}", SHAPE),
        *(Column(f"reached_{axis}", f"{axis} reached", TEXT) for axis in axes),
        Column("share", "of all", TEXT),
    )
    title = f"{analysis.name}: what {path}{at_text(at)} reaches"
    rows = tuple(_row(analysis, each, axes) for each in shown)
    return Table(title, (f"{path} {analysis.graph.shape(path)}",), columns, rows, remarks=tuple(remarks))


def _row(analysis: Analysis, reached: Reached, axes: Sequence[str]) -> tuple[Cell, ...]:
    shape = analysis.graph.shape(reached.path)
    if not reached.grid:
        return (reached.path, shape, *("-" for _ in axes), "tokens only")
    sets = [str(reached.axes[axis].positions) if axis in shape else "no axis" for axis in axes]
    kept = [reached.axes[axis] for axis in axes if axis in shape]
    share = ", ".join(f"{each.positions.count} of {each.size}" for each in kept) or "all of it"
    return (reached.path, shape, *sets, share)


def _changes(
    analysis: Analysis, path: str, found: Mapping[str, Reached], axes: Sequence[str]
) -> tuple[list[Reached], list[str]]:
    """Layers that do not hand positions on as they are, up to the first from which all are reached; and remarks."""
    if not found:
        return [], [f"no layer depends on it: {path} is dropped, or nothing reads it"]
    layers = list(found.values())
    whole = len(layers)
    while whole and layers[whole - 1].everywhere:
        whole -= 1
    head = layers[: whole + 1]
    shown = [each for each in head if each in (head[0], head[-1]) or not _handed_on(analysis, each, found, axes)]
    remarks = ["layers that keep the positions of what they read are left out"] if len(shown) < len(head) else []
    doubtful = [each.path for each in layers if each.status != EXACT]
    if doubtful:
        remarks.append(f"a bound, which no more positions depend on, from {doubtful[0]} on")
    if 0 < whole < len(layers):
        later = len(layers) - whole
        remarks.append(f"from {layers[whole].path} on every position is reached, of {counted(later, 'layer')}")
    return shown, remarks


def _handed_on(analysis: Analysis, each: Reached, found: Mapping[str, Reached], axes: Sequence[str]) -> bool:
    """Whether a layer is reached exactly where all that it reads is."""
    sources = [found.get(source) for source in analysis.graph.nodes[each.path].inputs]
    return all(
        source is not None
        and (source.grid, source.tokens) == (each.grid, each.tokens)
        and all(source.axes.get(axis) == each.axes.get(axis) for axis in axes)
        for source in sources
    )
