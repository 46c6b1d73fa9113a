"""Layers that do the same at every position: activations, dropout, scales, linear maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.shape import CHANNEL
from archcalc.pytorch.expressions import MODULE, Argument, Call, Const, Infix, Name, call, method
from archcalc.pytorch.operators.layer_code import (
    GRID,
    TOKENS,
    LayerCode,
    X,
    channels_last,
    dimensions,
    function,
    in_and_out,
    option,
    pointwise,
    with_norm,
)

if TYPE_CHECKING:
    from archcalc.ops.activation import Gelu, Scale, Softmax
    from archcalc.ops.activation_functions import Elu, Softplus
    from archcalc.ops.base import Inputs, Operator
    from archcalc.ops.gated import Glu, Prelu
    from archcalc.ops.heads import ProjectHeads
    from archcalc.ops.linear import Linear
    from archcalc.ops.mixture_of_experts import MixtureOfExperts


def gelu(operator: Gelu, inputs: Inputs) -> LayerCode:
    """Return a function, or a module where it is approximated."""
    if operator.approximate == "none":
        return function(inputs[0], "functional.gelu", call("nn.GELU"))
    return pointwise(inputs[0], call("nn.GELU", Const(operator.approximate, "approximate")))


def elu(operator: Elu, inputs: Inputs) -> LayerCode:
    """Return a function, or a module where alpha is not 1."""
    if operator.alpha == 1:
        return function(inputs[0], "functional.elu", call("nn.ELU"))
    return pointwise(inputs[0], call("nn.ELU", Const(operator.alpha, "alpha")))


def softplus(operator: Softplus, inputs: Inputs) -> LayerCode:
    """Return a module of torch.nn."""
    arguments = (
        Argument("", Const(operator.beta, "beta"), 1.0),
        option("threshold", operator.threshold, 20.0),
    )
    return pointwise(inputs[0], Call(Name("nn.Softplus"), arguments))


def prelu(operator: Prelu, inputs: Inputs) -> LayerCode:
    """Return a module of torch.nn, with one slope or one per channel."""
    arguments = (
        Argument("", Const(operator.num_parameters, "slopes"), 1),
        option("init", operator.init, 0.25),
    )
    return pointwise(inputs[0], Call(Name("nn.PReLU"), arguments))


def glu(operator: Glu, inputs: Inputs) -> LayerCode:
    """Return a module of torch.nn, over the channels."""
    del operator
    return pointwise(inputs[0], call("nn.GLU", Const(1, "dim")))


def softmax(operator: Softmax, inputs: Inputs) -> LayerCode:
    """Return a module of torch.nn, over the channels."""
    del operator
    return pointwise(inputs[0], call("nn.Softmax", dim=Const(1, "dim")))


def identity(operator: Operator, inputs: Inputs) -> LayerCode:
    """Return the input itself; the code generator leaves no trace of it."""
    del operator, inputs
    return LayerCode(X)


def scale(operator: Scale, inputs: Inputs) -> LayerCode:
    """Return a product with a number, or with weights that start at it."""
    (shape,) = inputs
    if operator.learned:
        channels = Const(1 if operator.shared else shape.channels, "channels")
        factor = Const(operator.factor, "factor")
        return pointwise(shape, call("ChannelScale", channels, factor))
    parts = [Infix("*", (each, Const(operator.factor))) for each in ((GRID, TOKENS) if shape.tokens else (X,))]
    return LayerCode(call("Features", *parts) if shape.tokens else parts[0])


def linear(operator: Linear, inputs: Inputs) -> LayerCode:
    """Return a linear layer of torch.nn."""
    (shape,) = inputs
    ends = in_and_out(shape, operator.out)
    if operator.over != CHANNEL:
        ends = Argument("", Const(shape[operator.over], "in")), ends[1]
    module = with_norm(Call(Name("nn.Linear"), (*ends, option("bias", operator.bias, True))), operator)
    if operator.over == CHANNEL:
        return channels_last(shape, module)
    dim, last = Const(dimensions(shape, (operator.over,))[0]), Const(-1)
    return LayerCode(method(call(MODULE, method(X, "movedim", dim, last)), "movedim", last, dim), module)


def project_heads(operator: ProjectHeads, inputs: Inputs) -> LayerCode:
    """Return a linear layer whose outputs are dealt out to heads."""
    (shape,) = inputs
    arguments = (
        *in_and_out(shape, operator.out),
        option("heads", operator.heads),
        option("bias", operator.bias, True),
    )
    return pointwise(shape, Call(Name("ProjectHeads"), arguments))


def mixture_of_experts(operator: MixtureOfExperts, inputs: Inputs) -> LayerCode:
    """Return perceptrons of which a router chooses some."""
    arguments = (
        Argument("", Const(inputs[0].channels, "in")),
        Argument("", Const(operator.hidden, "hidden")),
        Argument("experts", Const(operator.experts, "experts")),
        Argument("active", Const(operator.active, "active")),
        Argument("gated", Const(operator.gated), False),
        Argument("activation", Const(operator.activation), "gelu"),
        Argument("bias", Const(operator.bias, "bias"), False),
    )
    return channels_last(inputs[0], Call(Name("MixtureOfExperts"), arguments))
