"""Will it fit: the largest batch that a memory holds, and what fills it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.analysis.checkpoints import checkpointed_bytes
from archcalc.analysis.memory import Memory, training, weights_of
from archcalc.analysis.memory_run import Recorder, peak_inference_bytes

if TYPE_CHECKING:
    from archcalc.analysis.memory import Weights
    from archcalc.analysis.records import Analysis
    from archcalc.graph import NetworkGraph

INFERENCE, TRAINING = "inference", "training"
MODES = (INFERENCE, TRAINING)


@dataclass(frozen=True, slots=True)
class Setup:
    """How a network runs: type of activations, mixed precision, optimizer, and recomputed blocks.

    `checkpoint` is the nesting depth of blocks that are recomputed in the backward pass: 1 for the outermost; None
    recomputes nothing.
    """

    dtype: str = "float32"
    mixed: bool = False
    optimizer: str = "sgd_momentum"
    checkpoint: int | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """The bytes that a network needs at one batch, by part.

    `activations` are those alive at the peak of inference, or those that training saves for backward, without the
    `inputs`, which the caller holds. `step` is what the optimizer's step allocates. Activations and step are never
    there at once: the larger counts.
    """

    batch: int
    weights: int
    gradients: int
    optimizer: int
    inputs: int
    activations: int
    step: int

    @property
    def total(self) -> int:
        """Return the sum of all parts that are alive at the same time."""
        return self.weights + self.gradients + self.optimizer + self.inputs + max(self.activations, self.step)


@dataclass(frozen=True, slots=True)
class Fit:
    """The largest batch that fits and what it needs; where none does a batch of 0, and the need of one sample."""

    mode: str
    limit: int
    batch: int
    need: Need


def fit(analysis: Analysis, limit: int, mode: str, setup: Setup) -> Fit:
    """Return the largest batch whose need is at most `limit` bytes; the need grows with the batch."""
    asked = _Asked(analysis.graph, weights_of(analysis.layers), mode, setup)
    one = asked.need(1)
    if one.total > limit:
        return Fit(mode, limit, 0, one)
    above = 2
    while asked.need(above).total <= limit:
        above *= 2
    batch = bisect_right(range(above), limit, lo=above // 2, key=lambda each: asked.need(each).total) - 1
    return Fit(mode, limit, batch, asked.need(batch))


@dataclass(frozen=True, slots=True)
class _Asked:
    graph: NetworkGraph
    weights: Weights
    mode: str
    setup: Setup

    def need(self, batch: int) -> Need:
        """The need of a batch in the mode asked for."""
        recorder = Recorder(Memory(self.setup.dtype, batch, mixed=self.setup.mixed))
        return (self._inference if self.mode == INFERENCE else self._training)(recorder)

    def _inference(self, recorder: Recorder) -> Need:
        memory, inputs = recorder.memory, _input_bytes(self.graph, recorder.memory)
        size = memory.weight_itemsize
        stored = self.weights.params * size + self.weights.buffer_bytes(size) + self._casts(memory)
        peak = peak_inference_bytes(self.graph, recorder)
        return Need(memory.batch, stored, 0, 0, inputs, peak - inputs, 0)

    def _training(self, recorder: Recorder) -> Need:
        memory, inputs = recorder.memory, _input_bytes(self.graph, recorder.memory)
        parts = training(self.weights, memory, self.setup.optimizer, self._saved(recorder))
        stored = parts.weights + parts.buffers + self._casts(memory)
        return Need(memory.batch, stored, parts.gradients, parts.optimizer, inputs, parts.saved, parts.step)

    def _casts(self, memory: Memory) -> int:
        """A copy of the weights in the type of the activations, which autocast keeps until the backward pass."""
        return self.weights.params * memory.itemsize if memory.mixed else 0

    def _saved(self, recorder: Recorder) -> int:
        """What is saved besides the network's inputs."""
        trace = recorder.run(self.graph, training=True)
        saved = trace.saved
        inputs = {storage for name in self.graph.inputs for storage in trace.storages[name]}
        if self.setup.checkpoint is not None:
            return checkpointed_bytes(self.graph, trace, saved, inputs, self.setup.checkpoint)
        return sum(trace.sizes[each] for each in set[int]().union(*saved.values()) - inputs)


def _input_bytes(graph: NetworkGraph, memory: Memory) -> int:
    return sum(memory.activation(each.shape.elements) for each in graph.inputs.values())


def need(analysis: Analysis, mode: str, setup: Setup, batch: int) -> Need:
    """Return what a batch needs."""
    return _Asked(analysis.graph, weights_of(analysis.layers), mode, setup).need(batch)
