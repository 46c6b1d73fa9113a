"""Makes a network of a recording: layers with shapes, parameters, arithmetic and receptive fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archcalc.core.field import of_input
from archcalc.core.frozen import FrozenDict
from archcalc.core.imported import EXACT, GivenField, Imported
from archcalc.core.problem import Location, Source
from archcalc.core.scopes import Scope, ScopeKind, module_scopes
from archcalc.core.shape import CHANNEL, OtherShape, Shape
from archcalc.core.terms import Arithmetic, Parameters, Term, term
from archcalc.graph import NetworkGraph, NetworkInput, Node, TypedOperator
from archcalc.ops.traced import Traced, TracedProduct, TracedView
from archcalc.tracing.convolutions import kernel_of
from archcalc.tracing.fields import same, united
from archcalc.tracing.larger import Again, enlarged
from archcalc.tracing.layer_fields import LayerFields
from archcalc.tracing.layers import MOVES_NOTHING, Layer, Layers
from archcalc.tracing.lifetimes import FLOATING, inside_attention, storages
from archcalc.tracing.lift import lifted, operator_name
from archcalc.tracing.names import Names
from archcalc.tracing.queries import Queries
from archcalc.tracing.saved import noise, saved_of
from archcalc.tracing.shapes import shape_of
from archcalc.tracing.start import FromInputs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from archcalc.core.program import Program
    from archcalc.tracing.interpret import Moment
    from archcalc.tracing.record import Recording


@dataclass(frozen=True)
class InputAxes:
    """What the dimensions of an input are: a letter for each, `N` for the batch; and what a step along them means."""

    letters: str
    fps: float | None = None
    spacing: Mapping[str, float] = field(default_factory=dict)

    @property
    def followed(self) -> dict[int, str]:
        """The dimensions along which receptive fields are worked out."""
        return {at: axis for at, axis in enumerate(self.letters) if axis not in ("N", CHANNEL, "?")}


class Importer:
    """Builds the network of a recording; `again` records the module on larger inputs."""

    def __init__(
        self,
        recording: Recording,
        axes: Mapping[str, InputAxes],
        again: Again,
    ) -> None:
        self.recording = recording
        self.program: Program = recording.program
        self._axes = axes
        self.layers = Layers(self.program)
        self._inside_attention = inside_attention(self.program)
        self._noise = noise(self.program)
        self.names = Names(self.program, {name: each.letters for name, each in axes.items()})
        self._network = Scope(ScopeKind.NETWORK)
        self._scopes = module_scopes([each.path for each in self.layers.found], self._network)
        moments: dict[str, Moment] = {each.path: (each.end, each.output) for each in self.layers.found}
        self.larger = enlarged(self.program, self.names, {name: each.letters for name, each in axes.items()}, again)
        start = FromInputs({name: each.followed for name, each in axes.items()})
        self._fields = LayerFields(recording, self.names, moments, self.larger, start)

    def graph(self, name: str, remarks: Sequence[str] = ()) -> NetworkGraph:
        """Return the network."""
        inputs = {called: self._input(called, number) for called, number in self.program.inputs.items()}
        nodes: dict[str, Node] = {}
        fields: dict[str, GivenField] = {}
        for layer in self.layers.found:
            dims = self.names.of(layer.output)
            shape = shape_of(dims)
            fields[layer.path] = self._fields.of(layer, dims, shape)
            nodes[layer.path] = self._node(layer, shape, nodes, inputs, fields)
        outputs = self._outputs(nodes)
        queries = Queries(self.recording, self.names, {each.path: each for each in self.layers.found}, self.larger)
        said = (*remarks, *self._remarks(fields))
        imported = Imported(FrozenDict(fields), FrozenDict(self.layers.unread), said, storages(self.program), queries)
        return NetworkGraph(name, FrozenDict(inputs), FrozenDict(nodes), FrozenDict(outputs), self._network, imported)

    def _input(self, name: str, number: int) -> NetworkInput:
        axes = self._axes[name]
        shape = shape_of(self.names.of(number))
        if not isinstance(shape, OtherShape):
            sizes = self.program.value(number).sizes
            given = {axis: size for axis, size in zip(axes.letters, sizes, strict=True) if axis not in ("N", "?")}
            shape = Shape.of({CHANNEL: 1, **given})
        return NetworkInput(name, shape, axes.fps, axes.spacing)

    def _outputs(self, nodes: Mapping[str, Node]) -> dict[str, str]:
        found = {}
        for name, number in self.program.outputs.items():
            for path in self.layers.source(number)[:1]:
                if path in nodes:
                    found[name] = path
        return found

    def _node(
        self,
        layer: Layer,
        shape: Shape,
        nodes: Mapping[str, Node],
        inputs: Mapping[str, NetworkInput],
        fields: Mapping[str, GivenField],
    ) -> Node:
        reads = layer.inputs or tuple(inputs)[:1]
        shapes = tuple((nodes[each] if each in nodes else inputs[each]).shape for each in reads)
        known = [fields[each] if each in fields else _of_input(inputs[each]) for each in reads]
        traced = self._traced(layer, shape, _pointwise(fields[layer.path], known, [each.get for each in shapes], shape))
        found = lifted(self.program, layer, traced, shapes, known, fields[layer.path])
        op, operator = found or (operator_name(self.program, layer, shapes), traced)
        place = layer.module or layer.function
        location = Location(Source(place.file), place.line, 1) if place.file else None
        typed = TypedOperator(operator, shapes, shape)
        named = layer.module is not None
        return Node(layer.path, op, typed, reads, self._scopes[layer.path], layer.owner, location, named=named)

    def _traced(self, layer: Layer, shape: Shape, pointwise: frozenset[str]) -> Traced:
        """What was recorded of a layer."""
        kept = saved_of(self.program, layer, self._inside_attention, self._noise)
        counted = self._arithmetic(layer)
        return (TracedView if not layer.computes else TracedProduct if counted.macs else Traced)(
            name=layer.kind,
            shape=shape,
            stored=self._parameters(layer),
            counted=counted,
            saved=(kept.inputs, kept.output, kept.inside),
            pointwise=pointwise,
            kernel=kernel_of(self.program, self.names, layer),
        )

    def _parameters(self, layer: Layer) -> Parameters:
        weights: list[Term] = []
        biases: list[Term] = []
        for number in layer.parameters or (layer.shared if layer.owner else ()):
            value = self.program.value(number)
            name = value.name.rpartition(".")[2]
            made = Term(name, tuple((f"size {at}", size) for at, size in enumerate(value.sizes)))
            (biases if "bias" in name and len(value.sizes) == 1 else weights).append(made)
        values = [self.program.value(number) for number in layer.buffers]
        buffers = [term(each.name.rpartition(".")[2], elements=each.elements) for each in values]
        integers = [
            (made, value.itemsize)
            for made, value in zip(buffers, values, strict=True)
            if not value.dtype.startswith(FLOATING)
        ]
        return Parameters(tuple(weights), tuple(biases), tuple(buffers), integers=tuple(integers))

    def _arithmetic(self, layer: Layer) -> Arithmetic:
        macs = tuple(term(each.name, recorded=each.macs) for each in (*layer.constant, *layer.calls) if each.macs)
        unknown = tuple(dict.fromkeys(each.name for each in layer.calls if each.macs is None))
        single = tuple(
            term(each.name, elements=self.program.value(each.outputs[0]).elements)
            for each in layer.computes
            if not each.macs and each.outputs and each.name not in MOVES_NOTHING
        )
        return Arithmetic(macs=macs, elementwise=single, unknown=unknown)

    def _remarks(self, fields: Mapping[str, GivenField]) -> list[str]:
        remarks = []
        unread = self.layers.unread
        if unread:
            names = list(unread)
            several = f" and {len(names) - 1} more" if len(names) > 1 else ""
            remarks.append(
                f"params: {sum(unread.values()):,} of {names[0]}{several} are counted, but nothing reads them"
            )
        measured = list(self._fields.measured)
        if measured:
            remarks.append(
                f"field: full is what is really read at this size in {len(measured)} of {len(fields)} layers (first"
                f" {measured[0]}): nothing shows what a larger input would give"
            )
        flagged = [path for path, each in fields.items() if each.status != EXACT]
        if flagged:
            remarks.append(f"field: a bound from {flagged[0]} on, in {len(flagged)} of {len(fields)} layers")
        return remarks


def _of_input(given: NetworkInput) -> GivenField:
    """The field of a network input in itself."""
    return GivenField({(given.name, axis): of_input(given.shape[axis]) for axis in given.shape.grid})


def _pointwise(
    own: GivenField, known: Sequence[GivenField], sizes: Sequence[Callable[[str], int]], shape: Shape
) -> frozenset[str]:
    """The axes on which a layer has as many positions as all that it reads, and has read no more at each of them."""
    kept = {axis for axis in shape.grid if all(size(axis) == shape[axis] for size in sizes)}
    for (name, axis), found in own.grid.items():
        before = tuple(each.grid[name, axis].clipped for each in known if (name, axis) in each.grid)
        if axis in kept and not (before and same(united(before), found.clipped)):
            kept.remove(axis)
    return frozenset(kept)
