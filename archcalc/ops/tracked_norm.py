"""Batch and instance norm, which may keep the statistics of training as buffers and use them at inference."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.problem import OperatorError
from archcalc.core.shape import Shape
from archcalc.core.tape import INDEX_BYTES, flattened
from archcalc.core.terms import Arithmetic, Parameters, Term
from archcalc.ops.base import Inputs, OwnChannels, single
from archcalc.ops.norm import FOLDED_OPERATIONS, Affine, PositionNorm, normalized, normalized_by_itself, require_eps

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Held, Tape

BATCHES = Term("batches tracked", (("counters", 1),))


def running_statistics(channels: int) -> tuple[Term, ...]:
    """The buffers that training fills: 2 per channel and a counter."""
    factors = (("channels", channels),)
    return Term("running means", factors), Term("running variances", factors), BATCHES


class TrackedNorm(PositionNorm, OwnChannels):
    """A normalization of each channel that may use the statistics of training, which are its buffers, at inference."""

    track_running_stats: bool

    @property
    @abstractmethod
    def learned(self) -> Affine:
        """Return which learned parameters the norm has."""

    def known_statistics(self) -> bool:
        """Return whether it tracks the statistics of training."""
        return self.track_running_stats

    def parameters(self, inputs: Inputs) -> Parameters:
        """Return a weight and a bias per channel if learned; as buffers mean and variance of each, and a counter."""
        channels = single(inputs).channels
        buffers = running_statistics(channels) if self.track_running_stats else ()
        integers = ((BATCHES, INDEX_BYTES),) if self.track_running_stats else ()
        return Parameters(*self.learned.parameters(channels), buffers, integers=integers)

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Return 2 operations per element with running statistics; without, 5 and one each for weight and bias."""
        if self.track_running_stats:
            return normalized(single(inputs), FOLDED_OPERATIONS)
        return normalized_by_itself(single(inputs), self.learned)


@dataclass(frozen=True, kw_only=True)
class BatchNorm(TrackedNorm):
    """Normalization of each channel over batch and positions, with the running statistics at inference.

    Example: `batch_norm: {eps: 0.001}`; `scale: false` learns a shift only, `affine: false` neither.
    Parameters: a weight and a bias per channel; buffers: mean and variance per channel, and a counter.
    Elementwise: 2 per element at inference, as statistics, scale and shift are one multiplication and one addition;
    with `track_running_stats: false` 5 (sum, center, square, sum, scale) and one each for weight and bias.
    Saved for backward: the input, and mean and inverse deviation per channel of the batch.
    Reference: torch.nn.functional.batch_norm.
    """

    title: ClassVar[str] = "BatchNorm"

    eps: float = 1e-5
    momentum: float = 0.1
    affine: bool = True
    scale: bool = True
    track_running_stats: bool = True

    def __post_init__(self) -> None:
        require_eps(self.eps)

    @property
    def learned(self) -> Affine:
        """Return which learned parameters the norm has."""
        return Affine(weight=self.affine and self.scale, bias=self.affine)

    def check(self, shape: Shape) -> None:
        """Accept every tensor: no size is too small for the statistics of training."""

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output; save the input, and mean and inverse deviation of the batch per channel."""
        del inputs

        def step(tensor: Strided) -> Strided:
            made = tape.kernel(tensor, tensor.sizes, learned=self.affine)
            tape.save(tensor, when=made.requires_grad)
            tape.save_statistics(2, tensor.sizes[1], when=made.requires_grad)
            if not (self.track_running_stats or tape.training):
                tape.drop(tape.empty((2, tensor.sizes[1]), itemsize=tape.statistics))
            return made

        return flattened(tape, given[0], step)

    def summary(self, inputs: Inputs) -> str:
        """What it lacks of scale and shift."""
        del inputs
        if not self.affine:
            return "no scale, no shift"
        return "" if self.scale else "shift only"


@dataclass(frozen=True, kw_only=True)
class InstanceNorm(TrackedNorm):
    """Normalization of each channel over all positions of one sample, tokens included.

    Example: `instance_norm: {affine: true}`.
    Parameters: with `affine` a weight and a bias per channel; with `track_running_stats` the buffers of a batch norm,
    used at inference.
    Elementwise: 5 per element (sum, center, square, sum, scale), one each for weight and bias; 2 with running
    statistics.
    Saved for backward: the input in order, and per channel of each sample mean, inverse deviation and weight.
    Reference: torch.nn.functional.instance_norm.
    """

    title: ClassVar[str] = "InstanceNorm"

    eps: float = 1e-5
    momentum: float = 0.1
    affine: bool = False
    track_running_stats: bool = False

    def __post_init__(self) -> None:
        require_eps(self.eps)

    @property
    def learned(self) -> Affine:
        """Return which learned parameters the norm has."""
        return Affine(weight=self.affine, bias=self.affine)

    def check(self, shape: Shape) -> None:
        """OperatorError for a single position, whose own mean leaves nothing of it."""
        if not self.track_running_stats and shape.cells + shape.tokens == 1:
            raise OperatorError("an instance norm over one position", "more than one position")

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output; save the input, in order, and statistics and weights of every channel of each sample."""
        del inputs
        of_sample = tape.training or not self.track_running_stats

        def step(tensor: Strided) -> Strided:
            ordered = tape.contiguous(tensor)
            rows = ordered.sizes[0] * ordered.sizes[1]
            weights, biases = (tape.empty((rows * self.affine,)) for _ in range(2))
            running = tape.empty((2 * rows * self.track_running_stats,), itemsize=tape.statistics)
            made = tape.empty(ordered.sizes, requires_grad=tensor.requires_grad or self.affine)
            statistics = tape.empty((2 * rows * of_sample,), itemsize=tape.statistics)
            tape.save(ordered, weights, running, statistics, when=made.requires_grad)
            tape.drop(ordered, weights, biases, running, statistics)
            return made

        return flattened(tape, given[0], step)

    def summary(self, inputs: Inputs) -> str:
        """What it has of scale and shift."""
        del inputs
        return "scale and shift" if self.affine else ""
