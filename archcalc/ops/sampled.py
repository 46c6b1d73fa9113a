"""Operators that read at places that other tensors say: a grid of places, offsets of a kernel, boxes."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, AxisReads, WholeAxisRead
from archcalc.ops.axes import require_no_tokens
from archcalc.ops.base import Inputs, Operator, TokensPass
from archcalc.ops.traits import Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.shape import Shape

PLANE = ("H", "W")
BILINEAR_OPERATIONS = 7
"""Per sample and channel: the weighted sum of 4 neighbors."""
SAMPLING = "sampling at places that depend on values"


class Sampled(TokensPass, Operator):
    """An operator whose first input is read at places that the values of others determine.

    Counts are exact. The field along H and W is the whole first input, which contains every position that may be read.
    """

    names: ClassVar[tuple[str, ...]]
    """What its inputs are, for messages."""

    @abstractmethod
    def check(self, inputs: Inputs) -> None:
        """Raise OperatorError unless the other inputs say places for the first one."""

    def checked(self, inputs: Inputs) -> Shape:
        """Return the first input; OperatorError unless it is an image and the others go with it."""
        if not 2 <= len(inputs) <= len(self.names):
            count = "1 input" if len(inputs) == 1 else f"{len(inputs)} inputs"
            raise OperatorError(count, " and ".join(self.names[:2]), argument="from")
        for shape in inputs:
            require_no_tokens(shape, self.title)
        if inputs[0].grid != PLANE:
            raise OperatorError(f"{self.title} of {inputs[0]} with the axes {', '.join(inputs[0].axes)}", "C, H and W")
        self.check(inputs)
        return inputs[0]

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Anywhere in the first input; each position reads its own place in the others."""
        del inputs, axis
        return POINTWISE if input_index else WholeAxisRead.ALL

    def depends_on_index(self, inputs: Inputs, axis: str) -> bool:
        """Return whether places are positions of the axis: the same values mean others after a shift."""
        del inputs
        return axis in PLANE


def sampling(*, weights: bool) -> Traits:
    """Return the traits of an operator that reads at places that depend on values."""
    return Traits(
        family=Family.CONVOLUTION if weights else Family.ELEMENTWISE,
        storage=Storage.OWN,
        weights=weights,
        whole_axis=SAMPLING,
        join=Join.NONE,
    )


def require_places(shape: Shape, channels: int, what: str) -> None:
    """Raise OperatorError unless a tensor has as many channels as places need numbers."""
    if shape.channels != channels:
        raise OperatorError(f"{what} of {shape.channels} channels", str(channels), argument="from")
