"""What is wrong with a formula."""

from __future__ import annotations


class FormulaError(ValueError):
    """A formula cannot be read, or has no value: what was found, what was expected, and what to do about it."""

    def __init__(self, found: str, expected: str = "", hint: str = "") -> None:
        self.found = found
        self.expected = expected
        self.hint = hint
        text = f"{found}; {expected}" if expected else found
        super().__init__(f"{text} ({hint})" if hint else text)
