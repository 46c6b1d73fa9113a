"""Tables of the comparison between built networks and the analysis."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from archcalc.results.verification import AGREES, DISAGREES
from archcalc.tables.table import COUNT, SHORT_COUNT, TEXT, Cell, Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.results.verification import MemoryRatio, Verification


def verification_table(verified: Sequence[Verification]) -> Table:
    """Return a row for each network with totals, memory and verdict; below, the numbers of each reference."""
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
    ratios = ("-" if each is None else f"{each.ratio:.2f}" for each in (one.memory, one.saved))
    return (one.spec, one.layers, one.params, one.macs, one.field, *ratios, one.verdict)


def verification_rows(verified: Sequence[Verification]) -> Table:
    """Return a row of plain numbers for each network, for other programs; memory is in bytes."""
    keys = (
        "network", "layers", "params", "buffers", "macs", "field", "numbers", "disagreements",
        "memory_measured", "memory_predicted", "saved_measured", "saved_predicted", "verdict",
    )  # fmt: skip
    columns = tuple(Column(key, key, TEXT if key in ("network", "field", "verdict") else COUNT) for key in keys)
    return Table("built networks against the analysis", (), columns, tuple(map(_numbers, verified)))


def _numbers(one: Verification) -> tuple[Cell, ...]:
    compared = sum(each.numbers for each in one.checks)
    both = (one.memory, one.saved)
    memory = [number for each in both for number in _sides(each)]
    counts = (one.layers, one.params, one.buffers, one.macs)
    return (one.spec, *counts, one.field, compared, len(one.disagreements), *memory, one.verdict)


def _sides(ratio: MemoryRatio | None) -> tuple[int | None, int | None]:
    return (None, None) if ratio is None else (ratio.measured, ratio.predicted)


def _remarks(verified: Sequence[Verification]) -> tuple[str, ...]:
    checks = [(one.spec, each) for one in verified for each in one.checks]
    numbers, silent = Counter[str](), dict[str, list[str]]()
    for spec, each in checks:
        numbers[f"{each.reference} ({each.about})"] += each.numbers
        for reason in each.silent:
            silent.setdefault(f"{each.reference}: {reason}", []).append(spec)
    counts = Counter(one.verdict for one in verified)
    return (
        *(f"{who}: {many:,} numbers" for who, many in numbers.items()),
        *(f"{each.reference} of {spec} at {', '.join(each.sampled)}" for spec, each in checks if each.sampled),
        *(f"{reason}: {', '.join(specs)}" for reason, specs in silent.items()),
        f"{len(verified)} networks, {counts[AGREES]} agree, {counts[DISAGREES]} disagree",
    )


def disagreements_table(verified: Sequence[Verification]) -> Table:
    """Return a row for each number that differs."""
    columns = tuple(
        Column(key, key, TEXT) for key in ("network", "layer", "quantity", "analytic", "measured", "reference")
    )
    rows = tuple(
        (one.spec, each.layer, each.quantity, each.analytic, each.measured, each.reference)
        for one in verified
        for each in one.disagreements
    )
    return Table("disagreements", (), columns, rows)
