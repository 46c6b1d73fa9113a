"""Attention along a sequence and attention to another tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.pytorch.expressions import Argument, Call, Const, Name
from archcalc.pytorch.operators.layer_code import along, bias_option, in_and_out, option, token_aware

if TYPE_CHECKING:
    from archcalc.ops.base import Inputs
    from archcalc.ops.cross_attention import CrossAttention
    from archcalc.ops.grouped_attention import GroupedAttention
    from archcalc.ops.sequence_attention import SequenceAttention
    from archcalc.pytorch.operators.layer_code import LayerCode


def sequence_attention(operator: SequenceAttention, inputs: Inputs) -> LayerCode:
    """Return attention along one axis, at every position of the others."""
    (shape,) = inputs
    arguments = (
        *in_and_out(shape, operator.out),
        *_heads(operator, shape.channels),
        Argument("causal", Const(operator.causal), False),
        option("window", operator.window, None),
        Argument("rotary", Const(operator.rotary), False),
    )
    return along(shape, (operator.over,), Call(Name("SequenceSelfAttention"), arguments))


def cross_attention(operator: CrossAttention, inputs: Inputs) -> LayerCode:
    """Return attention of one tensor to another."""
    queries, keys, values = (shape.channels for shape in operator.sources(inputs))
    arguments = (
        Argument("", Const(queries, "in")),
        Argument("", Const(keys, "memory")),
        Argument("", Const(operator.out or queries, "out")),
        *_heads(operator, queries),
    )
    if values != keys:
        arguments = (*arguments, Argument("values", Const(values, "values")))
    return token_aware(Call(Name("CrossAttention"), arguments), len(inputs))


def _heads(operator: GroupedAttention, channels: int) -> tuple[Argument, ...]:
    return (
        option("heads", operator.heads),
        Argument("kv_heads", Const(operator.kv_heads or operator.heads, "kv_heads")),
        Argument("head_channels", Const(operator.head_channels or channels // operator.heads, "head_channels")),
        bias_option(operator),
    )
