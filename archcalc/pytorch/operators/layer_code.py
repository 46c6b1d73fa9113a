"""A layer as expressions: what is made for it, and what is done with the tensors it reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.pytorch.expressions import (
    ALL,
    MODULE,
    Argument,
    Attribute,
    Call,
    Const,
    Expr,
    Index,
    Input,
    Name,
    TupleExpr,
    call,
    method,
    substituted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from archcalc.core.shape import Shape
    from archcalc.ops.attention import Attention
    from archcalc.ops.base import Operator
    from archcalc.ops.conv import Conv
    from archcalc.ops.grouped_attention import GroupedAttention
    from archcalc.ops.linear import Linear
    from archcalc.ops.transposed import ConvTranspose
    from archcalc.pytorch.expressions import Plain, Slice

FIRST_AXIS = 2
"""The dimension of the first axis of a grid: batch and channels come before."""

X = Input(0)
GRID, TOKENS = Attribute(X, "grid"), Attribute(X, "tokens")


@dataclass(frozen=True, slots=True)
class LayerCode:
    """A layer: `run` is what is done with its inputs and its MODULE, `module` what is made before, if anything.

    `as_module` is a module that does all of it with one tensor, if there is one; a chain of those makes an
    nn.Sequential.
    """

    run: Expr
    module: Call | None = None
    as_module: Call | None = None


def grid_only(shape: Shape, code: LayerCode) -> LayerCode:
    """Return the code for a tensor with tokens, which pass by, from the code for its grid alone."""
    if not shape.tokens:
        return code
    return LayerCode(call("Features", substituted(code.run, {X: GRID}), TOKENS), code.module)


def operation(shape: Shape, run: Expr, as_module: Call | None = None) -> LayerCode:
    """Return the code of an operation without a module on the grid of one tensor: `x.flatten(1)`."""
    return grid_only(shape, LayerCode(run, as_module=as_module))


def function(shape: Shape, name: str, as_module: Call | None) -> LayerCode:
    """Return the code of a function of every value, and of the module that does the same.

    A tensor with tokens goes through the module, if there is one: counters of other tools look for modules.
    """
    if not shape.tokens:
        return LayerCode(call(name, X), as_module=as_module)
    return LayerCode(method(X, "map", Name(name))) if as_module is None else pointwise(shape, as_module)


def pointwise_function(name: str, module: str = "") -> Callable[[Operator, Sequence[Shape]], LayerCode]:
    """Return what describes an operator that is a function of every value, and perhaps a module of PyTorch too."""
    return lambda _, inputs: function(inputs[0], name, call(module) if module else None)


def pointwise_module(name: str, *arguments: str) -> Callable[[Operator, Sequence[Shape]], LayerCode]:
    """Return what describes an operator that is a module of PyTorch for every value, with these fields as arguments."""
    return lambda operator, inputs: pointwise(
        inputs[0], call(name, *(Const(getattr(operator, each), each) for each in arguments))
    )


def torch_function(name: str, module: str, *arguments: str) -> Callable[[Operator, Sequence[Shape]], LayerCode]:
    """Return what describes an operator that is a function and a module of PyTorch, with these fields as arguments."""

    def described(operator: Operator, inputs: Sequence[Shape]) -> LayerCode:
        values = [Const(getattr(operator, each)) for each in arguments]
        return operation(inputs[0], call(name, X, *values), call(module, *values))

    return described


def pointwise(shape: Shape, module: Call) -> LayerCode:
    """Return the code of a module that does the same at every position, wherever the channels are."""
    return LayerCode(method(X, "map", MODULE), module) if shape.tokens else token_aware(module)


def channels_last(shape: Shape, module: Call) -> LayerCode:
    """Return the code of a module that works on the last dimension, which channels are not where there is a grid."""
    if not shape.grid and not shape.tokens:
        return token_aware(module)
    return LayerCode(call("pointwise" if shape.tokens else "channels_last", MODULE, X), module)


def flattened(shape: Shape, module: Call, *, needs_axis: bool = False) -> LayerCode:
    """Return the code of a module that sees all positions together: grid and tokens in one row."""
    if shape.tokens:
        return LayerCode(call("flattened", MODULE, X), module)
    return with_one_position(module) if needs_axis and not shape.grid else token_aware(module)


def with_one_position(module: Call) -> LayerCode:
    """Return the code of a module that takes no tensor of channels alone."""
    longer = method(X, "unsqueeze", Const(-1))
    return LayerCode(method(call(MODULE, longer), "squeeze", Const(-1)), module)


def token_aware(module: Call, inputs: int = 1) -> LayerCode:
    """Return the code of a module that takes the tensors as they are."""
    run = call(MODULE, *map(Input, range(inputs)))
    return LayerCode(run, module, module if inputs == 1 else None)


def along(shape: Shape, axes: Sequence[str], module: Call) -> LayerCode:
    """Return the code of a module that works along some axes of a grid, at every position of the others."""
    if set(axes) == set(shape.grid):
        return grid_only(shape, token_aware(module))
    if tuple(axes) == ("H", "W"):
        run = call("per_frame", MODULE, X)
    elif tuple(axes) == shape.grid[:1]:
        run = call("along_time", MODULE, X)
    else:
        run = call("over_axes", MODULE, X, numbers(dimensions(shape, axes)))
    return grid_only(shape, LayerCode(run, module))


def sizes(values: Iterable[Plain], hint: str, axes: Sequence[str] = ()) -> TupleExpr:
    """Return a value for each axis, or one for all."""
    return TupleExpr(per_axis(values, hint, axes).items, collapses=True)


def per_axis(values: Iterable[Plain], hint: str, axes: Sequence[str] = ()) -> TupleExpr:
    """Return a value for each axis, always written out."""
    listed = list(values)
    named = zip(listed, axes or [""] * len(listed), strict=True)
    return TupleExpr(tuple(Const(value, hint, axis) for value, axis in named))


def numbers(values: Iterable[int]) -> Expr:
    """Return numbers that never become parameters, as a list."""
    return TupleExpr(tuple(map(Const, values)), brackets="[]")


def dimensions(shape: Shape, axes: Iterable[str]) -> tuple[int, ...]:
    """Return the dimensions of these axes in a tensor, in its order."""
    wanted = set(axes)
    return tuple(FIRST_AXIS + at for at, axis in enumerate(shape.grid) if axis in wanted)


def indexed(tensor: Expr, parts: Iterable[int | Slice | None]) -> Expr:
    """Return a part of a tensor, without the dimensions at the end that stay whole: `x[:, :, ::8]`."""
    listed = list(parts)
    while listed and listed[-1] == ALL:
        listed.pop()
    return Index(tensor, tuple(listed)) if listed else tensor


def in_and_out(shape: Shape, out: int | None) -> tuple[Argument, Argument]:
    """Return the channels in and out; as many as come in where none are given."""
    return Argument("", Const(shape.channels, "in")), Argument("", Const(out or shape.channels, "out"))


def with_norm(module: Call, operator: Conv | ConvTranspose | Linear) -> Call:
    """Return a module whose weights have a learned norm, if its operator asks for it."""
    return call("nn.utils.parametrizations.weight_norm", module) if operator.weight_norm else module


def option(keyword: str, value: Plain, default: object = ...) -> Argument:
    """Return an argument that may become a parameter of its name."""
    return Argument(keyword, Const(value, keyword), default)


def bias_option(operator: Attention | GroupedAttention) -> Argument:
    """Return which projections of an attention have a bias: a truth, or their names."""
    bias = operator.bias
    if isinstance(bias, bool):
        return option("bias", bias, True)
    return Argument("bias", TupleExpr(tuple(map(Const, bias))))


def broadcast_to_axes(value: int | tuple[int, ...], count: int) -> tuple[int, ...]:
    """Return one number per axis."""
    return value if isinstance(value, tuple) else (value,) * count


def window_axes(shape: Shape, dims: int, over: Sequence[str] | None = None) -> tuple[str, ...]:
    """Return the axes of a window: those in `over`, else time or depth for one dimension, H and W for two, or all.

    A tensor with as many axes as the window has dimensions has these.
    """
    if over or len(shape.grid) == dims:
        return tuple(axis for axis in shape.grid if axis in (over or shape.grid))
    depth = tuple(axis for axis in shape.grid if axis in ("T", "D"))
    return {1: depth, 2: ("H", "W"), 3: (*depth, "H", "W")}[dims]
