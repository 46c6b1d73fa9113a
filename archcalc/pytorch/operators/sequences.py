"""Recurrence, tokens, positions and attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.ops.conv_recurrent import ConvGru2d, ConvLstm2d
from archcalc.ops.recurrent import Gru, Lstm, Rnn
from archcalc.pytorch.expressions import (
    MODULE,
    Argument,
    Call,
    Const,
    Name,
    TupleExpr,
    call,
    method,
)
from archcalc.pytorch.operators.layer_code import (
    FIRST_AXIS,
    LayerCode,
    X,
    bias_option,
    broadcast_to_axes,
    dimensions,
    grid_only,
    in_and_out,
    option,
    per_axis,
    sizes,
    token_aware,
)

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.ops.attention import Attention
    from archcalc.ops.base import Inputs, Operator
    from archcalc.ops.constant import Constant
    from archcalc.ops.conv_recurrent import ConvRecurrent
    from archcalc.ops.embedding import Embedding
    from archcalc.ops.recurrent import Recurrent
    from archcalc.ops.sinusoidal import SinusoidalPosition
    from archcalc.ops.tokens import ClassToken, Position
    from archcalc.pytorch.expressions import Expr

RECURRENT: dict[type[Operator], str] = {Rnn: "nn.RNN", Lstm: "nn.LSTM", Gru: "nn.GRU"}
CONV_RECURRENT: dict[type[Operator], str] = {ConvLstm2d: "ConvLSTM2d", ConvGru2d: "ConvGRU2d"}
ONE_BIAS: dict[type[Operator], str] = {Rnn: "OneBiasRNN", Lstm: "OneBiasLSTM", Gru: "OneBiasGRU"}


def recurrent(operator: Recurrent, inputs: Inputs) -> LayerCode:
    """Return a recurrent layer of torch.nn along time, at every position of the other axes."""
    arguments = [
        Argument("", Const(inputs[0].channels, "in")),
        Argument("", Const(operator.hidden_size, "hidden")),
        option("num_layers", operator.num_layers, 1),
        option("bias", operator.bias, True),
        Argument("batch_first", Const(True)),
        option("bidirectional", operator.bidirectional, False),
    ]
    if isinstance(operator, Rnn):
        arguments.append(option("nonlinearity", operator.nonlinearity, "tanh"))
    (shape,), first = inputs, Const(FIRST_AXIS)
    at = Const(dimensions(shape, (operator.over,))[0])
    run = (
        Argument("", MODULE),
        Argument("", X if at == first else method(X, "movedim", at, first)),
        Argument("last", Const(operator.output == "last"), False),
        Argument("summed", Const(operator.merge == "sum"), False),
        Argument("reverse", Const(operator.reverse), False),
    )
    names = RECURRENT if operator.biases == 2 or not operator.bias else ONE_BIAS
    module = Call(Name(names[type(operator)]), tuple(arguments))
    states: Expr = Call(Name("through_time"), run)
    if at != first and operator.output == "sequence":
        states = method(states, "movedim", first, at)
    return grid_only(shape, LayerCode(states, module))


def conv_recurrent(operator: ConvRecurrent, inputs: Inputs) -> LayerCode:
    """Return a convolutional recurrent layer along time."""
    arguments = (
        Argument("", Const(inputs[0].channels, "in")),
        Argument("", Const(operator.out, "out")),
        Argument("", sizes(broadcast_to_axes(operator.kernel, 2), "kernel", ("H", "W"))),
        option("bias", operator.bias, True),
        option("biases", operator.biases, 1),
        Argument("last", Const(operator.output == "last"), False),
        Argument("reverse", Const(operator.reverse), False),
    )
    return token_aware(Call(Name(CONV_RECURRENT[type(operator)]), arguments))


def embedding(operator: Embedding, inputs: Inputs) -> LayerCode:
    """Return a table whose rows are looked up."""
    del inputs
    return token_aware(call("TokenEmbedding", Const(operator.num, "num"), Const(operator.out, "out")))


def class_token(operator: ClassToken, inputs: Inputs) -> LayerCode:
    """Return tokens next to the grid."""
    arguments = (
        Argument("", Const(inputs[0].channels, "channels")),
        option("count", operator.count, 1),
    )
    return token_aware(Call(Name("ClassToken"), arguments))


def constant(operator: Constant, inputs: Inputs) -> LayerCode:
    """Return a learned tensor, or one filled with a value."""
    sizes_of: list[Expr] = [Const(size, "size") for size in operator.output_shape(inputs).sizes.values()]
    if operator.learned:
        return token_aware(call("LearnedConstant", *sizes_of))
    sizes_with_batch = (method(X, "size", Const(0)), *sizes_of)
    return LayerCode(method(X, "new_full", TupleExpr(sizes_with_batch), Const(operator.value)))


def sinusoidal_position(operator: SinusoidalPosition, inputs: Inputs) -> LayerCode:
    """Return a table of sines and cosines along one axis."""
    (shape,) = inputs
    arguments = (
        Argument("", Const(shape.channels, "channels")),
        Argument("", Const(shape[operator.over], "size")),
        Argument("trailing", Const(len(shape.grid) - 1 - shape.grid.index(operator.over)), 0),
    )
    return grid_only(shape, token_aware(Call(Name("SinusoidalPosition"), arguments)))


def position(operator: Position, inputs: Inputs) -> LayerCode:
    """Return a table with size 1 on the axes it is not over."""
    (shape,) = inputs
    lengths = operator.lengths(shape)
    table = [Const(lengths.get(axis, 1), "size") for axis in shape.grid]
    channels = Const(shape.channels, "channels")
    long = "" if operator.max_length is None else "Long"
    if operator.class_token:
        sizes_of = [Argument("", each) for each in (channels, *table)]
        tokens = Argument("tokens", Const(shape.tokens, "tokens"), 1)
        return token_aware(Call(Name(f"{long}PositionWithToken"), (*sizes_of, tokens)))
    return grid_only(shape, token_aware(call(f"{long}Position", channels, *table)))


def attention(operator: Attention, inputs: Inputs) -> LayerCode:
    """Return self-attention of one tensor, or attention of queries to keys and values."""
    return _head_attention(operator, inputs) if len(inputs) > 1 else _self_attention(operator, inputs[0])


def _self_attention(operator: Attention, shape: Shape) -> LayerCode:
    out = operator.out or shape.channels
    shifts = dict(zip(operator.over, broadcast_to_axes(operator.shift, len(operator.over)), strict=True))
    by_axis = [shifts.get(axis, 0) for axis in shape.grid]
    arguments = (
        *in_and_out(shape, out),
        option("heads", operator.heads),
        Argument("window", per_axis(windows(operator, shape).values(), "window")),
        Argument("shift", per_axis(by_axis, "shift", shape.grid), (0,) * len(by_axis)),
        *_options(operator, _relative(operator, (shape, shape), out // operator.heads)),
    )
    return token_aware(Call(Name("SelfAttention"), arguments))


def _head_attention(operator: Attention, inputs: Inputs) -> LayerCode:
    query, key, value = inputs
    width = operator.heads * value.channels
    arguments = (
        Argument("", Const(width, "in")),
        Argument("", Const(operator.out or width, "out")),
        option("heads", operator.heads),
        Argument("window", per_axis(windows(operator, query).values(), "window")),
        *_options(operator, _relative(operator, (query, key), query.channels)),
    )
    return token_aware(Call(Name("HeadAttention"), arguments), len(inputs))


def _options(operator: Attention, relative: Expr) -> tuple[Argument, ...]:
    return (
        Argument("relative_position", relative, None),
        bias_option(operator),
        option("residual_query", operator.residual_query, False),
    )


def windows(operator: Attention, shape: Shape) -> dict[str, int | None]:
    """Return how far attention looks by axis: 1 along those it is not over, None for the whole axis."""
    written = operator.window
    listed = written if isinstance(written, tuple) else (written,) * len(operator.over)
    over = dict(zip(operator.over, listed, strict=True))
    return {axis: over.get(axis, 1) for axis in shape.grid}


def _relative(operator: Attention, shapes: tuple[Shape, Shape], channels: int) -> Expr:
    if operator.relative_position is None:
        return Const(None)
    written = windows(operator, shapes[0])
    if operator.relative_position == "table":
        window = [Const(written[axis] or shapes[0][axis], "window") for axis in shapes[0].grid]
        return call("RelativeTable", *window, heads=Const(operator.heads, "heads"))
    over = [axis for axis in shapes[0].grid if axis in operator.over]
    asking, asked = ([min(written[axis] or shape[axis], shape[axis]) for axis in over] for shape in shapes)
    return call(
        "RelativeDecomposed",
        Const(channels, "head_channels"),
        axes=Const("".join(over), "axes"),
        asking=per_axis(asking, "asking"),
        asked=per_axis(asked, "asked"),
    )
