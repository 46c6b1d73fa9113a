"""Resampling of a grid to other sizes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, ClassVar, cast

from archcalc.core.problem import OperatorError
from archcalc.core.reads import TOKENS_PASS_BY, AxisReads, TokenFlow, WholeAxisRead
from archcalc.core.terms import NO_ARITHMETIC, Arithmetic
from archcalc.core.window import linear_taps, nearest_taps, scaled_size
from archcalc.ops.arguments import Resize, TensorName, one_of, whole
from archcalc.ops.axes import require_axes
from archcalc.ops.base import (
    IndexIndependent,
    Inputs,
    OwnChannels,
    Parameterless,
    Windowless,
    by_axis,
    elementwise,
    single,
    window_axes,
)
from archcalc.ops.folding import folded
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.core.tape import Held, Tape

LINEAR_DIMS = {"linear": 1, "bilinear": 2, "trilinear": 3}
LARGEST_SCALE = 10**9


@dataclass(frozen=True, kw_only=True)
class Interpolate(Parameterless, Windowless, OwnChannels, IndexIndependent):
    """Resizes the grid to `size`, by `scale`, or to the size of another tensor (`like`).

    Example: `interpolate: {scale: 2}`, `interpolate: {size: [14, 14], mode: bilinear}`, `interpolate: {like: skip}`.
    `mode` is nearest (any axes), linear (T or D), bilinear (H, W of every frame) or trilinear (T or D, H, W), always
    with PyTorch's align_corners=False. A number applies to all axes of the mode, a list to each of them or, if it has
    two, to H and W; a mapping names its axes. A scaled size is floor(n * scale), and positions follow from the two
    sizes (PyTorch's recompute_scale_factor=True): output i of nearest reads floor(i * (n / out)), computed in float32
    as PyTorch does for all types but float64.
    Nearest counts no operations; linear modes weigh the 2, 4 or 8 neighbors of every output element, which is as many
    multiplications and one addition fewer. Tokens do not change.
    Saved for backward: nothing.
    Reference: torch.nn.functional.interpolate.
    """

    title: ClassVar[str] = "Interpolate"
    traits: ClassVar[Traits] = Traits(
        family=Family.ELEMENTWISE, storage=Storage.OWN, weights=False, whole_axis=POOLED, join=Join.NONE
    )

    size: Resize | None = None
    scale: Resize | None = None
    like: TensorName | None = None
    mode: Annotated[str, one_of("nearest", *LINEAR_DIMS)] = "nearest"

    def __post_init__(self) -> None:
        given = [name for name in ("size", "scale", "like") if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(repr(name) for name in given) if given else "no new size"
            raise OperatorError(found, "exactly one of size, scale and like", argument=given[-1] if given else "")
        for value in _numbers(self.size):
            if whole(value) < 1:
                raise OperatorError(f"size {value}", "at least 1", argument="size")
        for value in _numbers(self.scale):
            if value <= 0:
                raise OperatorError(f"scale {value}", "more than 0", argument="scale")
            if value > LARGEST_SCALE:
                raise OperatorError(f"scale {value:g}", f"at most {LARGEST_SCALE:,}", argument="scale")

    def output_shape(self, inputs: Inputs) -> Shape:
        """The new sizes; channels and tokens as they are."""
        return inputs[0].resized(self.new_sizes(inputs))

    def new_sizes(self, inputs: Inputs) -> dict[str, int]:
        """The size of every axis that is resampled."""
        if self.like is not None:
            return self._sizes_like(inputs)
        shape = single(inputs)
        if self.size is not None:
            return {axis: int(value) for axis, value in self._by_axis(shape, self.size, "size").items()}
        sizes = {
            axis: scaled_size(shape[axis], scale) for axis, scale in self._by_axis(shape, self.scale, "scale").items()
        }
        for axis, size in sizes.items():
            if size < 1:
                raise OperatorError(f"axis {axis} of size {shape[axis]} scaled to 0", "at least 1", argument="scale")
        return sizes

    def module_axes(self, inputs: Inputs) -> tuple[str, ...]:
        """Return the axes that PyTorch's module resizes, at every position of the others."""
        return self._axes(inputs[0]) if self.mode in LINEAR_DIMS else tuple(self.new_sizes(inputs))

    def scales(self, inputs: Inputs) -> tuple[float, ...]:
        """Return the scale of every axis that PyTorch's module is given; empty without `scale`."""
        if self.scale is None:
            return ()
        scales = self._by_axis(single(inputs), self.scale, "scale")
        return tuple(float(scales.get(axis, 1)) for axis in self.module_axes(inputs))

    def _sizes_like(self, inputs: Inputs) -> dict[str, int]:
        if len(inputs) != 2:
            raise OperatorError(f"{len(inputs)} inputs", "a tensor and the one that 'like' names")
        shape, model = inputs
        axes = self._axes(shape)
        require_axes(model, axes, argument="like")
        return {axis: model[axis] for axis in axes}

    def _axes(self, shape: Shape) -> tuple[str, ...]:
        if self.mode in LINEAR_DIMS:
            return window_axes(shape, LINEAR_DIMS[self.mode], f"{self.mode} interpolation")
        if not shape.grid:
            raise OperatorError("interpolation of a tensor without a grid", "axes out of T, D, H, W")
        return shape.grid

    def _by_axis(self, shape: Shape, value: object, argument: str) -> dict[str, float]:
        axes = self._axes(shape)
        if not isinstance(value, tuple):
            return dict.fromkeys(axes, cast("float", value))
        if value and isinstance(value[0], tuple):
            require_axes(shape, (axis for axis, _ in value), argument=argument)
            return self._checked(dict(value), axes, argument)
        if len(value) == len(axes):
            return dict(zip(axes, value, strict=True))
        if len(value) == 2 and axes[-2:] == ("H", "W"):
            return dict(zip(("H", "W"), value, strict=True))
        raise OperatorError(
            f"{argument}: a list of {len(value)} for the axes {', '.join(axes)}",
            f"a number or {len(axes)} of them",
            argument=argument,
        )

    def _checked(self, values: dict[str, float], axes: tuple[str, ...], argument: str) -> dict[str, float]:
        for axis in values:
            if axis not in axes:
                raise OperatorError(f"{self.mode} interpolation along {axis}", ", ".join(axes), argument=argument)
        return values

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """The nearest position, or the neighbors that weigh anything; nothing of the tensor that `like` names."""
        if input_index == 1:
            return WholeAxisRead.NOTHING
        n = inputs[0][axis]
        size = self.new_sizes(inputs).get(axis, n)
        return nearest_taps(n, size) if self.mode == "nearest" else linear_taps(Fraction(n, size))

    def token_flow(self, input_index: int, inputs: Inputs) -> TokenFlow:
        """Tokens pass by; nothing comes from the tensor that `like` names."""
        del inputs
        return TokenFlow(kept=False, grid=False) if input_index == 1 else TOKENS_PASS_BY

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Per output element nothing (nearest), 3 (linear), 7 (bilinear) or 15 (trilinear) operations."""
        grid = self.output_shape(inputs).grid_elements
        if self.mode == "nearest":
            return NO_ARITHMETIC
        neighbors = 2 ** LINEAR_DIMS[self.mode]
        return elementwise("weighted sums of neighbors", grid, 2 * neighbors - 1)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output, and save nothing: the weights follow from the sizes."""
        shape, out = inputs[0], self.output_shape(inputs)
        axes = self.module_axes(inputs)
        sizes = tuple(out[axis] for axis in shape.grid if axis in axes)
        return folded(tape, given[0], shape, axes, lambda grid: tape.kernel(grid, (*grid.sizes[:2], *sizes)))

    def summary(self, inputs: Inputs) -> str:
        """The mode, and the sizes before and after."""
        sizes = self.new_sizes(inputs)
        before = by_axis(tuple(inputs[0][axis] for axis in sizes))
        return f"{self.mode}, {before}->{by_axis(tuple(sizes.values()))}"


def _numbers(value: object) -> tuple[float, ...]:
    """The numbers of a size or scale as it was written: one, a list, or pairs of an axis and a number."""
    if not isinstance(value, tuple):
        return () if value is None else (cast("float", value),)
    return tuple(each[1] if isinstance(each, tuple) else each for each in value)
