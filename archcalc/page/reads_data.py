"""What a position of a layer reads, and why its numbers are what they are, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.analysis.positions_read import cone, positions_read
from archcalc.analysis.queries import check_layer, check_position, inputs_of
from archcalc.core.imported import EXACT
from archcalc.core.interval import join
from archcalc.page.request import Request, positions_of, text_of
from archcalc.render.explanation_json import runs_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.api import Analysis
    from archcalc.core.field import AxisField
    from archcalc.core.interval import Interval
    from archcalc.core.positions import Positions
    from archcalc.explain.explanation import Section
    from archcalc.page.networks import Network

TIME = "T"


def reads_data(network: Network, request: Request) -> dict[str, Any]:
    """Return exactly which positions of each network input are read; on axes without a position, by all together."""
    analysis, path, at = network.whole(), text_of(request, "path"), positions_of(request)
    check_layer(analysis.graph, path)
    shape = analysis.graph.shape(path)
    check_position(path, shape, at)
    inputs = [_input(network, analysis, path, name, at) for name in inputs_of(analysis, path)]
    return {"path": path, "shape": shape.sizes, "at": at, "inputs": inputs}


def _input(network: Network, analysis: Analysis, path: str, name: str, at: Mapping[str, int]) -> dict[str, Any]:
    imported, given = analysis.graph.imported, analysis.graph.inputs[name]
    found = _positions(network, analysis, path, name, at)
    fields = analysis.tensor_fields[path]
    axes = {}
    for axis in given.shape.grid:
        seen = [each for each in ([fields.grid.get((name, axis))] if at else fields.axis_fields((name, axis))) if each]
        full = _full(seen, at.get(axis))
        axes[axis] = _axis(axis, given.shape[axis], found[axis], full, at, is_global=any(e.sees_all for e in seen))
    return {
        "name": name,
        "shape": given.shape.sizes,
        "fps": given.fps,
        "status": EXACT if imported is None else imported.fields[path].status,
        "axes": axes,
    }


def _positions(
    network: Network, analysis: Analysis, path: str, name: str, at: Mapping[str, int]
) -> dict[str, Positions]:
    axes = analysis.graph.inputs[name].shape.grid
    if analysis.graph.imported is None:
        return positions_read(network.traces[path], name, axes, at)
    return dict(analysis.reads(path, at, of=name).positions)


def _full(fields: list[AxisField], position: int | None) -> Interval | None:
    """Return both ends of what is read of an unbounded input."""
    ends: Interval | None = None
    for each in fields:
        ends = join(ends, each.unclipped_hull() if position is None else each.full_at(position))
    return ends


def _axis(
    axis: str, size: int, positions: Positions, full: Interval | None, at: Mapping[str, int], *, is_global: bool
) -> dict[str, Any]:
    ends = (positions.first, positions.last) if positions else None
    return {
        "size": size,
        "count": positions.count,
        "ends": None if ends is None else list(ends),
        "runs": runs_object(positions),
        "full": None if full is None else list(full),
        "global": is_global,
        "text": _text(axis, size, positions, full, at),
    }


def _text(axis: str, size: int, positions: Positions, full: Interval | None, at: Mapping[str, int]) -> str:
    who = f"{axis}={at[axis]} reads" if axis in at else f"all positions of {axis} together read"
    what = "frames" if axis == TIME else "positions"
    if not positions:
        return f"{who} padding only"
    ends = (positions.first, positions.last)
    which = f"{what} {ends[0]} to {ends[1]}" if positions.count > 1 else f"{what[:-1]} {ends[0]}"
    said = f"{who} {which} of 0 to {size - 1}"
    if positions.count != ends[1] - ends[0] + 1:
        said += f", {positions.count} of them"
    return said if full in (None, ends) else f"{said}; without borders {full[0]} to {full[1]}"


def cone_data(network: Network, request: Request) -> dict[str, Any]:
    """Return the positions of every tensor that lead to positions of a layer, inputs first."""
    analysis, path, at = network.whole(), text_of(request, "path"), positions_of(request)
    graph = analysis.graph
    check_layer(graph, path)
    check_position(path, graph.shape(path), at)
    if graph.imported is not None:
        return {"tensors": []}
    return {"tensors": [_tensor(each, graph.shape(each).sizes, found) for each, found in cone(graph, path, at).items()]}


def _tensor(path: str, sizes: Mapping[str, int], found: Mapping[str, Positions]) -> dict[str, Any]:
    axes = {
        axis: {"size": sizes[axis], "count": positions.count, "runs": runs_object(positions)}
        for axis, positions in found.items()
    }
    return {"path": path, "shape": dict(sizes), "axes": axes}


def explain_data(network: Network, request: Request) -> dict[str, Any]:
    """Return the derivation of a layer; with positions, what they read comes first."""
    explanation = network.whole().explain(text_of(request, "path"), positions_of(request))
    return {
        "title": explanation.title,
        "subtitle": list(explanation.subtitle),
        "sections": [section_data(each) for each in explanation.sections],
    }


def section_data(section: Section) -> dict[str, Any]:
    """Return a heading with its steps."""
    steps = [
        {"what": each.what, "expression": each.expression, "result": str(each.result), "remark": each.remark}
        for each in section.steps
    ]
    return {"heading": section.heading, "steps": steps}
