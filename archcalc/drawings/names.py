"""Names as drawings have room for them."""

from __future__ import annotations

MOST_CHARACTERS = 80


def shortened(text: str) -> str:
    """The text, shortened in the middle: the ends of paths tell them apart."""
    half = MOST_CHARACTERS // 2
    return text if len(text) <= MOST_CHARACTERS else f"{text[: half - 1]}…{text[-half:]}"
