"""Layers that make one tensor of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.shape import axes_of
from archcalc.ops.merge import Average, Multiply, Subtract
from archcalc.pytorch.expressions import ALL, Argument, Attribute, Call, Const, Infix, Input, Name, TupleExpr, call
from archcalc.pytorch.operators.layer_code import LayerCode, X, indexed, operation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.core.shape import Shape
    from archcalc.ops.base import Inputs, Operator
    from archcalc.ops.dot_product import DotProduct
    from archcalc.ops.matmul import Matmul
    from archcalc.ops.merge import Concat
    from archcalc.pytorch.expressions import Expr

MOST_OPERANDS = 6
"""So many tensors still fit into one line of sums."""


def combination(operator: Operator, inputs: Inputs) -> LayerCode:
    """Return a sum, product, difference or mean, value by value; grids get an axis of size 1 where they lack one."""
    axes = axes_of(inputs)

    def combined(tensors: Sequence[Expr]) -> Expr:
        sign = "*" if isinstance(operator, Multiply) else "-" if isinstance(operator, Subtract) else "+"
        value = _chain(sign, tensors)
        return Infix("/", (value, Const(len(tensors)))) if isinstance(operator, Average) else value

    return _merged(inputs, combined, lambda grid, shape: _stretched(grid, shape, axes))


def _chain(sign: str, tensors: Sequence[Expr]) -> Expr:
    if len(tensors) == 1:
        return tensors[0]
    if len(tensors) <= MOST_OPERANDS:
        return Infix(sign, tuple(tensors))
    name = {"+": "torch.add", "-": "torch.sub", "*": "torch.mul"}[sign]
    return call("reduce", Name(name), TupleExpr(tuple(tensors), brackets="[]"))


def concat(operator: Concat, inputs: Inputs) -> LayerCode:
    """Return the channels, or the positions of an axis, of all, one after the other."""
    dim = Const(1 + inputs[0].axes.index(operator.axis))

    def joined(tensors: Sequence[Expr]) -> Expr:
        return call("torch.cat", TupleExpr(tuple(tensors), brackets="[]"), dim)

    return _merged(inputs, joined, lambda grid, _: grid)


def _merged(
    inputs: Inputs, merge: Callable[[Sequence[Expr]], Expr], prepared: Callable[[Expr, Shape], Expr]
) -> LayerCode:
    """Return a merge of the grids, and of the tokens of those that have any."""
    grid = merge([prepared(_grid(at, shape), shape) for at, shape in enumerate(inputs)])
    tokens = [Attribute(Input(at), "tokens") for at, shape in enumerate(inputs) if shape.tokens]
    return LayerCode(call("Features", grid, merge(tokens)) if tokens else grid)


def _grid(at: int, shape: Shape) -> Expr:
    return Attribute(Input(at), "grid") if shape.tokens else Input(at)


def _stretched(tensor: Expr, shape: Shape, axes: Sequence[str]) -> Expr:
    """Return a tensor with the axes that it lacks."""
    return indexed(tensor, (ALL, *(ALL if axis in shape else None for axis in axes)))


def dot_product(operator: DotProduct, inputs: Inputs) -> LayerCode:
    """Return two products of matrices; the tokens of the first tensor pass by."""
    first, *others = inputs
    arguments = (
        Argument("", X),
        *(Argument("", _grid(at, shape)) for at, shape in enumerate(others, 1)),
        Argument("softmax", Const(operator.softmax), True),
        Argument("scale", Const(operator.scale), False),
    )
    return operation(first, Call(Name("dot_product"), arguments))


def matmul(operator: Matmul, inputs: Inputs) -> LayerCode:
    """Return a product of matrices."""
    del operator
    return LayerCode(call("torch.matmul", *map(Input, range(len(inputs)))))
