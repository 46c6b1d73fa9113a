"""Names as drawings have room for them."""

from __future__ import annotations

MOST_CHARACTERS = 80


def shortened(text: str) -> str:
    """Return the text, shortened in the middle, because the ends of paths differ."""
    half = MOST_CHARACTERS // 2
    return text if len(text) <= MOST_CHARACTERS else f"{text[: half - 1]}…{text[-half:]}"
