"""Activation functions of each value: ELU, SELU, ReLU6, hard tanh, hard sigmoid, Mish and softplus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from archcalc.core.problem import OperatorError
from archcalc.ops.activation import IN_PLACE, NEW, Function, KeepsInput, Plain
from archcalc.ops.base import Inputs
from archcalc.ops.traits import Traits


@dataclass(frozen=True, kw_only=True)
class Elu(Function, KeepsInput):
    """Applies alpha * (exp(x) - 1) to negative values and keeps the others.

    Example: `elu: {alpha: 1.0}`. Elementwise: one operation per element.
    Saved for backward: the input.
    Reference: torch.nn.functional.elu; Clevert et al. 2016 (arXiv:1511.07289).
    """

    title: ClassVar[str] = "ELU"
    traits: ClassVar[Traits] = IN_PLACE

    alpha: float = 1.0

    def summary(self, inputs: Inputs) -> str:
        """Return alpha for the label unless it is 1."""
        del inputs
        return "" if self.alpha == 1 else f"alpha {self.alpha:g}"


@dataclass(frozen=True, kw_only=True)
class Selu(Function, KeepsInput, Plain):
    """Applies the scaled exponential linear unit, an ELU whose two constants keep mean 0 and variance 1.

    Example: `selu`. Elementwise: one operation per element.
    Saved for backward: the input.
    Reference: torch.nn.functional.selu; Klambauer et al. 2017 (arXiv:1706.02515).
    """

    title: ClassVar[str] = "SELU"
    traits: ClassVar[Traits] = IN_PLACE


@dataclass(frozen=True, kw_only=True)
class Relu6(Function, KeepsInput, Plain):
    """Applies min(max(x, 0), 6) to each value.

    Example: `relu6`. Elementwise: one operation per element.
    Saved for backward: the input.
    Reference: torch.nn.functional.relu6.
    """

    title: ClassVar[str] = "ReLU6"
    traits: ClassVar[Traits] = IN_PLACE


@dataclass(frozen=True, kw_only=True)
class Hardtanh(Function, KeepsInput):
    """Applies min(max(x, min_val), max_val) to each value: it clips.

    Example: `hardtanh: {min_val: 0.0, max_val: 20.0}`, the clipped ReLU of Deep Speech. Elementwise: one operation per
    element.
    Saved for backward: the input.
    Reference: torch.nn.functional.hardtanh; Hannun et al. 2014 (arXiv:1412.5567).
    """

    title: ClassVar[str] = "Hardtanh"
    traits: ClassVar[Traits] = IN_PLACE

    min_val: float = -1.0
    max_val: float = 1.0

    def __post_init__(self) -> None:
        if self.min_val >= self.max_val:
            found = f"min_val {self.min_val:g} and max_val {self.max_val:g}"
            raise OperatorError(found, "a smaller min_val", argument="min_val")

    def summary(self, inputs: Inputs) -> str:
        """Return the two ends for the label."""
        del inputs
        return f"{self.min_val:g} to {self.max_val:g}"


@dataclass(frozen=True, kw_only=True)
class Hardsigmoid(Function, KeepsInput, Plain):
    """Applies min(max(x + 3, 0), 6) / 6 to each value.

    Example: `hardsigmoid`. Elementwise: one operation per element.
    Saved for backward: the input.
    Reference: torch.nn.functional.hardsigmoid; Howard et al. 2019 (arXiv:1905.02244).
    """

    title: ClassVar[str] = "Hardsigmoid"
    traits: ClassVar[Traits] = IN_PLACE


@dataclass(frozen=True, kw_only=True)
class Mish(Function, KeepsInput, Plain):
    """Applies x * tanh(softplus(x)) to each value.

    Example: `mish`. Elementwise: one operation per element.
    Saved for backward: the input.
    Reference: torch.nn.functional.mish; Misra 2019 (arXiv:1908.08681).
    """

    title: ClassVar[str] = "Mish"
    traits: ClassVar[Traits] = IN_PLACE


@dataclass(frozen=True, kw_only=True)
class Softplus(Function, KeepsInput):
    """Applies log(1 + exp(beta * x)) / beta to each value, and keeps values whose beta * x exceeds `threshold`.

    Example: `softplus: {beta: 1.0}`. Elementwise: one operation per element.
    Saved for backward: the input.
    Reference: torch.nn.functional.softplus.
    """

    title: ClassVar[str] = "Softplus"
    traits: ClassVar[Traits] = NEW

    beta: float = 1.0
    threshold: float = 20.0

    def __post_init__(self) -> None:
        if self.beta == 0:
            raise OperatorError("beta 0", "a number other than 0", argument="beta")

    def summary(self, inputs: Inputs) -> str:
        """Return beta for the label unless it is 1."""
        del inputs
        return "" if self.beta == 1 else f"beta {self.beta:g}"
