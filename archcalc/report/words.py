"""Formats numbers in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.results.profile import format_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archcalc.results.profile import Setup


SMALL, LARGE = 0.2, 50
"""Ratios below are said as one part of so many, ratios above without decimals."""


def setup_words(setup: Setup) -> str:
    """`bf16 weights, batch 8, inference, compiled`: all but the device, which is the same throughout a report."""
    more = ["compiled"] * setup.compiled + ["channels last"] * setup.channels_last
    return ", ".join((format_words(setup.dtype), f"batch {setup.batch}", setup.mode, *more))


def percent(share: float) -> str:
    """A part of one: 12%, 0.4%, 1,230%."""
    return f"{100 * share:,.0f}%" if abs(share) >= 0.01 or not share else f"{100 * share:.1f}%"


def signed_percent(share: float) -> str:
    """Return a share as signed percentage: `+12%`, `-3%`, `0%`."""
    rounded = round(100 * share)
    return f"{rounded:+,d}%" if rounded else "0%"


def times(ratio: float) -> str:
    """A ratio in few digits: 1/67, 0.48, 2.13, 31.4, 1,200."""
    if 0 < ratio < SMALL:
        return f"1/{times(1 / ratio)}"
    return f"{ratio:,.0f}" if ratio >= LARGE else f"{ratio:.{3 if ratio >= 1 else 2}g}"


def extent(values: Iterable[str]) -> str:
    """`a to b` of texts in their order, or the one that all of them are."""
    first, *rest = list(values)
    return f"{first} to {rest[-1]}" if rest and rest[-1] != first else first


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([*[", ".join(words[:-1])][: len(words) > 1], *words[-1:]])


def are(number: int, what: str) -> str:
    """`1 network is`, `2 networks are`."""
    return f"{number:,} {what} is" if number == 1 else f"{number:,} {what}s are"
