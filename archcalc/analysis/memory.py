"""Bytes of numbers: how they are stored, and what training needs."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

from archcalc.analysis.optimizers import COUNTER_BYTES, OPTIMIZERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.analysis.counted import CountedLayer
    from archcalc.core.terms import Parameters, Term

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
        buffers=weights.buffer_bytes(size),
        gradients=weights.params * size,
        optimizer=chosen.states * weights.params * size + chosen.counters * len(weights.parameters) * COUNTER_BYTES,
        saved=saved,
        step=chosen.step(weights.parameters) * size,
    )


class Weights(NamedTuple):
    """What a network stores: the numbers of each parameter in order, and its buffers.

    `buffers` are numbers of the network's type, `integer_bytes` the bytes of all other buffers.
    """

    parameters: tuple[int, ...]
    buffers: int
    integer_bytes: int

    @property
    def params(self) -> int:
        """Return the numbers of all parameters."""
        return sum(self.parameters)

    def buffer_bytes(self, itemsize: int) -> int:
        """Return the bytes of all buffers in a network with numbers of `itemsize` bytes."""
        return self.buffers * itemsize + self.integer_bytes


def weights_of(layers: Iterable[CountedLayer]) -> Weights:
    """Return the weights of layers; shared ones count at their owner."""
    known: dict[int, Weights] = {}
    sizes: list[int] = []
    buffers = integer_bytes = 0
    for each in layers:
        found = known.get(id(each.parameters))
        if found is None:
            found = known[id(each.parameters)] = _weights(each.parameters)
        sizes += found.parameters
        buffers += found.buffers
        integer_bytes += found.integer_bytes
    return Weights(tuple(sizes), buffers, integer_bytes)


def _weights(stored: Parameters) -> Weights:
    sizes = tuple(size for term in stored.learned for size in _tensors(term))
    return Weights(sizes, stored.typed_buffers, stored.integer_bytes)


SEPARATE = ("layers", "directions", "biases", "experts", "matrices")
"""Factors of a term that count tensors."""


def _tensors(term: Term) -> tuple[int, ...]:
    """The sizes of the tensors that hold a term: one, but recurrences and experts have several of one size."""
    count = prod(factor for name, factor in term.factors if name in SEPARATE)
    return (term.value // count,) * count
