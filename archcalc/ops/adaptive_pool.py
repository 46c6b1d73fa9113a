"""Adaptive pools, whose output size is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.reads import POINTWISE, AxisReads
from archcalc.core.shape import Shape
from archcalc.core.terms import Arithmetic, Term, term
from archcalc.core.window import adaptive_taps
from archcalc.ops.arguments import GridAxes, Sizes
from archcalc.ops.base import (
    IndexIndependent,
    Inputs,
    OwnChannels,
    Parameterless,
    TokensPass,
    Windowless,
    by_axis,
    per_axis,
    require_at_least,
    single,
    window_axes,
)
from archcalc.ops.dimensional import Dimensional
from archcalc.ops.folding import folded
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Held, Tape


@dataclass(frozen=True, kw_only=True)
class AdaptivePool(Dimensional, Parameterless, Windowless, OwnChannels, TokensPass, IndexIndependent):
    """A pool whose output i reads floor(i * n / size) up to, not including, ceil((i + 1) * n / size)."""

    traits: ClassVar[Traits] = Traits(
        family=Family.POOL, storage=Storage.OWN, weights=False, whole_axis=POOLED, join=Join.NONE
    )

    output_size: Sizes
    over: GridAxes | None = None

    def __post_init__(self) -> None:
        require_at_least(1, "output_size", self.output_size)

    def sizes(self, inputs: Inputs) -> dict[str, int]:
        """Output size by axis."""
        axes = window_axes(single(inputs), self.dims, self.title, self.over)
        return dict(zip(axes, per_axis(self.output_size, axes, "output_size"), strict=True))

    def output_shape(self, inputs: Inputs) -> Shape:
        """`output_size` on each axis, whatever the input's."""
        return single(inputs).resized(self.sizes(inputs))

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """The window of each output, by phase; other axes are pointwise."""
        size = self.sizes(inputs).get(axis)
        return POINTWISE if size is None else adaptive_taps(inputs[input_index][axis], size)

    def summary(self, inputs: Inputs) -> str:
        """The size it gives: `to 7x7`."""
        return f"to {by_axis(tuple(self.sizes(inputs).values()))}"

    def outputs(self, inputs: Inputs) -> int:
        """Numbers that the pool gives, tokens left out."""
        return self.output_shape(inputs).grid_elements

    def values_read(self, inputs: Inputs) -> tuple[tuple[str, int], ...]:
        """How many values all windows of the tensor hold together, as factors: windows overlap and differ in size."""
        shape, sizes = single(inputs), self.sizes(inputs)
        pooled = [(f"reads {axis}", adaptive_taps(shape[axis], size).count(size)) for axis, size in sizes.items()]
        others = shape.heads * prod(size for axis, size in shape.items if axis not in sizes)
        return (("channels and other positions", others), *pooled)


@dataclass(frozen=True, kw_only=True)
class AdaptiveAvgPool(AdaptivePool):
    """The mean of each window."""

    page: ClassVar[str] = """\
Elementwise: one operation per value of each window; in 2-D fvcore counts one per input element.
Saved for backward: the input; nothing if one position is left.
Reference: torch.nn.functional.{word}."""

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """One operation per value of each window: additions and one division."""
        return Arithmetic(elementwise=(Term("additions and divisions", self.values_read(inputs)),))

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output; save the input, or nothing if one position is left, which is a plain mean."""
        whole = all(size == 1 for size in self.sizes(inputs).values())

        def step(tensor: Strided) -> Strided:
            sizes = (*tensor.sizes[:2], *self.sizes(inputs).values())
            tape.save(tensor, when=tensor.requires_grad and not whole)
            return tape.kernel(tensor, sizes, ordered=self.dims == 3 and not whole)

        return folded(tape, given[0], single(inputs), tuple(self.sizes(inputs)), step)


@dataclass(frozen=True, kw_only=True)
class AdaptiveMaxPool(AdaptivePool):
    """The largest value of each window."""

    page: ClassVar[str] = """\
Elementwise: for each window, the number of its values minus one comparisons.
Saved for backward: the input and an int64 index per output.
Reference: torch.nn.functional.{word}."""

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """One comparison less than each window has values."""
        values = Term("values", self.values_read(inputs)).value
        return Arithmetic(elementwise=(term("comparisons", values_less_one_per_window=values - self.outputs(inputs)),))

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output and int64 indices; save the input and the indices."""

        def step(tensor: Strided) -> Strided:
            sizes = (*tensor.sizes[:2], *self.sizes(inputs).values())
            made = tape.kernel(tensor, sizes, ordered=self.dims == 3)
            indices = tape.indices(sizes)
            tape.save(tensor, indices, when=tensor.requires_grad)
            tape.drop(indices)
            return made

        return folded(tape, given[0], single(inputs), tuple(self.sizes(inputs)), step)


class AdaptiveAvgPool1d(AdaptiveAvgPool, dims=1, example="adaptive_avg_pool1d: {output_size: 8}"):
    """Mean of adaptive windows, one for each output position, along T (or D)."""


class AdaptiveAvgPool2d(AdaptiveAvgPool, dims=2, example="adaptive_avg_pool2d: {output_size: [7, 7]}"):
    """Mean of adaptive windows, one for each output position, along H and W, frame-wise."""


class AdaptiveAvgPool3d(AdaptiveAvgPool, dims=3, example="adaptive_avg_pool3d: {output_size: [1, 7, 7]}"):
    """Mean of adaptive windows, one for each output position, along T (or D), H and W."""


class AdaptiveMaxPool1d(AdaptiveMaxPool, dims=1, example="adaptive_max_pool1d: {output_size: 8}"):
    """Maximum of adaptive windows, one for each output position, along T (or D)."""


class AdaptiveMaxPool2d(AdaptiveMaxPool, dims=2, example="adaptive_max_pool2d: {output_size: [7, 7]}"):
    """Maximum of adaptive windows, one for each output position, along H and W, frame-wise."""


class AdaptiveMaxPool3d(AdaptiveMaxPool, dims=3, example="adaptive_max_pool3d: {output_size: [1, 7, 7]}"):
    """Maximum of adaptive windows, one for each output position, along T (or D), H and W."""
