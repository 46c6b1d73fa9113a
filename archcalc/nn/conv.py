"""Convolutions, and their transposes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from archcalc.nn.axes import Folding, window_axes
from archcalc.nn.geometry import geometry, spread
from archcalc.nn.padding import padded

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.ops.base import Inputs
    from archcalc.ops.conv import Conv
    from archcalc.ops.transposed import ConvTranspose


class Around(nn.Module):
    """What a convolution of torch.nn cannot do: padding that differs at the two ends, and axes beside the window."""

    folding: Folding
    ends: tuple[int, ...] = ()

    def forward(self, input: Tensor, *_: Any, **__: Any) -> Tensor:
        """Folded, padded, convolved, unfolded."""
        convolved: Tensor = super().forward(padded(self.folding.fold(input), self.ends))
        return self.folding.unfold(convolved)


class AroundConv1d(Around, nn.Conv1d):
    """Convolution along one axis with something around it."""


class AroundConv2d(Around, nn.Conv2d):
    """Convolution along two axes with something around it."""


class AroundConv3d(Around, nn.Conv3d):
    """Convolution along three axes with something around it."""


class AroundConvTranspose1d(Around, nn.ConvTranspose1d):
    """Transposed convolution along one axis with something around it."""


class AroundConvTranspose2d(Around, nn.ConvTranspose2d):
    """Transposed convolution along two axes with something around it."""


PLAIN: dict[int, Any] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
AROUND: dict[int, Any] = {1: AroundConv1d, 2: AroundConv2d, 3: AroundConv3d}
TRANSPOSED: dict[int, Any] = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
AROUND_TRANSPOSED: dict[int, Any] = {1: AroundConvTranspose1d, 2: AroundConvTranspose2d}


def conv(operator: Conv, inputs: Inputs) -> nn.Module:
    """A convolution of torch.nn, plain where that does."""
    (shape,) = inputs
    window = geometry(operator, shape)
    plain = window.even is not None and not window.folding.beside
    layer: nn.Module = (PLAIN if plain else AROUND)[window.dims](
        *channels(operator, shape),
        window.kernel,
        stride=window.stride,
        padding=window.even or 0,
        dilation=window.dilation,
        groups=groups(operator, shape),
        bias=operator.bias,
    )
    if isinstance(layer, Around):
        layer.folding, layer.ends = window.folding, () if window.even else window.ends
    return layer


def conv_transpose(operator: ConvTranspose, inputs: Inputs) -> nn.Module:
    """A transposed convolution of torch.nn, plain where that does."""
    (shape,) = inputs
    axes = window_axes(shape, operator.dims)
    folding = Folding.of(shape, axes)
    layer: nn.Module = (AROUND_TRANSPOSED if folding.beside else TRANSPOSED)[len(axes)](
        *channels(operator, shape),
        spread(operator.kernel, len(axes)),
        stride=spread(operator.stride, len(axes)),
        padding=spread(operator.padding, len(axes)),
        output_padding=spread(operator.output_padding, len(axes)),
        groups=groups(operator, shape),
        bias=operator.bias,
        dilation=spread(operator.dilation, len(axes)),
    )
    if isinstance(layer, Around):
        layer.folding = folding
    return layer


def channels(operator: Conv | ConvTranspose, shape: Shape) -> tuple[int, int]:
    """Channels in and out."""
    return shape.channels, operator.out or shape.channels


def groups(operator: Conv | ConvTranspose, shape: Shape) -> int:
    """The number of groups; depthwise has one per channel."""
    return shape.channels if operator.groups == "depthwise" else int(operator.groups)
