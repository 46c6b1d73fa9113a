"""Layers that do the same at every position, and normalisations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.ops.activation import Abs, Hardswish, Relu, Sigmoid, Silu, Tanh
from archcalc.pytorch.source.expressions import Argument, Call, Const, Name, call
from archcalc.pytorch.source.written import Written, directly, function, on_channels, on_values

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.ops.activation import Dropout, Gelu, LeakyRelu, Scale, Softmax, Threshold
    from archcalc.ops.base import Inputs, Operator
    from archcalc.ops.linear import Linear
    from archcalc.ops.norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, LocalResponseNorm

FUNCTIONS: dict[type[Operator], tuple[str, str | None]] = {
    Relu: ("functional.relu", "nn.ReLU"),
    Silu: ("functional.silu", "nn.SiLU"),
    Hardswish: ("functional.hardswish", "nn.Hardswish"),
    Sigmoid: ("torch.sigmoid", "nn.Sigmoid"),
    Tanh: ("torch.tanh", "nn.Tanh"),
    Abs: ("torch.abs", None),
}
"""Activations without arguments: the function, and the module that does the same."""


def activation(operator: Operator, inputs: Inputs) -> Written:
    """An activation without arguments."""
    return function(inputs[0], *FUNCTIONS[type(operator)])


def gelu(operator: Gelu, inputs: Inputs) -> Written:
    """A function, or a module where it is approximated."""
    if operator.approximate == "none":
        return function(inputs[0], "functional.gelu", "nn.GELU")
    return on_values(inputs[0], call("nn.GELU", Const(operator.approximate, "approximate")))


def leaky_relu(operator: LeakyRelu, inputs: Inputs) -> Written:
    """A module of torch.nn."""
    return on_values(inputs[0], call("nn.LeakyReLU", Const(operator.negative_slope, "slope")))


def softmax(operator: Softmax, inputs: Inputs) -> Written:
    """A module of torch.nn, over the channels."""
    del operator
    return on_values(inputs[0], call("nn.Softmax", dim=Const(1, "dim")))


def threshold(operator: Threshold, inputs: Inputs) -> Written:
    """A module of torch.nn."""
    limits = Const(operator.threshold, "threshold"), Const(operator.value, "value")
    return on_values(inputs[0], call("nn.Threshold", *limits))


def dropout(operator: Dropout, inputs: Inputs) -> Written:
    """A module of torch.nn."""
    return on_values(inputs[0], call("nn.Dropout", Const(operator.p, "dropout")))


def scale(operator: Scale, inputs: Inputs) -> Written:
    """A product, or weights that start at the factor."""
    (shape,) = inputs
    if operator.learned:
        channels, factor = Const(shape.channels, "channels"), Const(operator.factor, "factor")
        return on_values(shape, call("ChannelScale", channels, factor))
    times = f" * {operator.factor!r}"
    if not shape.tokens:
        return Written(lambda _, inputs: Name(inputs[0] + times))
    parts = ("grid", "tokens")
    return Written(lambda _, inputs: call("Features", *(Name(f"{inputs[0]}.{part}{times}") for part in parts)))


def linear(operator: Linear, inputs: Inputs) -> Written:
    """A linear layer of torch.nn."""
    arguments = (
        Argument("", Const(inputs[0].channels, "in")),
        Argument("", Const(operator.out, "out")),
        Argument("bias", Const(operator.bias, "bias"), True),
    )
    return on_channels(inputs[0], Call("nn.Linear", arguments))


def batch_norm(operator: BatchNorm, inputs: Inputs) -> Written:
    """A batch norm of torch.nn, or one without a scale."""
    (shape,) = inputs
    shift_only = operator.affine and not operator.scale
    kind = "ShiftBatchNorm" if shift_only else "nn.BatchNorm"
    affine = () if shift_only else (Argument("affine", Const(operator.affine, "affine"), True),)
    arguments = (
        Argument("", Const(shape.channels, "channels")),
        Argument("eps", Const(operator.eps, "eps"), 1e-5),
        Argument("momentum", Const(operator.momentum, "momentum"), 0.1),
        *affine,
        Argument("track_running_stats", Const(operator.track_running_stats, "track_running_stats"), True),
    )
    return _on_row(shape, Call(f"{kind}{_row_dims(shape)}d", arguments))


def layer_norm(operator: LayerNorm, inputs: Inputs) -> Written:
    """A layer norm of torch.nn over the channels."""
    arguments = (
        Argument("", Const(inputs[0].channels, "channels")),
        Argument("eps", Const(operator.eps, "eps"), 1e-5),
        Argument("elementwise_affine", Const(operator.elementwise_affine, "affine"), True),
        Argument("bias", Const(operator.bias, "bias"), True),
    )
    return on_channels(inputs[0], Call("nn.LayerNorm", arguments))


def group_norm(operator: GroupNorm, inputs: Inputs) -> Written:
    """A group norm of torch.nn."""
    arguments = (
        Argument("", Const(operator.num_groups, "groups")),
        Argument("", Const(inputs[0].channels, "channels")),
        Argument("eps", Const(operator.eps, "eps"), 1e-5),
        Argument("affine", Const(operator.affine, "affine"), True),
    )
    return _on_row(inputs[0], Call("nn.GroupNorm", arguments))


def instance_norm(operator: InstanceNorm, inputs: Inputs) -> Written:
    """An instance norm of torch.nn."""
    (shape,) = inputs
    arguments = (
        Argument("", Const(shape.channels, "channels")),
        Argument("eps", Const(operator.eps, "eps"), 1e-5),
        Argument("momentum", Const(operator.momentum, "momentum"), 0.1),
        Argument("affine", Const(operator.affine, "affine"), False),
        Argument("track_running_stats", Const(operator.track_running_stats, "track_running_stats"), False),
    )
    return _on_row(shape, Call(f"nn.InstanceNorm{_row_dims(shape)}d", arguments), needs_row=True)


def local_response_norm(operator: LocalResponseNorm, inputs: Inputs) -> Written:
    """A local response norm of torch.nn."""
    arguments = (
        Argument("", Const(operator.size, "size")),
        Argument("alpha", Const(operator.alpha, "alpha"), 1e-4),
        Argument("beta", Const(operator.beta, "beta"), 0.75),
        Argument("k", Const(operator.k, "k"), 1.0),
    )
    norm = Call("nn.LocalResponseNorm", arguments)
    return on_values(inputs[0], norm) if inputs[0].grid or inputs[0].tokens else _with_one_position(norm)


def _row_dims(shape: Shape) -> int:
    """Axes that the layer meets: those of the grid, or one where all positions stand in a row."""
    return 1 if shape.tokens else max(len(shape.grid), 1)


def _on_row(shape: Shape, module: Call, *, needs_row: bool = False) -> Written:
    if shape.tokens:
        return Written(lambda name, inputs: call("on_row", Name(name), Name(inputs[0])), module)
    return _with_one_position(module) if needs_row and not shape.grid else directly(module)


def _with_one_position(module: Call) -> Written:
    """A module that takes no tensor of channels alone."""
    return Written(lambda name, inputs: Name(f"{name}({inputs[0]}.unsqueeze(-1)).squeeze(-1)"), module)
