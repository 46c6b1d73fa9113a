"""Positions of several axes in one, all or some of them: sequences of patches, masked pre-training."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, AxisReads, WholeAxisRead
from archcalc.core.tape import Held
from archcalc.ops.arguments import GridAxes
from archcalc.ops.axes import axis_list, require_axes, require_no_tokens
from archcalc.ops.base import Inputs, OwnChannels, Rearrangement, TokensPass, Windowless, require_at_least, single
from archcalc.ops.folding import dimensions
from archcalc.ops.traits import Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.core.tape import Tape


@dataclass(frozen=True, kw_only=True)
class JoinAxes(Rearrangement, Windowless, OwnChannels, TokensPass):
    """Joins neighboring axes to one, which has the name of the last; `keep` leaves some of its positions, by chance.

    Example: `join_axes: {axes: [H, W]}` makes 196 patches along W of 14x14, to which `concat: {axis: W}` adds a token
    for each frame; `join_axes: {axes: [T, H, W], keep: 160}` leaves 160 of them, as a masked autoencoder does, and
    `join_axes: {axes: T, keep: 4}` 4 frames. A position of the output may be any of them: the field is all of the axes.
    No arithmetic.
    Saved for backward: with `keep` an int64 for each position that stays.
    Reference: torch.flatten of some dimensions; Tong et al. 2022 (arXiv:2203.12602).
    """

    title: ClassVar[str] = "JoinAxes"
    traits: ClassVar[Traits] = Traits(
        family=Family.REARRANGEMENT, storage=Storage.ALIAS, weights=False, whole_axis="joined axes", join=Join.NONE
    )

    axes: GridAxes
    keep: int | None = None

    def __post_init__(self) -> None:
        require_at_least(1, "keep", self.keep)

    def joined(self, shape: Shape) -> tuple[str, ...]:
        """Return the axes in the order of the tensor; OperatorError unless they follow one another."""
        require_axes(shape, self.axes, argument="axes")
        dims = dimensions(shape, self.axes)
        if dims[-1] - dims[0] != len(dims) - 1:
            found = f"{axis_list(self.axes)} of {shape} with the axes {', '.join(shape.axes)}"
            raise OperatorError(found, "axes that follow one another", argument="axes")
        return tuple(axis for axis in shape.grid if axis in self.axes)

    def output_shape(self, inputs: Inputs) -> Shape:
        """Return the last of the axes with the positions of all, or with those that stay."""
        shape = single(inputs)
        require_no_tokens(shape, self.title)
        *others, last = self.joined(shape)
        count = prod(shape[axis] for axis in self.axes)
        if self.keep is not None and self.keep > count:
            raise OperatorError(f"keep {self.keep} of {count} positions", f"at most {count}", argument="keep")
        return shape.without(others).resized({last: self.keep or count})

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """All of the axes that are joined."""
        del inputs, input_index
        return WholeAxisRead.ALL if axis in self.axes else POINTWISE

    def depends_on_index(self, inputs: Inputs, axis: str) -> bool:
        """Return whether positions of the axis get places of their own."""
        del inputs
        return axis in self.axes

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Return a view or a copy; with `keep` allocate numbers of positions, and the positions that stay."""
        dims = dimensions(single(inputs), self.axes)
        flat = tape.flatten(given[0].grid, dims[0], dims[-1])
        if self.keep is None:
            return Held(flat)
        numbers = tape.indices((flat.sizes[dims[0]],))
        tape.save(numbers, when=flat.requires_grad)
        sizes = (*flat.sizes[: dims[0]], self.keep, *flat.sizes[dims[0] + 1 :])
        made = tape.empty(sizes, requires_grad=flat.requires_grad)
        tape.drop(numbers, flat)
        return Held(made)

    def summary(self, inputs: Inputs) -> str:
        """Return the axes, and how many positions stay of how many."""
        shape = single(inputs)
        kept = f", {self.keep} of {prod(shape[axis] for axis in self.axes)}" if self.keep else ""
        return f"{axis_list(self.axes)}{kept}"
