"""Normalization layers: batch, layer, group and instance norm."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from archcalc.core.channels import ChannelReads, ChannelStatistics
from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, AxisReads, TokenFlow, WholeAxisRead
from archcalc.core.shape import CHANNEL, Shape
from archcalc.core.tape import flattened, pointwise
from archcalc.core.terms import Arithmetic, Parameters, Term
from archcalc.ops.base import (
    IndexIndependent,
    Inputs,
    MixedChannels,
    OwnChannels,
    PlainChannels,
    SameShape,
    Windowless,
    require_at_least,
    single,
)
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Held, Tape

STATISTICS_OPERATIONS = 5
"""Per element where statistics come from the tensor: sum, center, square, sum, scale."""

FOLDED_OPERATIONS = 2
"""Per element where statistics are known before: one multiplication and one addition hold all."""


BATCHES = Term("batches tracked", (("counters", 1),))


class Affine(NamedTuple):
    """The learned part of a normalization: a weight and a bias per channel, either of which may be absent."""

    weight: bool
    bias: bool

    def parameters(self, channels: int) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
        """Return the terms of weights and of biases."""
        factors = (("channels", channels),)
        return (Term("weights", factors),) if self.weight else (), (Term("biases", factors),) if self.bias else ()

    @property
    def operations(self) -> int:
        """One multiplication per weight and one addition per bias."""
        return self.weight + self.bias

    def tally(self, kind: str) -> str:
        """The kind under which fvcore counts; it looks at the weight."""
        return f"{kind} affine" if self.weight else f"{kind} plain"


def normalized(shape: Shape, each: int, tally: str) -> Arithmetic:
    """So many operations per element, and the elements for counters with a rule of their own."""
    elements = shape.elements
    count = Term("normalized elements", (("elements", elements), ("operations", each)))
    return Arithmetic(elementwise=(count,), tallies=((tally, elements),))


def normalized_by_itself(shape: Shape, learned: Affine) -> Arithmetic:
    """The arithmetic where statistics come from the tensor: 5 per element, and one each for weight and bias."""
    return normalized(shape, STATISTICS_OPERATIONS + learned.operations, learned.tally("norm"))


def running_statistics(channels: int) -> tuple[Term, ...]:
    """The buffers that training fills: 2 per channel and a counter."""
    factors = (("channels", channels),)
    return Term("running means", factors), Term("running variances", factors), BATCHES


def require_eps(eps: float) -> None:
    """OperatorError for a negative eps."""
    if eps < 0:
        raise OperatorError(f"eps {eps:g}", "at least 0", argument="eps")


class PositionNorm(Windowless, PlainChannels, IndexIndependent):
    """A normalization of each channel or group of them with statistics over all positions, tokens included.

    Unless the statistics are known from training, every position then reads itself and all others.
    """

    traits: ClassVar[Traits] = Traits(
        family=Family.NORM, storage=Storage.OWN, weights=True, whole_axis="a norm over positions", join=Join.NONE
    )

    @abstractmethod
    def known_statistics(self) -> bool:
        """Whether the statistics at inference are those of training."""

    @abstractmethod
    def check(self, shape: Shape) -> None:
        """OperatorError for a tensor that PyTorch refuses."""

    def output_shape(self, inputs: Inputs) -> Shape:
        """That of the input."""
        shape = single(inputs)
        self.check(shape)
        return shape

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Itself, and the whole grid where its statistics are needed."""
        del inputs, input_index
        return POINTWISE if axis == CHANNEL or self.known_statistics() else WholeAxisRead.SELF_AND_ALL

    def token_flow(self, input_index: int, inputs: Inputs) -> TokenFlow:
        """Tokens are positions like those of the grid."""
        del input_index, inputs
        mixed = not self.known_statistics()
        return TokenFlow(to_grid=mixed, from_grid=mixed)


class TrackedNorm(PositionNorm, OwnChannels):
    """A normalization of each channel that may use the statistics of training, which are its buffers, at inference."""

    track_running_stats: bool
    tracked_tally: ClassVar[str]
    """The kind under which fvcore counts it with the statistics of training."""

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
        return Parameters(*self.learned.parameters(channels), buffers)

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Return 2 operations per element with running statistics; without, 5 and one each for weight and bias.

        Without them fvcore sees a norm in training mode, for which it counts as for the other normalizations.
        """
        if self.track_running_stats:
            return normalized(single(inputs), FOLDED_OPERATIONS, self.learned.tally(self.tracked_tally))
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
    tracked_tally: ClassVar[str] = "batch_norm"

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
class LayerNorm(SameShape, MixedChannels):
    """Normalization of the channels at each position, tokens included.

    Example: `layer_norm: {eps: 0.000001}`.
    Parameters: a weight and a bias per channel, `bias: false` a weight only, `elementwise_affine: false` neither.
    Elementwise: 5 per element (sum, center, square, sum, scale), one each for weight and bias.
    Saved for backward: the input, and mean and inverse deviation of each position.
    Reference: torch.nn.functional.layer_norm, channels last.
    """

    title: ClassVar[str] = "LayerNorm"
    traits: ClassVar[Traits] = Traits(
        family=Family.NORM, storage=Storage.OWN, weights=True, whole_axis=POOLED, join=Join.NONE
    )

    eps: float = 1e-5
    elementwise_affine: bool = True
    bias: bool = True

    def __post_init__(self) -> None:
        require_eps(self.eps)

    @property
    def learned(self) -> Affine:
        """Return which learned parameters the norm has."""
        return Affine(weight=self.elementwise_affine, bias=self.elementwise_affine and self.bias)

    def parameters(self, inputs: Inputs) -> Parameters:
        """A weight and a bias per channel."""
        return Parameters(*self.learned.parameters(single(inputs).channels))

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """5 per element, and one each for weight and bias."""
        return normalized_by_itself(single(inputs), self.learned)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output, channels last; save the input, and mean and inverse deviation of each position."""
        del inputs

        def step(tensor: Strided) -> Strided:
            rows = tensor.channels_last()
            learned = self.elementwise_affine or tensor.requires_grad
            made = tape.empty(rows.sizes, requires_grad=learned)
            statistics = tape.empty((2, *rows.sizes[:-1]), itemsize=tape.statistics)
            tape.save(tensor, statistics, when=learned)
            tape.drop(statistics)
            return made.channels_second()

        return pointwise(given[0], step)

    def summary(self, inputs: Inputs) -> str:
        """What it lacks of scale and shift."""
        del inputs
        if not self.elementwise_affine:
            return "no scale, no shift"
        return "" if self.bias else "scale only"


@dataclass(frozen=True, kw_only=True)
class GroupNorm(PositionNorm):
    """Normalization of each group of channels over all positions, tokens included.

    Example: `group_norm: {num_groups: 32}`.
    Parameters: a weight and a bias per channel. Elementwise: 5 per element (sum, center, square, sum, scale), one each
    for weight and bias.
    Saved for backward: the input in order, and mean and inverse deviation of each group.
    Reference: torch.nn.functional.group_norm.
    """

    title: ClassVar[str] = "GroupNorm"

    num_groups: int
    eps: float = 1e-5
    affine: bool = True

    def __post_init__(self) -> None:
        require_at_least(1, "num_groups", self.num_groups)
        require_eps(self.eps)

    @property
    def learned(self) -> Affine:
        """Return which learned parameters the norm has."""
        return Affine(weight=self.affine, bias=self.affine)

    def known_statistics(self) -> bool:
        """Never: every tensor has its own."""
        return False

    def check(self, shape: Shape) -> None:
        """OperatorError when the groups do not divide the channels or hold one number each."""
        if shape.channels % self.num_groups:
            found = f"{self.num_groups} groups for {shape.channels} channels"
            raise OperatorError(found, "groups that divide the channels", argument="num_groups")
        if shape.channels * (shape.cells + shape.tokens) == self.num_groups:
            raise OperatorError(
                f"{self.num_groups} groups of one number each", "more than one in a group", argument="num_groups"
            )

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """Each channel reads itself, and by its statistics all positions of its group."""
        shape = inputs[input_index]
        return ChannelStatistics(shape.channels // self.num_groups, shape.grid)

    def parameters(self, inputs: Inputs) -> Parameters:
        """A weight and a bias per channel."""
        return Parameters(*self.learned.parameters(single(inputs).channels))

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """5 per element, and one each for weight and bias."""
        return normalized_by_itself(single(inputs), self.learned)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output; save the input, in order, and mean and inverse deviation of each group."""
        del inputs

        def step(tensor: Strided) -> Strided:
            ordered = tape.formatted(tensor)
            made = tape.kernel(ordered, ordered.sizes, learned=self.affine)
            statistics = tape.empty((2, ordered.sizes[0], self.num_groups), itemsize=tape.statistics)
            tape.save(ordered, statistics, when=made.requires_grad)
            tape.drop(ordered, statistics)
            return made

        return flattened(tape, given[0], step)

    def summary(self, inputs: Inputs) -> str:
        """The number of groups."""
        del inputs
        return f"{self.num_groups} groups" + ("" if self.affine else ", no scale, no shift")


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
    tracked_tally: ClassVar[str] = "norm"

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
