"""Tokens in addition to the grid, and position embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, AxisReads
from archcalc.core.shape import Shape
from archcalc.core.strided import Strided, contiguous_strides
from archcalc.core.tape import Held
from archcalc.core.terms import NO_ARITHMETIC, Arithmetic, Parameters, Term, Terms, term
from archcalc.ops.arguments import GridAxes, Sizes
from archcalc.ops.axes import axis_list, require_axes
from archcalc.ops.base import (
    Inputs,
    OwnChannels,
    Pointwise,
    TokensPass,
    Windowless,
    by_axis,
    per_axis,
    require_at_least,
    single,
)
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.tape import Tape

WEIGHTS = -1
"""The number of storages that hold weights, which the analysis counts by themselves."""


@dataclass(frozen=True, kw_only=True)
class ClassToken(Windowless, OwnChannels, TokensPass, Pointwise):
    """Adds a learned class token to the grid, in which attention collects features for a classifier.

    Example: `class_token`, or `class_token: {count: 5}` for a class token and four registers, which `select` tells by
    their `index`. Has C weights per token; copies the grid, without arithmetic.
    Saved for backward: nothing.
    Reference: Dosovitskiy et al. 2021 (arXiv:2010.11929).
    """

    title: ClassVar[str] = "ClassToken"
    traits: ClassVar[Traits] = Traits(
        family=Family.ELEMENTWISE, storage=Storage.OWN, weights=True, whole_axis=POOLED, join=Join.NONE
    )

    count: int = 1

    def __post_init__(self) -> None:
        require_at_least(1, "count", self.count)

    def output_shape(self, inputs: Inputs) -> Shape:
        """The input with its tokens."""
        shape = single(inputs)
        if shape.tokens:
            raise OperatorError(f"a class token for {shape}, which has one", "a tensor without tokens")
        return shape.with_tokens(self.count)

    def parameters(self, inputs: Inputs) -> Parameters:
        """One weight per channel and token."""
        return Parameters(weights=(_token_weights("class token", single(inputs).channels, self.count),))

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Return no arithmetic: the token is only appended."""
        del inputs
        return NO_ARITHMETIC

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the token of every sample; the grid is a view, and nothing is saved."""
        del inputs
        grid = given[0].grid
        return Held(grid, tape.empty((*grid.sizes[:2], self.count), requires_grad=True))

    def summary(self, inputs: Inputs) -> str:
        """Nothing: the size shows it."""
        del inputs
        return ""


@dataclass(frozen=True, kw_only=True)
class Position(Windowless, OwnChannels, TokensPass):
    """Adds a learned table over some axes (position embedding), the same at every position of the other axes.

    Example: `position: {over: [H, W], class_token: true}`. Has C * the sizes of the axes weights, and C more for each
    token if these have entries. Counts one addition per element of the grid, and of the tokens if they
    have entries. With `max_length: 1024`, one number or one for each axis in `over`, the table has so many positions,
    of which the first ones are added: the network reads sequences up to this length.
    Saved for backward: nothing.
    Reference: Dosovitskiy et al. 2021 (arXiv:2010.11929).
    """

    title: ClassVar[str] = "Position"
    traits: ClassVar[Traits] = Traits(
        family=Family.ELEMENTWISE, storage=Storage.OWN, weights=True, whole_axis=POOLED, join=Join.NONE
    )

    over: GridAxes
    class_token: bool = False
    max_length: Sizes | None = None

    def __post_init__(self) -> None:
        require_at_least(1, "max_length", self.max_length)

    def lengths(self, shape: Shape) -> dict[str, int]:
        """Return how many positions the table has along each axis; OperatorError if it has fewer than the input."""
        require_axes(shape, self.over, argument="over")
        if self.max_length is None:
            return {axis: shape[axis] for axis in self.over}
        lengths = dict(zip(self.over, per_axis(self.max_length, self.over, "max_length"), strict=True))
        for axis, length in lengths.items():
            if length < shape[axis]:
                found = f"{shape[axis]} positions on axis {axis} with max_length {length}"
                raise OperatorError(found, "no more positions than the table has", argument="max_length")
        return lengths

    def _table(self, inputs: Inputs) -> Terms:
        shape = single(inputs)
        lengths = self.lengths(shape)
        if self.class_token and not shape.tokens:
            raise OperatorError(
                f"a position for the class token of {shape}, which has none", "a class token", argument="class_token"
            )
        sizes = tuple((axis, lengths[axis]) for axis in shape.grid if axis in lengths)
        table = Term("positions", (("channels", shape.channels), *sizes))
        own = _token_weights("position of the class token", shape.channels, shape.tokens)
        return (table, own) if self.class_token else (table,)

    def output_shape(self, inputs: Inputs) -> Shape:
        """That of the input."""
        self._table(inputs)
        return single(inputs)

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Each position reads itself."""
        del inputs, input_index, axis
        return POINTWISE

    def depends_on_index(self, inputs: Inputs, axis: str) -> bool:
        """Each position of the axes in `over` has a separate entry."""
        del inputs
        return axis in self.over

    def parameters(self, inputs: Inputs) -> Parameters:
        """C * the sizes of the axes, and C for the class token."""
        return Parameters(weights=self._table(inputs))

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """One addition per element that has a position."""
        shape = single(inputs)
        touched = shape if self.class_token else shape.with_tokens(0)
        return Arithmetic(elementwise=(term("additions", elements=touched.elements),))

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the sums; nothing is saved."""
        shape = single(inputs)
        grid, tokens = given[0]
        if tokens is not None and self.class_token:
            tokens = tape.elementwise(tokens, learned=True)
        lengths = self.lengths(shape)
        positions = table((shape.channels, *(lengths.get(axis, 1) for axis in shape.grid)))
        for dim, axis in enumerate(shape.grid, 1):
            positions = positions.narrow(dim, shape[axis] if axis in lengths else 1)
        return Held(tape.elementwise(grid, positions), tokens)

    def summary(self, inputs: Inputs) -> str:
        """Return the axes, the positions of a longer table, and the class token."""
        lengths = self.lengths(single(inputs)).values()
        longer = "" if self.max_length is None else f" up to {by_axis(tuple(lengths))}"
        return axis_list(self.over) + longer + (" + class token" if self.class_token else "")


def _token_weights(what: str, channels: int, tokens: int) -> Term:
    return term(what, channels=channels) if tokens == 1 else term(what, channels=channels, tokens=tokens)


def table(sizes: tuple[int, ...]) -> Strided:
    """Return a learned tensor."""
    return Strided(WEIGHTS, sizes, contiguous_strides(sizes), requires_grad=True)
