"""Operators that make one tensor of several."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.channels import OWN_CHANNEL, AllChannels, ChannelPlace, ChannelReads
from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, AxisReads, fixed
from archcalc.core.shape import CHANNEL, DEPTH_AXES, Shape, axes_of, in_order
from archcalc.core.tape import Held
from archcalc.core.terms import NO_ARITHMETIC, Arithmetic, Term
from archcalc.core.window import Window
from archcalc.ops.arguments import AnyAxis
from archcalc.ops.base import IndexIndependent, Inputs, Parameterless, PlainChannels, TokensPass, Windowless
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.core.strided import Strided
    from archcalc.core.tape import Tape

MOST_INPUTS = 500


class Merge(Parameterless, Windowless, TokensPass):
    """An operator on two tensors or more; inputs that do not go together are shown by their shapes."""

    verb: ClassVar[str]
    """What it does to its inputs, for messages."""

    expected: ClassVar[str]
    """What their shapes have to be, for messages."""

    hint: ClassVar[str] = ""
    """What to do about shapes that do not go together."""

    most: ClassVar[int | None] = None
    """How many inputs it takes, if there is a limit."""

    @abstractmethod
    def clashing_axes(self, first: Shape, second: Shape) -> Sequence[str]:
        """The axes on which two inputs do not go together."""

    @abstractmethod
    def clashing_tokens(self, first: Shape, second: Shape) -> bool:
        """Whether the tokens of two inputs, the first of them earlier in the list, do not go together."""

    def check(self, inputs: Inputs) -> None:
        """OperatorError for the wrong number of inputs, and for the first two that do not go together."""
        if len(inputs) < 2 or len(inputs) > (self.most or len(inputs)):
            expected = "two" if self.most == 2 else "two or more"
            count = "1 input" if len(inputs) == 1 else f"{len(inputs)} inputs"
            raise OperatorError(count, expected, argument="from", hint="from: [first, second]")
        if len(inputs) > MOST_INPUTS:
            raise OperatorError(f"{len(inputs):,} inputs", f"at most {MOST_INPUTS}", argument="from")
        for first, second in combinations(_different(inputs), 2):
            where = list(self.clashing_axes(first, second))
            where += ["tokens"] if self.clashing_tokens(first, second) else []
            where += ["heads"] if first.heads != second.heads else []
            if where:
                found = f"{first} and {second} do not {self.verb} on {', '.join(where)}"
                raise OperatorError(found, self.expected, argument="from", hint=self.hint)


def _different(inputs: Inputs) -> list[Shape]:
    """The inputs without those that differ from none of two before them: a shape may clash with another of its kind."""
    counts: dict[Shape, int] = {}
    kept = []
    for shape in inputs:
        counts[shape] = counts.get(shape, 0) + 1
        if counts[shape] <= 2:
            kept.append(shape)
    return kept


class Combination(Merge, PlainChannels, IndexIndependent):
    """A merge that works value by value: the output has the larger size of each axis, and the tokens there are."""

    divides: ClassVar[bool] = False
    """Whether each value is divided in the end."""

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Each position reads its own; an axis of size 1 that is stretched is read at its one position."""
        stretched = axis != CHANNEL and inputs[input_index][axis] == 1 and any(each.get(axis) > 1 for each in inputs)
        return fixed(0) if stretched else POINTWISE

    def summary(self, inputs: Inputs) -> str:
        """Nothing: a table lists the inputs."""
        del inputs
        return ""

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """Each channel reads that of its number; a single one that is stretched is read by all."""
        return AllChannels(1) if inputs[input_index].channels == 1 else OWN_CHANNEL

    def output_shape(self, inputs: Inputs) -> Shape:
        """The larger size of each axis."""
        self.check(inputs)
        if len(set(inputs)) == 1:
            return inputs[0]
        sizes = {axis: max(each.get(axis) for each in inputs) for axis in axes_of(inputs)}
        narrow = next((each for each in inputs if each.tokens and each.channels != sizes[CHANNEL]), None)
        if narrow is not None:
            raise OperatorError(
                f"{narrow} stretched to {sizes[CHANNEL]} channels, but not its tokens",
                "as many channels in what has tokens",
            )
        return Shape.of(sizes, tokens=max(each.tokens for each in inputs), heads=inputs[0].heads)

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """One operation less per output element than there are inputs, and one more where it divides.

        Tokens count by the inputs that have any.
        """
        output = self.output_shape(inputs)
        grid = output.grid_elements
        counts = [(f"{self.verb} on the grid", grid, len(inputs))]
        with_tokens = len([each for each in inputs if each.tokens])
        if with_tokens > 1:
            counts.append((f"{self.verb} on tokens", output.elements - grid, with_tokens))
        return Arithmetic(elementwise=tuple([
            Term(what, (("elements", elements), ("operations", operands - 1 + self.divides)))
            for what, elements, operands in counts
        ]))  # fmt: skip


class Stretching(Combination):
    """A combination that stretches axes of size 1, the channels too, and axes that one input lacks."""

    expected: ClassVar[str] = "equal sizes, size 1, or an axis that one of them lacks"

    def clashing_axes(self, first: Shape, second: Shape) -> Sequence[str]:
        """Axes of two sizes above 1; T and D, which no tensor has both of."""
        depths = {axis for shape in (first, second) for axis in DEPTH_AXES if axis in shape}
        clash = [axis for axis in axes_of((first, second)) if len({first.get(axis), second.get(axis), 1}) > 2]
        return in_order({*clash, *(depths if len(depths) > 1 else ())})


def two_counts(first: Shape, second: Shape) -> bool:
    """Whether both have tokens and not equally many; where one has none, those of the other are left as they were."""
    return first.tokens > 0 and second.tokens > 0 and first.tokens != second.tokens


@dataclass(frozen=True, kw_only=True)
class Add(Stretching):
    """Adds several tensors.

    Example: `add: {from: [rgb, flow]}`. Axes that have size 1 or are missing in one input are broadcast; tokens of
    one input do not change if the other has none.
    Elementwise: inputs - 1 additions per output element.
    Saved for backward: nothing.
    Reference: torch.add.
    """

    title: ClassVar[str] = "Add"
    traits: ClassVar[Traits] = Traits(
        family=Family.ELEMENTWISE, storage=Storage.OWN, weights=False, whole_axis=POOLED, join=Join.NONE
    )
    verb: ClassVar[str] = "add"

    def clashing_tokens(self, first: Shape, second: Shape) -> bool:
        """Two different counts above 0."""
        return two_counts(first, second)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the sum, and with more than two inputs sums on the way; nothing is saved."""
        return combined(inputs, given, lambda tensors: chained(tape, tensors))


@dataclass(frozen=True, kw_only=True)
class Multiply(Stretching):
    """Multiplies several tensors elementwise.

    Example: `multiply: {from: [features, gate]}`. Axes that have size 1 or are missing in one input are broadcast;
    tokens of one input do not change if the other has none.
    Elementwise: inputs - 1 multiplications per output element.
    Saved for backward: each factor if another one needs a gradient; with more than two, intermediate products too.
    Reference: torch.mul.
    """

    title: ClassVar[str] = "Multiply"
    traits: ClassVar[Traits] = Traits(
        family=Family.ELEMENTWISE, storage=Storage.OWN, weights=False, whole_axis="a gate", join=Join.GATE
    )
    verb: ClassVar[str] = "multiply"

    def clashing_tokens(self, first: Shape, second: Shape) -> bool:
        """Two different counts above 0."""
        return two_counts(first, second)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the product, and save what each product multiplies."""
        return combined(inputs, given, lambda tensors: chained(tape, tensors, multiply=True))


@dataclass(frozen=True, kw_only=True)
class Subtract(Stretching):
    """Subtracts the second tensor from the first.

    Example: `subtract: {from: [later, earlier]}`. Axes that have size 1 or are missing in one input are broadcast.
    Elementwise: one subtraction per output element.
    Saved for backward: nothing.
    Reference: torch.sub.
    """

    title: ClassVar[str] = "Subtract"
    traits: ClassVar[Traits] = Traits(
        family=Family.ELEMENTWISE, storage=Storage.OWN, weights=False, whole_axis=POOLED, join=Join.NONE
    )
    verb: ClassVar[str] = "subtract"
    most: ClassVar[int | None] = 2

    def clashing_tokens(self, first: Shape, second: Shape) -> bool:
        """Tokens of the second that the first does not have."""
        return second.tokens > 0 and second.tokens != first.tokens

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the difference; nothing is saved."""
        return combined(inputs, given, lambda tensors: chained(tape, tensors))


@dataclass(frozen=True, kw_only=True)
class Average(Stretching):
    """Averages several tensors elementwise.

    Example: `average: {from: [rgb, flow]}`. Axes that have size 1 or are missing in one input are broadcast.
    Elementwise: inputs - 1 additions and one division per output element.
    Saved for backward: nothing.
    Reference: torch.add, torch.div.
    """

    title: ClassVar[str] = "Average"
    traits: ClassVar[Traits] = Traits(
        family=Family.ELEMENTWISE, storage=Storage.OWN, weights=False, whole_axis=POOLED, join=Join.NONE
    )
    verb: ClassVar[str] = "average"
    divides: ClassVar[bool] = True

    def clashing_tokens(self, first: Shape, second: Shape) -> bool:
        """Different counts: a mean with nothing has no meaning."""
        return first.tokens != second.tokens

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the sums and their quotient; nothing is saved."""

        def mean(tensors: list[Strided]) -> Strided:
            total = chained(tape, tensors)
            made = tape.elementwise(total)
            tape.drop(total)
            return made

        return combined(inputs, given, mean)


@dataclass(frozen=True, kw_only=True)
class ResidualAdd(Combination):
    """Sum of a body and its shortcut, which have to be of one shape; the sum of `residual`, no word of its own.

    Example: `residual: {body: [relu]}`. No broadcasting; tokens of one input stay as they were where the other has
    none. Elementwise: one addition per output element.
    Saved for backward: nothing.
    Reference: torch.add.
    """

    title: ClassVar[str] = "Add"
    traits: ClassVar[Traits] = Traits(
        family=Family.ELEMENTWISE, storage=Storage.OWN, weights=False, whole_axis=POOLED, join=Join.SHORTCUT
    )
    verb: ClassVar[str] = "add"
    expected: ClassVar[str] = "equal shapes in a residual"
    hint: ClassVar[str] = "a shortcut such as a convolution with kernel 1 can make them equal"

    def clashing_axes(self, first: Shape, second: Shape) -> Sequence[str]:
        """Axes of two sizes, and those that one lacks."""
        return differing(first, second)

    def clashing_tokens(self, first: Shape, second: Shape) -> bool:
        """Two different counts above 0."""
        return two_counts(first, second)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the sum; nothing is saved."""
        return combined(inputs, given, lambda tensors: chained(tape, tensors))


RESIDUAL_ADD = ResidualAdd()


def differing(first: Shape, second: Shape) -> list[str]:
    """Axes of two sizes, and those that one lacks."""
    if first.items == second.items:
        return []
    mine, theirs = first.sizes, second.sizes
    return [axis for axis in axes_of((first, second)) if mine.get(axis) != theirs.get(axis)]


@dataclass(frozen=True, kw_only=True)
class Concat(Merge):
    """Concatenates tensors with equal grids along the channels, or along another axis.

    Example: `concat: {from: [branch1, branch2]}`, `concat: {from: [token, patches], axis: W}`. No broadcasting; the
    numbers of tokens have to be equal, and 0 along another axis than C.
    Elementwise: none.
    Saved for backward: nothing.
    Reference: torch.cat.
    """

    title: ClassVar[str] = "Concat"
    traits: ClassVar[Traits] = Traits(
        family=Family.ELEMENTWISE, storage=Storage.OWN, weights=False, whole_axis=POOLED, join=Join.NONE
    )
    verb: ClassVar[str] = "concatenate"
    expected: ClassVar[str] = "equal sizes on every axis but C, or the one that 'axis' names"

    axis: AnyAxis = CHANNEL

    def clashing_axes(self, first: Shape, second: Shape) -> Sequence[str]:
        """Axes of two sizes but that of the concatenation, which both need, and those that one lacks."""
        lacking = [self.axis] * (self.axis not in first or self.axis not in second)
        return lacking + [axis for axis in differing(first, second) if axis != self.axis]

    def clashing_tokens(self, first: Shape, second: Shape) -> bool:
        """Return whether two inputs have different numbers of tokens, or any along another axis than C."""
        return first.tokens != second.tokens or (self.axis != CHANNEL and first.tokens > 0)

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Each position its own, that far after the first of an input along the axis of the concatenation."""
        if axis != self.axis:
            return POINTWISE
        before = sum(each[axis] for each in inputs[:input_index])
        after = sum(each[axis] for each in inputs[input_index + 1 :])
        return Window(1, before=before, after=after).taps()

    def depends_on_index(self, inputs: Inputs, axis: str) -> bool:
        """Return whether positions of the axis come from different inputs."""
        del inputs
        return axis == self.axis

    def summary(self, inputs: Inputs) -> str:
        """Return the axis if it is not C: a table lists the inputs."""
        del inputs
        return "" if self.axis == CHANNEL else f"along {self.axis}"

    def channels_formula(self, inputs: Inputs) -> str:
        """Return the sum of the channels if they are concatenated."""
        return " + ".join(str(shape.channels) for shape in inputs) if self.axis == CHANNEL else ""

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """The channels of an input come after those of all before it."""
        if self.axis != CHANNEL:
            return OWN_CHANNEL
        return ChannelPlace(sum(each.channels for each in inputs[:input_index]), inputs[input_index].channels)

    def output_shape(self, inputs: Inputs) -> Shape:
        """The sum of the channels, or of the sizes of the axis."""
        self.check(inputs)
        return inputs[0].resized({self.axis: sum(each[self.axis] for each in inputs)})

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Return no arithmetic: values are only copied."""
        del inputs
        return NO_ARITHMETIC

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output; nothing is saved."""
        dim = 1 + inputs[0].axes.index(self.axis)
        tokens = [each.tokens for each in given if each.tokens is not None]
        return Held(tape.cat([each.grid for each in given], dim), tape.cat(tokens, 1) if tokens else None)


def combined(inputs: Inputs, given: Sequence[Held], combine: Callable[[list[Strided]], Strided]) -> Held:
    """Record a merge of grids, with an axis of size 1 where one lacks it, and of the tokens there are."""
    axes = axes_of(inputs)[1:]
    grid = combine([_with_axes(each.grid, shape, axes) for each, shape in zip(given, inputs, strict=True)])
    tokens = [each.tokens for each in given if each.tokens is not None]
    return Held(grid, combine(tokens) if tokens else None)


def _with_axes(grid: Strided, shape: Shape, axes: tuple[str, ...]) -> Strided:
    for at, axis in enumerate(axes):
        if axis not in shape:
            grid = grid.unsqueeze(2 + at)
    return grid


def chained(tape: Tape, tensors: list[Strided], *, multiply: bool = False) -> Strided:
    """Record an operation of two applied along a list; a product saves each factor whose partner needs a gradient."""
    first, *others = tensors
    result = first
    for each in others:
        made = tape.elementwise(result, each)
        tape.save(result, when=multiply and each.requires_grad)
        tape.save(each, when=multiply and result.requires_grad)
        if result is not first:
            tape.drop(result)
        result = made
    return result
