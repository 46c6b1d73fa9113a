"""Convolutions whose padding depends on the input, or differs at the two ends."""

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from archcalc.pytorch.modules.padding import same_padding, symmetric_padding


def same_convolution(convolve: Callable[..., Tensor], layer: Any, x: Tensor) -> Tensor:
    """Convolve with TensorFlow's SAME padding; without a padded copy where both ends of each axis get the same."""
    ends = same_padding(x, layer)
    padding = symmetric_padding(ends)
    if padding is None:
        x = functional.pad(x, ends)
    return convolve(x, layer.weight, layer.bias, layer.stride, padding or 0, layer.dilation, layer.groups)


class SameConv1d(nn.Conv1d):
    """A convolution with TensorFlow's SAME padding."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the convolution of the padded tensor."""
        return same_convolution(functional.conv1d, self, x)


class SameConv2d(nn.Conv2d):
    """A convolution with TensorFlow's SAME padding."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the convolution of the padded tensor."""
        return same_convolution(functional.conv2d, self, x)


class SameConv3d(nn.Conv3d):
    """A convolution with TensorFlow's SAME padding."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the convolution of the padded tensor."""
        return same_convolution(functional.conv3d, self, x)


class PadsBefore(nn.Module):
    """Pads its input before it runs: `ends` are before and after, the last axis first."""

    def __init__(self, *sizes: Any, ends: Sequence[int], **options: Any) -> None:
        super().__init__(*sizes, **options)
        self.ends = tuple(ends)

    def forward(self, x: Tensor) -> Tensor:
        """Return the convolution of the padded tensor."""
        convolved: Tensor = super().forward(functional.pad(x, self.ends))
        return convolved


class PaddedConv1d(PadsBefore, nn.Conv1d):
    """A convolution whose padding differs at the two ends."""


class PaddedConv2d(PadsBefore, nn.Conv2d):
    """A convolution whose padding differs at the two ends."""


class PaddedConv3d(PadsBefore, nn.Conv3d):
    """A convolution whose padding differs at the two ends."""


def standardized(weight: Tensor) -> Tensor:
    """Return the weights with mean 0 and variance 1 for each output channel."""
    return functional.layer_norm(weight, weight.shape[1:], eps=1e-6)


class StandardizesWeights(nn.Module):
    """A convolution with standardized weights; `ends` are its padding where this differs before and after."""

    def __init__(self, *sizes: Any, ends: Sequence[int] = (), **options: Any) -> None:
        super().__init__(*sizes, **options)
        self.ends = tuple(ends)

    def forward(self: Any, x: Tensor) -> Tensor:
        """Return the convolution with the standardized weights."""
        padded = functional.pad(x, self.ends) if self.ends else x
        made: Tensor = self._conv_forward(padded, standardized(self.weight), self.bias)
        return made


class StandardizedConv1d(StandardizesWeights, nn.Conv1d):
    """A convolution with standardized weights."""


class StandardizedConv2d(StandardizesWeights, nn.Conv2d):
    """A convolution with standardized weights."""


class StandardizedConv3d(StandardizesWeights, nn.Conv3d):
    """A convolution with standardized weights."""
