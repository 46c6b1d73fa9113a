"""What a position of a layer reads of an earlier tensor, and which positions of later layers depend on it."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from archcalc.analysis.analyze import fields_by_input
from archcalc.analysis.positions_read import TOKENS, positions_read, traces_from
from archcalc.analysis.query_records import Reached, Reads, at_text
from archcalc.analysis.receptive_field import TensorField, walked
from archcalc.analysis.tensor_values import TensorValues
from archcalc.core.field import of_input
from archcalc.core.imported import EXACT
from archcalc.core.interval import Interval, join
from archcalc.core.positions import Positions
from archcalc.core.problem import UsageError, nearest_paths
from archcalc.core.reached import ReachedAxis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.analysis.records import Analysis
    from archcalc.analysis.tensor_values import InputAxis
    from archcalc.core.field import AxisField
    from archcalc.core.imported import Imported, RecordedQueries
    from archcalc.core.shape import Shape
    from archcalc.graph import NetworkGraph, Node


def reads(analysis: Analysis, path: str, at: Mapping[str, int], of: str | None = None) -> Reads:
    """Return what positions of a layer read of `of`; without it, of the first network input that reaches the layer.

    UsageError for a layer that does not exist, an axis that it lacks, a position that an axis does not have, or a
    tensor that the layer does not depend on.
    """
    graph = analysis.graph
    check_layer(graph, path)
    check_position(path, graph.nodes[path].shape, at)
    source = _first_input(analysis, path) if of is None else of
    _check_before(graph, path, source)
    field, status = _field_in(analysis, path, source)
    shape = graph.shape(source)
    ends = {axis: _ends(field, (source, axis), at) for axis in shape.grid}
    sizes = {axis: shape[axis] for axis in shape.grid}
    positions = _positions(graph, path, source, at, ends)
    sizes_over_positions = fields_by_input(TensorValues(_of(field.grid, source), _of(field.tokens, source)))
    tokens = bool(field.axis_fields((source, TOKENS)))
    return Reads(path, dict(at), source, ends, sizes, positions, tokens, sizes_over_positions.get(source), status)


def _positions(
    graph: NetworkGraph, path: str, source: str, at: Mapping[str, int], ends: Mapping[str, Interval | None]
) -> dict[str, Positions]:
    """Return exactly what is read, by axis; of a recorded network, of which hulls are known, all up to the last."""
    if graph.imported is None:
        traces = traces_from(graph, [source], between(graph, source, path))
        return positions_read(traces[path], source, tuple(ends), at)
    return {axis: Positions.of([] if each is None else [range(each[0], each[1] + 1)]) for axis, each in ends.items()}


def _of(values: Mapping[InputAxis, AxisField], source: str) -> dict[InputAxis, AxisField]:
    return {key: value for key, value in values.items() if key[0] == source and key[1] != TOKENS}


def field_in(analysis: Analysis, path: str, of: str) -> TensorField:
    """Return the receptive field of a layer in an earlier tensor, keyed by that tensor and each of its axes."""
    return _field_in(analysis, path, of)[0]


def _field_in(analysis: Analysis, path: str, of: str) -> tuple[TensorField, str]:
    """The field, and what is known of it."""
    graph, imported = analysis.graph, analysis.graph.imported
    if of in graph.inputs:
        return analysis.tensor_fields[path], EXACT if imported is None else imported.fields[path].status
    if imported is None:
        return _walked_field(graph, path, of), EXACT
    given = queries_of(imported).field_in(of, path)
    return TensorValues(given.grid, given.tokens), given.status


def queries_of(imported: Imported) -> RecordedQueries:
    """Return what answers questions about two tensors of a recorded network; UsageError where nothing does."""
    if imported.queries is None:
        raise UsageError("only the numbers of this module were kept; record it again to ask about two of its tensors")
    return imported.queries


def _walked_field(graph: NetworkGraph, path: str, of: str) -> TensorField:
    shape = graph.shape(of)
    axes = {(of, axis): of_input(shape[axis]) for axis in shape.grid}
    tokens = {(of, TOKENS): of_input(1)} if shape.tokens else {}
    source: TensorField = TensorValues(axes, tokens)
    return walked(graph, {of: source}, {*shape.grid, TOKENS}, between(graph, of, path))[path]


def between(graph: NetworkGraph, first: str, last: str) -> list[Node]:
    """Return the layers on the ways from one tensor to a layer, the last one included, in the order of the graph."""
    needed = {last}
    for node in reversed(graph.nodes.values()):
        if node.path in needed:
            needed.update(node.inputs)
    return [node for node in after(graph, first) if node.path in needed]


def after(graph: NetworkGraph, path: str) -> list[Node]:
    """Return the layers that a tensor leads to, in the order of the graph."""
    known, found = {path}, []
    for node in graph.nodes.values():
        if node.path != path and not known.isdisjoint(node.inputs):
            known.add(node.path)
            found.append(node)
    return found


def _ends(field: TensorField, key: tuple[str, str], at: Mapping[str, int]) -> Interval | None:
    """Return both ends along an axis; tokens have no position, so they belong to all positions together."""
    position = at.get(key[1])
    if position is not None:
        return field.grid[key].clipped.at(position) if key in field.grid else None
    seen = [field.grid.get(key)] if at else field.axis_fields(key)
    return reduce(join, (each.clipped.ends for each in seen if each is not None), None)


def reached_from(analysis: Analysis, path: str, at: Mapping[str, int], of: str | None = None) -> dict[str, Reached]:
    """Return, for every layer that depends on positions of a layer or network input, which of its positions do.

    With `of` that layer alone. UsageError for a layer that does not exist, an axis that it lacks, a position that an
    axis does not have, or a layer `of` that depends on none of the positions.
    """
    graph = analysis.graph
    _check_tensor(graph, path)
    shape = graph.shape(path)
    check_position(path, shape, at)
    axes = shape.grid or (TOKENS,)
    source = TensorValues(
        {(path, axis): _chosen(shape.get(axis), at.get(axis)) for axis in axes},
        {(path, axis): _chosen(1, None) for axis in axes} if shape.tokens and not at else {},
    )
    if of is not None:
        check_layer(graph, of)
    later = after(graph, path) if of is None else between(graph, path, of)
    keys = [(path, axis) for axis in axes]
    if graph.imported is None:
        values = walked(graph, {path: source}, set(axes), later)
        found = [_reached(layer, path, at, values[layer], keys) for layer in values if layer != path]
    else:
        given = queries_of(graph.imported).reached(path, at, [each.path for each in later])
        found = [
            _reached(layer, path, at, TensorValues(each.grid, each.tokens), keys, each.status)
            for layer, each in given.items()
        ]
    reached = {each.path: each for each in found if (each.grid or each.tokens) and of in (None, each.path)}
    if of is not None and not reached:
        raise UsageError(f"{of} does not depend on {path}{at_text(at)}; choose a layer that does")
    return reached


def _chosen(size: int, position: int | None) -> ReachedAxis:
    return ReachedAxis(size, Positions((range(size) if position is None else range(position, position + 1),)))


def _reached(
    path: str,
    source: str,
    at: Mapping[str, int],
    values: TensorValues[ReachedAxis],
    keys: Sequence[tuple[str, str]],
    status: str = EXACT,
) -> Reached:
    grid, tokens = (all(key in found for key in keys) for found in (values.grid, values.tokens))
    axes = {key[1]: values.grid[key] for key in keys if grid and key[1] != TOKENS}
    return Reached(path, source, dict(at), axes, grid, tokens, status)


def inputs_of(analysis: Analysis, path: str) -> list[str]:
    """Return the network inputs that a layer depends on, in order."""
    field = analysis.tensor_fields[path]
    reached = {name for name, _ in (*field.grid, *field.tokens)}
    return [name for name in analysis.graph.inputs if name in reached]


def _first_input(analysis: Analysis, path: str) -> str:
    for name in inputs_of(analysis, path):
        return name
    raise UsageError(f"layer {path!r} depends on no network input; choose a layer that does")


def check_layer(graph: NetworkGraph, path: str) -> None:
    """Raise a UsageError with the nearest names when there is no such layer."""
    if path in graph.inputs:
        raise UsageError(f"{path} is an input of {graph.name}, which reads nothing; choose a layer")
    if path not in graph.nodes:
        raise UsageError(_no_layer(graph, path))


def _check_tensor(graph: NetworkGraph, path: str) -> None:
    if path not in graph.nodes and path not in graph.inputs:
        raise UsageError(_no_layer(graph, path))


def _no_layer(graph: NetworkGraph, path: str) -> str:
    found, close = f"no layer {path!r} in {graph.name}", nearest_paths(path, [*graph.inputs, *graph.nodes])
    if close:
        return found + close
    inputs = f"{'input' if len(graph.inputs) == 1 else 'inputs'} {', '.join(graph.inputs)}"
    return f"{found}, which has the {inputs}; archcalc table {graph.name} lists its {len(graph.nodes)} layers"


def check_position(path: str, shape: Shape, at: Mapping[str, int]) -> None:
    """Raise a UsageError for an axis that a layer lacks, or a position that the axis does not have."""
    for axis, position in at.items():
        if axis not in shape.grid:
            axes = f"choose {', '.join(shape.grid)}" if shape.grid else "it has one position only"
            raise UsageError(f"no axis {axis!r} in {path}, which is {shape}; {axes}")
        if not 0 <= position < shape[axis]:
            raise UsageError(f"{path} has no position {axis}={position}; choose one from 0 to {shape[axis] - 1}")


def _check_before(graph: NetworkGraph, path: str, of: str) -> None:
    _check_tensor(graph, of)
    if all(node.path != path for node in after(graph, of)):
        raise UsageError(f"{path} does not depend on {of}; choose a network input or a layer that leads to {path}")
