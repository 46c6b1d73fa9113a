"""Layers of Keras for sequences: embeddings, recurrent layers, and layers that are applied to every frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.readers.keras_arguments import (
    Axes,
    Line,
    NoOperator,
    Read,
    Reader,
    bias_argument,
    check_grid,
    per_axis,
    whole_number,
    window_arguments,
)

if TYPE_CHECKING:
    from archcalc.readers.keras_config import LayerConfig


def embedding(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
    """Return the table of an Embedding, whose input has positions along T alone."""
    if inputs[0] != ("T",):
        raise NoOperator(f" on the axes {', '.join(inputs[0]) or 'C'}")
    return [
        Line("embedding", {"num": whole_number(layer, "input_dim"), "out": whole_number(layer, "output_dim")})
    ], inputs[0]


def recurrent(operator: str) -> Reader:
    """Return the reader of LSTM, GRU or SimpleRNN. Keras has one bias a gate, and two in a GRU with reset_after."""

    def read(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
        if inputs[0] != ("T",):
            raise NoOperator(f" on the axes {', '.join(inputs[0]) or 'C'}")
        _check_functions(layer)
        biased = bool(layer.get("use_bias", True))
        two = operator == "gru" and bool(layer.get("reset_after", False))
        arguments = {"hidden_size": whole_number(layer, "units")}
        arguments |= {"biases": 2 if two else 1} if biased else {"bias": False}
        arguments |= {"reverse": True} if layer.get("go_backwards") else {}
        last = not layer.get("return_sequences", False)
        if layer.get("return_state") or layer.get("time_major"):
            raise NoOperator(" with return_state or time_major")
        return [Line(operator, arguments | ({"output": "last"} if last else {}))], () if last else inputs[0]

    return read


def _check_functions(layer: LayerConfig) -> None:
    """Refuse activations other than those that the operators count."""
    for key, usual in (("activation", ("tanh",)), ("recurrent_activation", ("sigmoid", "hard_sigmoid"))):
        value = layer.get(key)
        if value is not None and value not in usual:
            raise NoOperator(f" with {key}={value!r}"[:100])


def conv_lstm(layer: LayerConfig, inputs: tuple[Axes, ...]) -> Read:
    """Read ConvLSTM2D."""
    check_grid(inputs[0], 3)
    _check_functions(layer)
    plain_window = window_arguments(layer, 2) == {"padding": "same"}
    if not plain_window or layer.get("return_state"):
        raise NoOperator(" with other windows than padding=same, or with return_state")
    last = not layer.get("return_sequences", False)
    arguments = {"out": whole_number(layer, "filters"), "kernel": per_axis(layer, 2, "kernel_size")} | bias_argument(
        layer
    )
    arguments |= {"reverse": True} if layer.get("go_backwards") else {}
    axes = ("H", "W") if last else inputs[0]
    return [Line("conv_lstm2d", arguments | ({"output": "last"} if last else {}))], axes
