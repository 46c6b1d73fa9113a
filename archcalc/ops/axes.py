"""Operators that process each axis separately, with arguments that name axes."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from archcalc.core.messages import counted
from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, AxisReads
from archcalc.core.shape import Shape, in_order
from archcalc.ops.base import IndexIndependent, Inputs, TokensPass, single

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archcalc.core.window import Window


class PerAxis(TokensPass, IndexIndependent):
    """An operator on one tensor that moves positions along some axes, as a window of its own along each would.

    Such a window computes nothing, so tables do not show it; the size it leaves and what it reads are what counts.
    """

    @abstractmethod
    def steps(self, shape: Shape) -> Mapping[str, Window]:
        """The window by axis; axes that are left out stay as they are."""

    def windows(self, inputs: Inputs) -> None:
        """Return none that a table shows."""
        del inputs

    def channel_groups(self, inputs: Inputs) -> None:
        """Return None: the operator has no groups of channels."""
        del inputs

    def size_windows(self, inputs: Inputs) -> Mapping[str, Window]:
        """Return the windows, which compute nothing."""
        return self.steps(single(inputs))

    def grid_shape(self, inputs: Inputs) -> Shape:
        """The input's shape with the sizes that the windows leave."""
        shape = single(inputs)
        return shape.resized({axis: window.size(shape[axis]) for axis, window in self.steps(shape).items()})

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """The window's taps; other axes are pointwise."""
        del input_index
        window = self.steps(single(inputs)).get(axis)
        return window.taps() if window else POINTWISE


def require_axes(shape: Shape, axes: Iterable[str], *, argument: str = "") -> None:
    """OperatorError for an axis that the tensor lacks; `argument` names it unless the axis itself does."""
    for axis in axes:
        if axis not in shape:
            raise OperatorError(
                f"axis {axis} of a tensor with the axes {', '.join(shape.axes)}",
                f"one of {', '.join(shape.grid)}" if argument and shape.grid else f"a tensor with axis {axis}",
                argument=argument or axis,
            )


def require_no_tokens(shape: Shape, title: str) -> None:
    """Raise OperatorError if the tensor has tokens."""
    if shape.tokens:
        raise OperatorError(
            f"{title} on {shape}, with {counted(shape.tokens, 'token')} in addition to the grid",
            "a grid without tokens",
            hint="`select: {tokens: grid}` or `select: {tokens: class}` first",
        )


def axis_list(axes: Iterable[str]) -> str:
    """`T,H,W`, as tables show axes, always in that order."""
    return ",".join(in_order(axes))


def axis_pairs(values: Mapping[str, object]) -> str:
    """`H 2, W 2`, as tables show a value by axis."""
    return ", ".join(f"{axis} {value}" for axis, value in values.items())
