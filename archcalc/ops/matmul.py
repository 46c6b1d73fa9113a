"""The product of two tensors as matrices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.channels import OWN_CHANNEL, AllChannels, ChannelReads
from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, AxisReads, WholeAxisRead
from archcalc.core.shape import CHANNEL, Shape
from archcalc.core.tape import Held
from archcalc.core.terms import Arithmetic, Term, total
from archcalc.ops.axes import require_no_tokens
from archcalc.ops.base import Inputs, Parameterless, PlainChannels, TokensPass, Windowless
from archcalc.ops.traits import Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Tape


@dataclass(frozen=True, kw_only=True)
class Matmul(Parameterless, Windowless, PlainChannels, TokensPass):
    """Multiplies two tensors as matrices, of which the last two axes are rows and columns.

    Example: `matmul: {from: [maps, weights]}`: H by W matrices of images, C by T matrices of sequences. The columns of
    the first are as many as the rows of the second; all axes before these two are equal.
    Multiply-accumulates: rows * columns of the output, for each sum the columns of the first, and all axes before.
    Saved for backward: both inputs; copies where several axes before do not lie in one row.
    Reference: torch.matmul.
    """

    title: ClassVar[str] = "MatMul"
    traits: ClassVar[Traits] = Traits(
        family=Family.ATTENTION, storage=Storage.OWN, weights=False, whole_axis="a product of matrices", join=Join.NONE
    )

    def output_shape(self, inputs: Inputs) -> Shape:
        """Return the first tensor with the columns of the second; OperatorError unless the two go together."""
        if len(inputs) != 2:
            found = "1 input" if len(inputs) == 1 else f"{len(inputs)} inputs"
            raise OperatorError(found, "two", argument="from", hint="from: [first, second]")
        first, second = inputs
        for shape in inputs:
            require_no_tokens(shape, self.title)
        if not first.grid or first.axes != second.axes:
            found = f"{first} with the axes {', '.join(first.axes)} and {second} with {', '.join(second.axes)}"
            raise OperatorError(found, "the same axes in both, and one or more besides C", argument="from")
        rows, columns = first.axes[-2:]
        if first[columns] != second[rows]:
            found = f"{first[columns]} positions along {columns} of {first} and {second[rows]} along {rows} of {second}"
            raise OperatorError(found, "as many of both", argument="from")
        clash = [axis for axis in first.axes[:-2] if first[axis] != second[axis]]
        if clash or first.heads != second.heads:
            where = ", ".join(clash) or "heads"
            raise OperatorError(f"{first} and {second} differ on {where}", "the same sizes in both", argument="from")
        return first.resized({columns: second[columns]})

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Each position its own row of the first tensor and its own column of the second."""
        summed = inputs[0].axes[-1] if input_index == 0 else inputs[0].axes[-2]
        return WholeAxisRead.ALL if axis == summed else POINTWISE

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """Each channel that of its number, unless channels are the rows of the second tensor."""
        summed = input_index == 1 and inputs[0].axes[-2] == CHANNEL
        return AllChannels(inputs[1].channels) if summed else OWN_CHANNEL

    def depends_on_index(self, inputs: Inputs, axis: str) -> bool:
        """Return whether positions of the axis meet those of the other tensor that have their number."""
        return axis in inputs[0].axes[-2:]

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Return a multiply-accumulate for each output and position that is summed."""
        first, out = inputs[0], self.output_shape(inputs)
        summed = first.axes[-1]
        sizes = tuple((f"out {axis}", size) for axis, size in out.items)
        heads = (("heads", first.heads),) if first.heads > 1 else ()
        macs = (Term("multiply-accumulates", (*sizes, (f"summed {summed}", first[summed]), *heads)),)
        return Arithmetic(macs=macs, fused=(("matmul", total(macs)),))

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the product, and copies of inputs whose leading axes are not in a row; save what is multiplied."""
        out = self.output_shape(inputs)
        first, second = (_matrices(tape, held.grid) for held in given)
        tape.save(first, when=second.requires_grad)
        tape.save(second, when=first.requires_grad)
        sizes = (first.sizes[0], first.sizes[1], second.sizes[2])
        made = tape.empty(sizes, requires_grad=first.requires_grad or second.requires_grad)
        for each, held in zip((first, second), given, strict=True):
            tape.replaced(each, held.grid)
        return Held(made.unflatten(0, (given[0].grid.sizes[0], *list(out.sizes.values())[:-2])))

    def summary(self, inputs: Inputs) -> str:
        """Return both matrices: `7x9, 9x5`."""
        return ", ".join("x".join(str(shape[axis]) for axis in shape.axes[-2:]) for shape in inputs)


def _matrices(tape: Tape, grid: Strided) -> Strided:
    """Return the matrices (all axes before, rows, columns)."""
    return tape.flatten(grid, 0, grid.dim - 3)
