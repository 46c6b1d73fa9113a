"""A text of a spec: itself, one formula, or a text with formulas in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

from archcalc.core.messages import describe_value, shortened
from archcalc.spec.formula.brackets import DOLLAR, closing_parenthesis
from archcalc.spec.formula.error import FormulaError
from archcalc.spec.formula.evaluator import value_of
from archcalc.spec.formula.limits import MAX_TEXT
from archcalc.spec.formula.lookup import spelled
from archcalc.spec.formula.tree import parsed

Value: TypeAlias = bool | int | float | str | list[Any] | dict[str, Any] | None


def _uncounted(_: int) -> None:
    """Do not count operations: outside a spec there is no budget."""


@dataclass(frozen=True)
class Formula:
    """One formula; `text` is as written, without the dollar sign."""

    text: str
    tree: ast.expr = field(repr=False, compare=False)

    @cached_property
    def nodes(self) -> int:
        """How many operations, names and numbers it has."""
        return sum(1 for _ in ast.walk(self.tree))

    def evaluate(self, names: Mapping[str, object], count: Callable[[int], None] = _uncounted) -> Value:
        """Return the value of the formula, where `names` maps each name to its value.

        `names`, and any mapping in it, may compute its values when they are read; exceptions other than
        KeyError are passed on. FormulaError if the formula has no value: an unknown name, a division by zero, a
        number, string or list beyond the limits.
        """
        result = value_of(self.tree, names, count)
        if isinstance(result, tuple):
            return list(result)
        if isinstance(result, Mapping) and not isinstance(result, dict):
            raise FormulaError(f"{self.text!r} is a mapping", "a value", "take one of its entries, such as input.C")
        return result  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Template:
    """A text with formulas in it."""

    parts: tuple[str | Formula, ...]

    @property
    def nodes(self) -> int:
        """How many operations, names and numbers its formulas have."""
        return sum(part.nodes for part in self.parts if isinstance(part, Formula))

    def evaluate(self, names: Mapping[str, object], count: Callable[[int], None] = _uncounted) -> str:
        """The text with each formula replaced by its value; FormulaError as for a formula, or when one is no text."""
        parts = (
            part if isinstance(part, str) else _inside_text(part, part.evaluate(names, count)) for part in self.parts
        )
        text = "".join(parts)
        if len(text) > MAX_TEXT:
            raise FormulaError(f"a string of {len(text):,} characters", f"at most {MAX_TEXT:,}")
        return text


def compile_text(text: str) -> str | Formula | Template:
    """Compile a string of a spec: plain text, one formula, or text with formulas.

    `$$` is a dollar sign. FormulaError if a formula cannot be parsed or uses something that formulas do not have.
    """
    return _compiled(text) if "$" in text else text


@lru_cache(maxsize=4096)
def _compiled(text: str) -> str | Formula | Template:
    if len(text) > MAX_TEXT:
        raise FormulaError(f"formulas in a string of {len(text):,} characters", f"at most {MAX_TEXT:,}")
    parts = [part for part in _parts(text) if part != ""]
    if all(isinstance(part, str) for part in parts):
        return "".join(map(str, parts))
    return parts[0] if len(parts) == 1 else Template(tuple(parts))


def _parts(text: str) -> Iterator[str | Formula]:
    position = 0
    while match := DOLLAR.search(text, position):
        yield text[position : match.start()]
        part, position = _part(text, match)
        yield part
    yield text[position:]


def _part(text: str, match: re.Match[str]) -> tuple[str | Formula, int]:
    start = match.end()
    if match[0] == "$$":
        return "$", start
    if match[1]:
        return Formula(match[1], ast.Name(match[1], ast.Load())), start
    if match[0] == "$":
        raise FormulaError("a '$' without a formula", "$name or $(expression)", "a dollar sign is written $$")
    end = closing_parenthesis(text, start)
    if end is None:
        found = f"a formula that is not closed: {shortened(text[match.start() :])}"
        raise FormulaError(found, "a ')' for every '('", "a ')' inside quotes does not count")
    expression = text[start : end - 1].strip()
    return Formula(expression, parsed(expression)), end


def _inside_text(formula: Formula, value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return spelled(value)
    hint = f"an entry is written $({formula.text}.{next(iter(value))})" if isinstance(value, dict) and value else ""
    raise FormulaError(f"{describe_value(value)} inside a string", "a string or a number", hint)
