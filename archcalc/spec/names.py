"""What may be part of a name: characters that can be seen, and not too many of them."""

from __future__ import annotations

MOST_CHARACTERS = 250

_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Characters without width or ink that count as letters or marks; the others cannot be printed."""

EXPECTED_CHARACTERS = "characters that can be seen, without those that control a terminal or the direction of a text"


def unfit_characters(name: str) -> str:
    """Return what is wrong with the characters of a name, or the empty string.

    Control, bidirectional and zero-width characters make a name look like another one, or a line like something else.
    """
    if len(name) > MOST_CHARACTERS:
        return f"a name of {len(name):,} characters"
    odd = next((char for char in name if not char.isprintable() or char in _INVISIBLE or _selects(char)), None)
    return "" if odd is None else f"the character U+{ord(odd):04X} in the name {name!r}"


def expected_of_name(name: str) -> str:
    """Return what a name with unfit characters should have had instead."""
    return f"at most {MOST_CHARACTERS}" if len(name) > MOST_CHARACTERS else EXPECTED_CHARACTERS


def _selects(char: str) -> bool:
    """Whether a character only selects a variant of the one before it."""
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
