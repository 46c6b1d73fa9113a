"""Makes a network of a recording: layers with shapes, parameters, arithmetic and receptive fields."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from archcalc.core.field import AxisField
from archcalc.core.frozen import FrozenDict
from archcalc.core.imported import EXACT, OUTER, UNKNOWN, GivenField, Imported
from archcalc.core.problem import Location, Source
from archcalc.core.scopes import Scope, ScopeKind, module_scopes
from archcalc.core.shape import CHANNEL, OtherShape, Shape
from archcalc.core.terms import Arithmetic, Parameters, Term, term
from archcalc.graph import NetworkGraph, NetworkInput, Node, TypedOperator
from archcalc.ops.traced import Traced, TracedProduct, TracedView
from archcalc.tracing.fields import InputAxis, axes_of, hulls_of, joined, keys_of, line_of, parts, positions, widest
from archcalc.tracing.hull import Key
from archcalc.tracing.interpret import Interpreter
from archcalc.tracing.layers import MOVES_NOTHING, Layer, Layers
from archcalc.tracing.lift import lifted
from archcalc.tracing.names import Names
from archcalc.tracing.shapes import shape_of
from archcalc.tracing.windows import PADDED, Unclipped, clipping, explains, growth, pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from archcalc.core.program import Program
    from archcalc.core.quasi_affine import QuasiAffineMap
    from archcalc.tracing.hull import Ends, Hull
    from archcalc.tracing.interpret import Moment
    from archcalc.tracing.names import Dims
    from archcalc.tracing.record import Recording

STATUS = (EXACT, OUTER, UNKNOWN)


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


@dataclass(frozen=True)
class Larger:
    """A recording on enlarged inputs: its fields, names and extents, and the fields of what is padded, by number.

    `calls` is how many calls are those of the recording at the given sizes.
    """

    interpreter: Interpreter
    names: Names
    extents: Mapping[InputAxis, int]
    padded: Mapping[int, Hull]
    calls: int


class Importer:
    """Builds the network of a recording; `again` records the module on larger inputs."""

    def __init__(
        self,
        recording: Recording,
        axes: Mapping[str, InputAxes],
        again: Callable[[Mapping[str, tuple[int, ...]]], Recording | None],
    ) -> None:
        self.recording = recording
        self.program: Program = recording.program
        self._axes = axes
        self.layers = Layers(self.program)
        self.names = Names(self.program, {name: each.letters for name, each in axes.items()})
        self._network = Scope(ScopeKind.NETWORK)
        self._scopes = module_scopes([each.path for each in self.layers.found], self._network)
        self.moments: dict[str, Moment] = {each.path: (each.end, each.output) for each in self.layers.found}
        self._followed = {name: each.followed for name, each in axes.items()}
        self.interpreter = Interpreter(recording, self._followed, self.moments.values()).run()
        self._extents = self._sizes_of(self.program)
        self._measured: dict[str, None] = {}
        self._fields: dict[tuple[object, ...], tuple[str, GivenField]] = {}
        self.larger = self._enlarged(again)
        self._endless = self._without_ends()

    def graph(self, name: str, remarks: Sequence[str] = ()) -> NetworkGraph:
        """Return the network."""
        inputs = {called: self._input(called, number) for called, number in self.program.inputs.items()}
        nodes: dict[str, Node] = {}
        fields: dict[str, GivenField] = {}
        for layer in self.layers.found:
            dims = self.names.of(layer.output)
            shape = shape_of(dims)
            fields[layer.path] = self._known_field(layer, dims, shape)
            nodes[layer.path] = self._node(layer, shape, nodes, inputs, fields)
        outputs = self._outputs(nodes)
        imported = Imported(FrozenDict(fields), FrozenDict(self.layers.unread), (*remarks, *self._remarks(fields)))
        return NetworkGraph(name, FrozenDict(inputs), FrozenDict(nodes), FrozenDict(outputs), self._network, imported)

    def _sizes_of(self, program: Program) -> dict[InputAxis, int]:
        return {
            (name, axis): program.value(program.inputs[name]).sizes[at]
            for name, followed in self._followed.items()
            for at, axis in followed.items()
        }

    def _enlarged(self, again: Callable[[Mapping[str, tuple[int, ...]]], Recording | None]) -> Larger | None:
        """The same module on inputs so large that nothing is clipped in their middle; None where it takes no other."""
        letters = {name: each.letters for name, each in self._axes.items()}
        grown = growth(self.program, self.names, letters)
        sizes = {
            name: grown.sizes(name, self.program.value(number).sizes, letters[name])
            for name, number in self.program.inputs.items()
        }
        recording = again(sizes)
        if recording is None:
            return None
        same = _same_calls(self.program, recording.program)
        recording = replace(recording, program=replace(recording.program, calls=recording.program.calls[:same]))
        names = Names(recording.program, letters)
        padded = {n for each in self.program.calls if each.name in PADDED for n in each.outputs}
        seen: dict[int, Hull] = {}

        def keep(number: int, hull: Hull) -> Hull:
            if number in padded:
                seen[number] = hull
            return hull

        moments = [each for each in self.moments.values() if each[0] <= same]
        interpreter = Interpreter(recording, self._followed, moments, change=keep).run()
        return Larger(interpreter, names, self._sizes_of(recording.program), seen, same)

    def _without_ends(self) -> Interpreter | None:
        """The fields at the given sizes as if inputs were endless, for what the enlarged recording does not have."""
        larger = self.larger
        if larger is None:
            return None
        whole = any(key.whole for hull in larger.interpreter.seen.values() for key in hull.terms)
        if not whole and larger.calls == len(self.program.calls):
            return None
        ends = clipping(self.program)
        unclipped = Unclipped(larger.padded, self.names, larger.names, self._extents, larger.extents, ends)
        return Interpreter(self.recording, self._followed, self.moments.values(), change=unclipped.change).run()

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
        traced = self._traced(layer, shape)
        found = lifted(self.program, layer, traced, shapes, [fields.get(each) for each in reads], fields[layer.path])
        op, operator = found or (layer.kind, traced)
        place = layer.module or layer.function
        location = Location(Source(place.file), place.line, 1) if place.file else None
        typed = TypedOperator(operator, shapes, shape)
        return Node(layer.path, op, typed, reads, self._scopes[layer.path], layer.owner, location)

    def _traced(self, layer: Layer, shape: Shape) -> Traced:
        """What was recorded of a layer."""
        counted = self._arithmetic(layer)
        return (TracedView if not layer.computes else TracedProduct if counted.macs else Traced)(
            name=layer.kind,
            shape=shape,
            stored=self._parameters(layer),
            counted=counted,
            temporary=self._temporary(layer),
        )

    def _parameters(self, layer: Layer) -> Parameters:
        weights: list[Term] = []
        biases: list[Term] = []
        for number in layer.parameters or (layer.shared if layer.owner else ()):
            value = self.program.value(number)
            name = value.name.rpartition(".")[2]
            made = Term(name, tuple((f"size {at}", size) for at, size in enumerate(value.sizes)))
            (biases if "bias" in name and len(value.sizes) == 1 else weights).append(made)
        buffers = (term(self.program.value(each).name.rpartition(".")[2], elements=self.program.value(each).elements)
                   for each in layer.buffers)  # fmt: skip
        return Parameters(tuple(weights), tuple(biases), tuple(buffers))

    def _arithmetic(self, layer: Layer) -> Arithmetic:
        macs = tuple(term(each.name, recorded=each.macs) for each in (*layer.constant, *layer.calls) if each.macs)
        unknown = tuple(dict.fromkeys(each.name for each in layer.calls if each.macs is None))
        single = tuple(
            term(each.name, elements=self.program.value(each.outputs[0]).elements)
            for each in layer.computes
            if not each.macs and each.outputs and each.name not in MOVES_NOTHING
        )
        return Arithmetic(macs=macs, elementwise=single, unknown=unknown)

    def _temporary(self, layer: Layer) -> int:
        """The most elements alive inside a layer at once, its output apart."""
        program = self.program
        kept = program.value(layer.output).root
        last: dict[int, int] = {}
        for at, call in enumerate(layer.calls):
            for number in (*call.reads, *call.outputs):
                last[program.value(number).root] = at
        alive = most = 0
        mine: set[int] = set()
        for at, call in enumerate(layer.calls):
            for number in call.outputs:
                if program.value(number).root == number != kept:
                    mine.add(number)
                    alive += program.value(number).elements
            most = max(most, alive)
            for number in [each for each in mine if last[each] == at]:
                mine.remove(number)
                alive -= program.value(number).elements
        return most

    def _known_field(self, layer: Layer, dims: Dims, shape: Shape) -> GivenField:
        """The field of a layer; one that hands on what it received has the same."""
        moment = layer.end, layer.output
        runs = [self.interpreter, self._endless, None if self.larger is None else self.larger.interpreter]
        hulls = tuple(_identity(each.seen[moment]) for each in runs if each is not None and moment in each.seen)
        known = dims, shape, hulls
        if known not in self._fields:
            self._fields[known] = layer.path, self._field(layer, dims, shape)
        path, found = self._fields[known]
        if path in self._measured:
            self._measured.setdefault(layer.path)
        return found

    def _field(self, layer: Layer, dims: Dims, shape: Shape) -> GivenField:
        moment = layer.end, layer.output
        hull = self.interpreter.seen[moment]
        if 0 in hull.sizes:  # nothing was found, as where a detector finds no box
            return GivenField({}, {}, STATUS[hull.status])
        grid: dict[InputAxis, AxisField] = {}
        tokens: dict[InputAxis, AxisField] = {}
        for key in axes_of(hull, self._extents):
            if isinstance(shape, OtherShape):
                clipped = hulls_of(widest(hull, key))
                self._measured.setdefault(layer.path)
                grid[key] = AxisField(clipped, (), clipped, measured=not self._is_whole(moment, key))
                continue
            for at, (ends, named, beside) in enumerate(parts(joined(hull, key), dims)):
                found = tokens if beside else grid
                line = positions(ends, named, key[1], shape)
                made = self._axis_field(layer, key, line, at, shape)
                found[key] = made if key not in found else found[key].union([made])
        return GivenField(FrozenDict(grid), FrozenDict(tokens), STATUS[hull.status])

    def _axis_field(self, layer: Layer, key: InputAxis, line: Ends, part: int, shape: Shape) -> AxisField:
        """The three views of one axis. Where nothing tells the windows, all that is known is what is really read."""
        moment = layer.end, layer.output
        clipped, window = hulls_of(line), self._window(layer, key, part)
        if window is not None and not explains(
            window,
            line_of(self.interpreter.seen[moment], key, part, self.names.of(layer.output), shape),
            self._extents[key],
        ):
            window = None
        is_whole = self._is_whole(moment, key)
        if window is not None and not is_whole:
            return AxisField(clipped, (window,))
        windows = () if window is None else (window,)
        if self._endless is None:
            self._measured.setdefault(layer.path)
            return AxisField(clipped, windows, clipped, measured=not is_whole)
        hull = self._endless.seen[moment]
        if any(each.measured and (each.whole or not is_whole) for each in keys_of(hull, key)):
            self._measured.setdefault(layer.path)
        ends, named, _ = parts(joined(hull, key, whole=is_whole), self.names.of(layer.output))[part]
        full = hulls_of(positions(ends, named, key[1], shape)).union(clipped)
        return AxisField(clipped, windows, full, measured=not is_whole)

    def _is_whole(self, moment: Moment, key: InputAxis) -> bool:
        """Whether some path to a tensor passes an operation that is global on an axis."""
        known = self._endless or self.interpreter
        if self.larger is not None and moment in self.larger.interpreter.seen:
            known = self.larger.interpreter
        return any(each.whole for each in keys_of(known.seen[moment], key))

    def _window(self, layer: Layer, key: InputAxis, part: int) -> QuasiAffineMap | None:
        """The unclipped map of the paths that lead through windows alone."""
        moment = layer.end, layer.output
        if Key(*key) not in self.interpreter.seen[moment].terms:
            return None
        if self.larger is not None and moment in self.larger.interpreter.seen:
            larger = self.larger
            return _map(larger.interpreter.seen[moment], larger.names.of(layer.output), key, part, larger.extents[key])
        known = self._endless or self.interpreter
        return _map(known.seen[moment], self.names.of(layer.output), key, part, self._extents[key])

    def _remarks(self, fields: Mapping[str, GivenField]) -> list[str]:
        remarks = []
        unread = self.layers.unread
        if unread:
            names = list(unread)
            several = f" and {len(names) - 1} more" if len(names) > 1 else ""
            remarks.append(
                f"params: {sum(unread.values()):,} of {names[0]}{several} are counted, but nothing reads them"
            )
        measured = list(self._measured)
        if measured:
            remarks.append(
                f"field: what is really read at this size, in {len(measured)} of {len(fields)} layers (first"
                f" {measured[0]}): the module does the same at no larger size"
            )
        flagged = [path for path, each in fields.items() if each.status != EXACT]
        if flagged:
            remarks.append(f"field: a bound from {flagged[0]} on, in {len(flagged)} of {len(fields)} layers")
        return remarks


def _same_calls(first: Program, second: Program) -> int:
    """How many calls, from the first on, are the same in two programs but for sizes."""
    same = 0
    for one, other in zip(first.calls, second.calls, strict=False):
        if (one.operator, one.reads, one.outputs) != (other.operator, other.reads, other.outputs):
            break
        same += 1
    return same


def _identity(hull: Hull) -> tuple[object, ...]:
    """What tells one field from another: the arrays that it is made of, which are alive as long as the recording."""
    terms = ((key, *(id(array) for each in own for array in each)) for key, own in hull.terms.items())
    return hull.status, tuple(terms)


def _map(hull: Hull, dims: Dims, key: InputAxis, part: int, extent: int) -> QuasiAffineMap | None:
    """The map of the windows of a tensor, from those of its positions that lie inside the input."""
    shape = shape_of(dims)
    if Key(*key) not in hull.terms or key[1] not in shape:
        return None
    return pattern(line_of(hull, key, part, dims, shape), extent)
