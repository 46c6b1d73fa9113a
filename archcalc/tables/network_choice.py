"""Which networks of the list somebody means: by name or another name, by family and task, by size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.core.published_value import RoundedValue
from archcalc.spec.metadata import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.tables.networks import NetworkRow


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `least` to `most`, both included; None is open."""

    least: float | None
    most: float | None

    @classmethod
    def parse(cls, text: str) -> Range:
        """Return the range that `1M..5M`, `..5M`, `1M..` or one number says; raise ValueError for anything else."""
        ends = text.split("..")
        if len(ends) > 2 or not any(end.strip() for end in ends):
            raise ValueError(f"{text!r} is no range such as 1M..5M, ..5M or 1M..")
        numbers = [_number(end) if end.strip() else None for end in ends]
        return cls(numbers[0], numbers[-1])

    def holds(self, value: float | None) -> bool:
        """Return whether a value is in the range; no value is in none."""
        if value is None:
            return False
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


def _number(text: str) -> float:
    value = RoundedValue.parse(text)
    return float(value.digits * value.unit)


@dataclass(frozen=True, slots=True)
class Sizes:
    """The ranges that the sizes of a network have to be in; None for those that nobody asked for."""

    params: Range | None = None
    macs: Range | None = None
    field: Range | None = None

    @property
    def asked(self) -> bool:
        """Return whether a size is asked for."""
        return any(each is not None for each in (self.params, self.macs, self.field))

    def hold(self, row: NetworkRow) -> bool:
        """Return whether a row with its sizes is in all ranges."""
        pairs = ((self.params, row.params), (self.macs, row.macs), (self.field, row.frames))
        return all(wanted is None or wanted.holds(value) for wanted, value in pairs)


def called(rows: Sequence[NetworkRow], name: str) -> list[NetworkRow]:
    """Return the networks that are called so, or have it as another name; if none is, those whose names contain it."""
    wanted = plain(name)
    exact = [row for row in rows if wanted in map(plain, (row.name, *row.also))]
    if exact or not wanted:
        return exact
    return [row for row in rows if any(wanted in plain(each) for each in (row.name, *row.also))]
