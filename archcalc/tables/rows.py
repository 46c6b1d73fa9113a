"""Rows of a table of layers: a layer each, or everything under one path put together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate, groupby
from typing import TYPE_CHECKING

from archcalc.analysis.values import held_values
from archcalc.core.terms import total
from archcalc.graph import Node

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.analysis.records import Analysis, InputField, LayerRecord
    from archcalc.core.shape import Shape
    from archcalc.core.window import TransposedWindow, Window
    from archcalc.graph import Part


@dataclass(frozen=True, slots=True)
class Row:
    """What a row shows of the layers at `paths`: counts are sums, shape and fields those of the last.

    `values` are the numbers in the outputs, `held` those that layers add when elementwise ones work in place, `weights`
    the params without biases, `cumulative_cost` the cost up to the end of this row.
    """

    path: str
    op: str
    label: str
    shape: Shape
    windows: Mapping[str, Window | TransposedWindow] | None
    groups: int | None
    fields: Mapping[str, InputField]
    params: int
    buffers: int
    macs: int
    flops: int
    cost: int
    activation_bytes: int
    saved_bytes: int
    status: str
    paths: tuple[str, ...]
    values: int
    held: int
    weights: int
    cumulative_cost: int = 0


def layer_row(analysis: Analysis, layer: LayerRecord) -> Row:
    """The row of one layer; weights of another layer are marked."""
    shared = f" = {layer.owner}" if layer.owner else ""
    return Row(
        layer.path + shared, layer.op, layer.label, layer.shape, layer.windows, layer.groups, layer.fields,
        layer.params, layer.buffers, layer.macs, layer.flops, layer.cost, layer.activation_bytes, layer.saved_bytes,
        layer.status, (layer.path,), layer.shape.elements, held_values(analysis.graph.nodes[layer.path]),
        total(layer.parameters.weights),
    )  # fmt: skip


def rows_to_depth(analysis: Analysis, depth: int | None) -> list[Row]:
    """A row per layer; with a depth, those in a scope so many levels deep are one row."""
    if depth is None:
        rows = [layer_row(analysis, layer) for layer in analysis.layers]
    else:
        grouped = groupby(analysis.layers, key=lambda layer: analysis.graph.part(layer.path, depth))
        rows = [_together(analysis, part, list(layers)) for part, layers in grouped]
    costs = accumulate(row.cost for row in rows)
    return [replace(row, cumulative_cost=cost) for row, cost in zip(rows, costs, strict=True)]


def _together(analysis: Analysis, part: Part, layers: Sequence[LayerRecord]) -> Row:
    last = layers[-1]
    if isinstance(part, Node):
        return layer_row(analysis, last)
    each_row = [layer_row(analysis, layer) for layer in layers]
    return Row(
        path=part.path,
        op="",
        label=f"{len(layers)} layers" if len(layers) > 1 else last.label,
        shape=last.shape,
        windows=None,
        groups=None,
        fields=last.fields,
        params=sum(each.params for each in layers),
        buffers=sum(each.buffers for each in layers),
        macs=sum(each.macs for each in layers),
        flops=sum(each.flops for each in layers),
        cost=sum(each.cost for each in layers),
        activation_bytes=sum(each.activation_bytes for each in layers),
        saved_bytes=sum(each.saved_bytes for each in layers),
        status="lower bound" if any(each.uncounted for each in layers) else "complete",
        paths=tuple(each.path for each in layers),
        values=sum(each.values for each in each_row),
        held=sum(each.held for each in each_row),
        weights=sum(each.weights for each in each_row),
    )
