"""How fast kinds of convolutions run against dense ones in space and time, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.layer_kind import DENSE, DEPTHWISE, POINTWISE, SPATIAL, TEMPORAL
from archcalc.report.kinds import KindUse, kinds_of, layers_of
from archcalc.report.words import percent, times
from archcalc.tables.profile import figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.report.measured import Measured

NAMES = {
    SPATIAL: "spatial ones",
    TEMPORAL: "temporal ones",
    DEPTHWISE: "depthwise ones",
    POINTWISE: "pointwise ones",
}


def speed_sentences(cases: Sequence[Measured]) -> list[str]:
    """What each kind of convolution reaches against those of space and time together; none where there are no such."""
    uses = {each.kind: each for each in kinds_of(layers_of(cases))}
    dense = uses.get(DENSE)
    if dense is None or not dense.tflops:
        return []
    others = [uses[kind] for kind in NAMES if kind in uses and uses[kind].tflops]
    first = f"Dense convolutions over space and time reach {figure(dense.tflops)} TFLOP/s."
    return [first, *(_against(each, dense) for each in others)]


def _against(use: KindUse, dense: KindUse) -> str:
    ratio, spread = use.tflops / dense.tflops, max(use.spread, dense.spread)
    said = f"{NAMES[use.kind][:1].upper()}{NAMES[use.kind][1:]} reach {figure(use.tflops)}"
    if abs(ratio - 1) <= spread:
        return f"{said}, which is no difference beyond the spread of {percent(spread)}: fewer MACs are less time."
    if ratio > 1:
        return f"{said}, {times(ratio)} times as much: they save even more time than MACs."
    return (
        f"{said}, {times(ratio)} of that: they save time only where they do with fewer than {times(ratio)} of the MACs."
    )


def depthwise_sentences(cases: Sequence[Measured]) -> list[str]:
    """The part of depthwise convolutions in the arithmetic and in the time of each network that has any."""
    every = [(case.name, kinds_of(case.profile.layers)) for case in cases]
    return [_part(name, uses) for name, uses in every if any(use.kind == DEPTHWISE and use.macs for use in uses)]


def _part(name: str, uses: Sequence[KindUse]) -> str:
    use = next(each for each in uses if each.kind == DEPTHWISE)
    arithmetic = use.macs / sum(each.macs for each in uses)
    time = use.ms / sum(each.ms for each in uses)
    where = f"Depthwise convolutions are {percent(arithmetic)} of the MACs of {name} and {percent(time)} of its time"
    if abs(time - arithmetic) <= use.spread * max(time, arithmetic):
        return f"{where}, no difference beyond the spread."
    return f"{where}, {times(time / arithmetic)} times their share."
