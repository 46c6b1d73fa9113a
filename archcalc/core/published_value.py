"""Figures as others printed them: digits with a unit, rounded or cut off."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext

MOST_DIGITS = 25
_PRECISION = 1_000  # digits of a quotient: our counts have as many as they have
UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9, "T": 10**12}
_NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*([KMGBT]?)")


@dataclass(frozen=True, slots=True)
class RoundedValue:
    """A printed count: its digits and the unit they are in."""

    digits: Decimal
    unit: int

    @classmethod
    def parse(cls, text: str) -> RoundedValue:
        """`40.519 G`, `33.3M`, `31,505,325`; ValueError for anything else."""
        match = _NUMBER.fullmatch(text.strip())
        if match is None or sum(map(str.isdigit, match[1])) > MOST_DIGITS:
            raise ValueError(f"{text!r} is no printed number such as 40.519 G")
        return cls(Decimal(match[1].replace(",", "")), UNITS[match[2]])

    def matches(self, value: int) -> bool:
        """Whether a count shows these digits when it is rounded or cut off where they end."""
        with localcontext(prec=_PRECISION):
            scaled = Decimal(value) / self.unit
            last = Decimal(1).scaleb(int(self.digits.as_tuple().exponent))
            return any(scaled.quantize(last, rounding) == self.digits for rounding in (ROUND_HALF_UP, ROUND_DOWN))
