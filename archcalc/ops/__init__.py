"""The vocabulary: every operator a spec may name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.ops.activation import (
    Abs,
    Dropout,
    Gelu,
    Hardswish,
    Identity,
    LeakyRelu,
    Relu,
    Scale,
    Sigmoid,
    Silu,
    Softmax,
    Tanh,
    Threshold,
)
from archcalc.ops.adaptive_pool import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AdaptiveMaxPool3d,
)
from archcalc.ops.attention import Attention
from archcalc.ops.conv import Conv1d, Conv2d, Conv3d
from archcalc.ops.dot_product import DotProduct
from archcalc.ops.global_pool import GlobalAvgPool, GlobalMaxPool
from archcalc.ops.linear import Linear
from archcalc.ops.merge import RESIDUAL_ADD, Add, Average, Concat, Multiply, Subtract
from archcalc.ops.norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, LocalResponseNorm
from archcalc.ops.pool import (
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
    MedianPool1d,
    MedianPool2d,
    MedianPool3d,
)
from archcalc.ops.recurrent import Gru, Lstm, Rnn
from archcalc.ops.resample import Interpolate
from archcalc.ops.reshape import Expand, Flatten, Fold, Mean, StackFrames
from archcalc.ops.shift import TemporalShift
from archcalc.ops.slicing import Crop, Pad, Select, Subsample
from archcalc.ops.tokens import ClassToken, Position
from archcalc.ops.transposed import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d

if TYPE_CHECKING:
    from archcalc.ops.base import Operator

__all__ = ["OPS", "RESIDUAL_ADD"]

OPS: dict[str, type[Operator]] = {
    "conv1d": Conv1d,
    "conv2d": Conv2d,
    "conv3d": Conv3d,
    "conv_transpose1d": ConvTranspose1d,
    "conv_transpose2d": ConvTranspose2d,
    "conv_transpose3d": ConvTranspose3d,
    "max_pool1d": MaxPool1d,
    "max_pool2d": MaxPool2d,
    "max_pool3d": MaxPool3d,
    "avg_pool1d": AvgPool1d,
    "avg_pool2d": AvgPool2d,
    "avg_pool3d": AvgPool3d,
    "median_pool1d": MedianPool1d,
    "median_pool2d": MedianPool2d,
    "median_pool3d": MedianPool3d,
    "adaptive_avg_pool1d": AdaptiveAvgPool1d,
    "adaptive_avg_pool2d": AdaptiveAvgPool2d,
    "adaptive_avg_pool3d": AdaptiveAvgPool3d,
    "adaptive_max_pool1d": AdaptiveMaxPool1d,
    "adaptive_max_pool2d": AdaptiveMaxPool2d,
    "adaptive_max_pool3d": AdaptiveMaxPool3d,
    "global_avg_pool": GlobalAvgPool,
    "global_max_pool": GlobalMaxPool,
    "linear": Linear,
    "batch_norm": BatchNorm,
    "layer_norm": LayerNorm,
    "group_norm": GroupNorm,
    "instance_norm": InstanceNorm,
    "local_response_norm": LocalResponseNorm,
    "relu": Relu,
    "leaky_relu": LeakyRelu,
    "gelu": Gelu,
    "silu": Silu,
    "hardswish": Hardswish,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "softmax": Softmax,
    "abs": Abs,
    "threshold": Threshold,
    "dropout": Dropout,
    "identity": Identity,
    "scale": Scale,
    "add": Add,
    "multiply": Multiply,
    "subtract": Subtract,
    "concat": Concat,
    "average": Average,
    "mean": Mean,
    "stack_frames": StackFrames,
    "fold": Fold,
    "flatten": Flatten,
    "expand": Expand,
    "select": Select,
    "subsample": Subsample,
    "crop": Crop,
    "pad": Pad,
    "interpolate": Interpolate,
    "temporal_shift": TemporalShift,
    "position": Position,
    "class_token": ClassToken,
    "rnn": Rnn,
    "lstm": Lstm,
    "gru": Gru,
    "attention": Attention,
    "dot_product": DotProduct,
}
