"""Pairs of networks that differ by their kernels, as far as both were measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.report.contrast import (
    NEARLY,
    Contrast,
    contrasts,
    mac_words,
    macs_words,
    ratio_words,
    time_words,
    verdict,
)
from archcalc.report.kinds import kinds_of
from archcalc.report.words import setup_words, times
from archcalc.tables.profile import figure
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


SPLIT, MIXED = "Splitting the kernels", "Leaving time to some of the layers"
PAIRS = (
    Pair("r3d_18", "r2plus1d_18", "1x3x3 and 3x1x1 for each 3x3x3", SPLIT),
    Pair("r3d_18", "mc3_18", "3x3x3 at first, 1x3x3 behind, which keeps all frames to the end", MIXED),
    Pair("r3d_18", "rmc", "1x3x3 at first, 3x3x3 behind", MIXED),
    Pair("i3d", "s3d", "1x3x3 and 3x1x1 for each 3x3x3", SPLIT),
)
DEPTHWISE_NETWORKS = ("x3d_xs", "x3d_s", "x3d_m", "x3d_l", "csn_r101", "efficientnet3d_b0")
PLAIN = ("r3d_18", "c3d", "i3d_r50", "i3d")
"""Networks of dense convolutions that depthwise ones are held against: the first of them that was measured."""


@dataclass(frozen=True)
class FoundPair:
    """A pair that was measured, under each setup that both have."""

    pair: Pair
    contrasts: tuple[Contrast, ...]

    def shown(self, setup: Setup) -> Contrast:
        """The contrast under a setup, or the last of those there are."""
        return next((each for each in self.contrasts if each.variant.setup == setup), self.contrasts[-1])


def factorized_pairs(cases: Sequence[Measured]) -> list[FoundPair]:
    """The pairs of factorized and mixed networks with clips of one size."""
    found = [_found(cases, pair) for pair in PAIRS]
    return [each for each in found if each.contrasts and all(one.same_inputs for one in each.contrasts)]


def depthwise_pairs(cases: Sequence[Measured]) -> list[FoundPair]:
    """Each network with depthwise convolutions in space and time against a plain one; inputs may differ."""
    plain = next((name for name in PLAIN if any(case.name == name for case in cases)), None)
    if plain is None:
        return []
    found = [_found(cases, Pair(plain, name, "depthwise convolutions")) for name in DEPTHWISE_NETWORKS]
    return [each for each in found if each.contrasts]


def _found(cases: Sequence[Measured], pair: Pair) -> FoundPair:
    profiles = {name: [case.profile for case in cases if case.name == name] for name in (pair.reference, pair.variant)}
    return FoundPair(pair, tuple(contrasts(profiles[pair.reference], profiles[pair.variant])))


def pair_sentences(found: FoundPair, setup: Setup) -> list[str]:
    """What is compared, how long it takes, whether that pays, and where the difference is, in one setup if possible."""
    pair, one = found.pair, found.shown(setup)
    inputs = "" if one.same_inputs else f", each on its own input ({_inputs(one)})"
    return [
        f"{pair.variant} ({pair.what}) does {macs_words(one.macs)} {pair.reference}{inputs}.",
        time_words(found.contrasts),
        verdict(found.contrasts, pair.subject) if pair.subject else mac_words(found.contrasts, pair.reference),
        _where(one, setup_words(one.variant.setup) if len(found.contrasts) > 1 else ""),
    ]


def _inputs(each: Contrast) -> str:
    return f"{', '.join(each.variant.inputs)} and {', '.join(each.reference.inputs)}"


def _where(one: Contrast, setup: str) -> str:
    """The time of convolutions and of everything else, in one setup."""
    mine, theirs = (convolution_ms(each) for each in (one.variant, one.reference))
    more, less = one.variant.layers_ms - mine, one.reference.layers_ms - theirs
    where = f" ({setup})" if setup else ""
    return (
        f"Layer by layer{where}, its convolutions take {figure(mine)} ms against {figure(theirs)} ms, its other layers "
        f"{figure(more)} ms against {figure(less)} ms; it moves {_bytes_words(one)}."
    )


def _bytes_words(one: Contrast) -> str:
    ratio = _moved(one.variant) / _moved(one.reference)
    return "about as many bytes" if abs(ratio - 1) <= NEARLY else f"{times(ratio)} times the bytes"


def convolution_ms(profile: Profile) -> float:
    """The time of all convolutions together."""
    return sum(each.ms for each in kinds_of(profile.layers) if each.kind.endswith("convolution"))


def _moved(profile: Profile) -> int:
    return sum(layer.bytes for layer in profile.layers)


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
        setup_words(profile.setup), profile.spec, profile.macs, _moved(profile), len(profile.layers), ms,
        profile.latency.spread, flops / ms / 1e9, against,
    )  # fmt: skip
