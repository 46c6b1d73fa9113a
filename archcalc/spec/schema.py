"""The spec language as a JSON Schema, for editors; made from the operators, so it knows what this version knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.shape import AXIS_PATTERN, CHANNEL, DEPTH_AXES, GRID_AXIS_PATTERN, STANDARD_AXES, STANDARD_GRID_AXES
from archcalc.graph import MOST_CHANNELS, MOST_POSITIONS
from archcalc.ops import OPS
from archcalc.resources import specs_folder
from archcalc.spec.ignored_rules import RULE_NAMES
from archcalc.spec.library import bundled_networks
from archcalc.spec.load import VIEW_KEYS
from archcalc.spec.parse import LANGUAGE_VERSION, LIBRARY_KEYS, RESERVED_NAMES, STRUCTURE_KEYS
from archcalc.spec.published import CONVENTIONS, LAYER_QUANTITIES, QUANTITIES
from archcalc.spec.schema_layers import (
    LAYERS,
    NAME_PATTERN,
    TENSOR,
    Schema,
    layer_definitions,
    with_formulas,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REQUIRED = ["archcalc", "name", "inputs", "layers"]


def spec_schema() -> Schema:
    """The schema of a spec, or of a library, which has blocks and neither inputs nor layers."""
    return {
        "$schema": DIALECT,
        "title": "archcalc spec",
        "description": "A network for archcalc, or a library of blocks.",
        "type": "object",
        "properties": _top_level(),
        "additionalProperties": False,
        "if": _LIBRARY,
        "then": {"propertyNames": {"enum": list(LIBRARY_KEYS)}},
        "else": {"required": REQUIRED, "properties": {"layers": {"minItems": 1}}},
        "$defs": {**layer_definitions(), "block": _BLOCK, "input": _input(), "published_figure": _FIGURE},
    }


_LIBRARY: Schema = {
    "required": ["blocks"],
    "not": {"anyOf": [{"required": ["inputs"]}, {"required": ["layers"]}]},
}


def _top_level() -> dict[str, Schema]:
    figures = {"type": "array", "items": {"$ref": "#/$defs/published_figure"}}
    return {
        "archcalc": _described("The version of the spec language.", {"const": LANGUAGE_VERSION}),
        "name": _described("The name of the network.", _TEXT),
        "title": _described("The network in a few words.", _TEXT),
        "family": _described("The group in which archcalc list shows the network.", _TEXT),
        "task": _described("What the network is for; archcalc list takes classification if it is not said.", _TEXT),
        "also": _described("Other names of the network, with commas, by which archcalc list finds it.", _TEXT),
        "source": _described("Where the design comes from.", _TEXT),
        "note": _described("A remark.", {}),
        "parameters": _PARAMETERS,
        "let": _LET,
        "inputs": _inputs(),
        "outputs": _OUTPUTS,
        "views": _described("Clips and crops of one video whose results are averaged.", _views()),
        "use": _described("Libraries of blocks, or specs to use as a block.", _use()),
        "blocks": _blocks(),
        "layers": _described("The layers of the network.", LAYERS),
        "lint": _described("Design checks that archcalc lint does not report, with reasons.", _lint()),
        "published": _described("Figures that others printed; archcalc audit holds ours against them.", figures),
    }


def _described(text: str, schema: Mapping[str, object]) -> Schema:
    return {"description": text, **schema}


def _mapping(text: str, values: Mapping[str, object], **more: object) -> Schema:
    return {"description": text, "type": ["object", "null"], "additionalProperties": values, **more}


_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number"}
_DECLARATION: Schema = {
    "type": "object",
    "properties": {
        "default": _described("The value unless another is set; required is one that has to be given.", {}),
        "one_of": _described("The values that the parameter may have.", {"type": "array", "minItems": 1}),
        "from": _described("The least value.", _NUMBER),
        "to": _described("The largest value.", _NUMBER),
        "step": _described("Only every so many from the least value on.", {**_NUMBER, "exclusiveMinimum": 0}),
    },
    "required": ["default"],
    "dependentRequired": {"from": ["to"], "to": ["from"], "step": ["from"]},
    "not": {"required": ["one_of", "from"]},
    "additionalProperties": False,
}
_DECLARES: Schema = {
    "type": "object",
    "anyOf": [
        {"required": ["default"]},
        {"required": ["one_of"]},
        {"required": ["from", "to"], "propertyNames": {"enum": ["default", "one_of", "from", "to", "step"]}},
    ],
}
_PARAMETERS = _mapping(
    "Parameters with their defaults, or with what they may be: {default: 4, from: 3, to: 6}.",
    {"if": _DECLARES, "then": _DECLARATION},
    propertyNames={"not": {"enum": list(RESERVED_NAMES)}},
)
_LET = _mapping("Names of values that are evaluated once and cannot be set by the caller.", {})
_OUTPUTS = _mapping("Outputs by name, each a layer; without them it is the last layer.", TENSOR)
_BLOCK: Schema = {
    "description": "A named chain of layers with parameters.",
    "type": "object",
    "properties": {
        "parameters": _PARAMETERS,
        "let": _LET,
        "inputs": _described("Names of the tensors that a call lists under from.", {"type": "array", "items": _TEXT}),
        "outputs": _OUTPUTS,
        "layers": _described("The layers of the block.", LAYERS),
        "note": _described("A remark.", {}),
    },
    "required": ["layers"],
    "additionalProperties": False,
}
_FIGURE: Schema = {
    "description": "One figure as others printed it.",
    "type": "object",
    "properties": {
        "quantity": _described("What the figure is of.", {"enum": list(QUANTITIES)}),
        "value": _described("The figure as printed, with its unit: 40.519 G.", {"type": ["string", "number"]}),
        "at": _described("The parameters (set) and inputs (input) it holds for.", {"type": "object"}),
        "layer": _described(
            "The path of the layer: for a shape or field always, for values and weights where they are of one layer.",
            _TEXT,
        ),
        "axis": _described(
            "The axis whose size it is, where one alone is printed.", {"type": "string", "pattern": AXIS_PATTERN}
        ),
        "convention": _described("How the cost is counted.", {"enum": list(CONVENTIONS)}),
        "source": _described("Who printed it, and where.", _TEXT),
        "reproduced": _described("What has to be asked for to print the same digits.", {"type": "object"}),
        "explained": _described("Why ours differs.", _TEXT),
        "note": _described("A remark.", {}),
    },
    "required": ["quantity", "value", "source"],
    "additionalProperties": False,
    "if": {"properties": {"quantity": {"enum": list(LAYER_QUANTITIES)}}, "required": ["quantity"]},
    "then": {"required": ["layer"]},
}


def _blocks() -> Schema:
    taken = [*OPS, *STRUCTURE_KEYS]
    names = {"not": {"enum": taken}}
    return _mapping("Blocks by name; layers call them like operators.", {"$ref": "#/$defs/block"}, propertyNames=names)


def _inputs() -> Schema:
    return {
        "description": "The inputs of the network by name, each with its axes.",
        "type": "object",
        "propertyNames": {"pattern": NAME_PATTERN},
        "additionalProperties": {"$ref": "#/$defs/input"},
        "minProperties": 1,
    }


def _input() -> Schema:
    def size(axis: str) -> Schema:
        most = MOST_CHANNELS if axis == CHANNEL else MOST_POSITIONS
        return with_formulas({"type": "integer", "minimum": 1, "maximum": most})

    positive = with_formulas({"type": "number", "exclusiveMinimum": 0})
    spacing = {
        "type": "object",
        "properties": dict.fromkeys(STANDARD_GRID_AXES, positive),
        "patternProperties": {GRID_AXIS_PATTERN: positive},
        "additionalProperties": False,
    }
    return {
        "description": "The axes of an input with their sizes: {C: 3, T: 16, H: 112, W: 112, fps: 25}.",
        "type": "object",
        "properties": {
            **{axis: _described(f"The size of {axis}.", size(axis)) for axis in STANDARD_AXES},
            "fps": _described("Frames per second.", positive),
            "spacing": _described("Millimetres from one position to the next, by axis.", spacing),
        },
        "patternProperties": {GRID_AXIS_PATTERN: _described("The size of an axis.", size(STANDARD_GRID_AXES[0]))},
        "required": [CHANNEL],
        "not": {"required": list(DEPTH_AXES)},
        "additionalProperties": False,
    }


def _views() -> Schema:
    count = {"type": "integer", "minimum": 1}
    return {"type": "object", "properties": dict.fromkeys(VIEW_KEYS, count), "additionalProperties": False}


def _lint() -> Schema:
    rules = {"enum": [*RULE_NAMES, *RULE_NAMES.values()]}
    entry = {
        "type": "object",
        "properties": {
            "ignore": rules,
            "layer": _TEXT,
            "axis": {"type": "string", "pattern": AXIS_PATTERN},
            "reason": _TEXT,
        },
        "required": ["ignore", "reason"],
        "additionalProperties": False,
    }
    return {"type": "array", "items": entry}


def _use() -> Schema:
    libraries = sorted(path.stem for path in (specs_folder() / "blocks").glob("*.yaml"))
    bundled = [*libraries, *(network.name for network in bundled_networks())]
    file = {"description": "A file in the folder of this one: ./blocks.yaml.", "type": "string", "pattern": r"\.ya?ml$"}
    return {"type": "array", "items": {"anyOf": [{"enum": bundled}, file]}}
