"""Layers of Keras in the words of a spec: one function a family, which returns lines and the axes of the output.

The arguments are those of the classes of keras.layers; defaults are those of Keras where a file leaves one out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.readers import keras_windows as windows
from archcalc.readers.keras_arguments import (
    GRID,
    Axes,
    Line,
    NoOperator,
    Read,
    Reader,
    activation_lines,
    argument,
    bias_argument,
    whole_number,
)
from archcalc.readers.keras_config import inner_layer
from archcalc.readers.keras_sequences import conv_lstm, embedding, recurrent

if TYPE_CHECKING:
    from archcalc.readers.keras_config import LayerConfig

WITH_WEIGHTS = frozenset({
    "batch_norm", "conv1d", "conv2d", "conv3d", "conv_lstm2d", "conv_transpose1d", "conv_transpose2d",
    "conv_transpose3d", "embedding", "group_norm", "gru", "layer_norm", "linear", "lstm", "prelu", "rnn",
    "sequence_attention",
})  # fmt: skip
"""Operators whose weights a second call of a layer shares."""


def _dense(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
    if layer.channels_first and inputs[0]:
        raise NoOperator(" on the last axis of a tensor whose channels are first")
    arguments = {"out": whole_number(layer, "units")} | bias_argument(layer)
    return [Line("linear", arguments), *activation_lines(layer.get("activation"))], inputs[0]


def _flatten(_layer: LayerConfig, _inputs: tuple[Axes, ...]) -> Read:
    return [Line("flatten")], ()


def _dropout(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
    rate = argument(layer, "rate", default=0.5)
    if not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
        raise NoOperator(f" with rate={rate!r}"[:100])
    return [Line("dropout", {"p": rate})], inputs[0]


def _last_axis(layer: LayerConfig, axes: Axes) -> None:
    """Check that a layer acts on channels: the last axis, or the first behind the batch if channels are first."""
    axis = layer.get("axis", -1)
    number = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    if number not in ((1,) if layer.channels_first and axes else (-1, len(axes) + 1)):
        raise NoOperator(f" with axis={axis!r}"[:100])


def _batch_norm(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
    _last_axis(layer, inputs[0])
    scale, center = layer.get("scale", True), layer.get("center", True)
    if scale and not center:
        raise NoOperator(" with scale and without center")
    learned = {} if scale else {"scale": False} if center else {"affine": False}
    return [Line("batch_norm", {"eps": layer.get("epsilon", 0.001), **learned})], inputs[0]


def _layer_norm(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
    _last_axis(layer, inputs[0])
    scale, center = layer.get("scale", True), layer.get("center", True)
    if center and not scale:
        raise NoOperator(" with center and without scale")
    learned = {} if center else {"bias": False} if scale else {"elementwise_affine": False}
    return [Line("layer_norm", {"eps": layer.get("epsilon", 0.001), **learned})], inputs[0]


def _group_norm(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
    _last_axis(layer, inputs[0])
    if not (layer.get("scale", True) and layer.get("center", True)):
        raise NoOperator(" without scale or center")
    groups = layer.get("groups", 32)
    arguments = {"num_groups": "$(here.C)" if groups == -1 else groups, "eps": layer.get("epsilon", 0.001)}
    return [Line("group_norm", arguments)], inputs[0]


def _activation(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
    return activation_lines(layer.get("activation")) or [Line("identity")], inputs[0]


def _relu(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
    most, slope, threshold = (layer.get(key) for key in ("max_value", "negative_slope", "threshold"))
    if threshold or (most is not None and slope):
        raise NoOperator(f" with max_value={most}, negative_slope={slope}, threshold={threshold}")
    if most is not None:
        clipped = Line("relu6") if most == 6 else Line("hardtanh", {"min_val": 0.0, "max_val": most})
        return [clipped], inputs[0]
    return [Line("leaky_relu", {"negative_slope": slope}) if slope else Line("relu")], inputs[0]


def _leaky_relu(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
    return [Line("leaky_relu", {"negative_slope": argument(layer, "negative_slope", "alpha", default=0.3)})], inputs[0]


def _prelu(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
    shared = layer.get("shared_axes") or []
    if not isinstance(shared, list) or len(shared) != len(inputs[0]):
        raise NoOperator(" with a slope for each position")
    return [Line("prelu", {"num_parameters": "$(here.C)"})], inputs[0]


def _elu(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
    return [Line("elu", {"alpha": layer.get("alpha", 1.0)})], inputs[0]


def _softmax(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
    _last_axis(layer, inputs[0])
    return [Line("softmax")], inputs[0]


def _merge(operator: str) -> Reader:
    def read(_layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
        if len(inputs) < 2 or (operator == "subtract" and len(inputs) != 2):
            raise NoOperator(f" of {len(inputs)} tensors")
        return [Line(operator)], max(inputs, key=len)

    return read


def _concatenate(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
    axis = layer.get("axis", -1)
    axes = inputs[0]
    if not isinstance(axis, int) or len(inputs) < 2:
        raise NoOperator(f" with axis={axis!r} of {len(inputs)} tensors"[:100])
    order = ("C", *axes) if layer.channels_first else (*axes, "C")
    place = axis - 1 if axis > 0 else axis + len(order)
    if 0 <= place < len(order) and axis != 0:
        return [Line("concat", {} if order[place] == "C" else {"axis": order[place]})], axes
    raise NoOperator(f" with axis={axis}")


def _reshape(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
    shape = layer.get("target_shape")
    if isinstance(shape, list) and len(shape) == 1:
        return [Line("flatten")], ()
    vector = not inputs[0] and not layer.channels_first
    if vector and isinstance(shape, list) and len(shape) - 1 in GRID and all(each == 1 for each in shape[:-1]):
        axes = GRID[len(shape) - 1]
        return [Line("expand", dict.fromkeys(axes, 1))], axes
    raise NoOperator(f" with target_shape={shape}"[:100])


def _rescaling(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
    """Read Rescaling; of a factor for each channel the first is written, and all of them in the note."""
    scale, offset = layer.get("scale", 1.0), layer.get("offset", 0.0)
    first = scale[0] if isinstance(scale, list) and scale else scale
    if not isinstance(first, (int, float)) or not isinstance(offset, (int, float)):
        raise NoOperator(" with other factors than numbers, or an offset for each channel")
    notes = [f"Keras multiplies the channels by {scale}"] if isinstance(scale, list) else []
    notes += [f"Keras adds {offset}"] if offset else []
    return [Line("scale", {"factor": first}, "; ".join(notes)[:200])], inputs[0]


def _normalization(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
    """Read Normalization: mean and variance of each channel, which training does not change."""
    _last_axis(layer, inputs[0])
    if layer.get("invert") or layer.get("mean") is not None:
        raise NoOperator(" with invert or a given mean")
    return [Line("batch_norm", {"affine": False}, "Keras learns mean and variance from data beforehand")], inputs[0]


def _bidirectional(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
    inner = inner_layer(layer)
    if inner.word not in ("LSTM", "GRU", "SimpleRNN"):
        raise NoOperator(f" around {inner.word}")
    merge = layer.get("merge_mode", "concat")
    if merge not in ("concat", "sum"):
        raise NoOperator(f" with merge_mode={merge!r}"[:100])
    (line,), axes = CLASSES[inner.word](inner, inputs)
    extra = {"bidirectional": True} | ({"merge": merge} if merge != "concat" else {})
    return [Line(line.operator, {**line.arguments, **extra})], axes


def _time_distributed(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
    inner, axes = inner_layer(layer), inputs[0]
    if inner.word == "Flatten" and axes == ("T", "H", "W"):
        whole = {axis: f"$(here.{axis})" for axis in ("H", "W")}
        drop = [Line("select", {"axis": axis, "index": 0}) for axis in ("H", "W")]
        return [Line("space_to_depth", whole), *drop], ("T",)
    if inner.word not in FRAME_WISE or axes[:1] != ("T",):
        raise NoOperator(f" around {inner.word}")
    lines, inside = CLASSES[inner.word](inner, (axes[1:],))
    if len(inside) == len(axes) - 1 or lines[0].operator in ("mean", "max"):
        return lines, ("T", *inside)
    raise NoOperator(f" around {inner.word}")


FRAME_WISE = (
    "Activation", "AveragePooling2D", "BatchNormalization", "Conv2D", "Dense", "DepthwiseConv2D", "Dropout",
    "GlobalAveragePooling2D", "GlobalMaxPooling2D", "LayerNormalization", "MaxPooling2D", "ReLU", "SeparableConv2D",
    "ZeroPadding2D",
)  # fmt: skip
"""Classes that TimeDistributed applies to every frame."""

CLASSES: dict[str, Reader] = {
    "Activation": _activation,
    "Add": _merge("add"),
    "AlphaDropout": _dropout,
    "Average": _merge("average"),
    "BatchNormalization": _batch_norm,
    "Bidirectional": _bidirectional,
    "Concatenate": _concatenate,
    "ConvLSTM2D": conv_lstm,
    "Dense": _dense,
    "Dropout": _dropout,
    "ELU": _elu,
    "Embedding": embedding,
    "Flatten": _flatten,
    "GRU": recurrent("gru"),
    "GroupNormalization": _group_norm,
    "LSTM": recurrent("lstm"),
    "LayerNormalization": _layer_norm,
    "LeakyReLU": _leaky_relu,
    "Multiply": _merge("multiply"),
    "Normalization": _normalization,
    "PReLU": _prelu,
    "ReLU": _relu,
    "Rescaling": _rescaling,
    "Reshape": _reshape,
    "SimpleRNN": recurrent("rnn"),
    "Softmax": _softmax,
    "Subtract": _merge("subtract"),
    "TimeDistributed": _time_distributed,
    **{f"SpatialDropout{n}D": _dropout for n in GRID},
    **{f"Conv{n}D": windows.convolution(n) for n in GRID},
    **{f"Conv{n}DTranspose": windows.transposed(n) for n in GRID},
    **{f"DepthwiseConv{n}D": windows.depthwise(n) for n in (1, 2)},
    **{f"SeparableConv{n}D": windows.separable(n) for n in (1, 2)},
    **{f"MaxPooling{n}D": windows.pool("max_pool", n) for n in GRID},
    **{f"AveragePooling{n}D": windows.pool("avg_pool", n) for n in GRID},
    **{f"GlobalAveragePooling{n}D": windows.global_pool("mean", n) for n in GRID},
    **{f"GlobalMaxPooling{n}D": windows.global_pool("max", n) for n in GRID},
    **{f"ZeroPadding{n}D": windows.zero_padding(n) for n in GRID},
    **{f"Cropping{n}D": windows.cropping(n) for n in GRID},
    **{f"UpSampling{n}D": windows.upsampling(n) for n in GRID},
}
"""Readers by the name of a class."""
