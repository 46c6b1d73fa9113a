"""Layers that cut, pad, reshape and shift a tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.shape import CHANNEL, in_order
from archcalc.pytorch.expressions import (
    ALL,
    Argument,
    Attribute,
    Call,
    Const,
    Index,
    Name,
    Slice,
    TupleExpr,
    call,
    method,
)
from archcalc.pytorch.operators.layer_code import (
    FIRST_AXIS,
    GRID,
    TOKENS,
    LayerCode,
    X,
    along,
    dimensions,
    indexed,
    numbers,
    operation,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from archcalc.core.shape import Shape
    from archcalc.ops.base import Inputs
    from archcalc.ops.chunk import Chunk
    from archcalc.ops.depth_to_space import DepthToSpace, PixelShuffle
    from archcalc.ops.join_axes import JoinAxes
    from archcalc.ops.reduction import Reduction
    from archcalc.ops.reshape import Expand, Flatten, SpaceToDepth, StackFrames
    from archcalc.ops.roll import Roll
    from archcalc.ops.shift import TemporalShift
    from archcalc.ops.slicing import Crop, Pad, Select, Subsample
    from archcalc.pytorch.expressions import Expr


def reduction(name: str) -> Callable[[Reduction, Inputs], LayerCode]:
    """Return what describes a method of a tensor over axes, which go; over channels one is left."""

    def described(operator: Reduction, inputs: Inputs) -> LayerCode:
        (shape,) = inputs
        over_channels = CHANNEL in operator.axes
        dims = (1,) * over_channels + dimensions(shape, operator.axes)
        axes = Const(dims[0]) if len(dims) == 1 else TupleExpr(tuple(map(Const, dims)))
        if over_channels and len(dims) == 1:
            return operation(shape, method(X, name, axes, keepdim=Const(True)))
        reduced = method(X, name, axes)
        return operation(shape, method(reduced, "unsqueeze", Const(1)) if over_channels else reduced)

    return described


def stack_frames(operator: StackFrames, inputs: Inputs) -> LayerCode:
    """Return channels and frames as one dimension."""
    del operator
    ends = Const(1), Const(2)
    return operation(inputs[0], method(X, "flatten", *ends), call("nn.Flatten", *ends))


def flatten(operator: Flatten, inputs: Inputs) -> LayerCode:
    """Return all but the batch as one dimension."""
    del operator
    return operation(inputs[0], method(X, "flatten", Const(1)), call("nn.Flatten"))


def join_axes(operator: JoinAxes, inputs: Inputs) -> LayerCode:
    """Return several dimensions as one, and some of its positions by chance."""
    dims = dimensions(inputs[0], operator.axes)
    flat = method(X, "flatten", Const(dims[0]), Const(dims[-1])) if len(dims) > 1 else X
    return LayerCode(flat if operator.keep is None else call("some_of", flat, Const(dims[0]), Const(operator.keep)))


def space_to_depth(operator: SpaceToDepth, inputs: Inputs) -> LayerCode:
    """Return blocks of neighbors in the channels."""
    factors = numbers(operator.factors.get(axis, 1) for axis in inputs[0].grid)
    return operation(inputs[0], call("space_to_depth", X, factors))


def depth_to_space(operator: DepthToSpace, inputs: Inputs) -> LayerCode:
    """Return channels as blocks of neighbors."""
    factors = numbers(operator.factors.get(axis, 1) for axis in inputs[0].grid)
    return operation(inputs[0], call("depth_to_space", X, factors))


def pixel_shuffle(operator: PixelShuffle, inputs: Inputs) -> LayerCode:
    """Return a module of torch.nn on every frame."""
    return along(inputs[0], ("H", "W"), call("nn.PixelShuffle", Const(operator.upscale_factor, "factor")))


def chunk(operator: Chunk, inputs: Inputs) -> LayerCode:
    """Return one of several parts of the channels or of an axis."""
    (shape,) = inputs
    dim = 1 if operator.axis == CHANNEL else dimensions(shape, (operator.axis,))[0]

    def part(tensor: Expr) -> Expr:
        return call("chunk_of", tensor, Const(operator.chunks), Const(operator.index), Const(dim))

    if not shape.tokens:
        return LayerCode(part(X))
    return LayerCode(call("Features", part(GRID), part(TOKENS) if operator.axis == CHANNEL else TOKENS))


def expand(operator: Expand, inputs: Inputs) -> LayerCode:
    """Return axes put in and repeated."""
    (shape,) = inputs
    wanted = dict(operator.per_axis)
    grid = in_order({*wanted, *shape.grid})
    tensor: Expr = X
    for at, axis in enumerate(grid):
        if axis not in shape:
            tensor = method(tensor, "unsqueeze", Const(FIRST_AXIS + at))
    sizes = (-1, -1, *(wanted.get(axis, -1) for axis in grid))
    return operation(shape, method(tensor, "expand", *map(Const, sizes)))


def select(operator: Select, inputs: Inputs) -> LayerCode:
    """Return one position, the grid, or the class token."""
    (shape,) = inputs
    if operator.tokens == "class":
        return LayerCode(Index(Attribute(X, "tokens"), (ALL, ALL, operator.index)))
    if operator.tokens == "grid":
        return LayerCode(GRID if shape.tokens else X)
    return operation(shape, _cut(X, shape, {operator.axis or "": operator.index}))


def subsample(operator: Subsample, inputs: Inputs) -> LayerCode:
    """Return every so many positions."""
    part = Slice(operator.offset or None, None, operator.every)
    return operation(inputs[0], _cut(X, inputs[0], {operator.axis: part}))


def crop(operator: Crop, inputs: Inputs) -> LayerCode:
    """Return a part of the channels and of some axes; a second tensor is there for its sizes only."""
    shape, parts, asked = inputs[0], {}, dict(operator.per_axis)
    for axis in shape.axes:
        written = inputs[1][axis] if operator.like and axis != CHANNEL else asked.get(axis)
        if written is not None:
            start, size = written if isinstance(written, tuple) else ((shape[axis] - written) // 2, written)
            parts[axis] = Slice(start, start + size)
    if not shape.tokens or CHANNEL not in parts:
        return operation(shape, _cut(X, shape, parts))
    tokens = Index(TOKENS, (ALL, parts[CHANNEL]))
    return LayerCode(call("Features", _cut(GRID, shape, parts), tokens))


def _cut(tensor: Expr, shape: Shape, parts: Mapping[str, int | Slice]) -> Expr:
    """Return a tensor with some axes cut: `x[:, :, ::8]`."""
    return indexed(tensor, (ALL, *(parts.get(axis, ALL) for axis in shape.axes)))


def roll(operator: Roll, inputs: Inputs) -> LayerCode:
    """Return positions moved around the ends of axes."""
    (shape,) = inputs
    shifts = {axis: shift for axis, shift in operator.per_axis if shift}
    moved = TupleExpr(tuple(map(Const, shifts.values()))), TupleExpr(tuple(map(Const, dimensions(shape, shifts))))
    return operation(shape, call("torch.roll", X, *moved))


def pad(operator: Pad, inputs: Inputs) -> LayerCode:
    """Return zeros around some axes."""
    asked = dict(operator.per_axis)
    written = [asked.get(axis, 0) for axis in reversed(inputs[0].grid)]
    ends = [end for each in written for end in (each if isinstance(each, tuple) else (each, each))]
    return operation(inputs[0], call("functional.pad", X, TupleExpr(tuple(map(Const, ends)))))


def temporal_shift(operator: TemporalShift, inputs: Inputs) -> LayerCode:
    """Return channels that read other frames."""
    arguments = (
        Argument("", X),
        Argument("fold_div", Const(operator.fold_div)),
        Argument("shift", Const(operator.shift), 1),
        Argument("causal", Const(operator.causal), False),
    )
    return operation(inputs[0], Call(Name("temporal_shift"), arguments))
