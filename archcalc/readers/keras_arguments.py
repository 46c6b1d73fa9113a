"""Arguments of Keras layers, read and checked, and what the readers of layers return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archcalc.readers.keras_config import LayerConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

Axes = tuple[str, ...]
"""Axes of a tensor without C and the batch, in the order of Keras."""
GRID = {1: ("T",), 2: ("H", "W"), 3: ("T", "H", "W")}


class NoOperator(Exception):
    """A layer, or an argument of it, has no operator; the text begins with a space and says which."""


@dataclass(frozen=True, slots=True)
class Line:
    """One layer of a spec."""

    operator: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    note: str = ""


Read = tuple[list[Line], Axes]
Reader = Callable[[LayerConfig, tuple[Axes, ...]], Read]

FUNCTIONS: dict[str, tuple[str, dict[str, object]]] = {
    "elu": ("elu", {}),
    "gelu": ("gelu", {}),
    "hard_sigmoid": ("hardsigmoid", {}),
    "hard_silu": ("hardswish", {}),
    "hard_swish": ("hardswish", {}),
    "leaky_relu": ("leaky_relu", {"negative_slope": 0.2}),
    "mish": ("mish", {}),
    "relu": ("relu", {}),
    "relu6": ("relu6", {}),
    "selu": ("selu", {}),
    "sigmoid": ("sigmoid", {}),
    "silu": ("silu", {}),
    "softmax": ("softmax", {}),
    "softplus": ("softplus", {}),
    "swish": ("silu", {}),
    "tanh": ("tanh", {}),
}


def argument(layer: LayerConfig, *keys: str, default: object = None) -> object:
    """Return the first of some arguments that is there; later versions of Keras renamed some."""
    return next((value for key in keys if (value := layer.get(key)) is not None), default)


def whole_number(layer: LayerConfig, *keys: str, default: int | None = None) -> int:
    """Return an argument that is a positive integer; raise NoOperator for anything else."""
    value = argument(layer, *keys, default=default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 10**9:
        raise NoOperator(f" with {keys[0]}={value!r}"[:100])
    return value


def per_axis(layer: LayerConfig, count: int, *keys: str, default: object = None) -> int | list[int]:
    """Return an argument with a number per axis, as one number where all are equal."""
    value = argument(layer, *keys, default=default)
    values: list[Any] = value if isinstance(value, list) else [value] * count
    if len(values) != count or not all(isinstance(each, int) and 0 < each < 10**9 for each in values):
        raise NoOperator(f" with {keys[0]}={value!r}"[:100])
    return single([int(each) for each in values])


def check_grid(axes: Axes, count: int) -> None:
    """Check that a layer with windows along some axes reads a tensor that has them."""
    if tuple(axes[-count:]) != GRID[count]:
        raise NoOperator(f" on the axes {', '.join(axes) or 'C'}")


def activation_lines(value: object) -> list[Line]:
    """Return the line of an activation function; its name, or a configuration of it."""
    if isinstance(value, dict):
        inner = value.get("config")
        value = inner if isinstance(inner, str) else value.get("class_name")
        value = str(value).lower() if not isinstance(inner, str) else value
    if value in (None, "linear"):
        return []
    if not isinstance(value, str) or value not in FUNCTIONS:
        raise NoOperator(f" with activation={value!r}"[:100])
    return [Line(*FUNCTIONS[value])]


def bias_argument(layer: LayerConfig) -> dict[str, object]:
    """Return the argument of a layer without bias; nothing for one with a bias."""
    return {} if argument(layer, "use_bias", default=True) else {"bias": False}


def window_arguments(layer: LayerConfig, count: int) -> dict[str, object]:
    """Return stride, padding and dilation of a convolution, without those that are defaults."""
    stride = per_axis(layer, count, "strides", default=1)
    dilation = per_axis(layer, count, "dilation_rate", default=1)
    return {
        **({"stride": stride} if stride != 1 else {}),
        **padding_argument(layer),
        **({"dilation": dilation} if dilation != 1 else {}),
    }


def padding_argument(layer: LayerConfig) -> dict[str, object]:
    """Return the padding of a layer, nothing for the default `valid`."""
    padding = argument(layer, "padding", default="valid")
    if padding not in ("valid", "same", "causal"):
        raise NoOperator(f" with padding={padding!r}"[:100])
    return {} if padding == "valid" else {"padding": padding}


def single(values: list[int]) -> int | list[int]:
    """Return one number where all numbers are equal, else the list."""
    return values[0] if len(set(values)) == 1 else values
