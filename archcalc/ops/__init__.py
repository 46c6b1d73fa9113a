"""The vocabulary: every operator a spec may name."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.ops.base import Operator

__all__ = ["OPS", "word_of"]


class Vocabulary(Mapping[str, "type[Operator]"]):
    """Operators by the word that names them in a spec; a family is imported when one of its operators is used."""

    def __init__(self, homes: Mapping[str, str]) -> None:
        self._homes = homes
        self._imported: dict[str, type[Operator]] = {}
        self._words = {home.rpartition(".")[2]: word for word, home in homes.items()}

    def __getitem__(self, word: str) -> type[Operator]:
        if word not in self._imported:
            family, _, name = self._homes[word].partition(".")
            self._imported[word] = getattr(import_module(f"archcalc.ops.{family}"), name)
        return self._imported[word]

    def __contains__(self, word: object) -> bool:
        return word in self._homes

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)

    def word(self, name: str) -> str | None:
        """Return the word of the class with this name; None if it has none."""
        return self._words.get(name)


OPS = Vocabulary(
    {
        "conv1d": "conv.Conv1d",
        "conv2d": "conv.Conv2d",
        "conv3d": "conv.Conv3d",
        "conv_transpose1d": "transposed.ConvTranspose1d",
        "conv_transpose2d": "transposed.ConvTranspose2d",
        "conv_transpose3d": "transposed.ConvTranspose3d",
        "max_pool1d": "pool.MaxPool1d",
        "max_pool2d": "pool.MaxPool2d",
        "max_pool3d": "pool.MaxPool3d",
        "avg_pool1d": "pool.AvgPool1d",
        "avg_pool2d": "pool.AvgPool2d",
        "avg_pool3d": "pool.AvgPool3d",
        "median_pool1d": "pool.MedianPool1d",
        "median_pool2d": "pool.MedianPool2d",
        "median_pool3d": "pool.MedianPool3d",
        "adaptive_avg_pool1d": "adaptive_pool.AdaptiveAvgPool1d",
        "adaptive_avg_pool2d": "adaptive_pool.AdaptiveAvgPool2d",
        "adaptive_avg_pool3d": "adaptive_pool.AdaptiveAvgPool3d",
        "adaptive_max_pool1d": "adaptive_pool.AdaptiveMaxPool1d",
        "adaptive_max_pool2d": "adaptive_pool.AdaptiveMaxPool2d",
        "adaptive_max_pool3d": "adaptive_pool.AdaptiveMaxPool3d",
        "global_avg_pool": "global_pool.GlobalAvgPool",
        "global_max_pool": "global_pool.GlobalMaxPool",
        "embedding": "embedding.Embedding",
        "linear": "linear.Linear",
        "mixture_of_experts": "mixture_of_experts.MixtureOfExperts",
        "batch_norm": "tracked_norm.BatchNorm",
        "layer_norm": "layer_norm.LayerNorm",
        "group_norm": "group_norm.GroupNorm",
        "instance_norm": "tracked_norm.InstanceNorm",
        "local_response_norm": "local_response_norm.LocalResponseNorm",
        "rms_norm": "rms_norm.RmsNorm",
        "relu": "activation.Relu",
        "relu6": "activation_functions.Relu6",
        "leaky_relu": "activation.LeakyRelu",
        "prelu": "gated.Prelu",
        "elu": "activation_functions.Elu",
        "selu": "activation_functions.Selu",
        "gelu": "activation.Gelu",
        "silu": "activation.Silu",
        "hardswish": "activation.Hardswish",
        "mish": "activation_functions.Mish",
        "softplus": "activation_functions.Softplus",
        "sigmoid": "activation.Sigmoid",
        "hardsigmoid": "activation_functions.Hardsigmoid",
        "tanh": "activation.Tanh",
        "hardtanh": "activation_functions.Hardtanh",
        "glu": "gated.Glu",
        "softmax": "activation.Softmax",
        "abs": "activation.Abs",
        "threshold": "activation.Threshold",
        "dropout": "activation.Dropout",
        "identity": "activation.Identity",
        "scale": "activation.Scale",
        "add": "merge.Add",
        "multiply": "merge.Multiply",
        "subtract": "merge.Subtract",
        "concat": "merge.Concat",
        "average": "merge.Average",
        "mean": "reduction.Mean",
        "sum": "reduction.Sum",
        "max": "reduction.Max",
        "stack_frames": "reshape.StackFrames",
        "space_to_depth": "reshape.SpaceToDepth",
        "depth_to_space": "depth_to_space.DepthToSpace",
        "pixel_shuffle": "depth_to_space.PixelShuffle",
        "channel_shuffle": "channel_shuffle.ChannelShuffle",
        "flatten": "reshape.Flatten",
        "join_axes": "join_axes.JoinAxes",
        "expand": "reshape.Expand",
        "select": "slicing.Select",
        "subsample": "slicing.Subsample",
        "chunk": "chunk.Chunk",
        "crop": "slicing.Crop",
        "roll": "roll.Roll",
        "pad": "slicing.Pad",
        "interpolate": "resample.Interpolate",
        "temporal_shift": "shift.TemporalShift",
        "position": "tokens.Position",
        "sinusoidal_position": "sinusoidal.SinusoidalPosition",
        "class_token": "tokens.ClassToken",
        "constant": "constant.Constant",
        "rnn": "recurrent.Rnn",
        "lstm": "recurrent.Lstm",
        "gru": "recurrent.Gru",
        "conv_lstm2d": "conv_recurrent.ConvLstm2d",
        "conv_gru2d": "conv_recurrent.ConvGru2d",
        "attention": "attention.Attention",
        "sequence_attention": "sequence_attention.SequenceAttention",
        "cross_attention": "cross_attention.CrossAttention",
        "dot_product": "dot_product.DotProduct",
        "matmul": "matmul.Matmul",
        "grid_sample": "grid_sample.GridSample",
        "deform_conv2d": "deform_conv.DeformConv2d",
        "roi_align": "roi_align.RoiAlign",
    }
)

WITHOUT_WORD = {
    "ResidualAdd": "residual_add",
    "ProjectHeads": "project_heads",
    "Traced": "traced",
    "TracedProduct": "traced",
    "TracedView": "traced",
}
"""Names of operators that structures make, and of recorded layers, by their classes."""


def word_of(operator: Operator) -> str:
    """Return the word of an operator; structures and recordings make some that a spec cannot name."""
    name = type(operator).__name__
    return OPS.word(name) or WITHOUT_WORD[name]
