"""A run of a network layer by layer: the storages it makes, what is alive at once, and what autograd saves."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.storages import peak_bytes
from archcalc.core.strided import Strided, contiguous_strides
from archcalc.core.tape import Held, Tape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archcalc.analysis.memory import Memory
    from archcalc.core.strided import Sizes
    from archcalc.graph import NetworkGraph, Node, TypedOperator

Numbers = tuple[int, ...]
"""Storages, by their numbers in a run."""


class LayerMemory(NamedTuple):
    """The memory of one layer.

    `peak` is the most bytes of its own alive at once at inference, `sizes` are the bytes of the storages that stay:
    those of its output and those saved. `output` is a tensor whose storages are numbered from 0; `storages` says which
    they are, and `saved` which are saved: an input's by its number, the n-th that stays as -1 - n. `both`: training and
    inference are the same.
    """

    peak: int
    sizes: tuple[int, ...]
    output: Held
    storages: Numbers
    saved: Numbers
    both: bool


class Recorder:
    """Records each layer of a graph that differs once: by operator, shapes, and layout of the inputs."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self._known: dict[bool, dict[tuple[object, ...], LayerMemory]] = {True: {}, False: {}}
        self._tensors: dict[Held, Held] = {}
        self._traces: list[Trace] = []

    def run(self, graph: NetworkGraph, *, training: bool) -> Trace:
        """Run all layers; those before the first that differs in training and inference run once for both."""
        earlier = None
        for each in self._traces:
            if each.graph is graph:
                if each.training == training or each.both:
                    return each
                earlier = each
        trace = Trace(graph, self, training=training)
        if earlier is not None:
            trace.repeat(earlier)
        for node in islice(graph.nodes.values(), len(trace.peaks), None):
            trace.step(node)
        self._traces.append(trace)
        return trace

    def forget_runs(self) -> None:
        """Forget the graphs that were run, but no layer."""
        self._traces.clear()

    def network_input(self, sizes: Sizes) -> Held:
        """Return a contiguous tensor without a gradient."""
        return self._one_of(Held(Strided(0, sizes, contiguous_strides(sizes))))

    def layer(self, typed: TypedOperator, given: tuple[Held, ...], shared: Numbers, *, training: bool) -> LayerMemory:
        """Return the memory of a layer on tensors that this recorder gave.

        `shared` numbers the storages of all inputs; equal numbers are one storage.
        """
        known = self._known[training]
        key = (id(typed), id(given[0])) if len(given) == 1 else (id(typed), *map(id, given), shared)
        found = known.get(key)
        if found is None:
            found = known[key] = self._recorded(typed, given, shared, training=training)
            if found.both:
                self._known[not training][key] = found
        return found

    def _recorded(
        self, typed: TypedOperator, given: tuple[Held, ...], shared: Numbers, *, training: bool
    ) -> LayerMemory:
        memory = self.memory
        tape = Tape(len(shared), training=training, itemsize=memory.itemsize, statistics=memory.weight_itemsize)
        placed = given if len(given) == 1 else _placed_together(given, shared)
        made, storages = _renumbered(typed.operator.record(tape, typed.inputs, placed))
        stays = [storage for storage in tape.sizes if storage in tape.saved or storage in storages]
        place = {storage: -1 - at for at, storage in enumerate(stays)}
        return LayerMemory(
            tape.peak,
            tuple([tape.sizes[storage] for storage in stays]),
            self._one_of(made),
            tuple([place.get(storage, storage) for storage in storages]),
            tuple([place.get(storage, storage) for storage in sorted(tape.saved) if storage >= 0]),
            tape.both,
        )

    def _one_of(self, held: Held) -> Held:
        """The same object for equal tensors, so that layers are found again by it."""
        return self._tensors.setdefault(held, held)


def tensors(held: Held) -> tuple[Strided, ...]:
    """Return the grid, and the tokens if there are any."""
    return (held.grid,) if held.tokens is None else (held.grid, held.tokens)


def _placed_together(given: Iterable[Held], shared: Numbers) -> tuple[Held, ...]:
    """Several tensors with the numbers that their storages have among those of all."""
    numbers = iter(shared)
    places = ([next(numbers) for _ in {tensor.storage for tensor in tensors(held)}] for held in given)
    return tuple([_placed(held, dict(enumerate(place))) for held, place in zip(given, places, strict=True)])


def _renumbered(held: Held) -> tuple[Held, Numbers]:
    """The tensor with its storages numbered from 0, and the numbers that they had."""
    grid, tokens = held
    if tokens is None:
        return Held(Strided(0, grid.sizes, grid.strides, grid.requires_grad)), (grid.storage,)
    storages = (grid.storage,) if tokens.storage == grid.storage else (grid.storage, tokens.storage)
    return _placed(held, {storage: at for at, storage in enumerate(storages)}), storages


def _placed(held: Held, place: Mapping[int, int]) -> Held:
    grid, tokens = held
    return Held(_at(grid, place), None if tokens is None else _at(tokens, place))


def _at(tensor: Strided, place: Mapping[int, int]) -> Strided:
    storage, sizes, strides, requires_grad = tensor
    return Strided(place[storage], sizes, strides, requires_grad)


class Trace:
    """A run of a network layer by layer: its storages, the storages of each tensor, and those that are saved.

    `storages` are the numbers by path, `sizes` the bytes by number, `saved` the numbers that each layer saves, `peaks`
    the most bytes of its own that each layer has at once.
    """

    def __init__(self, graph: NetworkGraph, recorder: Recorder, *, training: bool) -> None:
        self.graph = graph
        self.training = training
        self.peaks: dict[str, int] = {}
        self._recorder = recorder
        self._tensors: dict[str, Held] = {}
        self.storages: dict[str, Numbers] = {}
        self.sizes: list[int] = []
        self.saved: dict[str, Numbers] = {}
        self._alike: tuple[int, int] | None = None  # layers before the first that differs by mode, storages there
        for name, each in graph.inputs.items():
            held = recorder.network_input((recorder.memory.batch, *each.shape.sizes.values()))
            self._tensors[name], self.storages[name] = held, (len(self.sizes),)
            self.sizes.append(held.grid.elements * recorder.memory.itemsize)

    @property
    def both(self) -> bool:
        """Return whether no layer differs in training and inference."""
        return self._alike is None

    def repeat(self, other: Trace) -> None:
        """Take over from a run in the other mode what the first layers did, as far as they are alike."""
        assert other._alike is not None
        layers, storages = other._alike
        self.sizes = other.sizes[:storages]
        inputs = len(self.graph.inputs)
        self.peaks = dict(islice(other.peaks.items(), layers))
        self.saved = dict(islice(other.saved.items(), layers))
        self.storages = dict(islice(other.storages.items(), inputs + layers))
        self._tensors = dict(islice(other._tensors.items(), inputs + layers))

    def step(self, node: Node) -> None:
        """Record what one layer allocates, frees and saves for backward."""
        path, inputs = node.path, node.inputs
        if len(inputs) == 1:
            numbers = shared = self.storages[inputs[0]]
        else:
            numbers = tuple([number for source in inputs for number in self.storages[source]])
            shared = tuple(map(numbers.index, numbers))
        given = tuple([self._tensors[source] for source in inputs])
        found = self._recorder.layer(node.typed, given, shared, training=self.training)
        if not found.both and self._alike is None:
            self._alike = len(self.peaks), len(self.sizes)
        last = len(self.sizes) - 1
        self.sizes += found.sizes
        self._tensors[path] = found.output
        self.storages[path] = tuple([numbers[at] if at >= 0 else last - at for at in found.storages])
        self.saved[path] = tuple([numbers[at] if at >= 0 else last - at for at in found.saved])
        self.peaks[path] = found.peak


def peak_inference_bytes(graph: NetworkGraph, recorder: Recorder) -> int:
    """Return the largest number of bytes alive at once, without weights, when layers run in the order they are written.

    The caller holds inputs and outputs to the end. Every other tensor is freed after the last layer that reads it
    or a view of it; tensors inside an operator count. Nothing is computed in place. Of a recorded module every tensor
    is there as long as its code holds it.
    """
    if graph.imported is not None:
        return peak_bytes(graph.imported.storages, recorder.memory.batch, recorder.memory.itemsize)
    trace = recorder.run(graph, training=False)
    sizes, dying = trace.sizes, _dying(graph, trace)
    seen = {storage for name in graph.inputs for storage in trace.storages[name]}
    alive = peak = sum([sizes[storage] for storage in seen])
    for path, most in trace.peaks.items():
        peak = max(peak, alive + most)
        for storage in trace.storages[path]:
            if storage not in seen:
                seen.add(storage)
                alive += sizes[storage]
        for storage in dying.get(path, ()):
            alive -= sizes[storage]
    return peak


def _dying(graph: NetworkGraph, trace: Trace) -> dict[str, list[int]]:
    """The storages that nothing needs after each layer."""
    storages = trace.storages
    last: dict[int, str] = {}
    for node in graph.nodes.values():
        for path in (*node.inputs, node.path):
            for storage in storages[path]:
                last[storage] = node.path
    outputs = graph.outputs.values() or list(graph.nodes)[-1:]
    held = {storage for path in (*graph.inputs, *outputs) for storage in storages[path]}
    dying: dict[str, list[int]] = {}
    for storage, path in last.items():
        if storage not in held:
            dying.setdefault(path, []).append(storage)
    return dying


def saved_by_layer(graph: NetworkGraph, recorder: Recorder) -> dict[str, int]:
    """Return the bytes that autograd saves for backward by layer; each storage counts once, where it is first saved."""
    trace = recorder.run(graph, training=True)
    found, seen = dict[str, int](), set[int]()
    for path, storages in trace.saved.items():
        saved = 0
        for storage in storages:
            if storage not in seen:
                seen.add(storage)
                saved += trace.sizes[storage]
        found[path] = saved
    return found
