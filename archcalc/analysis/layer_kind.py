"""Kinds of layers that a device treats alike, for fitting and grouping times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.shape import DEPTH_AXES
from archcalc.core.window import TransposedWindow
from archcalc.ops.traits import Family, Storage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archcalc.analysis.records import Analysis, LayerRecord
    from archcalc.ops.traits import Traits

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

_OF_FAMILY = {
    Family.LINEAR: LINEAR,
    Family.ATTENTION: ATTENTION,
    Family.RECURRENT: RECURRENT,
    Family.NORM: NORM,
    Family.GLOBAL_POOL: GLOBAL_POOL,
    Family.ELEMENTWISE: ELEMENTWISE,
}


def kinds_by_path(analysis: Analysis) -> dict[str, str]:
    """Return the kind of each layer by its path."""
    return dict(zip((layer.path for layer in analysis.layers), layer_kinds(analysis), strict=True))


def layer_kinds(analysis: Analysis) -> list[str]:
    """Return the kind of each layer, in order."""
    nodes = analysis.graph.nodes
    return [_kind(layer, nodes[layer.path].operator.traits) for layer in analysis.layers]


def main_kind(layers: Iterable[LayerRecord], kinds: Mapping[str, str]) -> str:
    """Return the kind with the most multiply-accumulates among some layers; without any, that of the first layer."""
    macs: dict[str, int] = {}
    for layer in layers:
        macs[kinds[layer.path]] = macs.get(kinds[layer.path], 0) + layer.macs
    return max(macs, key=lambda kind: macs[kind])


def _kind(layer: LayerRecord, traits: Traits) -> str:
    if traits.family is Family.CONVOLUTION:
        return _convolution(layer)
    if traits.family is Family.POOL:
        return POOL if layer.windows else GLOBAL_POOL
    if traits.family is Family.REARRANGEMENT:
        return VIEW if traits.storage is Storage.ALIAS else REARRANGEMENT
    return _OF_FAMILY[traits.family]


def _convolution(layer: LayerRecord) -> str:
    windows = layer.windows or {}
    if any(isinstance(window, TransposedWindow) for window in windows.values()):
        return TRANSPOSED
    if layer.groups and layer.groups > 1:
        return DEPTHWISE if layer.groups == layer.shape.channels else GROUPED
    long = {axis for axis, window in windows.items() if window.kernel > 1}
    if not long:
        return POINTWISE
    through_time, in_space = bool(long.intersection(DEPTH_AXES)), bool(long.difference(DEPTH_AXES))
    return (DENSE if in_space else TEMPORAL) if through_time else SPATIAL
