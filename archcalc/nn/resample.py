"""Resampling of a grid to other sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.nn import functional

from archcalc.nn.axes import Folding, window_axes

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.ops.base import Inputs
    from archcalc.ops.resample import Interpolate

DIMS = {"linear": 1, "bilinear": 2, "trilinear": 3}


class Resampled(nn.Module):
    """torch.nn.functional.interpolate, to sizes or by scales; a second tensor is there for its sizes only."""

    def __init__(self, folding: Folding, mode: str, sizes: list[int] | None, scales: list[float] | None) -> None:
        super().__init__()
        self.folding = folding
        self.mode = mode
        self.sizes = sizes
        self.scales = scales

    def forward(self, grid: Tensor, like: Tensor | None = None) -> Tensor:
        """The grid resampled. Scales give sizes, and the sizes give positions."""
        del like
        folded = self.folding.fold(grid)
        return self.folding.unfold(
            functional.interpolate(
                folded,
                size=self.sizes,
                scale_factor=self.scales,
                mode=self.mode,
                align_corners=None if self.mode == "nearest" else False,
                recompute_scale_factor=self.scales is not None or None,
            )
        )


def interpolate(operator: Interpolate, inputs: Inputs) -> nn.Module:
    """Resampling along the axes of the mode; nearest has those that are named."""
    shape = inputs[0]
    axes = window_axes(shape, DIMS[operator.mode]) if operator.mode in DIMS else shape.grid
    written = by_axis(operator.size, axes)
    if operator.like is not None:
        written = {axis: inputs[1][axis] for axis in axes}
    scales = by_axis(operator.scale, axes)
    if operator.mode == "nearest":
        axes = tuple(axis for axis in axes if axis in (written or scales))
    folding = Folding.of(shape, axes)
    if scales:
        return Resampled(folding, operator.mode, None, [float(scales.get(axis, 1)) for axis in axes])
    return Resampled(folding, operator.mode, [_size(written, shape, axis) for axis in axes], None)


def _size(written: dict[str, float], shape: Shape, axis: str) -> int:
    return int(written.get(axis, shape[axis]))


def by_axis(value: object, axes: tuple[str, ...]) -> dict[str, float]:
    """The numbers by axis: one for all, one each, two for H and W, or by name."""
    if isinstance(value, (int, float)):
        return dict.fromkeys(axes, value)
    if not isinstance(value, tuple):
        return {}
    if value and isinstance(value[0], tuple):
        return dict(value)
    return dict(zip(axes if len(value) == len(axes) else ("H", "W"), value, strict=True))
