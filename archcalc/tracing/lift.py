"""Recorded layers that are operators of the language: all that is asked of the operator equals what was recorded."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from archcalc.core.field import AxisField
from archcalc.core.problem import OperatorError
from archcalc.core.program import Ref
from archcalc.core.reads import POINTWISE, fixed
from archcalc.core.shape import OtherShape
from archcalc.core.terms import total
from archcalc.ops import OPS
from archcalc.tracing.bound import named
from archcalc.tracing.fields import same, united
from archcalc.tracing.rules.sliding import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.core.imported import GivenField
    from archcalc.core.program import Call, Program
    from archcalc.core.shape import Shape
    from archcalc.ops.base import Operator
    from archcalc.ops.traced import Traced
    from archcalc.tracing.layers import Layer

Word = tuple[str, dict[str, Any]]
"""An operator of the language and its arguments."""

Chooser = Callable[["Program", "Call", dict[str, Any], "Sequence[Shape]"], "Word | None"]


def _sizes(program: Program, ref: object) -> tuple[int, ...]:
    assert isinstance(ref, Ref)
    return program.value(ref.number).sizes


def _convolution(program: Program, call: Call, given: dict[str, Any], shapes: Sequence[Shape]) -> Word | None:
    del shapes
    weight = _sizes(program, given["weight"])
    axes = len(weight) - 2
    per_axis = {name: tuple(listed(given[name], axes)) for name in ("stride", "padding", "dilation")}
    arguments = {
        "kernel": weight[2:], "groups": given["groups"], "bias": given["bias"] is not None,
        "out": program.value(call.outputs[0]).sizes[1], **per_axis,
    }  # fmt: skip
    if given["transposed"]:
        more = tuple(listed(given["output_padding"], axes))
        return f"conv_transpose{axes}d", {**arguments, "output_padding": more}
    return f"conv{axes}d", arguments


def _batch_norm(program: Program, call: Call, given: dict[str, Any], shapes: Sequence[Shape]) -> Word | None:
    del program, call, shapes
    if given.get("training", given.get("train")):
        return None
    return "batch_norm", {"affine": given["weight"] is not None}


def _layer_norm(program: Program, call: Call, given: dict[str, Any], shapes: Sequence[Shape]) -> Word | None:
    del program, call, shapes
    if len(given["normalized_shape"]) != 1:
        return None
    affine = given["weight"] is not None
    return "layer_norm", {"elementwise_affine": affine, "bias": affine and given["bias"] is not None}


def _group_norm(program: Program, call: Call, given: dict[str, Any], shapes: Sequence[Shape]) -> Word | None:
    del program, call, shapes
    return "group_norm", {"num_groups": given["group"], "affine": given["weight"] is not None}


def _linear(program: Program, call: Call, given: dict[str, Any], shapes: Sequence[Shape]) -> Word | None:
    del given, shapes
    return "linear", {"out": program.value(call.outputs[0]).sizes[-1], "bias": call.name == "addmm"}


def _pool(word: str, axes: int) -> Chooser:
    def chosen(program: Program, call: Call, given: dict[str, Any], shapes: Sequence[Shape]) -> Word | None:
        del program, call, shapes
        arguments: dict[str, Any] = {
            "kernel": tuple(listed(given["kernel_size"], axes)),
            "ceil_mode": given["ceil_mode"],
        }
        arguments["stride"] = tuple(listed(given["stride"] or given["kernel_size"], axes))
        arguments["padding"] = tuple(listed(given["padding"], axes))
        if word == "max_pool":
            arguments["dilation"] = tuple(listed(given["dilation"], axes))
        else:
            arguments["count_include_pad"] = given["count_include_pad"]
        return f"{word}{axes}d", arguments

    return chosen


def _mean(program: Program, call: Call, given: dict[str, Any], shapes: Sequence[Shape]) -> Word | None:
    """A mean over all axes of the grid; another is not an operator's."""
    del program, call, given
    return ("mean", {"axes": shapes[0].grid}) if shapes and shapes[0].grid else None


def _plain(word: str) -> Chooser:
    def chosen(program: Program, call: Call, given: dict[str, Any], shapes: Sequence[Shape]) -> Word | None:
        del program, call, given, shapes
        return word, {}

    return chosen


CHOOSERS: dict[str, Chooser] = {
    "convolution": _convolution,
    "native_batch_norm": _batch_norm,
    "_native_batch_norm_legit_no_training": _batch_norm,
    "native_layer_norm": _layer_norm,
    "native_group_norm": _group_norm,
    "addmm": _linear,
    "mm": _linear,
    **{f"max_pool{axes}d_with_indices": _pool("max_pool", axes) for axes in (2, 3)},
    **{f"avg_pool{axes}d": _pool("avg_pool", axes) for axes in (1, 2, 3)},
    "mean": _mean,
    **{name: _plain(name) for name in ("relu", "gelu", "silu", "sigmoid", "tanh", "hardswish", "abs", "add")},
    "mul": _plain("multiply"),
    "cat": _plain("concat"),
}


NATIVE = {word.replace("_", ""): word for word in OPS} | {"upsample": "interpolate"}
"""Operators by the class names of PyTorch in small letters."""
JOINED = frozenset({"mul", "cat"})
"""Calls that are operators only of several layers; a number or a parameter beside one layer is none."""


def operator_name(program: Program, layer: Layer, shapes: Sequence[Shape]) -> str:
    """Return what a layer that is not lifted is called: an operator of the language if it is one, or as PyTorch does.

    A class of the user keeps its name unless all that it computes is one operator with parameters.
    """
    if layer.module is not None and layer.module.native:
        name = layer.kind.lower()
        if name == "multiheadattention":
            return "attention" if len(shapes) == 1 else "cross_attention"
        return NATIVE.get(name) or NATIVE.get(re.sub(r"[123]d$", "", name)) or layer.kind
    chooser = CHOOSERS.get(layer.computes[0].name) if len(layer.computes) == 1 else None
    if chooser is None or chooser is _mean:
        return layer.kind
    (call,) = layer.computes
    if not (len(shapes) > 1 if call.name in JOINED else layer.parameters or layer.shared):
        return layer.kind
    word = chooser(program, call, named(call), shapes)
    return word[0] if word else layer.kind


def lifted(
    program: Program, layer: Layer, traced: Traced, shapes: Sequence[Shape], fields: Sequence[GivenField],
    own: GivenField,
) -> tuple[str, Operator] | None:  # fmt: skip
    """Return the operator that a recorded layer is, and its name; None where it is none, or not in every number.

    `shapes` and `fields` are those of the tensors that it reads; `own` is its field.
    """
    computes = layer.computes
    if len(computes) != 1 or layer.shared or layer.constant or not shapes:
        return None
    (call,) = computes
    chooser = CHOOSERS.get(call.name)
    plain = all(not isinstance(each, OtherShape) and not each.tokens for each in (*shapes, traced.shape))
    if chooser is None or not plain:
        return None
    word = chooser(program, call, named(call), shapes)
    if word is None:
        return None
    try:
        operator = OPS[word[0]](**word[1])
        agrees = _agrees(operator, traced, tuple(shapes), fields, own)
    except (OperatorError, TypeError, KeyError, ValueError):
        return None
    return (word[0], operator) if agrees else None


def _agrees(
    operator: Operator, traced: Traced, shapes: tuple[Shape, ...], fields: Sequence[GivenField], own: GivenField
) -> bool:
    """Return whether shape, parameters, multiply-accumulates and field of an operator are those recorded."""
    if operator.output_shape(shapes) != traced.shape:
        return False
    if total(operator.parameters(shapes).learned) != total(traced.stored.learned):
        return False
    if total(operator.arithmetic(shapes).macs) != total(traced.counted.macs):
        return False
    return all(_same_field(operator, traced.shape, shapes, fields, key, each) for key, each in own.grid.items())


def _same_field(
    operator: Operator, shape: Shape, shapes: tuple[Shape, ...], fields: Sequence[GivenField],
    key: tuple[str, str], recorded: AxisField,
) -> bool:  # fmt: skip
    axis = key[1]
    found = []
    for input_index, (source, seen) in enumerate(zip(shapes, fields, strict=True)):
        before = seen.grid.get(key)
        if before is None:
            continue
        reads = (
            operator.reads(shapes, input_index, axis) if axis in source else fixed(0) if axis in shape else POINTWISE
        )
        after = before.read(reads, shape.get(axis))
        if after is not None:
            found.append(after.clipped)
    return bool(found) and same(united(tuple(found)), recorded.clipped)
