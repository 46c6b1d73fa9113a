"""Recurrence, tokens, positions and attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.ops.recurrent import Gru, Lstm, Rnn
from archcalc.pytorch.source.expressions import Argument, Call, Const, Name, call
from archcalc.pytorch.source.written import Written, directly, on_grid, on_values, per_axis, sizes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.core.shape import Shape
    from archcalc.ops.attention import Attention
    from archcalc.ops.base import Inputs, Operator
    from archcalc.ops.heads import ProjectHeads
    from archcalc.ops.recurrent import Recurrent
    from archcalc.ops.tokens import ClassToken, Position
    from archcalc.pytorch.source.expressions import Expr

RECURRENT: dict[type[Operator], str] = {Rnn: "nn.RNN", Lstm: "nn.LSTM", Gru: "nn.GRU"}


def recurrent(operator: Recurrent, inputs: Inputs) -> Written:
    """A recurrent layer of torch.nn."""
    arguments = [
        Argument("", Const(inputs[0].channels, "in")),
        Argument("", Const(operator.hidden_size, "hidden")),
        Argument("num_layers", Const(operator.num_layers, "num_layers"), 1),
        Argument("bias", Const(operator.bias, "bias"), True),
        Argument("batch_first", Const(True)),
        Argument("bidirectional", Const(operator.bidirectional, "bidirectional"), False),
    ]
    if isinstance(operator, Rnn):
        arguments.append(Argument("nonlinearity", Const(operator.nonlinearity, "nonlinearity"), "tanh"))
    last = {"last": Name("True")} if operator.output == "last" else {}

    def run(name: str, names: Sequence[str]) -> Expr:
        return call("through_time", Name(name), Name(names[0]), **last)

    return Written(on_grid(inputs[0], run), Call(RECURRENT[type(operator)], tuple(arguments)))


def class_token(operator: ClassToken, inputs: Inputs) -> Written:
    """A token beside the grid."""
    del operator
    return directly(call("ClassToken", Const(inputs[0].channels, "channels")))


def position(operator: Position, inputs: Inputs) -> Written:
    """A table with size 1 on the axes it is not over."""
    (shape,) = inputs
    table = [Const(shape[axis] if axis in operator.over else 1, "size") for axis in shape.grid]
    channels = Const(shape.channels, "channels")
    if operator.class_token:
        return directly(call("PositionWithToken", channels, *table))
    module = call("Position", channels, *table)

    def run(name: str, names: Sequence[str]) -> Expr:
        return call(name, Name(names[0]))

    return Written(on_grid(shape, run), module, None if shape.tokens else module)


def project_heads(operator: ProjectHeads, inputs: Inputs) -> Written:
    """A linear layer whose outputs are dealt out to heads."""
    (shape,) = inputs
    arguments = (
        Argument("", Const(shape.channels, "in")),
        Argument("", Const(operator.out or shape.channels, "out")),
        Argument("heads", Const(operator.heads, "heads")),
        Argument("bias", Const(operator.bias, "bias"), True),
    )
    return on_values(shape, Call("ProjectHeads", arguments))


def attention(operator: Attention, inputs: Inputs) -> Written:
    """Attention of one tensor to itself, or of queries to keys and values."""
    return _head_attention(operator, inputs) if len(inputs) > 1 else _self_attention(operator, inputs[0])


def _self_attention(operator: Attention, shape: Shape) -> Written:
    out = operator.out or shape.channels
    windows = _windows(operator, shape)
    shifts = operator.shift if isinstance(operator.shift, tuple) else (operator.shift,) * len(operator.over)
    by_axis = dict(zip(operator.over, shifts, strict=True))
    relative = _relative(operator, (shape, shape), out // operator.heads)
    arguments = (
        Argument("", Const(shape.channels, "in")),
        Argument("", Const(out, "out")),
        Argument("heads", Const(operator.heads, "heads")),
        Argument("window", per_axis(windows.values(), "window")),
        Argument("shift", sizes((by_axis.get(axis, 0) for axis in shape.grid), "shift", shape.grid), 0),
        *_options(operator, relative),
    )
    return directly(Call("SelfAttention", arguments))


def _head_attention(operator: Attention, inputs: Inputs) -> Written:
    query, key, value = inputs
    width = operator.heads * value.channels
    arguments = (
        Argument("", Const(width, "in")),
        Argument("", Const(operator.out or width, "out")),
        Argument("heads", Const(operator.heads, "heads")),
        Argument("window", per_axis(_windows(operator, query).values(), "window")),
        *_options(operator, _relative(operator, (query, key), query.channels)),
    )
    return directly(Call("HeadAttention", arguments))


def _options(operator: Attention, relative: Expr) -> tuple[Argument, ...]:
    return (
        Argument("relative_position", relative, None),
        Argument("bias", Const(operator.bias, "bias"), True),
        Argument("residual_query", Const(operator.residual_query, "residual_query"), False),
    )


def _windows(operator: Attention, shape: Shape) -> dict[str, int | None]:
    """How far attention looks by axis: 1 along those it is not over, None for the whole axis."""
    written = operator.window
    windows = written if isinstance(written, tuple) else (written,) * len(operator.over)
    over = dict(zip(operator.over, windows, strict=True))
    return {axis: over.get(axis, 1) for axis in shape.grid}


def _relative(operator: Attention, shapes: tuple[Shape, Shape], channels: int) -> Expr:
    if operator.relative_position is None:
        return Const(None)
    windows = _windows(operator, shapes[0])
    heads = Const(operator.heads, "heads")
    if operator.relative_position == "table":
        window = [Const(size or shapes[0][axis], "window") for axis, size in windows.items()]
        return call("RelativeTable", *window, heads=heads)
    over = [axis for axis in shapes[0].grid if axis in operator.over]
    asking, asked = ([min(windows[axis] or shape[axis], shape[axis]) for axis in over] for shape in shapes)
    return call(
        "RelativeDecomposed",
        Const(channels, "head_channels"),
        axes=Const("".join(over), "axes"),
        asking=per_axis(asking, "asking"),
        asked=per_axis(asked, "asked"),
    )
