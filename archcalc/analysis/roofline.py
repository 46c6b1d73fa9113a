"""The roofline of a layer: the time that its arithmetic and the bytes it moves take at least on a device.

Williams, Waterman and Patterson, "Roofline: an insightful visual performance model for multicore architectures",
Communications of the ACM 52(4), 2009.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.analysis.memory import Memory
from archcalc.core.terms import total
from archcalc.ops.traits import Storage

if TYPE_CHECKING:
    from archcalc.analysis.records import Analysis, LayerRecord
    from archcalc.graph import NetworkGraph, Node, TypedOperator

FLOPS_PER_MAC = 2
COMPUTE, MEMORY, LAUNCH = "compute", "memory", "launch"


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes that a layer reads and writes once each; those of a batch, whose samples share the weights."""

    inputs: int
    weights: int
    outputs: int

    @property
    def bytes(self) -> int:
        """Return the bytes read and written together."""
        return self.inputs + self.weights + self.outputs


NO_TRAFFIC = Traffic(0, 0, 0)


def traffic(graph: NetworkGraph, node: Node, memory: Memory) -> Traffic:
    """What a layer moves at inference: each input, its weights and buffers, its output.

    Aliases of the input move nothing, nor does dropout. Results that attention and recurrence keep within one layer are
    left out, as a fused kernel leaves them.
    """
    if node.operator.traits.storage in (Storage.ALIAS, Storage.TRAINING):
        return NO_TRAFFIC
    read = sum(graph.elements(path) for path in dict.fromkeys(node.inputs))
    stored = node.operator.parameters(node.typed.inputs)
    numbers = total(stored.learned) + stored.typed_buffers
    weights = numbers * memory.itemsize + stored.integer_bytes
    return Traffic(memory.activation(read), weights, memory.activation(node.typed.elements))


@dataclass(frozen=True, slots=True)
class Work:
    """What a device has to do for one layer and a batch: FLOPs of its multiply-accumulates, bytes to move."""

    flops: int
    bytes: int

    @property
    def intensity(self) -> float:
        """FLOPs a byte; 0 where nothing moves."""
        return self.flops / self.bytes if self.bytes else 0.0


def works(analysis: Analysis, *, training: bool = False) -> tuple[Work, ...]:
    """The work of every layer, in order.

    Training counts the passes over a layer: forward; backward for the inputs, unless they are all inputs of the
    network; backward for the second factor of its products, where it multiplies anything.
    """
    memory = Memory(analysis.dtype, analysis.batch)
    moved: dict[tuple[TypedOperator, int], int] = {}
    found = []
    for layer in analysis.layers:
        node = analysis.graph.nodes[layer.path]
        key = node.typed, len(dict.fromkeys(node.inputs))
        if key not in moved:
            moved[key] = traffic(analysis.graph, node, memory).bytes
        passes = _training_passes(analysis, layer) if training else 1
        found.append(Work(FLOPS_PER_MAC * layer.macs * analysis.batch * passes, moved[key] * passes))
    return tuple(found)


def _training_passes(analysis: Analysis, layer: LayerRecord) -> int:
    to_inputs = any(path not in analysis.graph.inputs for path in layer.inputs)
    return 1 + to_inputs + bool(layer.macs)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a device can do at most with one type of number.

    `peak` is in FLOP/s and `bandwidth` in bytes/s; `launch` is the time in seconds that starting a layer takes.
    """

    peak: float
    bandwidth: float
    launch: float = 0.0


@dataclass(frozen=True, slots=True)
class Roofline:
    """Times in seconds that a layer takes at least: for its arithmetic, and for the bytes that it moves."""

    compute: float
    memory: float
    launch: float = 0.0

    @property
    def seconds(self) -> float:
        """The longer of the two: arithmetic and traffic overlap."""
        return max(self.compute, self.memory)

    @property
    def bound(self) -> str | None:
        """What limits the layer: arithmetic, traffic, or being started at all; None for a layer that does nothing."""
        if not self.seconds:
            return None
        if self.seconds < self.launch:
            return LAUNCH
        return COMPUTE if self.compute >= self.memory else MEMORY


def roofline(work: Work, limits: Limits) -> Roofline:
    """The least time of a layer on a device."""
    return Roofline(work.flops / limits.peak, work.bytes / limits.bandwidth, limits.launch)
