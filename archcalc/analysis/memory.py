"""Memory: what is alive while a network infers, what autograd saves for backward, and what training needs."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

from archcalc.analysis.optimizers import COUNTER_BYTES, OPTIMIZERS
from archcalc.core.strided import Strided, contiguous_strides
from archcalc.core.tape import Held, Tape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from archcalc.analysis.records import LayerRecord
    from archcalc.core.strided import Sizes
    from archcalc.core.terms import Parameters, Term
    from archcalc.graph import NetworkGraph, Node, TypedOperator

DTYPE_BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int8": 1, "uint8": 1}

MOST_SAMPLES = 10**9
"""The largest batch that bytes are counted for."""


class Memory(NamedTuple):
    """How numbers are stored: type and batch. `mixed` keeps weights in float32, as autocast does."""

    dtype: str = "float32"
    batch: int = 1
    mixed: bool = False

    @property
    def itemsize(self) -> int:
        """Return the bytes of one activation."""
        return DTYPE_BYTES[self.dtype]

    @property
    def weight_itemsize(self) -> int:
        """Return the bytes of one weight, gradient or number of an optimizer's state."""
        return DTYPE_BYTES["float32"] if self.mixed else self.itemsize

    def activation(self, elements: int) -> int:
        """Return the bytes of a tensor with a number of elements per sample."""
        return elements * self.batch * self.itemsize


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
    storages: tuple[int, ...]
    saved: tuple[int, ...]
    both: bool


class Recorder:
    """Records each layer of a graph that differs once: by operator, shapes, and layout of the inputs."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self._known: dict[tuple[object, ...], LayerMemory] = {}
        self._tensors: dict[Held, Held] = {}
        self._traces: list[Trace] = []

    def run(self, graph: NetworkGraph, *, training: bool) -> Trace:
        """Run all layers; one run of a graph holds for training and inference where no layer differs in them."""
        for each in self._traces:
            if each.graph is graph and (each.training == training or each.both):
                return each
        trace = Trace(graph, self, training=training)
        for node in graph.nodes.values():
            trace.step(node)
        self._traces.append(trace)
        return trace

    def forget_runs(self) -> None:
        """Forget the graphs that were run, but no layer."""
        self._traces.clear()

    def network_input(self, sizes: Sizes) -> Held:
        """Return a contiguous tensor without a gradient."""
        return self._one_of(Held(Strided(0, sizes, contiguous_strides(sizes))))

    def layer(
        self, typed: TypedOperator, given: tuple[Held, ...], shared: tuple[int, ...], *, training: bool
    ) -> LayerMemory:
        """Return the memory of a layer on tensors that this recorder gave.

        `shared` numbers the storages of all inputs; equal numbers are one storage.
        """
        key = (id(typed), *map(id, given), shared if len(given) > 1 else (), training)
        if key not in self._known:
            found = self._known[key] = self._recorded(typed, given, shared, training=training)
            if found.both:
                self._known[*key[:-1], not training] = found
        return self._known[key]

    def _recorded(
        self, typed: TypedOperator, given: tuple[Held, ...], shared: tuple[int, ...], *, training: bool
    ) -> LayerMemory:
        tape = Tape(
            len(shared), training=training, itemsize=self.memory.itemsize, statistics=self.memory.weight_itemsize
        )
        numbers = iter(shared)
        placed = tuple(_placed(each, dict(enumerate(_take(numbers, each)))) for each in given)
        made, storages = _renumbered(typed.operator.record(tape, typed.inputs, placed))
        stays = sorted({*storages, *tape.saved} & tape.sizes.keys())
        place = {storage: -1 - at for at, storage in enumerate(stays)}
        return LayerMemory(
            tape.peak,
            tuple(tape.sizes[storage] for storage in stays),
            self._one_of(made),
            tuple(place.get(storage, storage) for storage in storages),
            tuple(place.get(storage, storage) for storage in sorted(tape.saved) if storage >= 0),
            tape.both,
        )

    def _one_of(self, held: Held) -> Held:
        """The same object for equal tensors, so that layers are found again by it."""
        return self._tensors.setdefault(held, held)


def tensors(held: Held) -> tuple[Strided, ...]:
    """Return the grid, and the tokens if there are any."""
    return (held.grid,) if held.tokens is None else (held.grid, held.tokens)


def _take(numbers: Iterator[int], held: Held) -> list[int]:
    return [next(numbers) for _ in {tensor.storage for tensor in tensors(held)}]


def _renumbered(held: Held) -> tuple[Held, tuple[int, ...]]:
    """The tensor with its storages numbered from 0, and the numbers that they had."""
    storages = tuple(dict.fromkeys(tensor.storage for tensor in tensors(held)))
    return _placed(held, {storage: at for at, storage in enumerate(storages)}), storages


def _placed(held: Held, place: Mapping[int, int]) -> Held:
    grid, tokens = held
    return Held(
        grid._replace(storage=place[grid.storage]),
        None if tokens is None else tokens._replace(storage=place[tokens.storage]),
    )


class Trace:
    """A run of a network layer by layer: its storages, the storages of each tensor, and those that are saved.

    `storages` are the numbers by path, `sizes` the bytes by number, `saved` the numbers that each layer saves.
    """

    def __init__(self, graph: NetworkGraph, recorder: Recorder, *, training: bool) -> None:
        self.graph = graph
        self.training = training
        self.both = True
        self.peaks: dict[str, int] = {}
        self._recorder = recorder
        self._tensors: dict[str, Held] = {}
        self.storages: dict[str, tuple[int, ...]] = {}
        self.sizes: list[int] = []
        self.saved: dict[str, set[int]] = {}
        for name, each in graph.inputs.items():
            held = recorder.network_input((recorder.memory.batch, *each.shape.sizes.values()))
            self._tensors[name], self.storages[name] = held, (len(self.sizes),)
            self.sizes.append(held.grid.elements * recorder.memory.itemsize)

    def step(self, node: Node) -> None:
        """Run one layer."""
        numbers = self.storages[node.inputs[0]]
        for path in node.inputs[1:]:
            numbers += self.storages[path]
        shared = tuple(map(numbers.index, numbers))
        given = tuple([self._tensors[path] for path in node.inputs])
        found = self._recorder.layer(node.typed, given, shared, training=self.training)
        last = len(self.sizes)
        self.sizes.extend(found.sizes)
        self.saved[node.path] = {numbers[local] if local >= 0 else last - 1 - local for local in found.saved}
        self._tensors[node.path] = found.output
        self.storages[node.path] = tuple([numbers[at] if at >= 0 else last - 1 - at for at in found.storages])
        self.peaks[node.path] = found.peak
        self.both &= found.both


def peak_inference_bytes(graph: NetworkGraph, recorder: Recorder) -> int:
    """Return the largest number of bytes alive at once, without weights, when layers run in the order they are written.

    The caller holds inputs and outputs to the end. Every other tensor is freed after the last layer that reads it
    or a view of it; tensors inside an operator count. Nothing is computed in place.
    """
    trace = recorder.run(graph, training=False)
    dying, seen = _dying(graph, trace), {storage for name in graph.inputs for storage in trace.storages[name]}
    alive = peak = sum(trace.sizes[storage] for storage in seen)
    for path, most in trace.peaks.items():
        peak = max(peak, alive + most)
        for storage in trace.storages[path]:
            if storage not in seen:
                seen.add(storage)
                alive += trace.sizes[storage]
        for storage in dying.get(path, ()):
            alive -= trace.sizes[storage]
    return peak


def _dying(graph: NetworkGraph, trace: Trace) -> dict[str, list[int]]:
    """The storages that nothing needs after each layer."""
    order = list(graph.nodes)
    last = {path: path for path in order}
    for node in graph.nodes.values():
        last.update(dict.fromkeys(node.inputs, node.path))
    kept = {*graph.inputs, *(graph.outputs.values() or order[-1:])}
    held = {storage for path in kept for storage in trace.storages[path]}
    place = {path: at for at, path in enumerate(order)}
    ends: dict[int, int] = {}
    for path in order:
        for storage in trace.storages[path]:
            ends[storage] = max(ends.get(storage, 0), place[last[path]])
    dying: dict[str, list[int]] = {}
    for storage, end in ends.items():
        if storage not in held:
            dying.setdefault(order[end], []).append(storage)
    return dying


def saved_by_layer(graph: NetworkGraph, recorder: Recorder) -> dict[str, int]:
    """Return the bytes that autograd saves for backward by layer; each storage counts once, where it is first saved."""
    trace = recorder.run(graph, training=True)
    found, seen = dict[str, int](), set[int]()
    for path, storages in trace.saved.items():
        found[path] = sum(trace.sizes[each] for each in storages if each not in seen)
        seen |= storages
    return found


class Training(NamedTuple):
    """The bytes that training needs, part by part.

    `saved` is what autograd saves for backward, `step` what the optimizer's step allocates; they are never there at
    once, so the larger counts.
    """

    weights: int
    buffers: int
    gradients: int
    optimizer: int
    saved: int
    step: int

    @property
    def total(self) -> int:
        """Return the sum, with the larger of `saved` and `step`."""
        return self.weights + self.buffers + self.gradients + self.optimizer + max(self.saved, self.step)


def training(weights: Weights, memory: Memory, optimizer: str, saved: int) -> Training:
    """Return the parts of training memory."""
    size, chosen = memory.weight_itemsize, OPTIMIZERS[optimizer]
    return Training(
        weights=weights.params * size,
        buffers=weights.buffers * size,
        gradients=weights.params * size,
        optimizer=chosen.states * weights.params * size + chosen.counters * len(weights.parameters) * COUNTER_BYTES,
        saved=saved,
        step=chosen.step(weights.parameters) * size,
    )


class Weights(NamedTuple):
    """The numbers that a network stores: those of each parameter in order, and those of all buffers."""

    parameters: tuple[int, ...]
    buffers: int

    @property
    def params(self) -> int:
        """Return the numbers of all parameters."""
        return sum(self.parameters)


class StoredWeights(NamedTuple):
    """The parameters that a layer owns, and how many numbers its buffers hold."""

    parameters: Parameters
    buffers: int


def weights_of(layers: Iterable[LayerRecord] | Iterable[StoredWeights]) -> Weights:
    """Return the weights of layers; shared ones count at their owner."""
    known: dict[int, tuple[int, ...]] = {}
    sizes: list[int] = []
    buffers = 0
    for each in layers:
        found = known.get(id(each.parameters))
        if found is None:
            found = known[id(each.parameters)] = tuple(
                size for term in each.parameters.learned for size in _tensors(term)
            )
        sizes += found
        buffers += each.buffers
    return Weights(tuple(sizes), buffers)


def _tensors(term: Term) -> tuple[int, ...]:
    """The sizes of the tensors that hold a term: one, but a recurrence has some for each layer and direction."""
    count = prod(factor for name, factor in term.factors if name in ("layers", "directions", "both"))
    return (term.value // count,) * count
