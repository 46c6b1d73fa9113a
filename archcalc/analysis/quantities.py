"""The quantities of layers and networks, one entry each: columns, JSON, frames, heat and comparisons read them here."""

from __future__ import annotations

from itertools import accumulate
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.analysis.memory import DTYPE_BYTES
from archcalc.core.problem import UsageError, did_you_mean
from archcalc.core.terms import total as sum_of_terms
from archcalc.core.units import BYTES, COUNT, SHORT_COUNT
from archcalc.core.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from archcalc.analysis.counted import CountedNetwork
    from archcalc.analysis.records import Analysis, AxisSizes, InputField, LayerRecord
    from archcalc.core.window import TransposedWindow

    AnyWindow = Window | TransposedWindow


class Quantity(NamedTuple):
    """A number of every layer, or of a network alone.

    `key` names it in options, CSV, JSON and frames, `heading` in tables (`{unit}` stands for that of the convention).
    `kind` is COUNT, SHORT_COUNT (shown with a decimal unit) or BYTES. `read` gives its value for each layer in order,
    None for a number that only a network has; `join` puts the values of several layers together. `local` says whether
    the value of a layer follows from its operator, shapes and owner alone. `label` names the total below a table where
    a heading would be too short.
    """

    key: str
    heading: str
    kind: str
    meaning: str
    read: Callable[[CountedNetwork], Iterable[int]] | None
    join: Callable[[Sequence[int]], int] = sum
    label: str = ""
    local: bool = True

    def of_layers(self, analysis: CountedNetwork) -> Iterable[int]:
        """Return its value for each layer; UsageError for a number that only networks have."""
        if self.read is None:
            raise UsageError(f"{self.key} of layers; only a network has it")
        return self.read(analysis)

    def total(self, analysis: CountedNetwork) -> int | None:
        """Return its value for the whole network; None where the network has none, as for views it does not name."""
        if self.read is None:
            found: int | None = getattr(analysis.totals, self.key)
            return found
        return self.join(list(self.read(analysis)))

    def heading_of(self, analysis: Analysis) -> str:
        """Return the heading with the unit of the analysis."""
        return self.heading.format(unit=analysis.convention.unit)

    def label_of(self, analysis: Analysis) -> str:
        """Return the label of the total with its conditions (dtype, batch, optimizer)."""
        clips, crops = analysis.views or (1, 1)
        return (self.label or self.heading).format(
            unit=analysis.convention.unit,
            views=f"{clips} clips x {crops} crops",
            dtype=analysis.dtype,
            memory=f"{analysis.dtype}, batch {analysis.batch}",
            optimizer=analysis.optimizer,
        )


def _attribute(name: str) -> Callable[[CountedNetwork], Iterator[int]]:
    read = attrgetter(name)
    return lambda analysis: map(read, analysis.layers)


def _weights(analysis: CountedNetwork) -> Iterator[int]:
    return (sum_of_terms(layer.parameters.weights) if layer.params else 0 for layer in analysis.layers)


def _held(analysis: CountedNetwork) -> Iterator[int]:
    from archcalc.analysis.values import held_values

    return map(held_values, analysis.graph.nodes.values())


def _values(analysis: CountedNetwork) -> Iterator[int]:
    return (node.typed.elements for node in analysis.graph.nodes.values())


def _padding_macs(analysis: CountedNetwork) -> Iterator[int]:
    from archcalc.analysis.padding import padding_macs

    macs = map(attrgetter("macs"), analysis.layers)
    return iter(padding_macs(analysis.graph, dict(zip(analysis.graph.nodes, macs, strict=True))).values())


def _parameter_bytes(analysis: CountedNetwork) -> Iterator[int]:
    itemsize = DTYPE_BYTES[analysis.dtype]
    return (layer.params * itemsize for layer in analysis.layers)


def _cumulative_cost(analysis: CountedNetwork) -> Iterator[int]:
    return accumulate(layer.cost for layer in analysis.layers)


def _last(values: Sequence[int]) -> int:
    return values[-1]


QUANTITIES = {
    each.key: each
    for each in (
        Quantity("params", "params", COUNT, "learned weights and biases; shared ones count at the layer that owns them",
                 _attribute("params")),
        Quantity("weights", "weights", COUNT, "params without biases", _weights),
        Quantity("buffers", "buffers", COUNT, "numbers that training fills and no gradient reaches: running statistics",
                 _attribute("buffers")),
        Quantity("macs", "MACs", COUNT, "multiply-accumulates of convolutions, linear layers, attention and recurrence,"
                 " for one sample", _attribute("macs")),
        Quantity("padding_macs", "MACs on padding", COUNT, "multiply-accumulates of convolutions that multiply zeros of"
                 " padding", _padding_macs),
        Quantity("flops", "FLOPs", COUNT, "2 per multiply-accumulate and 1 per elementwise operation, for one sample",
                 _attribute("flops")),
        Quantity("cost", "{unit}", SHORT_COUNT, "the arithmetic of one sample, as --convention counts it",
                 _attribute("cost")),
        Quantity("cumulative_cost", "{unit} so far", SHORT_COUNT, "the cost of all layers up to this one",
                 _cumulative_cost, _last, local=False),
        Quantity("values", "values", COUNT, "numbers in the output, for one sample", _values),
        Quantity("held", "values in place", COUNT, "numbers that the layer adds to those held: those of its output, 0"
                 " where it works in place or is a view", _held),
        Quantity("activation_bytes", "activation", BYTES, "bytes of the output, for the batch",
                 _attribute("activation_bytes"), label="outputs of all layers ({memory})"),
        Quantity("saved_bytes", "saved", BYTES, "bytes that autograd saves for backward, each storage at the first"
                 " layer that saves it", _attribute("saved_bytes"), label="saved for backward ({memory})",
                 local=False),
        Quantity("parameter_bytes", "parameter bytes", BYTES, "bytes of params in --dtype", _parameter_bytes,
                 label="parameters ({dtype})"),
        Quantity("layers", "layers", COUNT, "layers of the network", None),
        Quantity("cost_per_video", "{unit} per video", COUNT, "the cost of all views of one video", None,
                 label="{unit} per video ({views})"),
        Quantity("peak_inference_bytes", "peak activation bytes", BYTES, "the most bytes of tensors that are alive at"
                 " once at inference, without the weights", None, label="peak activations at inference ({memory})"),
        Quantity("training_bytes", "training bytes", BYTES, "weights, buffers, gradients, optimizer state, and the"
                 " larger of what is saved for backward and what the optimizer's step allocates", None,
                 label="training with {optimizer} ({memory})"),
    )
}  # fmt: skip
"""Every number by its key, in the order in which tables of all of them show it."""


def layer_quantities() -> list[Quantity]:
    """Return the numbers that layers have."""
    return [each for each in QUANTITIES.values() if each.read is not None]


def local_quantities() -> tuple[str, ...]:
    """Return the keys of sums over layers to which each layer adds what its operator, shapes and owner decide."""
    return tuple(each.key for each in layer_quantities() if each.local)


def layer_quantity(key: str) -> Quantity:
    """Return a number that layers have; UsageError names the nearest key where there is none."""
    known = {each.key: each for each in layer_quantities()}
    if key not in known:
        hint = did_you_mean(key, known)
        raise UsageError(f"no quantity {key!r}; expected one of {', '.join(known)}" + (f" ({hint})" if hint else ""))
    return known[key]


def layer_values(analysis: Analysis) -> Iterator[tuple[LayerRecord, dict[str, int]]]:
    """Return each layer with all its numbers by key."""
    found = layer_quantities()
    keys = [each.key for each in found]
    columns = [each.of_layers(analysis) for each in found]
    for layer, *values in zip(analysis.layers, *columns, strict=True):
        yield layer, dict(zip(keys, values, strict=True))


SIZE, PLACE, FRACTION, FLAG = "size", "place", "fraction", "flag"


class FieldQuantity(NamedTuple):
    """Something about the receptive field of a layer in one network input.

    `json` is its key in JSON, empty where it follows from another. `kind` is SIZE (whole positions, that another unit
    may replace), PLACE (whole positions), FRACTION or FLAG. `read` gives its value on one axis of the input; where
    `by_axis` is false, it has to hold on all axes. None stands for the smallest field, which the analysis works out
    when asked.
    """

    key: str
    json: str
    heading: str
    kind: str
    meaning: str
    read: Callable[[AxisSizes], Any] | None
    by_axis: bool = True

    def value(self, analysis: Analysis, layer: LayerRecord, name: str) -> Any:
        """Return its value for a layer, in the network input of that name, which has to reach the layer."""
        seen = layer.fields[name]
        if self.read is not None:
            return self.of(seen)
        sizes = analysis.smallest_fields[layer.path].get(name, {})
        return {axis: sizes.get(axis) for axis in seen.by_axis}

    def of(self, seen: InputField) -> Any:
        """Return its value for a field in any tensor; not for the smallest."""
        read = self.read
        assert read is not None
        if not self.by_axis:
            return all(map(read, seen.by_axis.values()))
        return {axis: read(each) for axis, each in seen.by_axis.items()}


FIELDS = {
    each.key: each
    for each in (
        FieldQuantity("full", "receptive_field", "field {grid}", SIZE,
                      "receptive field: all positions that an output depends on if the input is unbounded",
                      attrgetter("full")),
        FieldQuantity("window", "receptive_field_window", "window {grid}", SIZE,
                      "the receptive field along paths of windows only, without global operations",
                      attrgetter("window")),
        FieldQuantity("clipped", "receptive_field_clipped", "clipped {grid}", SIZE,
                      "the most positions that an output really reads, padding left out", attrgetter("clipped")),
        FieldQuantity("offset", "offset", "offset {grid}", PLACE,
                      "the input position at which the window of output 0 begins", attrgetter("offset")),
        FieldQuantity("center", "center", "center {grid}", FRACTION, "the middle of the window of output 0",
                      attrgetter("center")),
        FieldQuantity("jump", "jump", "jump {grid}", FRACTION, "input positions from one output to the next",
                      attrgetter("jump")),
        FieldQuantity("effective_padding", "", "effective padding {grid}", PLACE,
                      "how far the window of output 0 reaches over the beginning of the input: minus the offset",
                      attrgetter("effective_padding")),
        FieldQuantity("aligned", "aligned", "aligned", FLAG, "whether all branches move at the same rate",
                      attrgetter("aligned"), by_axis=False),
        FieldQuantity("sees_all", "sees_all", "sees all of", FLAG,
                      "axes on which some path passes an operation that is global", attrgetter("sees_all")),
        FieldQuantity("smallest", "receptive_field_smallest", "smallest {grid}", SIZE,
                      "the smallest receptive field over the paths of windows", None),
    )
}  # fmt: skip
"""What is known of receptive fields, by key."""


class WindowQuantity(NamedTuple):
    """Something about the window of a layer on one axis; padding is a pair, before and after."""

    key: str
    heading: str
    meaning: str
    read: Callable[[AnyWindow], int | tuple[int, int]]


def _padding(window: AnyWindow) -> tuple[int, int]:
    return (window.before, window.after) if isinstance(window, Window) else (window.padding, window.padding)


WINDOWS = {
    each.key: each
    for each in (
        WindowQuantity("kernel", "kernel", "positions that the kernel multiplies", attrgetter("kernel")),
        WindowQuantity("stride", "stride", "input positions between neighboring outputs", attrgetter("stride")),
        WindowQuantity("padding", "padding", "zeros before and after the input", _padding),
        WindowQuantity("dilation", "dilation", "distance of neighboring positions of the kernel",
                       attrgetter("dilation")),
    )
}  # fmt: skip
"""What is known of windows, by key."""


def glossary() -> list[tuple[str, str, str]]:
    """Return key, heading and meaning of every quantity, for the reference."""
    entries: list[Quantity | FieldQuantity | WindowQuantity] = [
        *WINDOWS.values(), *FIELDS.values(), *QUANTITIES.values()
    ]  # fmt: skip
    return [(each.key, each.heading.format(grid="TxHxW", unit="MACs"), each.meaning) for each in entries]


def windows_by_axis(
    windows: Mapping[str, AnyWindow] | None, quantity: WindowQuantity
) -> dict[str, int | tuple[int, int]] | None:
    """Return a fact about the windows of a layer by axis, None where it has none."""
    return None if windows is None else {axis: quantity.read(window) for axis, window in windows.items()}
