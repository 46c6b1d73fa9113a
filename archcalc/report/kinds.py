"""Layers of several networks by kind: their part of the arithmetic, of the traffic and of the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.analysis.layer_kind import LAYER_KINDS
from archcalc.report.measured import of_setup, setups
from archcalc.report.words import setup_words
from archcalc.tables.table import COUNT, MEASURED, SHARE, TEXT, Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archcalc.report.measured import Measured
    from archcalc.results.profile import LayerProfile

TERA_PER_MS = 1e9


@dataclass(frozen=True, slots=True)
class KindUse:
    """The layers of one kind together; `spread` is that of their times, each weighing as much as it takes."""

    kind: str
    layers: int
    macs: int
    flops: int
    bytes: int
    ms: float
    roofline_ms: float
    spread: float

    @property
    def tflops(self) -> float:
        """Return the achieved arithmetic in TFLOP/s."""
        return self.flops / self.ms / TERA_PER_MS if self.ms else 0.0


def kinds_of(layers: Iterable[LayerProfile]) -> list[KindUse]:
    """The kinds that occur, in the order of all kinds."""
    by_kind: dict[str, list[LayerProfile]] = {kind: [] for kind in LAYER_KINDS}
    for layer in layers:
        by_kind.setdefault(layer.kind, []).append(layer)
    return [_use(kind, found) for kind, found in by_kind.items() if found]


def _use(kind: str, layers: Sequence[LayerProfile]) -> KindUse:
    ms = sum(each.ms for each in layers)
    return KindUse(
        kind,
        len(layers),
        sum(each.macs for each in layers),
        sum(each.flops for each in layers),
        sum(each.bytes for each in layers),
        ms,
        sum(each.roofline_ms for each in layers),
        sum(each.spread * each.ms for each in layers) / ms if ms else 0.0,
    )


def layers_of(cases: Iterable[Measured]) -> list[LayerProfile]:
    """All layers of several profiles."""
    return [layer for case in cases for layer in case.profile.layers]


def time_shares(case: Measured) -> dict[str, float]:
    """The part of the time of one network's layers that each kind takes."""
    whole = case.profile.layers_ms
    return {each.kind: each.ms / whole if whole else 0.0 for each in kinds_of(case.profile.layers)}


COLUMNS = (
    Column("kind", "kind", TEXT),
    Column("layers", "layers", COUNT),
    Column("macs_share", "of MACs", SHARE),
    Column("bytes_share", "of bytes moved", SHARE),
    Column("time_share", "of time", SHARE),
    Column("tflops", "TFLOP/s", MEASURED),
    Column("roofline_share", "roofline reached", SHARE),
)


def kinds_table(cases: Sequence[Measured]) -> Table:
    """A row for each kind over the layers of several networks, each layer counting by what it does and takes."""
    uses = kinds_of(layers_of(cases))
    macs, moved, ms = (sum(getattr(each, key) for each in uses) for key in ("macs", "bytes", "ms"))
    rows = tuple(
        (
            each.kind,
            each.layers,
            each.macs / macs if macs else None,
            each.bytes / moved if moved else None,
            each.ms / ms if ms else None,
            each.tflops or None,
            each.roofline_ms / each.ms if each.ms and each.roofline_ms else None,
        )
        for each in sorted(uses, key=lambda use: -use.ms)
    )
    return Table("kinds of layers", (), COLUMNS, rows)


def speeds_table(cases: Sequence[Measured]) -> Table:
    """The TFLOP/s of kinds that multiply, a column for each setup."""
    names = [setup_words(setup) for setup in setups(cases)]
    uses = [{each.kind: each.tflops for each in kinds_of(layers_of(of_setup(cases, setup)))} for setup in setups(cases)]
    kinds = [kind for kind in LAYER_KINDS if any(found.get(kind) for found in uses)]
    columns = (COLUMNS[0], *(Column(name, name, MEASURED) for name in names))
    return Table("speeds", (), columns, tuple((kind, *(found.get(kind) or None for found in uses)) for kind in kinds))
