"""Where formulas begin and end in a text."""

from __future__ import annotations

import re

DOLLAR = re.compile(r"\$\$|\$\(|\$([^\W\d]\w*)|\$")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_BRACKET = re.compile(QUOTED.pattern + r"|[()]")


def closing_parenthesis(text: str, start: int) -> int | None:
    """Return the index after the `)` that closes a parenthesis opened before `start`; None if none does."""
    depth = 1
    for match in _BRACKET.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if not depth:
            return match.end()
    return None


def unclosed_formula(text: str) -> int | None:
    """The index of the first `$(` in a text that is not closed in it; None when all are."""
    position: int | None = 0
    while match := DOLLAR.search(text, position or 0):
        position = closing_parenthesis(text, match.end()) if match[0] == "$(" else match.end()
        if position is None:
            return match.start()
    return None
