"""Normalisations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.ops.base import Inputs
    from archcalc.ops.norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, LocalResponseNorm

BATCH: dict[int, Any] = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
INSTANCE: dict[int, Any] = {1: nn.InstanceNorm1d, 2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d}


class ChannelNorm(nn.LayerNorm):
    """A layer norm of the channels, which are not last."""

    def forward(self, input: Tensor) -> Tensor:
        """Channels last and back."""
        return super().forward(input.movedim(1, -1)).movedim(-1, 1)


class ChannelResponseNorm(nn.LocalResponseNorm):
    """A local response norm that takes tensors of channels alone too."""

    def forward(self, input: Tensor) -> Tensor:
        """With one position more, and without it again; in order, because PyTorch's takes a view across axes."""
        return super().forward(input.contiguous().unsqueeze(-1)).squeeze(-1)


def batch_norm(operator: BatchNorm, inputs: Inputs) -> nn.Module:
    """A batch norm of torch.nn; one without scale has a bias alone."""
    (shape,) = inputs
    layer: nn.Module = BATCH[row_dims(shape)](
        shape.channels,
        eps=operator.eps,
        momentum=operator.momentum,
        affine=operator.affine and operator.scale,
        track_running_stats=operator.track_running_stats,
    )
    if operator.affine and not operator.scale:
        layer.bias = nn.Parameter(torch.zeros(shape.channels))
    return layer


def layer_norm(operator: LayerNorm, inputs: Inputs) -> nn.Module:
    """A layer norm of torch.nn over the channels."""
    (shape,) = inputs
    return ChannelNorm(
        shape.channels, eps=operator.eps, elementwise_affine=operator.elementwise_affine, bias=operator.bias
    )


def group_norm(operator: GroupNorm, inputs: Inputs) -> nn.Module:
    """A group norm of torch.nn."""
    return nn.GroupNorm(operator.num_groups, inputs[0].channels, eps=operator.eps, affine=operator.affine)


def instance_norm(operator: InstanceNorm, inputs: Inputs) -> nn.Module:
    """An instance norm of torch.nn."""
    (shape,) = inputs
    layer: nn.Module = INSTANCE[row_dims(shape)](
        shape.channels,
        eps=operator.eps,
        momentum=operator.momentum,
        affine=operator.affine,
        track_running_stats=operator.track_running_stats,
    )
    return layer


def local_response_norm(operator: LocalResponseNorm, inputs: Inputs) -> nn.Module:
    """A local response norm of torch.nn."""
    del inputs
    return ChannelResponseNorm(operator.size, operator.alpha, operator.beta, operator.k)


def row_dims(shape: Shape) -> int:
    """Axes that the layer meets: those of the grid, or one where all positions stand in a row."""
    return 1 if shape.tokens else max(len(shape.grid), 1)
