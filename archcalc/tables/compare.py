"""Tables that compare networks, or variants of one network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.time_fusion import TimeFusion, time_fusion, whole_image
from archcalc.tables.table import TEXT, Cell, Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from archcalc.analysis.records import Analysis, LayerRecord
    from archcalc.analysis.time_shift import TimeShift

MOST_NAMES = 6


def comparison(networks: Mapping[str, Analysis]) -> list[Table]:
    """Return tables of totals, parameters by stage, cost by stage, and temporal properties.

    Counts show their difference and ratio to those of the first network.
    """
    unit = next(iter(networks.values())).convention.unit
    return [
        _totals(networks),
        _stages("params by stage", networks, lambda layer: layer.params),
        _stages(f"{unit} by stage", networks, lambda layer: layer.cost),
        _time(networks),
    ]


def _columns(first: str, networks: Mapping[str, Analysis]) -> tuple[Column, ...]:
    return (Column("quantity", first, TEXT), *(Column(name, name, TEXT) for name in networks))


def against(value: int | None, first: int | None) -> str:
    """Return a count with its difference and ratio to the first one: `9,108 (+6,156, x3.09)`."""
    if value is None:
        return "-"
    if first is None or value == first:
        return f"{value:,}"
    ratio = f", x{value / first:.3g}" if first else ""
    return f"{value:,} ({value - first:+,}{ratio})"


def _counts(label: str, values: Sequence[int | None]) -> tuple[Cell, ...]:
    return (label, against(values[0], None), *(against(value, values[0]) for value in values[1:]))


def _totals(networks: Mapping[str, Analysis]) -> Table:
    analyses = list(networks.values())
    totals = [each.totals for each in analyses]
    unit = analyses[0].convention.unit
    inputs = [", ".join(f"{each.name} {each.shape}" for each in analysis.inputs) for analysis in analyses]
    videos = [each.cost_per_video for each in totals]
    rows = [
        ("input", *inputs),
        _counts("layers", [each.layers for each in totals]),
        _counts("params", [each.params for each in totals]),
        _counts(unit, [each.cost for each in totals]),
        *([_counts(f"{unit} per video", videos)] if any(videos) else []),
        _counts("peak activation bytes", [each.peak_inference_bytes for each in totals]),
        _counts("training bytes", [each.training_bytes for each in totals]),
    ]
    return Table("totals", (), _columns("", networks), tuple(rows))


def _stages(title: str, networks: Mapping[str, Analysis], count: Callable[[LayerRecord], int]) -> Table:
    """Return a row for each part of the network that has a count in some network."""
    by_network = []
    for analysis in networks.values():
        stages: dict[str, int] = {}
        for layer in analysis.layers:
            stage = analysis.graph.part(layer.path, 1).path
            stages[stage] = stages.get(stage, 0) + count(layer)
        by_network.append(stages)
    names = dict.fromkeys(stage for stages in by_network for stage in stages)
    rows = [_counts(stage, [stages.get(stage) for stages in by_network]) for stage in names
            if any(stages.get(stage) for stages in by_network)]  # fmt: skip
    return Table(title, (), _columns("stage", networks), tuple(rows))


def _time(networks: Mapping[str, Analysis]) -> Table:
    facts = [time_fusion(analysis) for analysis in networks.values()]
    seen = tuple(whole_image(analysis) or "never" for analysis in networks.values())
    if not any(facts):
        return Table("space", (), _columns("", networks), (("field covers image from", *seen),))
    rows = (
        ("frames", *(_shown(fact, lambda each: str(each.frames)) for fact in facts)),
        ("temporal fusion in", *(_shown(fact, lambda each: _layers(each.fusing)) for fact in facts)),
        ("temporal size 1 from", *(_shown(fact, lambda each: each.ends or "never") for fact in facts)),
        ("temporal field covers clip from", *(_shown(fact, lambda each: each.whole_clip or "never") for fact in facts)),
        ("shift-equivariant", *(_shown(fact, lambda each: _shift(each.shift)) for fact in facts)),
        ("spatial field covers frame from", *seen),
    )
    return Table("time", (), _columns("", networks), rows)


def _shown(fact: TimeFusion | None, show: Callable[[TimeFusion], str]) -> str:
    return "no time axis" if fact is None else show(fact)


def _shift(shift: TimeShift | None) -> str:
    if shift is None:
        return "no path from the clip"
    if shift.broken:
        return f"only before {shift.broken}"
    return f"by multiples of {shift.rate} frames" if shift.rate > 1 else "yes"


def _layers(paths: tuple[str, ...]) -> str:
    if len(paths) <= MOST_NAMES:
        return ", ".join(paths) or "no layer"
    return f"{len(paths)} layers, {paths[0]} to {paths[-1]}"
