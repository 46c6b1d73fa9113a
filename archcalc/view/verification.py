"""What built networks say about analytic numbers, as tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.view.table import COUNT, SHORT_COUNT, TEXT, Cell, Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

AGREES, DISAGREES = "agrees", "disagrees"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A number of one layer for which a witness has another."""

    layer: str
    quantity: str
    analytic: str
    measured: str
    witness: str


@dataclass(frozen=True, slots=True)
class Testimony:
    """What one witness was asked about, how many numbers it gave, and where it has nothing to say."""

    witness: str
    about: str
    numbers: int
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MemoryRatio:
    """Bytes seen while the network ran, and predicted."""

    measured: int
    predicted: int

    @property
    def ratio(self) -> float:
        """Return measured over predicted; 1 where both are nothing."""
        return self.measured / self.predicted if self.predicted else float(self.measured == 0)

    def within(self, share: float) -> bool:
        """Return whether the measured differs from the predicted by at most a share of it."""
        return abs(self.measured - self.predicted) <= share * self.predicted


@dataclass(frozen=True, slots=True)
class Verification:
    """One network: what it is, what was asked of whom, and every disagreement."""

    spec: str
    inputs: tuple[str, ...]
    layers: int
    params: int
    buffers: int
    macs: int
    field: str
    testimonies: tuple[Testimony, ...]
    disagreements: tuple[Disagreement, ...]
    memory: MemoryRatio
    saved: MemoryRatio

    @property
    def verdict(self) -> str:
        """Whether every witness agrees on every number."""
        return DISAGREES if self.disagreements else AGREES


def verification_table(verified: Sequence[Verification]) -> Table:
    """A row a network: its totals, memory and verdict; below, how many numbers each witness gave."""
    rows = tuple(_row(one) for one in verified)
    return Table("built networks against the analysis", _MEANING, _COLUMNS, rows, remarks=_remarks(verified))


_COLUMNS = (
    Column("spec", "network", TEXT),
    Column("layers", "layers", COUNT),
    Column("params", "params", SHORT_COUNT),
    Column("macs", "MACs", SHORT_COUNT),
    Column("field", "field", TEXT),
    Column("memory", "memory", TEXT),
    Column("saved", "saved", TEXT),
    Column("verdict", "verdict", TEXT),
)
_MEANING = ("field: the widest of any layer; memory, saved: measured over predicted, at inference and for backward",)


def _row(one: Verification) -> tuple[Cell, ...]:
    return (one.spec, one.layers, one.params, one.macs, one.field, f"{one.memory.ratio:.2f}", f"{one.saved.ratio:.2f}",
            one.verdict)  # fmt: skip


def _remarks(verified: Sequence[Verification]) -> tuple[str, ...]:
    testimonies = [(one.spec, each) for one in verified for each in one.testimonies]
    numbers, silent = Counter[str](), dict[str, list[str]]()
    for spec, each in testimonies:
        numbers[f"{each.witness} ({each.about})"] += each.numbers
        for reason in each.silent:
            silent.setdefault(f"{each.witness}: {reason}", []).append(spec)
    counts = Counter(one.verdict for one in verified)
    return (
        *(f"{who}: {many:,} numbers" for who, many in numbers.items()),
        *(f"{reason}: {', '.join(specs)}" for reason, specs in silent.items()),
        f"{len(verified)} networks, {counts[AGREES]} agree, {counts[DISAGREES]} disagree",
    )


def disagreements_table(verified: Sequence[Verification]) -> Table:
    """A row a number that differs."""
    columns = tuple(
        Column(key, key, TEXT) for key in ("network", "layer", "quantity", "analytic", "measured", "witness")
    )
    rows = tuple(
        (one.spec, each.layer, each.quantity, each.analytic, each.measured, each.witness)
        for one in verified
        for each in one.disagreements
    )
    return Table("disagreements", (), columns, rows)
