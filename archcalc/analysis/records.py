"""What an analysis gives: frozen records, complete before anything is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.frozen import FrozenDict
from archcalc.core.problem import nearest_paths
from archcalc.core.terms import total

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.analysis.conventions import Convention, Uncounted
    from archcalc.analysis.receptive_field import TensorField
    from archcalc.core.field import AxisField
    from archcalc.core.ignored_rule import IgnoredRule
    from archcalc.core.interval import Interval
    from archcalc.core.shape import Shape
    from archcalc.core.terms import Arithmetic, Parameters
    from archcalc.core.window import TransposedWindow, Window
    from archcalc.graph import NetworkGraph, NetworkInput


MOST_KEPT = 256
"""Centers that are kept: most layers of a network have one of a few."""


class AxisSizes(NamedTuple):
    """The receptive field of a layer along one axis of a network input; `start` is what output 0 sees through windows.

    What the others are is said at `InputField`.
    """

    full: int
    window: int | None
    clipped: int
    jump: Fraction | None
    start: Interval | None
    sees_all: bool
    aligned: bool

    @property
    def offset(self) -> int | None:
        """Return where the window of output 0 begins."""
        return None if self.start is None else self.start[0]

    @property
    def center(self) -> Fraction | None:
        """Return the middle of the window of output 0."""
        return None if self.start is None else _half(sum(self.start))

    @property
    def effective_padding(self) -> int | None:
        """Return how far the window of output 0 reaches over the beginning of the input: minus the offset."""
        return None if self.start is None else -self.start[0]


@lru_cache(maxsize=MOST_KEPT)
def _half(whole: int) -> Fraction:
    return Fraction(whole, 2)


@dataclass(frozen=True, slots=True)
class InputField:
    """The receptive field of a layer in one network input, by axis of that input, in positions (frames, pixels).

    `full` is the extent of all that a position depends on if the input is unbounded. `window` is the same along
    paths of windows only, None if there is no such path. `clipped` is the largest extent that is really read.
    `jump` is the number of input positions per output position, `offset` the input position at which the window of
    output 0 begins, and `center` the middle of that window; all three are None if there is no window or if branches
    are not aligned. `sees_all` says whether some path has an operation that is global on the axis, `aligned` whether
    all branches move at the same rate. Definitions: docs/receptive_fields.md; Araujo, Norris and Sim (Distill, 2019).
    """

    by_axis: Mapping[str, AxisSizes]

    @property
    def full(self) -> Mapping[str, int]:
        """Return the extent of everything that a position depends on, by axis."""
        return FrozenDict({axis: each.full for axis, each in self.by_axis.items()})

    @property
    def window(self) -> Mapping[str, int | None]:
        """Return the extent along paths of windows only, by axis."""
        return FrozenDict({axis: each.window for axis, each in self.by_axis.items()})

    @property
    def clipped(self) -> Mapping[str, int]:
        """Return the largest extent that is really read, by axis."""
        return FrozenDict({axis: each.clipped for axis, each in self.by_axis.items()})

    @property
    def jump(self) -> Mapping[str, Fraction | None]:
        """Return the input positions per output position, by axis."""
        return FrozenDict({axis: each.jump for axis, each in self.by_axis.items()})

    @property
    def offset(self) -> Mapping[str, int | None]:
        """Return where the window of output 0 begins, by axis."""
        return FrozenDict({axis: each.offset for axis, each in self.by_axis.items()})

    @property
    def center(self) -> Mapping[str, Fraction | None]:
        """Return the middle of the window of output 0, by axis."""
        return FrozenDict({axis: each.center for axis, each in self.by_axis.items()})

    @property
    def sees_all(self) -> Mapping[str, bool]:
        """Return whether some path has an operation that is global on the axis, by axis."""
        return FrozenDict({axis: each.sees_all for axis, each in self.by_axis.items()})

    @property
    def aligned(self) -> bool:
        """Return whether all branches move at the same rate."""
        return all(each.aligned for each in self.by_axis.values())

    def sizes(self, kind: str) -> Mapping[str, int | None]:
        """Return the sizes of one kind, `full`, `window` or `clipped`, by axis."""
        sizes: Mapping[str, int | None] = getattr(self, kind)
        return sizes

    @property
    def effective_padding(self) -> dict[str, int | None]:
        """How far the window of output 0 reaches over the beginning of the input: minus the offset."""
        return {axis: each.effective_padding for axis, each in self.by_axis.items()}


class LayerRecord(NamedTuple):
    """One layer with its numbers; counts are for one sample, bytes for the batch.

    `.path` names it, `.shape.sizes` is its output by axis, `.field` its receptive field in the input (`.fields` in each
    of several), `.params`, `.macs` and the others are its counts; `analysis.explain(path)` says how each is computed.

    `owner` is the layer whose weights it uses; it then has no parameters itself. `uncounted` lists the operations
    that a lower bound does not include, `missing` the same as text. `saved_bytes` is what autograd saves for
    backward, each storage at the first layer that saves it.
    """

    path: str
    op: str
    label: str
    inputs: tuple[str, ...]
    shape: Shape
    windows: Mapping[str, Window | TransposedWindow] | None
    groups: int | None
    fields: Mapping[str, InputField]
    parameters: Parameters
    arithmetic: Arithmetic
    params: int
    buffers: int
    macs: int
    flops: int
    cost: int
    activation_bytes: int
    saved_bytes: int
    uncounted: tuple[Uncounted, ...]
    owner: str | None
    note: str

    def __repr__(self) -> str:
        """What the layer is and gives, in a line."""
        return f"<LayerRecord {self.path}: {self.label}, {self.shape}, {self.params:,} params>"

    @property
    def name(self) -> str:
        """The last segment of the path."""
        return self.path.rpartition(".")[2]

    @property
    def active_params(self) -> int:
        """Return the parameters that one position uses: all but those of experts that are not chosen."""
        return self.params - total(self.parameters.idle) if self.parameters.idle else self.params

    @property
    def missing(self) -> tuple[str, ...]:
        """Return what the cost leaves out, in words."""
        return tuple(map(str, self.uncounted))

    @property
    def status(self) -> str:
        """Whether the cost is complete or a lower bound."""
        return "lower bound" if self.uncounted else "complete"

    @property
    def field(self) -> InputField | None:
        """The receptive field in the first input that reaches the layer."""
        return next(iter(self.fields.values()), None)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over all layers; counts for one sample, bytes for the batch asked for.

    `cost_per_video` is None where a spec says nothing about views. `peak_inference_bytes` leaves the weights out.
    `saved_bytes` is what autograd saves for backward; `training_bytes` is weights, buffers, gradients, optimizer state
    and the larger of `saved_bytes` and what the optimizer's step allocates.
    """

    layers: int
    params: int
    buffers: int
    macs: int
    flops: int
    cost: int
    cost_per_video: int | None
    parameter_bytes: int
    activation_bytes: int
    peak_inference_bytes: int
    saved_bytes: int
    training_bytes: int


@dataclass(frozen=True, repr=False)
class Analysis:
    """The numbers of one network: `layers` in order, `totals`, and the settings of the analysis."""

    name: str
    title: str
    graph: NetworkGraph
    layers: tuple[LayerRecord, ...]
    totals: Totals
    convention: Convention
    batch: int
    dtype: str
    optimizer: str
    views: tuple[int, int] | None
    ignored_rules: tuple[IgnoredRule, ...]
    tensor_fields: Mapping[str, TensorField] = field(compare=False)  # they follow from the graph

    @property
    def inputs(self) -> tuple[NetworkInput, ...]:
        """Return the inputs of the network, in order."""
        return tuple(self.graph.inputs.values())

    @property
    def fields(self) -> dict[str, dict[str, dict[str, AxisField]]]:
        """Receptive fields with both ends per position: path -> network input -> axis of that input -> field."""
        return {path: each.by_input() for path, each in self.tensor_fields.items()}

    @cached_property
    def smallest_fields(self) -> Mapping[str, Mapping[str, Mapping[str, int | None]]]:
        """Return the smallest receptive field over paths of windows: path -> network input -> axis -> positions.

        `full` is the largest field; in a residual network it follows the longest chain of convolutions, and the
        smallest one the shortcuts. An axis without a path of windows is missing; None means not computed, if
        thousands of paths with different patterns meet.
        """
        from archcalc.analysis.smallest_fields import smallest_fields

        return smallest_fields(self.graph)

    def layer(self, path: str) -> LayerRecord:
        """The record at a path; KeyError names the nearest paths when there is none."""
        if path not in self._by_path:
            raise KeyError(f"no layer {path!r} in {self.name}{nearest_paths(path, self.graph.nodes)}")
        return self._by_path[path]

    @cached_property
    def _by_path(self) -> Mapping[str, LayerRecord]:
        return {record.path: record for record in self.layers}

    def __repr__(self) -> str:
        """The network and its totals in a line."""
        totals = self.totals
        counts = f"{totals.layers} layers, {totals.params:,} params, {totals.cost:,} {self.convention.unit}"
        return f"<Analysis of {self.name}: {counts}>"
