"""The mirrored table: how each operator is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from archcalc.core.problem import UsageError
from archcalc.ops import OPS
from archcalc.ops.heads import ProjectHeads
from archcalc.ops.merge import ResidualAdd
from archcalc.pytorch.source import arranging, pointwise, sequences, windows
from archcalc.pytorch.source.written import Written

if TYPE_CHECKING:
    from archcalc.graph import NetworkGraph, Node
    from archcalc.ops.base import Inputs, Operator

Writer: TypeAlias = "Callable[[Any, Inputs], Written]"

WRITERS: dict[str, Writer] = {
    "conv1d": windows.conv,
    "conv2d": windows.conv,
    "conv3d": windows.conv,
    "conv_transpose1d": windows.conv_transpose,
    "conv_transpose2d": windows.conv_transpose,
    "conv_transpose3d": windows.conv_transpose,
    "max_pool1d": windows.max_pool,
    "max_pool2d": windows.max_pool,
    "max_pool3d": windows.max_pool,
    "avg_pool1d": windows.avg_pool,
    "avg_pool2d": windows.avg_pool,
    "avg_pool3d": windows.avg_pool,
    "median_pool1d": windows.median_pool,
    "median_pool2d": windows.median_pool,
    "median_pool3d": windows.median_pool,
    "adaptive_avg_pool1d": windows.adaptive_avg_pool,
    "adaptive_avg_pool2d": windows.adaptive_avg_pool,
    "adaptive_avg_pool3d": windows.adaptive_avg_pool,
    "adaptive_max_pool1d": windows.adaptive_max_pool,
    "adaptive_max_pool2d": windows.adaptive_max_pool,
    "adaptive_max_pool3d": windows.adaptive_max_pool,
    "global_avg_pool": windows.global_avg_pool,
    "global_max_pool": windows.global_max_pool,
    "linear": pointwise.linear,
    "batch_norm": pointwise.batch_norm,
    "layer_norm": pointwise.layer_norm,
    "group_norm": pointwise.group_norm,
    "instance_norm": pointwise.instance_norm,
    "local_response_norm": pointwise.local_response_norm,
    "relu": pointwise.activation,
    "leaky_relu": pointwise.leaky_relu,
    "gelu": pointwise.gelu,
    "silu": pointwise.activation,
    "hardswish": pointwise.activation,
    "sigmoid": pointwise.activation,
    "tanh": pointwise.activation,
    "softmax": pointwise.softmax,
    "abs": pointwise.activation,
    "threshold": pointwise.threshold,
    "dropout": pointwise.dropout,
    "scale": pointwise.scale,
    "add": arranging.combination,
    "multiply": arranging.combination,
    "subtract": arranging.combination,
    "average": arranging.combination,
    "concat": arranging.concat,
    "mean": arranging.mean,
    "stack_frames": arranging.stack_frames,
    "space_to_depth": arranging.space_to_depth,
    "flatten": arranging.flatten,
    "expand": arranging.expand,
    "select": arranging.select,
    "subsample": arranging.subsample,
    "crop": arranging.crop,
    "pad": arranging.pad,
    "interpolate": arranging.interpolate,
    "temporal_shift": arranging.temporal_shift,
    "dot_product": arranging.dot_product,
    "position": sequences.position,
    "class_token": sequences.class_token,
    "rnn": sequences.recurrent,
    "lstm": sequences.recurrent,
    "gru": sequences.recurrent,
    "attention": sequences.attention,
    "residual_add": arranging.combination,
    "project_heads": sequences.project_heads,
}
"""One for each word of the vocabulary but identity, which leaves no trace, and for what structures make."""

_CLASSES: dict[str, type[Operator]] = {**OPS, "residual_add": ResidualAdd, "project_heads": ProjectHeads}
_BY_CLASS = {_CLASSES[word]: writer for word, writer in WRITERS.items()}


def written_layer(graph: NetworkGraph, node: Node) -> Written:
    """How a layer is written; UsageError, which names it, when it cannot be."""
    writer = _BY_CLASS.get(type(node.operator))
    if writer is None:
        raise UsageError(f"{node.path}: {node.op} cannot be written as source of PyTorch")
    try:
        return writer(node.operator, graph.input_shapes(node))
    except UsageError as error:
        raise UsageError(f"{node.path}: {error}") from None
