"""Every operator by its word, with the function that describes its layer."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from archcalc.ops import OPS
from archcalc.ops.heads import ProjectHeads
from archcalc.ops.merge import ResidualAdd
from archcalc.pytorch.operators import (
    convolution,
    elementwise,
    grouped_attention,
    merge,
    normalization,
    pooling,
    resample,
    sampled,
    sequences,
    tensor_ops,
)
from archcalc.pytorch.operators.layer_code import pointwise_function, pointwise_module, torch_function

if TYPE_CHECKING:
    from archcalc.ops.base import Inputs, Operator
    from archcalc.pytorch.operators.layer_code import LayerCode

Describe: TypeAlias = "Callable[[Any, Inputs], LayerCode]"
"""From an operator and the shapes of its inputs to its layer."""

MOST_KEPT = 4096
"""Layers whose code is kept: more than any network has that differ."""


def of_dimensions(word: str, describe: Describe) -> dict[str, Describe]:
    """Return the entries of an operator of one, two and three dimensions."""
    return {f"{word}{dims}d": describe for dims in (1, 2, 3)}


OPERATORS: dict[str, Describe] = {
    **of_dimensions("conv", convolution.conv),
    **of_dimensions("conv_transpose", convolution.conv_transpose),
    **of_dimensions("max_pool", pooling.max_pool),
    **of_dimensions("avg_pool", pooling.avg_pool),
    **of_dimensions("median_pool", pooling.median_pool),
    **of_dimensions("adaptive_avg_pool", pooling.adaptive_avg_pool),
    **of_dimensions("adaptive_max_pool", pooling.adaptive_max_pool),
    "global_avg_pool": pooling.global_avg_pool,
    "global_max_pool": pooling.global_max_pool,
    "embedding": sequences.embedding,
    "linear": elementwise.linear,
    "mixture_of_experts": elementwise.mixture_of_experts,
    "batch_norm": normalization.batch_norm,
    "layer_norm": normalization.layer_norm,
    "group_norm": normalization.group_norm,
    "instance_norm": normalization.instance_norm,
    "local_response_norm": normalization.local_response_norm,
    "rms_norm": normalization.rms_norm,
    "relu6": pointwise_function("functional.relu6", "nn.ReLU6"),
    "relu": pointwise_function("functional.relu", "nn.ReLU"),
    "leaky_relu": pointwise_module("nn.LeakyReLU", "negative_slope"),
    "prelu": elementwise.prelu,
    "elu": elementwise.elu,
    "selu": pointwise_function("functional.selu", "nn.SELU"),
    "gelu": elementwise.gelu,
    "silu": pointwise_function("functional.silu", "nn.SiLU"),
    "hardswish": pointwise_function("functional.hardswish", "nn.Hardswish"),
    "mish": pointwise_function("functional.mish", "nn.Mish"),
    "softplus": elementwise.softplus,
    "hardsigmoid": pointwise_function("functional.hardsigmoid", "nn.Hardsigmoid"),
    "sigmoid": pointwise_function("torch.sigmoid", "nn.Sigmoid"),
    "tanh": pointwise_function("torch.tanh", "nn.Tanh"),
    "hardtanh": pointwise_module("nn.Hardtanh", "min_val", "max_val"),
    "glu": elementwise.glu,
    "softmax": elementwise.softmax,
    "abs": pointwise_function("torch.abs"),
    "threshold": pointwise_module("nn.Threshold", "threshold", "value"),
    "dropout": pointwise_module("nn.Dropout", "p"),
    "identity": elementwise.identity,
    "scale": elementwise.scale,
    "add": merge.combination,
    "multiply": merge.combination,
    "subtract": merge.combination,
    "average": merge.combination,
    "concat": merge.concat,
    "mean": tensor_ops.reduction("mean"),
    "sum": tensor_ops.reduction("sum"),
    "max": tensor_ops.reduction("amax"),
    "stack_frames": tensor_ops.stack_frames,
    "space_to_depth": tensor_ops.space_to_depth,
    "depth_to_space": tensor_ops.depth_to_space,
    "pixel_shuffle": tensor_ops.pixel_shuffle,
    "channel_shuffle": torch_function("functional.channel_shuffle", "nn.ChannelShuffle", "groups"),
    "flatten": tensor_ops.flatten,
    "join_axes": tensor_ops.join_axes,
    "expand": tensor_ops.expand,
    "select": tensor_ops.select,
    "subsample": tensor_ops.subsample,
    "chunk": tensor_ops.chunk,
    "crop": tensor_ops.crop,
    "roll": tensor_ops.roll,
    "pad": tensor_ops.pad,
    "interpolate": resample.interpolate,
    "temporal_shift": tensor_ops.temporal_shift,
    "dot_product": merge.dot_product,
    "matmul": merge.matmul,
    "grid_sample": sampled.grid_sample,
    "deform_conv2d": sampled.deform_conv,
    "roi_align": sampled.roi_align,
    "position": sequences.position,
    "sinusoidal_position": sequences.sinusoidal_position,
    "class_token": sequences.class_token,
    "constant": sequences.constant,
    "rnn": sequences.recurrent,
    "lstm": sequences.recurrent,
    "gru": sequences.recurrent,
    "conv_lstm2d": sequences.conv_recurrent,
    "conv_gru2d": sequences.conv_recurrent,
    "attention": sequences.attention,
    "sequence_attention": grouped_attention.sequence_attention,
    "cross_attention": grouped_attention.cross_attention,
    "residual_add": merge.combination,
    "project_heads": elementwise.project_heads,
}
"""One for each word of the vocabulary, and for the operators without a word that structures make."""

_CLASSES: dict[str, type[Operator]] = {**OPS, "residual_add": ResidualAdd, "project_heads": ProjectHeads}
_BY_CLASS = {_CLASSES[word]: describe for word, describe in OPERATORS.items()}


@lru_cache(maxsize=MOST_KEPT)
def layer_code(operator: Operator, inputs: Inputs) -> LayerCode:
    """Return the layer of an operator on inputs of these shapes.

    Raises:
        KeyError: the operator has no entry in OPERATORS.
    """
    return _BY_CLASS[type(operator)](operator, inputs)
