"""Layers as JSON Schema: operators with their arguments, structures, block calls, and the keys all of them take."""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING, Any

from archcalc.core.shape import GRID_AXIS_PATTERN
from archcalc.ops import OPS
from archcalc.spec.bind import operator_fields, other_axis_field
from archcalc.spec.parse import RESERVED_NAMES
from archcalc.spec.structures import MERGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.ops.base import Operator
    from archcalc.spec.bind import Field

Schema = dict[str, Any]

FORMULA: Schema = {"$ref": "#/$defs/formula"}
TEXT_WITH_FORMULA: Schema = {"$ref": "#/$defs/text_with_formula"}
TENSOR: Schema = {"$ref": "#/$defs/tensor"}
LAYERS: Schema = {"$ref": "#/$defs/layers"}

NAME_PATTERN = "^(?![0-9]+$)[^.]+$"

COMMON: Mapping[str, Schema] = {key: {"$ref": f"#/$defs/layer_{key}"} for key in ("name", "from", "when", "note")}
SHARE: Mapping[str, Schema] = {"share": {"$ref": "#/$defs/layer_share"}}

DEFINITIONS: Mapping[str, Schema] = {
    "formula": {
        "description": "A formula: $name or $(expression).",
        "type": "string",
        "pattern": r"^\$([^\s$(){}]+|\([\s\S]+\))$",
    },
    "text_with_formula": {
        "description": "A text with formulas inside: layer$i.",
        "type": "string",
        "pattern": r"\$",
    },
    "tensor": {
        "description": "An earlier layer, an input, input, or one output of a block: fuse.slow.",
        "type": "string",
        "minLength": 1,
    },
    "block_call": {
        "description": "A block with values for its parameters.",
        "type": ["object", "null"],
        "properties": {**COMMON, **SHARE},
    },
    "layer_name": {
        "description": "The name of this layer, without a dot and not all digits; its path is made from it.",
        "type": "string",
        "anyOf": [{"pattern": NAME_PATTERN, "not": {"enum": list(RESERVED_NAMES)}}, TEXT_WITH_FORMULA],
    },
    "layer_from": {
        "description": "What the layer reads, if not the layer before: a tensor, or a list of them.",
        "anyOf": [TENSOR, {"type": "array", "items": TENSOR, "minItems": 1}],
    },
    "layer_when": {
        "description": "Whether the layer exists; if not, it acts as the identity.",
        "anyOf": [{"type": "boolean"}, FORMULA],
    },
    "layer_note": {"description": "A remark, shown with the layer.", "type": ["string", "number", "boolean"]},
    "layer_share": {
        "description": "The earlier layer or block call whose weights this one uses.",
        "type": "string",
    },
}


def layer_definitions() -> dict[str, Schema]:
    """What `$defs` holds about layers."""
    return {
        **DEFINITIONS,
        "layers": {"description": "Layers one after the other.", "type": "array", "items": {"$ref": "#/$defs/layer"}},
        "layer": _layer(),
    }


def _layer() -> Schema:
    words = {**{word: _operator(operator) for word, operator in OPS.items()}, **STRUCTURES}
    bare = {word: schema for word, schema in words.items() if schema["type"] != "object"}
    return {
        "description": "An operator, a block or a structure: a word alone, or one key with its arguments.",
        "type": ["string", "object"],
        # The last alternative lets every block name through; the others are there for an editor to offer.
        "anyOf": [*(_word(word, schema) for word, schema in bare.items()), {"type": ["string", "object"]}],
        "not": {"enum": [word for word in words if word not in bare]},
        "properties": words,
        "additionalProperties": {"$ref": "#/$defs/block_call"},
        "minProperties": 1,
        "maxProperties": 1,
    }


def _word(word: str, schema: Schema) -> Schema:
    return {"const": word, **{key: text for key, text in schema.items() if key.lower().endswith("description")}}


def _operator(operator: type[Operator]) -> Schema:
    page = cleandoc(operator.__doc__ or "")
    own = operator_fields(operator).values()
    required = [each.name for each in own if each.required]
    spelled = [rule for each in own for rule in _spelled_once(each)]
    return {
        "description": page.splitlines()[0],
        "markdownDescription": page,
        "type": "object" if required else ["object", "null"],
        "properties": {
            **{each.name: _argument(each) for each in own},
            **{alias: _alias(each, alias) for each in own for alias in each.aliases},
            **COMMON,
            **(SHARE if operator.traits.weights else {}),
        },
        **_other_axes(operator),
        "required": [each.name for each in own if each.required and not each.aliases],
        "additionalProperties": False,
        **({"allOf": spelled} if spelled else {}),
    }


def _other_axes(operator: type[Operator]) -> Schema:
    """Return what an operator takes under the names of axes that an input declares."""
    other = other_axis_field(operator)
    return {} if other is None else {"patternProperties": {GRID_AXIS_PATTERN: _argument(other)}}


def _alias(each: Field, alias: str) -> Schema:
    return {**_argument(each), "description": f"The same as {each.name}; PyTorch calls it {alias}."}


def _spelled_once(each: Field) -> list[Schema]:
    """An argument under one of its names: exactly one when it is required, else at most one."""
    if not each.aliases:
        return []
    spellings = [{"required": [name]} for name in (each.name, *each.aliases)]
    return [{"oneOf": spellings} if each.required else {"not": {"required": [each.name, *each.aliases]}}]


def _argument(each: Field) -> Schema:
    nothing = [{"type": "null"}] if each.optional else []
    described: Schema = {"description": each.argument.expects}
    if each.default is not None:
        described["default"] = list(each.default) if isinstance(each.default, tuple) else each.default
    accepted = with_formulas(each.argument.schema)
    return {**described, **({"anyOf": accepted.get("anyOf", [accepted]) + nothing} if nothing else accepted)}


def with_formulas(schema: Mapping[str, Any]) -> Schema:
    """Return a schema that also accepts a formula in place of the value or of any value in a list."""
    if "$ref" in schema:
        return dict(schema)
    options = [_with_formulas_inside(option) for option in schema.get("anyOf", [schema])]
    words = any("enum" in option or "const" in option for option in options)
    return {"anyOf": [*options, TEXT_WITH_FORMULA if words else FORMULA]}


def _with_formulas_inside(schema: Mapping[str, Any]) -> Schema:
    return {**schema, "items": with_formulas(schema["items"])} if "items" in schema else dict(schema)


def _structure(description: str, required: list[str], own: Mapping[str, Schema], **more: Any) -> Schema:
    return {
        "description": description,
        "type": "object",
        "properties": {**own, **COMMON},
        "required": required,
        "additionalProperties": False,
        **more,
    }


STRUCTURES: Mapping[str, Schema] = {
    "residual": _structure(
        "Two chains of layers from one tensor, added.",
        ["body"],
        {
            "body": {"description": "The layers of the body.", **LAYERS},
            "shortcut": {"description": "The layers of the shortcut; none is the identity.", **LAYERS},
        },
    ),
    "branches": _structure(
        "Several chains of layers from one tensor, merged.",
        ["merge", "paths"],
        {
            "merge": {"description": "How the ends are merged.", **with_formulas({"enum": list(MERGES)})},
            "paths": {
                "description": "At least two chains, as a list or by name; [] is the identity.",
                "anyOf": [
                    {"type": "array", "items": LAYERS, "minItems": 2},
                    {"type": "object", "additionalProperties": LAYERS, "minProperties": 2},
                ],
            },
        },
    ),
    "group": _structure(
        "A chain of layers, to name it or to leave it out as a whole.",
        ["layers"],
        {"layers": LAYERS},
    ),
    "repeat": _structure(
        "A repeated chain of layers.",
        ["layers"],
        {
            "layers": LAYERS,
            "times": {"description": "How often.", **with_formulas({"type": "integer", "minimum": 0})},
            "each": {
                "description": "Names, each with a list of values, one value per iteration.",
                **with_formulas({"type": "object", "additionalProperties": {"anyOf": [{"type": "array"}, FORMULA]}}),
            },
            "index": {"description": "A name for the number of the iteration, counted from 0.", "type": "string"},
        },
        oneOf=[{"required": ["times"]}, {"required": ["each"]}],
    ),
}
