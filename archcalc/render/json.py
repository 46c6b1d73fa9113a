"""The JSON of an analysis: one object with stable keys."""

from __future__ import annotations

import json
from dataclasses import asdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from archcalc._version import __version__
from archcalc.core.window import Window
from archcalc.spec.unread import unread_problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from archcalc.analysis.records import Analysis, InputField, LayerRecord
    from archcalc.core.problem import Problem
    from archcalc.core.window import TransposedWindow
    from archcalc.graph import NetworkInput
    from archcalc.tables.table import Table

SCHEMA = 1
FIELD_KEYS = ("receptive_field", "receptive_field_window", "receptive_field_clipped", "offset", "center", "jump")


def object_json(described: Mapping[str, Any]) -> str:
    """Return an analysis as plain data, or a profile, as JSON text, one layer a line."""
    return "".join(object_pieces(described))


def object_pieces(described: Mapping[str, Any]) -> Iterator[str]:
    """Return the same text in pieces, so that the text of a long network is never held as a whole."""
    separator = "{\n"
    for key, value in described.items():
        yield f'{separator} "{key}": '
        yield from _layers_pieces(value) if key == "layers" else (_text(value),)
        separator = ",\n"
    yield "\n}"


def _layers_pieces(layers: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    separator = "[\n"
    for layer in layers:
        yield f"{separator}  {_text(layer)}"
        separator = ",\n"
    yield "[\n\n ]" if separator == "[\n" else "\n ]"


def table_json(table: Table, name: str) -> str:
    """The rows of a table as JSON text under a name, an object by column a line."""
    keys = [column.key for column in table.columns]
    rows = ",\n".join(f"  {_text(dict(zip(keys, row, strict=True)))}" for row in table.rows)
    return f'{{\n "schema": {SCHEMA},\n "archcalc": {_text(__version__)},\n "{name}": [\n{rows}\n ]\n}}\n'


_text = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


def analysis_object(analysis: Analysis) -> dict[str, Any]:
    """Return the whole analysis as plain data; `layers` is an iterator, which makes each when it is asked for."""
    fields = _Fields(analysis)
    return {
        "schema": SCHEMA,
        "archcalc": __version__,
        "spec": analysis.name,
        "title": analysis.title,
        "convention": analysis.convention.name,
        "batch": analysis.batch,
        "dtype": analysis.dtype,
        "inputs": [input_object(each) for each in analysis.inputs],
        "layers": (_layer(layer, fields) for layer in analysis.layers),
        "totals": asdict(analysis.totals),
        **_warnings(analysis),
    }


def _warnings(analysis: Analysis) -> dict[str, Any]:
    """Layers that no output reads, place by place; no key where there are none."""
    problems = unread_problems(analysis.graph)
    return {"warnings": [_problem(each) for each in problems]} if problems else {}


def _problem(problem: Problem) -> dict[str, Any]:
    place = problem.location
    return {
        "message": problem.message,
        "location": {"file": place.source.name, "line": place.line, "column": place.column},
    }


def input_object(network_input: NetworkInput) -> dict[str, Any]:
    """Return a network input as plain data."""
    described: dict[str, Any] = {
        "name": network_input.name,
        "shape": network_input.shape.sizes,
        "fps": network_input.fps,
    }
    return {**described, "spacing": dict(network_input.spacing)} if network_input.spacing else described


class _Fields:
    """Receptive fields as plain data; layers that share a record share the data."""

    def __init__(self, analysis: Analysis) -> None:
        self._smallest = analysis.smallest_fields
        self._known: dict[int, dict[str, Any]] = {}

    def of(self, layer: LayerRecord, name: str, field: InputField | None) -> dict[str, Any]:
        if id(field) not in self._known:
            sizes = self._smallest[layer.path].get(name, {})
            smallest = {axis: sizes.get(axis) for axis in (field.full if field else ())}
            self._known[id(field)] = field_object(field) | {"receptive_field_smallest": smallest}
        return self._known[id(field)]


def layer_object(analysis: Analysis, layer: LayerRecord) -> dict[str, Any]:
    """Return a layer with its numbers as plain data."""
    return _layer(layer, _Fields(analysis))


def _layer(layer: LayerRecord, fields: _Fields) -> dict[str, Any]:
    return {
        "path": layer.path,
        "name": layer.name,
        "op": layer.op,
        "label": layer.label,
        "inputs": list(layer.inputs),
        **_windows(layer.windows),
        "groups": layer.groups,
        "shape": layer.shape.sizes,
        "tokens": layer.shape.tokens,
        **({"heads": layer.shape.heads} if layer.shape.heads > 1 else {}),
        **fields.of(layer, next(iter(layer.fields), ""), layer.field),
        "receptive_fields": {name: fields.of(layer, name, each) for name, each in layer.fields.items()},
        "params": layer.params,
        "buffers": layer.buffers,
        "macs": layer.macs,
        "flops": layer.flops,
        "cost": layer.cost,
        "activation_bytes": layer.activation_bytes,
        "saved_bytes": layer.saved_bytes,
        "shares": layer.owner,
        "note": layer.note,
        "status": layer.status,
        "missing": list(layer.missing),
    }


def field_object(field: InputField | None) -> dict[str, Any]:
    """Return a receptive field as plain data, by axis; empty where there is none."""
    if field is None:
        return {**{key: {} for key in FIELD_KEYS}, "aligned": True, "sees_all": {}}
    return {
        "receptive_field": dict(field.full),
        "receptive_field_window": dict(field.window),
        "receptive_field_clipped": dict(field.clipped),
        "offset": dict(field.offset),
        "center": {axis: _number(center) for axis, center in field.center.items()},
        "jump": {axis: _number(jump) for axis, jump in field.jump.items()},
        "aligned": field.aligned,
        "sees_all": dict(field.sees_all),
    }


def _number(value: Fraction | None) -> int | float | None:
    if value is None:
        return None
    return value.numerator if value.denominator == 1 else float(value)


def _windows(windows: Mapping[str, Window | TransposedWindow] | None) -> dict[str, Any]:
    if windows is None:
        return dict.fromkeys(("kernel", "stride", "padding", "dilation"))
    return {
        "kernel": {axis: window.kernel for axis, window in windows.items()},
        "stride": {axis: window.stride for axis, window in windows.items()},
        "padding": {axis: list(_padding(window)) for axis, window in windows.items()},
        "dilation": {axis: window.dilation for axis, window in windows.items()},
    }


def _padding(window: Window | TransposedWindow) -> tuple[int, int]:
    if isinstance(window, Window):
        return window.before, window.after
    return window.padding, window.padding
