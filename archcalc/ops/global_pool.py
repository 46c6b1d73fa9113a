"""Pools over whole axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, AxisReads, WholeAxisRead
from archcalc.core.shape import Shape
from archcalc.core.tape import grid_only
from archcalc.core.terms import Arithmetic, Term, term
from archcalc.ops.arguments import GridAxes
from archcalc.ops.base import IndexIndependent, Inputs, OwnChannels, Parameterless, TokensPass, Windowless, single
from archcalc.ops.folding import dimensions, folded
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Held, Tape


@dataclass(frozen=True, kw_only=True)
class GlobalPool(Parameterless, Windowless, OwnChannels, TokensPass, IndexIndependent):
    """A pool over whole axes (default: all of T|D, H, W), which keep size 1; tokens do not change."""

    traits: ClassVar[Traits] = Traits(
        family=Family.GLOBAL_POOL, storage=Storage.OWN, weights=False, whole_axis=POOLED, join=Join.NONE
    )

    axes: GridAxes | None = None

    def pooled(self, shape: Shape) -> tuple[str, ...]:
        """The axes it pools; OperatorError when the tensor lacks one, or has none at all."""
        axes = shape.grid if self.axes is None else self.axes
        missing = [axis for axis in axes if axis not in shape]
        if axes and not missing:
            return axes
        lacking = f"axis {', '.join(missing)} of" if missing else "the grid of"
        raise OperatorError(
            f"{lacking} a tensor with the axes {', '.join(shape.axes)}", "axes that the tensor has", argument="axes"
        )

    def output_shape(self, inputs: Inputs) -> Shape:
        """Size 1 on the pooled axes."""
        shape = single(inputs)
        return shape.resized(dict.fromkeys(self.pooled(shape), 1))

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Return that each output reads every pooled axis completely."""
        return WholeAxisRead.ALL if axis in self.pooled(inputs[input_index]) else POINTWISE

    def summary(self, inputs: Inputs) -> str:
        """Return the axes for the label if they are given: `over H, W`."""
        del inputs
        return "" if self.axes is None else f"over {', '.join(self.axes)}"


class GlobalAvgPool(GlobalPool):
    """Averages over whole axes, which keep size 1.

    Example: `global_avg_pool: {axes: [H, W]}`; without `axes` all of T (or D), H and W.
    Elementwise: one operation per input element (additions, and one division per output). Over exactly H and W it is
    PyTorch's adaptive_avg_pool2d to 1, for which fvcore counts one per input element; over others it is a mean, for
    which fvcore counts nothing.
    Saved for backward: nothing.
    Reference: torch.mean with keepdim, torch.nn.functional.adaptive_avg_pool2d.
    """

    title: ClassVar[str] = "GlobalAvgPool"

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """One operation per input element; tokens take none."""
        shape = single(inputs).with_tokens(0)
        self.pooled(shape)
        return Arithmetic(elementwise=(term("additions and divisions", elements=shape.elements),))

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output and save nothing: the gradient of a mean needs the sizes only."""
        shape = single(inputs)
        axes = self.pooled(shape)
        if set(axes) != {"H", "W"}:
            return grid_only(given[0], lambda grid: _reduced(tape, grid, dimensions(shape, axes)))
        return folded(tape, given[0], shape, axes, lambda grid: tape.kernel(grid, (*grid.sizes[:2], 1, 1)))


class GlobalMaxPool(GlobalPool):
    """Takes the maximum over whole axes, which keep size 1.

    Example: `global_max_pool: {axes: [T]}`; without `axes` all of T (or D), H and W.
    Elementwise: per output, its number of input elements minus one comparisons, as for sliding pools.
    Saved for backward: the input and the output.
    Reference: torch.amax with keepdim.
    """

    title: ClassVar[str] = "GlobalMaxPool"

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Input elements per output - 1 comparisons; tokens take none."""
        outputs = self.output_shape(inputs).grid_elements
        each = single(inputs).grid_elements // outputs
        return Arithmetic(elementwise=(Term("comparisons", (("outputs", outputs), ("inputs of each - 1", each - 1))),))

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output; save input and output, which tell where the maximum was."""
        shape = single(inputs)
        dims = dimensions(shape, self.pooled(shape))

        def step(grid: Strided) -> Strided:
            made = _reduced(tape, grid, dims)
            tape.save(grid, made, when=made.requires_grad)
            return made

        return grid_only(given[0], step)


def _reduced(tape: Tape, grid: Strided, dims: tuple[int, ...]) -> Strided:
    sizes = tuple(1 if dim in dims else size for dim, size in enumerate(grid.sizes))
    return tape.empty(sizes, requires_grad=grid.requires_grad)
