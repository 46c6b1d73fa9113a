"""The counts that follow from the operator and the shapes of a layer alone."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from archcalc.analysis.conventions import CONVENTIONS, LayerArithmetic, cost
from archcalc.core.terms import NO_PARAMETERS, total

if TYPE_CHECKING:
    from archcalc.analysis.conventions import Convention
    from archcalc.analysis.memory import Memory
    from archcalc.core.terms import Arithmetic, Parameters
    from archcalc.graph import TypedOperator


class LayerCounts:
    """Counts of one sample and bytes of the batch, each computed when it is first asked for.

    `tied` says that another layer owns the parameters.
    """

    def __init__(self, typed: TypedOperator, convention: Convention, memory: Memory, *, tied: bool = False) -> None:
        self.typed = typed
        self._convention = convention
        self._memory = memory
        self._tied = tied

    @cached_property
    def parameters(self) -> Parameters:
        """Return the parameters that the layer owns."""
        return NO_PARAMETERS if self._tied else self.typed.operator.parameters(self.typed.inputs)

    @cached_property
    def params(self) -> int:
        """Return the number of learned weights and biases."""
        return total(self.parameters.learned)

    @cached_property
    def buffers(self) -> int:
        """Return how many numbers the buffers hold."""
        return total(self.parameters.buffers)

    @cached_property
    def _arithmetic(self) -> LayerArithmetic:
        return LayerArithmetic.of(self.typed)

    @property
    def arithmetic(self) -> Arithmetic:
        """Return the arithmetic in its parts."""
        return self._arithmetic.arithmetic

    @cached_property
    def macs(self) -> int:
        """Return the multiply-accumulates."""
        return self._arithmetic.macs

    @cached_property
    def flops(self) -> int:
        """Return the FLOPs: 2 per multiply-accumulate, 1 per elementwise operation."""
        return cost(CONVENTIONS["flops"], self._arithmetic).value

    @cached_property
    def cost(self) -> int:
        """Return the cost by the convention."""
        return cost(self._convention, self._arithmetic).value

    @cached_property
    def activation_bytes(self) -> int:
        """Return the bytes of the output."""
        return self._memory.activation(self.typed.elements)
