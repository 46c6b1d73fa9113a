"""A derivation as data: sections of steps, each an expression and the number it gives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One number: what it is, the arithmetic with its numbers in (may be empty), the result, and a remark.

    The expression uses + - * / and the functions floor, ceil, min and max, so that it can be worked out again.
    """

    what: str
    expression: str
    result: int | str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Steps under one heading."""

    heading: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The derivation of one layer."""

    title: str
    subtitle: tuple[str, ...]
    sections: tuple[Section, ...]
