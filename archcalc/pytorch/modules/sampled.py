"""Layers that read an image at places that other tensors say."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from archcalc.pytorch.modules.axes import broadcast_to_axes


def grid_sample(x: Tensor, places: Tensor, mode: str, padding_mode: str, *, align_corners: bool) -> Tensor:
    """Sample an image at the places (batch, 2, rows, columns) of another tensor."""
    return functional.grid_sample(x, places.movedim(1, -1), mode, padding_mode, align_corners)


def sampled_at(x: Tensor, rows: Tensor, columns: Tensor, padding_mode: str) -> Tensor:
    """Sample an image at rows and columns that are scaled to -1 to 1 from border to border."""
    places = torch.stack([columns, rows], -1).flatten(1, 2)
    del rows, columns
    return functional.grid_sample(x, places, "bilinear", padding_mode, False)


class DeformConv2d(nn.Module):
    """A convolution whose taps are moved by offsets (batch, 2 * taps, rows, columns), y and x for each tap."""

    def __init__(
        self, channels: int, out: int, kernel: Any, *, stride: Any, padding: Any, dilation: Any, bias: bool = True
    ) -> None:
        super().__init__()
        self.kernel, self.stride = broadcast_to_axes(kernel, 2), broadcast_to_axes(stride, 2)
        self.padding, self.dilation = broadcast_to_axes(padding, 2), broadcast_to_axes(dilation, 2)
        self.weight = nn.Parameter(nn.init.kaiming_uniform_(torch.empty(out, channels, *self.kernel)))
        self.bias = nn.Parameter(torch.zeros(out)) if bias else None

    def first_places(self, x: Tensor, axis: int, count: int) -> Tensor:
        """Return the places of taps by output position along rows (0) or columns (1), scaled to -1 to 1."""
        taps = torch.arange(self.kernel[axis], dtype=x.dtype, device=x.device) * self.dilation[axis]
        starts = torch.arange(count, dtype=x.dtype, device=x.device) * self.stride[axis] - self.padding[axis]
        places = ((taps[:, None] + starts) * 2 + 1) / x.shape[2 + axis] - 1
        if axis == 0:
            return places.repeat_interleave(self.kernel[1], 0)[:, :, None]
        return places.repeat(self.kernel[0], 1)[:, None, :]

    def moved(self, x: Tensor, offsets: Tensor, axis: int) -> Tensor:
        """Return the places of all taps with their offsets."""
        scaled = offsets[:, axis::2] * (2 / x.shape[2 + axis])
        return scaled + self.first_places(x, axis, offsets.shape[2 + axis])

    def samples(self, x: Tensor, offsets: Tensor) -> Tensor:
        """Return what all taps read: batch, channels * taps, positions."""
        found = sampled_at(x, self.moved(x, offsets, 0), self.moved(x, offsets, 1), "zeros")
        return torch.unflatten(found, 2, (self.weight[0, 0].numel(), -1)).flatten(3).flatten(1, 2)

    def forward(self, x: Tensor, offsets: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return the convolution of the samples."""
        samples = self.samples(x, offsets)
        if weights is not None:
            taps = weights.flatten(2)
            samples = (torch.unflatten(samples, 1, (-1, taps.shape[1])) * taps[:, None]).flatten(1, 2)
        made = functional.conv1d(samples, self.weight.flatten(1).unsqueeze(-1), self.bias)
        return torch.unflatten(made, 2, offsets.shape[2:])


class RoiAlign(nn.Module):
    """Samples each box (batch, 4, boxes) of features to the same size."""

    def __init__(self, output_size: Any, *, spatial_scale: float, sampling_ratio: int, aligned: bool) -> None:
        super().__init__()
        self.size, self.scale = broadcast_to_axes(output_size, 2), spatial_scale
        self.ratio, self.aligned = sampling_ratio, aligned

    def along(self, first: Tensor, last: Tensor, count: int, size: int) -> Tensor:
        """Return the places of samples along one axis (batch, boxes, samples), scaled to -1 to 1."""
        length = last - first if self.aligned else (last - first).clamp(min=1)
        steps = (torch.arange(count * self.ratio, dtype=first.dtype, device=first.device) + 0.5) / self.ratio
        places = first[:, :, None] + steps * (length / count)[:, :, None]
        return (places * 2 + 1) / size - 1

    def places(self, x: Tensor, boxes: Tensor) -> Tensor:
        """Return the places of all samples: batch, boxes * rows, columns, 2."""
        left, top, right, bottom = (boxes * self.scale - 0.5 * self.aligned).unbind(1)
        rows = self.along(top, bottom, self.size[0], x.shape[2])[:, :, :, None]
        columns = self.along(left, right, self.size[1], x.shape[3])[:, :, None, :]
        shape = torch.Size([*rows.shape[:3], columns.shape[3]])
        return torch.stack([columns.expand(shape), rows.expand(shape)], -1).flatten(1, 2)

    def forward(self, x: Tensor, boxes: Tensor) -> Tensor:
        """Return the means of the samples of each position of each box."""
        samples = functional.grid_sample(x, self.places(x, boxes), "bilinear", "border", False)
        means = functional.avg_pool2d(samples, self.ratio)
        return torch.unflatten(means, 2, (-1, self.size[0]))
