"""Writes keras_cases.json: small models as Keras 3 saves them, with what Keras says of them.

Run with Keras installed: `KERAS_BACKEND=jax python tests/readers/keras_cases.py`. The tests need the file alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("keras_cases.json")
UNUSED = ("initializer", "regularizer", "constraint", "dtype", "registered_name", "build_config", "compile_config")
"""Parts of names of entries that say nothing about shapes; left out of the file."""


def cases(keras: Any) -> dict[str, Callable[[], Any]]:
    """Return a function for each case, which builds its model."""
    layers = keras.layers

    def chain(shape: tuple[int | None, ...], *each: Any) -> Callable[[], Any]:
        return lambda: keras.Sequential([keras.Input(shape), *each])

    def merged(layer: Any) -> Callable[[], Any]:
        def build() -> Any:
            image = keras.Input((8, 8, 3))
            left, right = (layers.Conv2D(4, 3, padding="same", name=name)(image) for name in ("left", "right"))
            return keras.Model(image, layer([left, right]))

        return build

    def shared() -> Any:
        image = keras.Input((8, 8, 3))
        conv = layers.Conv2D(3, 3, padding="same", activation="relu")
        return keras.Model(image, conv(conv(image)))

    def two_outputs() -> Any:
        image = keras.Input((8, 8, 3))
        body = layers.Conv2D(4, 3, name="body")(image)
        heads = [layers.Dense(2, name="left")(layers.Flatten()(body)), layers.GlobalMaxPooling2D()(body)]
        return keras.Model(image, heads)

    def nested() -> Any:
        inner = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.ReLU()], name="backbone")
        return keras.Sequential([keras.Input((8, 8, 3)), inner, layers.Flatten(), layers.Dense(2)])

    def squeeze() -> Any:
        image = keras.Input((8, 8, 6))
        pooled = layers.Reshape((1, 1, 6))(layers.GlobalAveragePooling2D()(image))
        gate = layers.Conv2D(6, 1, activation="sigmoid")(layers.Conv2D(2, 1, activation="relu")(pooled))
        return keras.Model(image, layers.Multiply()([image, gate]))

    image, clip, sequence = (9, 11, 3), (6, 9, 11, 2), (7, 4)
    functions = ("elu", "gelu", "hard_sigmoid", "leaky_relu", "mish", "relu6", "selu", "silu", "softplus", "tanh")
    return {
        "conv1d": chain(sequence, layers.Conv1D(5, 3, padding="causal", dilation_rate=2)),
        "conv2d": chain(image, layers.Conv2D(6, (3, 5), strides=2, padding="same", groups=3, activation="relu")),
        "conv2d_valid": chain(image, layers.Conv2D(6, 3, dilation_rate=2, use_bias=False)),
        "conv3d": chain(clip, layers.Conv3D(4, (1, 3, 3), strides=(1, 2, 2), padding="same")),
        "depthwise1d": chain(sequence, layers.DepthwiseConv1D(3, depth_multiplier=2)),
        "depthwise2d": chain(image, layers.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2)),
        "separable1d": chain(sequence, layers.SeparableConv1D(5, 3, padding="same")),
        "separable2d": chain(image, layers.SeparableConv2D(5, 3, depth_multiplier=2, activation="relu")),
        "transposed1d": chain(sequence, layers.Conv1DTranspose(5, 4, strides=2, padding="same")),
        "transposed2d": chain(image, layers.Conv2DTranspose(5, 3, strides=2, padding="same")),
        "transposed2d_valid": chain(image, layers.Conv2DTranspose(5, 2, strides=3, use_bias=False)),
        "transposed3d": chain(clip, layers.Conv3DTranspose(5, 3, strides=(1, 2, 2), padding="same")),
        "max_pool1d": chain(sequence, layers.MaxPooling1D(2)),
        "max_pool2d": chain(image, layers.MaxPooling2D(3, strides=2, padding="same")),
        "max_pool3d": chain(clip, layers.MaxPooling3D((1, 2, 2))),
        "avg_pool1d": chain(sequence, layers.AveragePooling1D(3, strides=1, padding="same")),
        "avg_pool2d": chain(image, layers.AveragePooling2D(2)),
        "avg_pool3d": chain(clip, layers.AveragePooling3D(2)),
        "global_avg1d": chain(sequence, layers.GlobalAveragePooling1D()),
        "global_avg2d": chain(image, layers.GlobalAveragePooling2D(keepdims=True)),
        "global_avg3d": chain(clip, layers.GlobalAveragePooling3D()),
        "global_max1d": chain(sequence, layers.GlobalMaxPooling1D()),
        "global_max2d": chain(image, layers.GlobalMaxPooling2D()),
        "global_max3d": chain(clip, layers.GlobalMaxPooling3D(keepdims=True)),
        "padded1d": chain(sequence, layers.ZeroPadding1D(2), layers.Cropping1D((1, 2))),
        "padded2d": chain(image, layers.ZeroPadding2D(((0, 1), (2, 3))), layers.Cropping2D(1)),
        "padded3d": chain(clip, layers.ZeroPadding3D((1, 2, 0)), layers.Cropping3D(((0, 1), (1, 1), (2, 0)))),
        "upsampled1d": chain(sequence, layers.UpSampling1D(3)),
        "upsampled2d": chain(image, layers.UpSampling2D((2, 3), interpolation="bilinear")),
        "upsampled3d": chain(clip, layers.UpSampling3D(2)),
        "dense": chain(image, layers.Dense(4, activation="sigmoid"), layers.Flatten(), layers.Dense(2)),
        "reshaped": chain(image, layers.Reshape((-1,)), layers.Dense(3, use_bias=False)),
        "batch_norm": chain(image, layers.BatchNormalization(), layers.BatchNormalization(scale=False)),
        "layer_norm": chain(image, layers.LayerNormalization(), layers.LayerNormalization(center=False)),
        "group_norm": chain((8, 8, 6), layers.GroupNormalization(3), layers.GroupNormalization(-1)),
        "activations": chain(image, *[layers.Activation(name) for name in functions], layers.Softmax()),
        "rectifiers": chain(image, layers.ReLU(6.0), layers.ReLU(negative_slope=0.1), layers.LeakyReLU(),
                            layers.PReLU(shared_axes=[1, 2]), layers.ELU(0.5)),
        "dropouts": chain(clip, layers.Dropout(0.2), layers.SpatialDropout3D(0.2), layers.AlphaDropout(0.1)),
        "rescaling": chain(image, layers.Rescaling(1 / 255, offset=-1.0), layers.Rescaling([1.0, 2.0, 3.0])),
        "normalization": chain(image, layers.Normalization()),
        "add": merged(layers.Add()),
        "average": merged(layers.Average()),
        "concatenate": merged(layers.Concatenate()),
        "concatenate_rows": merged(layers.Concatenate(axis=1)),
        "multiply": merged(layers.Multiply()),
        "subtract": merged(layers.Subtract()),
        "embedding": lambda: keras.Sequential(
            [keras.Input((None,), name="words"), layers.Embedding(50, 8), layers.LSTM(6)]
        ),
        "lstm": chain(sequence, layers.LSTM(5, return_sequences=True), layers.LSTM(3, go_backwards=True)),
        "gru": chain(sequence, layers.GRU(5, return_sequences=True), layers.GRU(5, reset_after=False)),
        "rnn": chain(sequence, layers.SimpleRNN(5, use_bias=False)),
        "bidirectional": chain(sequence, layers.Bidirectional(layers.LSTM(5, return_sequences=True)),
                               layers.Bidirectional(layers.GRU(3), merge_mode="sum")),
        "conv_lstm": chain(clip, layers.ConvLSTM2D(4, 3, padding="same", return_sequences=True),
                           layers.ConvLSTM2D(2, 3, padding="same")),
        "time_distributed": chain(clip, layers.TimeDistributed(layers.Conv2D(4, 3, activation="relu")),
                                  layers.TimeDistributed(layers.MaxPooling2D(2)),
                                  layers.TimeDistributed(layers.Flatten()), layers.LSTM(5)),
        "time_distributed_pool": chain(clip, layers.TimeDistributed(layers.GlobalAveragePooling2D()),
                                       layers.TimeDistributed(layers.Dense(3))),
        "channels_first": chain((3, 9, 11), layers.Conv2D(4, 3, data_format="channels_first"),
                                layers.MaxPooling2D(2, data_format="channels_first")),
        "nested": nested,
        "shared": shared,
        "squeeze": squeeze,
        "two_outputs": two_outputs,
    }  # fmt: skip


def slim(node: Any) -> Any:
    """Return a configuration without what says nothing about shapes."""
    if isinstance(node, dict):
        return {key: slim(value) for key, value in node.items() if not any(word in key for word in UNUSED)}
    return [slim(each) for each in node] if isinstance(node, list) else node


def recorded(model: Any) -> dict[str, Any]:
    """Return the configuration of a model and what Keras says of it."""
    shapes = model.output_shape if isinstance(model.output_shape, list) else [model.output_shape]
    return {
        "trainable": sum(prod(weight.shape) for weight in model.trainable_weights),
        "fixed": sum(prod(weight.shape) for weight in model.non_trainable_weights if "seed" not in weight.path),
        "outputs": [list(shape[1:]) for shape in shapes],
        "model": slim(json.loads(model.to_json())),
    }


if __name__ == "__main__":
    import keras

    made = {name: recorded(build()) for name, build in cases(keras).items()}
    text = ",\n".join(f'  "{name}": {json.dumps(case, separators=(",", ":"))}' for name, case in made.items())
    FILE.write_text(f'{{"keras": "{keras.__version__}", "cases": {{\n{text}\n}}}}\n', encoding="utf-8")
