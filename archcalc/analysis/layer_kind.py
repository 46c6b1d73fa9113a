"""Kinds of layers that a device treats alike, for fitting and grouping times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.window import TransposedWindow
from archcalc.ops import OPS
from archcalc.ops.base import Rearrangement, View

if TYPE_CHECKING:
    from archcalc.analysis.records import LayerRecord

DENSE, SPATIAL, TEMPORAL, POINTWISE = (
    "space-time convolution",
    "spatial convolution",
    "temporal convolution",
    "pointwise convolution",
)
DEPTHWISE, GROUPED, TRANSPOSED = "depthwise convolution", "grouped convolution", "transposed convolution"
LINEAR, ATTENTION, RECURRENT, NORM = "linear", "attention", "recurrent", "norm"
POOL, GLOBAL_POOL = "pool", "global pool"
ELEMENTWISE, REARRANGEMENT, VIEW = "elementwise", "rearrangement", "view"
LAYER_KINDS = (
    DENSE, SPATIAL, TEMPORAL, POINTWISE, DEPTHWISE, GROUPED, TRANSPOSED, LINEAR, ATTENTION, RECURRENT, NORM, POOL,
    GLOBAL_POOL, ELEMENTWISE, REARRANGEMENT, VIEW,
)  # fmt: skip

_NAMED = {
    **dict.fromkeys(("linear", "project_heads"), LINEAR),
    **dict.fromkeys(("attention", "dot_product"), ATTENTION),
    **dict.fromkeys(("rnn", "lstm", "gru"), RECURRENT),
    **dict.fromkeys(("batch_norm", "layer_norm", "group_norm", "instance_norm", "local_response_norm"), NORM),
}
_POOLS = ("pool", "mean")


def layer_kind(layer: LayerRecord) -> str:
    """The kind of a layer."""
    if layer.op.startswith("conv"):
        return _convolution(layer)
    if layer.op in _NAMED:
        return _NAMED[layer.op]
    if any(word in layer.op for word in _POOLS):
        return POOL if layer.windows else GLOBAL_POOL
    operator = OPS.get(layer.op)
    if operator is not None and issubclass(operator, View):
        return VIEW
    if operator is not None and issubclass(operator, Rearrangement):
        return REARRANGEMENT
    return ELEMENTWISE


def _convolution(layer: LayerRecord) -> str:
    windows = layer.windows or {}
    if any(isinstance(window, TransposedWindow) for window in windows.values()):
        return TRANSPOSED
    if layer.groups and layer.groups > 1:
        return DEPTHWISE if layer.groups == layer.shape.channels else GROUPED
    long = {axis for axis, window in windows.items() if window.kernel > 1}
    if not long:
        return POINTWISE
    through_time, in_space = bool(long & {"T", "D"}), bool(long & {"H", "W"})
    return (DENSE if in_space else TEMPORAL) if through_time else SPATIAL
