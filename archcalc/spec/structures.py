"""Expands structures: residual, branches, group and repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.messages import describe_value, is_whole, shortened
from archcalc.core.problem import did_you_mean
from archcalc.core.scopes import ScopeKind
from archcalc.ops import OPS
from archcalc.spec.names import unfit_characters
from archcalc.spec.parse import RESERVED_NAMES
from archcalc.spec.text import Sequence
from archcalc.spec.work import ITERATION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.core.problem import Location
    from archcalc.spec.context import EvaluationContext, Value
    from archcalc.spec.expand import Expander
    from archcalc.spec.model import Branches, Group, Repeat, Residual
    from archcalc.spec.text import Node

MERGES = ("concat", "add", "multiply", "average")

Iteration = tuple[dict[str, object], "Location"]


def residual(expander: Expander, layer: Residual, name: str | None, context: EvaluationContext, here: Value) -> Value:
    """The sum of a body and a shortcut."""
    place = layer.common.location
    inner = context.inside(ScopeKind.RESIDUAL, name, place)
    body = expander.chain(layer.body, inner, here)
    shortcut = here
    if layer.shortcut:
        shortcut = expander.chain(layer.shortcut, inner.inside(ScopeKind.SHORTCUT, None, place), here)
    from archcalc.ops.merge import RESIDUAL_ADD

    path = expander.path(None, "add", inner)
    return expander.add(path, "add", RESIDUAL_ADD, (body, shortcut), layer.common, inner, named=False)


def branches(expander: Expander, layer: Branches, name: str | None, context: EvaluationContext, here: Value) -> Value:
    """Several chains from one tensor, merged."""
    inner = context.inside(ScopeKind.BRANCHES, name, layer.common.location)
    merge = expander.evaluator.value(layer.merge, context, here)
    if merge not in MERGES:
        expected = "one of " + ", ".join(MERGES)
        expander.fail(
            layer.merge.location, context, f"merge: {describe_value(merge)}", expected, did_you_mean(str(merge), MERGES)
        )
    if len(layer.paths) < 2:
        found = "branches with one path" if layer.paths else "branches without paths"
        expander.fail(layer.common.location, context, found, "at least two")
    ends = []
    for number, (key, layers) in enumerate(layer.paths):
        path_name = None if key is None else expander.path_name(key, context, here)
        place = layer.common.location if key is None else key.location
        branch = inner.inside(ScopeKind.BRANCH, path_name, place, number)
        ends.append(expander.chain(layers, branch, here))
        if path_name is not None:
            branch.names.end = ends[-1]
    word = str(merge)
    path = expander.path(None, word, inner)
    return expander.add(path, word, OPS[word](), tuple(ends), layer.common, inner, named=False)


def group(expander: Expander, layer: Group, name: str | None, context: EvaluationContext, here: Value) -> Value:
    """A chain of layers."""
    inner = context.inside(ScopeKind.GROUP, name, layer.common.location)
    return expander.chain(layer.layers, inner, here)


def repeat(expander: Expander, layer: Repeat, name: str | None, context: EvaluationContext, here: Value) -> Value:
    """Expand a repeated chain of layers; each iteration reads the output of the previous one."""
    index = expander.evaluator.value(layer.index, context, here) if layer.index else None
    repeated = context.inside(ScopeKind.REPEAT, name, layer.common.location)
    for iteration, (variables, place) in enumerate(_iterations(expander, layer, context, here)):
        expander.spend(ITERATION, layer.common.location)
        if index is not None:
            variables[str(index)] = iteration
        segment = None if name is None else str(iteration)
        inner = repeated.inside(ScopeKind.ITERATION, segment, place, iteration, variables)
        here = expander.chain(layer.layers, inner, here)
        if segment is not None:
            inner.names.end = here
    return here


def _iterations(expander: Expander, layer: Repeat, context: EvaluationContext, here: Value) -> Iterator[Iteration]:
    """Yield the variables of each iteration, and where it was written."""
    if layer.times is None:
        yield from _rows(expander, layer, context, here)
        return
    times = expander.evaluator.value(layer.times, context, here)
    if not (is_whole(times) and times >= 0):
        expander.fail(layer.times.location, context, f"times: {describe_value(times)}", "an integer of at least 0")
    expander.expect(int(times), layer.layers, layer.common.location, context)
    for _ in range(int(times)):
        yield {}, layer.common.location


def _rows(expander: Expander, layer: Repeat, context: EvaluationContext, here: Value) -> Iterator[Iteration]:
    columns: dict[str, list[object]] = {}
    for name, node, column in _columns(expander, layer, context, here):
        if not isinstance(column, list):
            found = f"{name}: {describe_value(column)}"
            expander.fail(node.location, context, found, "a list with one value per iteration")
        columns[name] = column
    _check_lengths(expander, layer, columns, context)
    places = _row_places(layer)
    for number, row in enumerate(zip(*columns.values(), strict=True)):
        place = places[number] if number < len(places) else layer.common.location
        yield dict(zip(columns, row, strict=True)), place


def _columns(
    expander: Expander, layer: Repeat, context: EvaluationContext, here: Value
) -> Iterator[tuple[str, Node, object]]:
    """Yield each column of `each`: its name, where it is written, and its value."""
    if layer.table is None:
        for key, node in layer.each:
            yield str(key.value), node, expander.evaluator.value(node, context, here)
        return
    table = expander.evaluator.value(layer.table, context, here)
    if not isinstance(table, dict):
        expected = "a mapping of names to lists"
        expander.fail(layer.table.location, context, f"each: {describe_value(table)}", expected)
    for name, column in table.items():
        if name in RESERVED_NAMES or unfit_characters(name):
            found = f"a value of a repeat named {shortened(name)}"
            expander.fail(layer.table.location, context, found, "another name")
        yield name, layer.table, column


def _row_places(layer: Repeat) -> list[Location]:
    """Return the locations of the values of the first column; none if a formula gives them."""
    column = layer.each[0][1] if layer.each else None
    return [item.location for item in column.items] if isinstance(column, Sequence) else []


def _check_lengths(
    expander: Expander, layer: Repeat, columns: dict[str, list[object]], context: EvaluationContext
) -> None:
    lengths = {name: len(column) for name, column in columns.items()}
    first = next(iter(lengths.values()), 0)
    nodes = {str(key.value): node for key, node in layer.each}
    odd = next((nodes.get(name, layer.table) for name, length in lengths.items() if length != first), None)
    if odd is not None:
        found = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        expander.fail(
            odd.location, context, f"columns of different lengths: {found}", "one value per iteration in each"
        )
