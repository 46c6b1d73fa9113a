"""A derivation as data: sections of steps, each an expression and the number it gives."""

from __future__ import annotations

from dataclasses import dataclass

from archcalc.core.shape import is_axis

RECEPTIVE_FIELD = "receptive_field"


@dataclass(frozen=True, slots=True)
class Step:
    """One number: its name, the arithmetic with numbers (may be empty), the result, and a remark.

    The expression uses + - * / and the functions floor, ceil, min and max, so that it can be evaluated again.
    """

    what: str
    expression: str
    result: int | str
    remark: str = ""

    @property
    def axis(self) -> str | None:
        """The axis that `what` begins with, as in `T clipped`; None where it speaks of none."""
        first = self.what.partition(" ")[0]
        return first if is_axis(first) else None

    @property
    def aspect(self) -> str:
        """Return the part of `what` after the axis: `clipped`; empty for the axis alone."""
        return self.what.partition(" ")[2] if self.axis else self.what


@dataclass(frozen=True, slots=True)
class Section:
    """Steps under one heading; `quantity` is what a step with an axis alone is about, `tensor` the one it refers to."""

    heading: str
    steps: tuple[Step, ...]
    quantity: str = ""
    tensor: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The derivation of one layer."""

    title: str
    subtitle: tuple[str, ...]
    sections: tuple[Section, ...]
