"""Structures: residual, branches, group, repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.problem import did_you_mean
from archcalc.core.words import describe_value, is_whole
from archcalc.ops import OPS
from archcalc.spec.work import ITERATION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.spec.expand import Expander
    from archcalc.spec.model import Branches, Group, Repeat, Residual
    from archcalc.spec.scope import Frame, Value

MERGES = ("concat", "add", "multiply", "average")


def _inside(name: str | None, frame: Frame) -> Frame:
    """A named structure is a scope of its own; an unnamed one shares the scope around it."""
    return frame if name is None else frame.inside(frame.scope.child(name))


def residual(expander: Expander, layer: Residual, name: str | None, frame: Frame, here: Value) -> Value:
    """The sum of a body and a shortcut."""
    inner = _inside(name, frame)
    body = expander.chain(layer.body, inner, here)
    shortcut = expander.chain(layer.shortcut, inner, here)
    from archcalc.ops.merge import RESIDUAL_ADD

    return expander.add(expander.unnamed("add", inner), "add", RESIDUAL_ADD, (body, shortcut), layer.common, frame)


def branches(expander: Expander, layer: Branches, name: str | None, frame: Frame, here: Value) -> Value:
    """Several chains from one tensor, merged."""
    inner = _inside(name, frame)
    merge = expander.evaluator.value(layer.merge, frame, here)
    if merge not in MERGES:
        expected = "one of " + ", ".join(MERGES)
        expander.fail(
            layer.merge.location, frame, f"merge: {describe_value(merge)}", expected, did_you_mean(str(merge), MERGES)
        )
    if len(layer.paths) < 2:
        found = "branches with one path" if layer.paths else "branches without paths"
        expander.fail(layer.common.location, frame, found, "at least two")
    ends = []
    for key, layers in layer.paths:
        path_name = None if key is None else expander.path_name(key, frame, here)
        ends.append(expander.chain(layers, _inside(path_name, inner), here))
    word = str(merge)
    return expander.add(expander.unnamed(word, inner), word, OPS[word](), tuple(ends), layer.common, frame)


def group(expander: Expander, layer: Group, name: str | None, frame: Frame, here: Value) -> Value:
    """A chain of layers."""
    return expander.chain(layer.layers, _inside(name, frame), here)


def repeat(expander: Expander, layer: Repeat, name: str | None, frame: Frame, here: Value) -> Value:
    """A chain of layers several times over; each turn starts from what the turn before gave."""
    index = expander.evaluator.value(layer.index, frame, here) if layer.index else None
    repeated = _inside(name, frame)
    for turn, variables in enumerate(_turns(expander, layer, frame, here)):
        expander.spend(ITERATION, layer.common.location)
        if index is not None:
            variables[str(index)] = turn
        inner = repeated.binding(variables)
        if name is not None:
            inner = inner.inside(repeated.scope.child(str(turn)))
        here = expander.chain(layer.layers, inner, here)
    return here


def _turns(expander: Expander, layer: Repeat, frame: Frame, here: Value) -> Iterator[dict[str, object]]:
    if layer.times is None:
        yield from _rows(expander, layer, frame, here)
        return
    times = expander.evaluator.value(layer.times, frame, here)
    if not (is_whole(times) and times >= 0):
        expander.fail(layer.times.location, frame, f"times: {describe_value(times)}", "a whole number from 0 up")
    expander.expect(int(times), layer.layers, layer.common.location, frame)
    for _ in range(int(times)):
        yield {}


def _rows(expander: Expander, layer: Repeat, frame: Frame, here: Value) -> Iterator[dict[str, object]]:
    columns: dict[str, list[object]] = {}
    for key, node in layer.each:
        column = expander.evaluator.value(node, frame, here)
        if not isinstance(column, list):
            expander.fail(
                node.location, frame, f"{key.value}: {describe_value(column)}", "a list with one value per turn"
            )
        columns[str(key.value)] = column
    _check_lengths(expander, layer, columns, frame)
    for row in zip(*columns.values(), strict=True):
        yield dict(zip(columns, row, strict=True))


def _check_lengths(expander: Expander, layer: Repeat, columns: dict[str, list[object]], frame: Frame) -> None:
    lengths = {name: len(column) for name, column in columns.items()}
    first = next(iter(lengths.values()), 0)
    odd = next((node for key, node in layer.each if lengths[str(key.value)] != first), None)
    if odd is not None:
        found = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        expander.fail(odd.location, frame, f"columns of different lengths: {found}", "one value per turn in each")
