"""Pairs of networks that differ by their kernels (pairs.yaml), as far as both were measured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archcalc.report.contrast import Contrast, contrasts, moved, ratio_words
from archcalc.report.kinds import kinds_of
from archcalc.report.words import setup_words
from archcalc.tables.table import BYTES, COUNT, MEASURED, NAME, SHARE, SHORT_COUNT, TEXT, Cell, Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.report.measured import Measured
    from archcalc.results.profile import Profile, Setup


@dataclass(frozen=True, slots=True)
class Pair:
    """A network and one of other kernels. `subject` is what pays or does not, empty where designs differ in more."""

    reference: str
    variant: str
    what: str
    subject: str = ""


@dataclass(frozen=True)
class FoundPair:
    """A pair that was measured, under each setup that both have."""

    pair: Pair
    contrasts: tuple[Contrast, ...]

    def shown(self, setup: Setup) -> Contrast:
        """The contrast under a setup, or the last of those there are."""
        return next((each for each in self.contrasts if each.variant.setup == setup), self.contrasts[-1])


@cache
def _file() -> dict[str, Any]:
    import yaml

    found: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("pairs.yaml").read_text(encoding="utf-8"))
    return found


def measured_first() -> tuple[str, ...]:
    """Return the networks that are measured before the others."""
    return tuple(_file()["first"])


def depthwise_networks() -> tuple[str, ...]:
    """Return the networks with depthwise convolutions in space and time."""
    return tuple(_file()["depthwise"]["networks"])


def factorized_pairs(cases: Sequence[Measured]) -> list[FoundPair]:
    """Return the pairs of factorized and mixed networks with clips of one size."""
    found = [_found(cases, Pair(**each)) for each in _file()["pairs"]]
    return [each for each in found if each.contrasts and all(one.same_inputs for one in each.contrasts)]


def depthwise_pairs(cases: Sequence[Measured]) -> list[FoundPair]:
    """Return each network with depthwise convolutions in space and time and a plain one; inputs may differ."""
    names, what = {case.name for case in cases}, _file()["depthwise"]["what"]
    plain = next((name for name in _file()["plain"] if name in names), None)
    if plain is None:
        return []
    found = [_found(cases, Pair(plain, name, what)) for name in depthwise_networks()]
    return [each for each in found if each.contrasts]


def _found(cases: Sequence[Measured], pair: Pair) -> FoundPair:
    profiles = {name: [case.profile for case in cases if case.name == name] for name in (pair.reference, pair.variant)}
    return FoundPair(pair, tuple(contrasts(profiles[pair.reference], profiles[pair.variant])))


def convolution_ms(profile: Profile) -> float:
    """The time of all convolutions together."""
    return sum(each.ms for each in kinds_of(profile.layers) if each.kind.endswith("convolution"))


COLUMNS = (
    Column("setup", "setup", TEXT),
    Column("network", "network", NAME),
    Column("macs", "MACs of a clip", SHORT_COUNT),
    Column("bytes", "moved by the batch", BYTES),
    Column("layers", "layers", COUNT),
    Column("ms", "ms", MEASURED),
    Column("spread", "spread", SHARE),
    Column("tflops", "TFLOP/s", MEASURED),
    Column("against", "time of a clip", NAME),
)


def pairs_table(pairs: Sequence[FoundPair]) -> Table:
    """Setup by setup each reference with its variants, and how many times as long a clip of these takes."""
    every = [each for found in pairs for each in found.contrasts]
    rows = []
    for setup in dict.fromkeys(each.variant.setup for each in every):
        some = [each for each in every if each.variant.setup == setup]
        for name in dict.fromkeys(each.reference.spec for each in some):
            alike = [each for each in some if each.reference.spec == name]
            rows += [_cells(alike[0].reference, ""), *(_cells(each.variant, ratio_words(each)) for each in alike)]
    return Table("pairs", (), COLUMNS, tuple(rows))


def _cells(profile: Profile, against: str) -> tuple[Cell, ...]:
    ms = profile.latency.median
    flops = sum(layer.flops for layer in profile.layers)
    return (
        setup_words(profile.setup), profile.spec, profile.macs, moved(profile), len(profile.layers), ms,
        profile.latency.spread, flops / ms / 1e9, against,
    )  # fmt: skip
