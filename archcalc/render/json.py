"""The JSON of an analysis: one object with stable keys."""

from __future__ import annotations

import json
from dataclasses import asdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from archcalc._version import __version__
from archcalc.analysis.by_convention import counted_by
from archcalc.analysis.conventions import CONVENTIONS
from archcalc.analysis.quantities import FIELDS, FRACTION, WINDOWS, layer_values, windows_by_axis
from archcalc.analysis.statuses import STATUSES, is_traced, status_of
from archcalc.core.imported import ONE_RUN
from archcalc.spec.unread import unread_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from archcalc.analysis.by_convention import CountedBy
    from archcalc.analysis.quantities import FieldQuantity
    from archcalc.analysis.records import Analysis, AxisSizes, InputField, LayerRecord
    from archcalc.core.problem import Location, Problem
    from archcalc.graph import NetworkInput
    from archcalc.tables.table import Table

SCHEMA = 1
MOST_KEPT = 100
"""Fields that are kept as plain data: layers that share one are mostly close together."""


def object_json(described: Mapping[str, Any], rows: str = "layers") -> str:
    """Return plain data as JSON text, the objects under the key `rows` one a line."""
    return "".join(object_pieces(described, rows))


def object_pieces(described: Mapping[str, Any], rows: str = "layers") -> Iterator[str]:
    """Return the same text in pieces, so that the text of a long network is never held as a whole."""
    separator = "{\n"
    for key, value in described.items():
        yield f'{separator} "{key}": '
        yield from _row_pieces(value) if key == rows else (_text(value),)
        separator = ",\n"
    yield "\n}"


def _row_pieces(rows: Iterable[Mapping[str, Any] | str]) -> Iterator[str]:
    separator = "[\n"
    for row in rows:
        yield f"{separator}  {row if isinstance(row, str) else _text(row)}"
        separator = ",\n"
    yield "[\n\n ]" if separator == "[\n" else "\n ]"


def rows_json(name: str, rows: Iterable[Mapping[str, Any]], head: Mapping[str, Any] | None = None) -> str:
    """Return one object as JSON text: version, what `head` has, and rows under a name, one a line."""
    return object_json({"schema": SCHEMA, "archcalc": __version__, **(head or {}), name: rows}, name) + "\n"


def table_json(table: Table, name: str) -> str:
    """Return the rows of a table as JSON text under a name, an object by column a line."""
    keys = [column.key for column in table.columns]
    return rows_json(name, [dict(zip(keys, row, strict=True)) for row in table.rows])


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
        "layers": (_layer(layer, numbers, fields) for layer, numbers in layer_values(analysis)),
        "totals": asdict(analysis.totals) | _unread(analysis) | _active(analysis),
        **_remarks(analysis),
        **_warnings(analysis),
    }


def _remarks(analysis: Analysis) -> dict[str, Any]:
    """What a reader has to know of a recording; no key for a spec."""
    imported = analysis.graph.imported
    return {} if imported is None else {"remarks": [*imported.remarks, ONE_RUN]}


def analysis_pieces(analysis: Analysis) -> Iterator[str]:
    """Return the text of `analysis_object` in pieces; a field that neighboring layers share is encoded once."""
    fields = _Fields(analysis)
    texts = (_layer_text(layer, numbers, fields) for layer, numbers in layer_values(analysis))
    return object_pieces({**analysis_object(analysis), "layers": texts})


def _unread(analysis: Analysis) -> dict[str, int]:
    """Parameters that nothing reads, which totals count and no layer has; no key for a spec."""
    imported = analysis.graph.imported
    return {} if imported is None else {"unread_params": sum(imported.unread.values())}


def _active(analysis: Analysis) -> dict[str, int]:
    """Parameters that one position uses, where experts are chosen; no key for other networks."""
    chosen = any(layer.parameters.idle for layer in analysis.layers)
    return {"active_params": sum(layer.active_params for layer in analysis.layers)} if chosen else {}


def _warnings(analysis: Analysis) -> dict[str, Any]:
    """Layers that no output reads, place by place; no key where there are none."""
    problems = unread_problems(analysis.graph)
    return {"warnings": [problem_object(each) for each in problems]} if problems else {}


def problem_object(problem: Problem) -> dict[str, Any]:
    """Return a problem of a spec, or a warning about one, as plain data."""
    return {
        "message": problem.message,
        "found": problem.found,
        "expected": problem.expected or None,
        "hint": problem.hint or None,
        "location": location_object(problem.location),
        "related": [{"what": what, "location": location_object(place)} for place, what in problem.related],
    }


def location_object(place: Location) -> dict[str, Any]:
    """A place and its end, after the last character; null for a whole file, and where no end is known."""
    return {
        "file": place.source.name,
        "line": place.line or None,
        "column": place.column or None,
        "end_line": place.end_line or None,
        "end_column": place.end_column or None,
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
    """Receptive fields and windows as plain data; layers that share a record share the data."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._quantities = [each for each in FIELDS.values() if each.json]
        self._known: dict[int, dict[str, Any]] = {}
        self._texts: dict[int, str] = {}
        self._readers = [_plain_reader(each) for each in self._quantities]
        self._last: tuple[AxisSizes, list[str]] | None = None
        self._windows: dict[int, dict[str, Any]] = {}
        self._window_texts: dict[int, str] = {}

    def recorded(self, layer: LayerRecord) -> dict[str, Any]:
        """What layers of recorded modules have in addition."""
        if self._analysis.graph.imported is None:
            return {}
        place = self._analysis.graph.nodes[layer.path].location
        return {
            "traced": is_traced(self._analysis, layer.path),
            "owner": layer.owner,
            **{key: status_of(self._analysis, layer.path, key) for key in STATUSES},
            "location": None if place is None else location_object(place),
        }

    def of(self, layer: LayerRecord, name: str) -> dict[str, Any]:
        field = id(layer.fields[name])
        known = self._known.get(field)
        if known is None:
            if len(self._known) >= MOST_KEPT:
                del self._known[next(iter(self._known))]
            known = self._known[field] = {
                each.json: _plain(each, each.value(self._analysis, layer, name)) for each in self._quantities
            }
        return known

    def text(self, layer: LayerRecord, name: str) -> str:
        """The same as JSON text."""
        field = id(layer.fields[name])
        known = self._texts.get(field)
        if known is None:
            if len(self._texts) >= MOST_KEPT:
                del self._texts[next(iter(self._texts))]
            known = self._texts[field] = self._written(layer, name)
        return known

    def _written(self, layer: LayerRecord, name: str) -> str:
        axes = [(f'"{axis}": ', self._on_axis(sizes)) for axis, sizes in layer.fields[name].by_axis.items()]
        parts = []
        for at, each in enumerate(self._quantities):
            if each.read is None or not each.by_axis:
                text = _text(each.value(self._analysis, layer, name))
            else:
                text = "{" + ", ".join([axis + own[at] for axis, own in axes]) + "}"
            parts.append(f'"{each.json}": {text}')
        return "{" + ", ".join(parts) + "}"

    def _on_axis(self, sizes: AxisSizes) -> list[str]:
        """The texts of an axis, in the order of the quantities; axes that are alike share them."""
        if self._last is None or self._last[0] is not sizes:
            self._last = sizes, [_value_text(read(sizes)) for read in self._readers]
        return self._last[1]

    def windows(self, layer: LayerRecord) -> dict[str, Any]:
        """The windows of a layer; layers that are alike share them."""
        if id(layer.windows) not in self._windows:
            self._windows[id(layer.windows)] = {
                key: windows_by_axis(layer.windows, each) for key, each in WINDOWS.items()
            }
        return self._windows[id(layer.windows)]

    def windows_text(self, layer: LayerRecord) -> str:
        """The same as JSON text."""
        key = id(layer.windows)
        if key not in self._window_texts:
            self._window_texts[key] = _text(self.windows(layer))
        return self._window_texts[key]


def _value_text(value: Any) -> str:
    """Return a single value as JSON text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else _text(value)


def _plain_reader(quantity: FieldQuantity) -> Callable[[AxisSizes], Any]:
    """Return how a quantity is read on one axis as plain data; the smallest field is no matter of one axis."""
    read = quantity.read or (lambda _: None)
    return (lambda sizes: number_json(read(sizes))) if quantity.kind == FRACTION else read


def with_costs(described: dict[str, Any], analysis: Analysis) -> dict[str, Any]:
    """Return the analysis as plain data, with the cost in every convention of each layer and of the network.

    `conventions` says of each which tool it follows, what it counts and leaves out, and the parameters of the network.
    """
    counted = [counted_by(analysis, each) for each in CONVENTIONS.values()]
    layers = [
        {**layer, "costs": {each.convention.name: each.costs[layer["path"]] for each in counted}}
        for layer in described["layers"]
    ]
    totals = {**described["totals"], "costs": {each.convention.name: each.cost for each in counted}}
    del described["totals"]
    return {**described, "layers": layers, "conventions": list(map(_convention_object, counted)), "totals": totals}


def _convention_object(counted: CountedBy) -> dict[str, Any]:
    convention = counted.convention
    return {
        "name": convention.name,
        "tool": convention.tool or None,
        "counts": convention.unit.partition(" ")[0],
        "meaning": convention.meaning,
        "cost": counted.cost,
        "params": counted.params,
        "added": dict(counted.added),
        "status": "lower bound" if counted.missing else "complete",
        "missing": [str(each) for each in counted.missing],
    }


def layer_object(analysis: Analysis, layer: LayerRecord) -> dict[str, Any]:
    """Return a layer with its numbers as plain data."""
    numbers = next(numbers for each, numbers in layer_values(analysis) if each is layer)
    return _layer(layer, numbers, _Fields(analysis))


def _layer(layer: LayerRecord, numbers: Mapping[str, int], fields: _Fields) -> dict[str, Any]:
    seen = {name: fields.of(layer, name) for name in layer.fields}
    return {
        **_name_parts(layer),
        **fields.windows(layer),
        **_shape_parts(layer),
        **(next(iter(seen.values())) if seen else _no_field()),
        "receptive_fields": seen,
        **_after_fields(layer, numbers, fields),
    }


def _layer_text(layer: LayerRecord, numbers: Mapping[str, int], fields: _Fields) -> str:
    """Return the JSON text of `_layer`, with that of the fields as it is known."""
    seen = {name: fields.text(layer, name) for name in layer.fields}
    first = next(iter(seen.values())) if seen else _text(_no_field())
    nested = ", ".join([f"{_text(name)}: {text}" for name, text in seen.items()])
    parts = (_text(_name_parts(layer)), fields.windows_text(layer), _text(_shape_parts(layer)), first)
    before = ", ".join([each[1:-1] for each in parts])
    return f'{{{before}, "receptive_fields": {{{nested}}}, {_text(_after_fields(layer, numbers, fields))[1:]}'


def _name_parts(layer: LayerRecord) -> dict[str, Any]:
    return {
        "path": layer.path,
        "name": layer.name,
        "op": layer.op,
        "label": layer.label,
        "inputs": list(layer.inputs),
    }


def _shape_parts(layer: LayerRecord) -> dict[str, Any]:
    return {
        "groups": layer.groups,
        "shape": layer.shape.sizes,
        "tokens": layer.shape.tokens,
        **({"heads": layer.shape.heads} if layer.shape.heads > 1 else {}),
    }


def _after_fields(layer: LayerRecord, numbers: Mapping[str, int], fields: _Fields) -> dict[str, Any]:
    return {
        **numbers,
        "shares": layer.owner,
        "note": layer.note,
        "status": layer.status,
        "missing": list(layer.missing),
        **fields.recorded(layer),
    }


def _no_field() -> dict[str, Any]:
    """What a layer has that no network input reaches."""
    return {each.json: {} if each.by_axis else True for each in FIELDS.values() if each.json}


def field_object(field: InputField | None) -> dict[str, Any]:
    """Return a receptive field in any tensor as plain data, by axis; empty where there is none."""
    known = {each.json: each for each in FIELDS.values() if each.json and each.read is not None}
    if field is None:
        return {key: value for key, value in _no_field().items() if key in known}
    return {key: _plain(each, each.of(field)) for key, each in known.items()}


def _plain(quantity: FieldQuantity, value: Any) -> Any:
    if not quantity.by_axis:
        return value
    return {axis: number_json(each) for axis, each in value.items()} if quantity.kind == FRACTION else value


def number_json(value: Fraction | None) -> int | float | None:
    """Return a fraction as a whole number where it is one, else as a float."""
    if value is None:
        return None
    return value.numerator if value.denominator == 1 else float(value)
