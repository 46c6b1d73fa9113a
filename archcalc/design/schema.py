"""Search and sweep files as a JSON Schema, for editors."""

from __future__ import annotations

from typing import Any

from archcalc.analysis.conventions import CONVENTIONS
from archcalc.analysis.memory import DTYPE_BYTES
from archcalc.analysis.optimizers import OPTIMIZERS
from archcalc.analysis.quantities import QUANTITIES
from archcalc.design.model import FIELD, LATENCY, SEARCH, SWEEP, UNITS, VIEWS
from archcalc.design.reader import SEARCH_KEYS, SWEEP_KEYS
from archcalc.spec.parse import LANGUAGE_VERSION
from archcalc.spec.schema import DIALECT

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
FORMULA: Schema = {"type": "string", "pattern": r"\$"}
NUMBER: Schema = {"type": "number"}
FIGURE: Schema = {
    "anyOf": [NUMBER, {"type": "string"}, {"type": "object", "additionalProperties": NUMBER, "minProperties": 1}],
    "description": "A figure with a unit (120 G, 24 GiB, 10 ms), a field (25x300x300, {T: 25}), or a formula.",
}


def search_schema() -> Schema:
    """Return the schema of a search, or of a sweep, which has `sweep` in place of `search`."""
    return {
        "$schema": DIALECT,
        "title": "archcalc search",
        "description": "Designs of a spec for archcalc search or archcalc sweep.",
        "type": "object",
        "properties": _properties(),
        "required": ["archcalc", "spec", "space"],
        "oneOf": [
            {
                "required": [SEARCH],
                "propertyNames": {"enum": list(SEARCH_KEYS)},
                "anyOf": [{"required": ["minimise"]}, {"required": ["maximise"]}],
            },
            {"required": [SWEEP, "show"], "propertyNames": {"enum": list(SWEEP_KEYS)}},
        ],
        "dependentRequired": {"columns": ["rows"]},
        "$defs": {"dimension": _dimension(), "measure": _measure(), "requirement": _requirement()},
    }


def _properties() -> dict[str, Schema]:
    measures = _one_or_more({"$ref": "#/$defs/measure"})
    return {
        "archcalc": {"description": "The version of the language.", "const": LANGUAGE_VERSION},
        SEARCH: {"description": "The name of the search.", **TEXT},
        SWEEP: {"description": "The name of the sweep.", **TEXT},
        "title": {"description": "What is looked for, in a line.", **TEXT},
        "note": {"description": "A remark."},
        "source": {"description": "Where the question comes from.", **TEXT},
        "spec": {"description": "The network that is varied: its name, or ./FILE.yaml.", **TEXT},
        "set": {"description": "Parameters that stay the same.", "type": "object"},
        "input": {"description": "Sizes of inputs: clip=3x25x300x300@25.", **_one_or_more(TEXT)},
        "space": {
            "description": "Parameters and axes of inputs (clip.T, clip.HxW) with the values that are tried.",
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"$ref": "#/$defs/dimension"},
        },
        "derive": {
            "description": "Values that follow from others, as formulas.",
            "type": "object",
            "additionalProperties": FORMULA,
        },
        "where": {"description": "Conditions that designs have to meet to be tried.", **_one_or_more(FORMULA)},
        "require": {
            "description": "What designs have to reach to be an answer.",
            "anyOf": [
                {"type": "object", "additionalProperties": {"$ref": "#/$defs/requirement"}},
                {"type": "array", "items": {"$ref": "#/$defs/requirement", "required": ["quantity"]}},
            ],
        },
        "minimise": {"description": "What should be small; two or more give a front.", **measures},
        "maximise": {"description": "What should be large.", **measures},
        "show": {"description": "What is shown in addition.", **measures},
        "by": {"description": "A dimension; the best design for each of its values is shown.", **TEXT},
        "rows": {"description": "The dimension down a grid.", **TEXT},
        "columns": {"description": "The dimension across a grid.", **TEXT},
        "convention": {"description": "How costs are counted.", "enum": list(CONVENTIONS)},
        "batch": {"description": "Samples for which bytes are counted.", "type": "integer", "minimum": 1},
        "dtype": {"description": "Numbers for which bytes are counted.", "enum": list(DTYPE_BYTES)},
        "optimizer": {"description": "The optimizer of training memory.", "enum": list(OPTIMIZERS)},
    }


def _one_or_more(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "array", "items": schema}]}


def _dimension() -> Schema:
    ranged: Schema = {
        "type": "object",
        "properties": {
            "from": {"description": "The first value.", **NUMBER},
            "to": {"description": "The last value.", **NUMBER},
            "step": {"description": "From one value to the next.", "exclusiveMinimum": 0, **NUMBER},
            "spread": {"description": "How values are drawn.", "enum": ["even", "log"]},
            "when": {"description": "Where it means something; elsewhere the first value alone is tried.", **FORMULA},
            "values": {"description": "The values.", "type": "array", "minItems": 1},
        },
        "additionalProperties": False,
        "oneOf": [{"required": ["from", "to"]}, {"required": ["values"]}],
    }
    plain: Schema = {"type": ["string", "number", "boolean", "null"]}
    return {"anyOf": [{"type": "array", "minItems": 1}, ranged, plain]}


def _measured() -> dict[str, Schema]:
    return {
        "quantity": {"description": f"{', '.join([*QUANTITIES, FIELD, LATENCY])}, or a number that is varied.", **TEXT},
        "layer": {"description": "The layer of a field; without one the last before the global pool.", **TEXT},
        "view": {"description": "The kind of field.", "enum": list(VIEWS)},
        "unit": {"description": "The unit of a field: T in seconds, all axes in millimeters.", "enum": list(UNITS)},
        "axis": {"description": "The axis of a field.", **TEXT},
        "input": {"description": "The input that the field is in.", **TEXT},
        "device": {"description": "The device of a latency.", **TEXT},
    }


def _measure() -> Schema:
    described: Schema = {
        "type": "object",
        "properties": _measured(),
        "required": ["quantity"],
        "additionalProperties": False,
    }
    return {"anyOf": [TEXT, described]}


def _requirement() -> Schema:
    return {
        "type": "object",
        "properties": {**_measured(), "at_least": FIGURE, "at_most": FIGURE},
        "additionalProperties": False,
        "anyOf": [{"required": ["at_least"]}, {"required": ["at_most"]}],
    }
