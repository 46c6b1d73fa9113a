"""Formulas that YAML cut short: how they have to be quoted."""

from __future__ import annotations

from archcalc.spec.formula import closing_parenthesis

MAX_FORMULA = 1_000


def quoting_hint(value: str, start: int, text: str) -> str:
    """Return how to quote a formula that YAML cut; empty if `text`, which has the value, does not close it either."""
    line = text[max(text.find(value), 0) :].split("\n")[0]
    end = closing_parenthesis(line, start + 2)
    if end is None:
        return ""
    quote = "'" if '"' in line[:end] else '"'
    cause = _CUTS.get(line[len(value) :].lstrip()[:1], "such a character")
    return f"quote a formula that has {cause}: {quote}{line[:end]}{quote}"


_CUTS = {",": "a comma", "[": "a bracket", "{": "a brace", "}": "a brace", ":": "a ': '", "#": "' #'"}
