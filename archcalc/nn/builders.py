"""The mirrored table: how each operator becomes a module of PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import nn

from archcalc.nn import activation, adaptive_pool, conv, global_pool, merge, norm, pool, recurrent, reshape, slicing
from archcalc.nn.activation import plain
from archcalc.nn.attention import attention
from archcalc.nn.calls import Call, at_positions, on_features, on_grid, on_row
from archcalc.nn.dot_product import dot_product
from archcalc.nn.heads import project_heads
from archcalc.nn.linear import linear
from archcalc.nn.resample import interpolate
from archcalc.nn.shift import temporal_shift
from archcalc.nn.tokens import class_token, position
from archcalc.ops import OPS
from archcalc.ops.heads import ProjectHeads
from archcalc.ops.merge import ResidualAdd

if TYPE_CHECKING:
    from archcalc.ops.base import Inputs, Operator


@dataclass(frozen=True, slots=True)
class Builder:
    """How an operator becomes a layer: `make` builds the module, `call` runs it on grid and tokens."""

    make: Callable[[Any, Inputs], nn.Module]
    call: Call


BUILDERS: dict[str, Builder] = {
    "conv1d": Builder(conv.conv, on_grid),
    "conv2d": Builder(conv.conv, on_grid),
    "conv3d": Builder(conv.conv, on_grid),
    "conv_transpose1d": Builder(conv.conv_transpose, on_grid),
    "conv_transpose2d": Builder(conv.conv_transpose, on_grid),
    "conv_transpose3d": Builder(conv.conv_transpose, on_grid),
    "max_pool1d": Builder(pool.max_pool, on_grid),
    "max_pool2d": Builder(pool.max_pool, on_grid),
    "max_pool3d": Builder(pool.max_pool, on_grid),
    "avg_pool1d": Builder(pool.avg_pool, on_grid),
    "avg_pool2d": Builder(pool.avg_pool, on_grid),
    "avg_pool3d": Builder(pool.avg_pool, on_grid),
    "median_pool1d": Builder(pool.median_pool, on_grid),
    "median_pool2d": Builder(pool.median_pool, on_grid),
    "median_pool3d": Builder(pool.median_pool, on_grid),
    "adaptive_avg_pool1d": Builder(adaptive_pool.adaptive_avg_pool, on_grid),
    "adaptive_avg_pool2d": Builder(adaptive_pool.adaptive_avg_pool, on_grid),
    "adaptive_avg_pool3d": Builder(adaptive_pool.adaptive_avg_pool, on_grid),
    "adaptive_max_pool1d": Builder(adaptive_pool.adaptive_max_pool, on_grid),
    "adaptive_max_pool2d": Builder(adaptive_pool.adaptive_max_pool, on_grid),
    "adaptive_max_pool3d": Builder(adaptive_pool.adaptive_max_pool, on_grid),
    "global_avg_pool": Builder(global_pool.global_avg_pool, on_grid),
    "global_max_pool": Builder(global_pool.global_max_pool, on_grid),
    "linear": Builder(linear, at_positions),
    "batch_norm": Builder(norm.batch_norm, on_row),
    "layer_norm": Builder(norm.layer_norm, at_positions),
    "group_norm": Builder(norm.group_norm, on_row),
    "instance_norm": Builder(norm.instance_norm, on_row),
    "local_response_norm": Builder(norm.local_response_norm, at_positions),
    "relu": Builder(plain(nn.ReLU), at_positions),
    "leaky_relu": Builder(activation.leaky_relu, at_positions),
    "gelu": Builder(activation.gelu, at_positions),
    "silu": Builder(plain(nn.SiLU), at_positions),
    "hardswish": Builder(plain(nn.Hardswish), at_positions),
    "sigmoid": Builder(plain(nn.Sigmoid), at_positions),
    "tanh": Builder(plain(nn.Tanh), at_positions),
    "softmax": Builder(activation.softmax, at_positions),
    "abs": Builder(plain(activation.Absolute), at_positions),
    "threshold": Builder(activation.threshold, at_positions),
    "dropout": Builder(activation.dropout, at_positions),
    "identity": Builder(plain(nn.Identity), at_positions),
    "scale": Builder(activation.scale, at_positions),
    "add": Builder(merge.combined(merge.Sum), on_features),
    "multiply": Builder(merge.combined(merge.Product), on_features),
    "subtract": Builder(merge.combined(merge.Difference), on_features),
    "concat": Builder(plain(merge.Concatenation), on_features),
    "average": Builder(merge.combined(merge.MeanOfAll), on_features),
    "mean": Builder(reshape.mean, on_grid),
    "stack_frames": Builder(reshape.stack_frames, on_grid),
    "space_to_depth": Builder(reshape.space_to_depth, on_grid),
    "flatten": Builder(reshape.flatten, on_grid),
    "expand": Builder(reshape.expand, on_grid),
    "select": Builder(slicing.select, on_features),
    "subsample": Builder(slicing.subsample, on_grid),
    "crop": Builder(slicing.crop, on_grid),
    "pad": Builder(slicing.pad, on_grid),
    "interpolate": Builder(interpolate, on_grid),
    "temporal_shift": Builder(temporal_shift, on_grid),
    "position": Builder(position, on_features),
    "class_token": Builder(class_token, on_features),
    "rnn": Builder(recurrent.rnn, on_grid),
    "lstm": Builder(recurrent.lstm, on_grid),
    "gru": Builder(recurrent.gru, on_grid),
    "attention": Builder(attention, on_features),
    "dot_product": Builder(dot_product, on_grid),
    "residual_add": Builder(merge.combined(merge.Sum), on_features),
    "project_heads": Builder(project_heads, at_positions),
}
"""One for each word of the vocabulary, and for the operators without a word that structures make."""

_CLASSES: dict[str, type[Operator]] = {**OPS, "residual_add": ResidualAdd, "project_heads": ProjectHeads}
_BY_CLASS = {_CLASSES[word]: builder for word, builder in BUILDERS.items()}


def builder_of(operator: Operator) -> Builder:
    """The builder of an operator."""
    return _BY_CLASS[type(operator)]
