"""Operators with windows: convolution, pooling, resampling, unfolding."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

import torch

from archcalc.tracing.hull import Hull, Status, bounded, each_term, join, reduced
from archcalc.tracing.masks import EMPTY
from archcalc.tracing.rules.moving import reshaped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from archcalc.tracing.bound import Bound

Line = tuple[tuple[int, ...], ...]


def listed(value: int | Sequence[int], count: int) -> list[int]:
    """Return one number for each axis."""
    numbers = [value] if isinstance(value, int) else list(value)
    return numbers * count if len(numbers) == 1 else numbers


@cache
def _all_read(size: int, out: int, kernel: int, stride: int, before: int, dilation: int) -> bool:
    """Whether every window holds a position of the tensor."""
    taps = [dilation * at - before for at in range(kernel)]
    return all(any(0 <= o * stride + tap < size for tap in taps) for o in range(out))


def windowed(
    array: Tensor, dim: int, size: int, out: int, kernel: int, stride: int, before: int, dilation: int
) -> Tensor:
    """Return the hull of windows along a dimension; what they hold before and after the tensor is padding.

    Position `o` reads `o * stride - before + dilation * j` for each tap `j` of the kernel.
    """
    if array.shape[dim] == 1 and _all_read(size, out, kernel, stride, before, dilation):
        return array
    if array.shape[dim] != size:
        array = array.expand([size if at == dim else n for at, n in enumerate(array.shape)])
    reach = (out - 1) * stride + dilation * (kernel - 1) + 1
    pad = [0, 0] * (array.dim() - 1 - dim) + [before, reach - before - size]
    array = torch.constant_pad_nd(array, pad, EMPTY)
    found: Tensor | None = None
    for tap in range(kernel):
        start = tap * dilation
        seen = array.narrow(dim, start, (out - 1) * stride + 1)
        if stride > 1:
            seen = seen[(slice(None),) * dim + (slice(None, None, stride),)]
        found = seen if found is None else torch.maximum(found, seen)
    assert found is not None
    return found


def transposed(
    array: Tensor, dim: int, size: int, out: int, kernel: int, stride: int, before: int, dilation: int
) -> Tensor:
    """Return the hull of a transposed window: input `q` reaches the outputs `q * stride - before + dilation * j`."""
    array = array.expand([size if at == dim else n for at, n in enumerate(array.shape)])
    whole = max((size - 1) * stride + dilation * (kernel - 1) + 1, before + out)
    made = array.new_full([whole if at == dim else n for at, n in enumerate(array.shape)], EMPTY)
    for tap in range(kernel):
        seen = made.narrow(dim, tap * dilation, (size - 1) * stride + 1)
        seen = seen[(slice(None),) * dim + (slice(None, None, stride),)]
        torch.maximum(seen, array, out=seen)
    return made.narrow(dim, before, out)


def grouped(array: Tensor, groups: int, channels: int, out: int) -> Tensor:
    """Return the hull over the channels of each group, at each output channel."""
    if array.shape[1] == 1:
        return array
    if groups == 1:
        return array.amax(1, True)
    sizes = array.shape
    found = array.reshape(sizes[0], groups, channels // groups, *sizes[2:]).amax(2)
    return found if out == groups else found.repeat_interleave(out // groups, 1)


def convolution(call: Bound) -> list[Hull]:
    """Convolution and its transpose, in groups, along any number of axes."""
    hull, weight = call["input"], call["weight"]
    axes = len(call.output) - 2
    kernel = weight.sizes[2:]
    stride, padding, dilation = (listed(call[name], axes) for name in ("stride", "padding", "dilation"))
    slide = transposed if call.get("transposed", default=False) else windowed
    windows = list(zip(hull.sizes[2:], call.output[2:], kernel, stride, padding, dilation, strict=True))
    changing = [slide is transposed or not _all_read(*each) for each in windows]

    def change(array: Tensor) -> Tensor:
        array = grouped(array, call["groups"], hull.sizes[1], call.output[1])
        for dim, (each, changes) in enumerate(zip(windows, changing, strict=True), 2):
            if changes or array.shape[dim] > 1:
                array = slide(array, dim, *each)
        return array

    out = each_term(hull, call.output, change, shrink=False)
    if weight.terms:
        out = join(call.output, [out, bounded((1,) * len(call.output), [weight], Status.EXACT)])
    return [out]


def pooled(axes: int) -> Callable[[Bound], list[Hull]]:
    """Return the rule of a pool along so many axes."""

    def rule(call: Bound) -> list[Hull]:
        hull = call["self"]
        kernel = listed(call["kernel_size"], axes)
        stride = listed(call["stride"], axes) if call["stride"] else kernel
        padding = listed(call["padding"], axes)
        dilation = listed(call.get("dilation", default=1), axes)

        def change(array: Tensor) -> Tensor:
            for at in range(axes):
                dim = hull.dims - axes + at
                array = windowed(
                    array, dim, hull.sizes[dim], call.output[dim], kernel[at], stride[at], padding[at], dilation[at]
                )
            return array

        out = each_term(hull, call.output, change, shrink=False)
        return [out, *(Hull(sizes, out.terms, out.status) for sizes in call.sizes[1:])]

    return rule


def ranged(array: Tensor, dim: int, first: Tensor, last: Tensor) -> Tensor:
    """Return the hull of a range of positions for each output."""
    if array.shape[dim] == 1:
        return array
    found = array.index_select(dim, first)
    for step in range(1, int((last - first).max()) + 1):
        found = torch.maximum(found, array.index_select(dim, torch.minimum(first + step, last)))
    return found


def adaptively_pooled(axes: int) -> Callable[[Bound], list[Hull]]:
    """Return the rule of an adaptive pool: output `i` of `o` reads floor(i*n/o) to ceil((i+1)*n/o) - 1."""

    def rule(call: Bound) -> list[Hull]:
        hull = call["self"]
        single = [hull.dims - axes + at for at in range(axes) if call.output[hull.dims - axes + at] == 1]
        hull = Hull(hull.sizes, reduced(hull, single).terms, hull.status)

        def change(array: Tensor) -> Tensor:
            for dim in range(hull.dims - axes, hull.dims):
                size, out = hull.sizes[dim], call.output[dim]
                if size != out and out > 1:
                    at = torch.arange(out)
                    array = ranged(array, dim, at * size // out, -(-(at + 1) * size // out) - 1)
            return array

        out = each_term(hull, call.output, change, shrink=False)
        return [out, *(Hull(sizes, out.terms, out.status) for sizes in call.sizes[1:])]

    return rule


def resampled(call: Bound) -> list[Hull]:
    """Interpolation: which positions an output reads is found by running it on rows of an identity matrix."""
    hull = call.hulls[0]
    axes = hull.dims - 2
    scales = _scales(call, axes)
    aligned = bool(call.get("align_corners", default=False))

    def change(array: Tensor) -> Tensor:
        for at in range(axes):
            dim = 2 + at
            size, out = hull.sizes[dim], call.output[dim]
            if array.shape[dim] > 1 and (size != out or scales[at] is not None):
                array = ranged(array, dim, *_source_positions(call.name, size, out, aligned, scales[at]))
        return array

    return [each_term(hull, call.output, change, shrink=False)]


def _scales(call: Bound, axes: int) -> list[float | None]:
    given = call.get("scale_factors")
    if given is not None:
        return list(given)
    names = ["scales"] if axes == 1 else ["scales_d", "scales_h", "scales_w"][-axes:]
    return [call.get(name) for name in names]


_LINES = {
    "upsample_nearest": "upsample_nearest1d",
    "_upsample_nearest_exact": "_upsample_nearest_exact1d",
    "upsample_linear": "upsample_linear1d",
    "upsample_bilinear": "upsample_linear1d",
    "upsample_trilinear": "upsample_linear1d",
}


@lru_cache(maxsize=256)
def _source_positions(name: str, size: int, out: int, aligned: bool, scale: float | None) -> tuple[Tensor, Tensor]:
    """The first and last position that each output of a resampling along one axis reads."""
    unit = torch.eye(size)
    kind = next((line for stem, line in _LINES.items() if name.rstrip("123d") == stem), None)
    if kind is None:  # bicubic, and those that are smoothed before: two axes, of which one has a single position
        run = getattr(torch.ops.aten, name)
        seen = run(unit[None, :, :, None], [out, 1], aligned, scale, None)[0, :, :, 0]
    elif "nearest" in kind:
        seen = getattr(torch.ops.aten, kind)(unit[None], [out], scale)[0]
    else:
        seen = torch.ops.aten.upsample_linear1d(unit[None], [out], aligned, scale)[0]
    read = seen != 0
    first = read.int().argmax(0)
    return first, size - 1 - read.flip(0).int().argmax(0)


def unfolded(call: Bound) -> list[Hull]:
    """Patches as columns, one after another: every channel, then every tap of the kernel."""
    hull = call["self"]
    sizes = hull.sizes if hull.dims == 4 else (1, *hull.sizes)
    kernel, dilation, padding, stride = (
        listed(call[name], 2) for name in ("kernel_size", "dilation", "padding", "stride")
    )
    rows, columns = (_taps(sizes[2 + at], kernel[at], dilation[at], padding[at], stride[at]) for at in (0, 1))
    shape = (sizes[0], sizes[1], kernel[0], kernel[1], rows.shape[1], columns.shape[1])

    def change(array: Tensor) -> Tensor:
        array = array.reshape(array.shape[-4:] if array.dim() == 4 else (1, *array.shape))
        array = array.expand(array.shape[0], array.shape[1], sizes[2], sizes[3])
        array = torch.constant_pad_nd(array, [0, 1, 0, 1], EMPTY)
        return array[:, :, rows][..., columns].permute(0, 1, 2, 4, 3, 5)

    return [reshaped(each_term(Hull(sizes, hull.terms, hull.status), shape, change), call.output)]


def _taps(size: int, kernel: int, dilation: int, padding: int, stride: int) -> Tensor:
    """The position that each tap reads at each place; `size` where that is padding."""
    count = (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
    taps = torch.arange(kernel)[:, None] * dilation + torch.arange(count)[None] * stride - padding
    return torch.where((taps < 0) | (taps >= size), size, taps)


def folded(call: Bound) -> list[Hull]:
    """Columns added into an image where their patches lie."""
    hull = call["self"]
    height, width = call["output_size"]
    kernel, dilation, padding, stride = (
        listed(call[name], 2) for name in ("kernel_size", "dilation", "padding", "stride")
    )
    rows, columns = (
        _taps(size, kernel[at], dilation[at], padding[at], stride[at]) for at, size in enumerate((height, width))
    )
    batch = hull.sizes[0] if hull.dims == 3 else 1
    channels = hull.sizes[-2] // (kernel[0] * kernel[1])
    shape = (batch, channels, kernel[0], kernel[1], rows.shape[1], columns.shape[1])
    parts = reshaped(hull, shape)

    def change(array: Tensor) -> Tensor:
        array = array.expand(array.shape[:2] + torch.Size(shape[2:]))
        made = array.new_full((*array.shape[:2], height + 1, width + 1), EMPTY)
        for i in range(kernel[0]):
            for j in range(kernel[1]):
                at = rows[i][:, None], columns[j][None]
                made[:, :, at[0], at[1]] = torch.maximum(made[:, :, at[0], at[1]], array[:, :, i, j])
        return made[:, :, :height, :width]

    return [reshaped(each_term(parts, (batch, channels, height, width), change), call.output)]


_RESAMPLINGS_WORDS = """
upsample_nearest1d upsample_nearest2d upsample_nearest3d _upsample_nearest_exact1d _upsample_nearest_exact2d
_upsample_nearest_exact3d upsample_linear1d upsample_bilinear2d upsample_trilinear3d upsample_bicubic2d
_upsample_bilinear2d_aa _upsample_bicubic2d_aa
"""
RESAMPLINGS = _RESAMPLINGS_WORDS.split()

RULES: dict[str, Callable[[Bound], list[Hull]]] = {
    "convolution": convolution,
    **{f"max_pool{axes}d{end}": pooled(axes) for axes in (1, 2, 3) for end in ("", "_with_indices")},
    **{f"avg_pool{axes}d": pooled(axes) for axes in (1, 2, 3)},
    **{f"_adaptive_avg_pool{axes}d": adaptively_pooled(axes) for axes in (2, 3)},
    **{f"adaptive_{kind}_pool{axes}d": adaptively_pooled(axes) for kind in ("avg", "max") for axes in (1, 2, 3)},
    **dict.fromkeys(RESAMPLINGS, resampled),
    "im2col": unfolded,
    "col2im": folded,
}
