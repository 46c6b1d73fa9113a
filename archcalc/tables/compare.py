"""Tables that compare networks, or variants of one network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.quantities import QUANTITIES, layer_quantity
from archcalc.analysis.statuses import COMPLETE, STATUSES, cost_status, network_status
from archcalc.core.imported import EXACT
from archcalc.tables.table import COUNT, MEASURED, NAME, TEXT, Cell, Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from archcalc.analysis.comparison import ComparedNetwork
    from archcalc.analysis.quantities import Quantity
    from archcalc.analysis.time_fusion import TimeFusion
    from archcalc.analysis.time_shift import TimeShift

MOST_NAMES = 6
TOTALS = ("layers", "params", "cost", "cost_per_video", "peak_inference_bytes", "training_bytes")
BY_STAGE = ("params", "cost")


def comparison(networks: Sequence[ComparedNetwork], quantities: Sequence[str] = BY_STAGE) -> list[Table]:
    """Return tables of totals, of some quantities by stage, and of temporal properties.

    Counts show their difference and ratio to those of the first network. UsageError names the nearest quantity for one
    that layers do not have.
    """
    asked = [layer_quantity(key) for key in quantities]
    return [_totals(networks, quantities), *(_stages(networks, each) for each in asked), _time(networks)]


def _columns(first: str, networks: Sequence[ComparedNetwork]) -> tuple[Column, ...]:
    return (Column("quantity", first, TEXT), *(Column(each.name, each.name, TEXT) for each in networks))


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


def _totals(networks: Sequence[ComparedNetwork], quantities: Sequence[str]) -> Table:
    inputs = (", ".join(f"{each.name} {each.shape}" for each in one.analysis.inputs) for one in networks)
    shown = [QUANTITIES[key] for key in dict.fromkeys((*TOTALS, *quantities))]
    values = [(each, [one.totals[each.key] for one in networks]) for each in shown]
    rows = [_counts(each.heading_of(networks[0].analysis), found) for each, found in values if set(found) != {None}]
    return Table("totals", (), _columns("", networks), (("input", *inputs), *rows, *_statuses(networks)))


def _statuses(networks: Sequence[ComparedNetwork]) -> Iterator[tuple[Cell, ...]]:
    """Yield what is known of the numbers, where that is not everything."""
    costs = [cost_status(one.analysis) for one in networks]
    if set(costs) != {COMPLETE}:
        yield ("cost status", *costs)
    for status in STATUSES.values():
        found = [network_status(one.analysis, status.key) for one in networks]
        if set(found) != {EXACT}:
            yield (status.heading, *found)


def _stages(networks: Sequence[ComparedNetwork], quantity: Quantity) -> Table:
    """Return a row for each stage that has some of a quantity in some network."""
    names = dict.fromkeys(stage for one in networks for stage in one.stages)
    values = ((stage, [one.stages.get(stage, {}).get(quantity.key) for one in networks]) for stage in names)
    rows = tuple(_counts(stage, found) for stage, found in values if any(found))
    return Table(f"{quantity.heading_of(networks[0].analysis)} by stage", (), _columns("stage", networks), rows)


def _time(networks: Sequence[ComparedNetwork]) -> Table:
    seen = tuple(one.whole_image or "never" for one in networks)
    if not any(one.time for one in networks):
        return Table("space", (), _columns("", networks), (("field covers image from", *seen),))
    rows = (
        ("frames", *_shown(networks, lambda time: str(time.frames))),
        ("temporal fusion in", *_shown(networks, lambda time: _layers(time.fusing))),
        ("temporal size 1 from", *_shown(networks, lambda time: time.ends or "never")),
        ("temporal field covers clip from", *_shown(networks, lambda time: time.whole_clip or "never")),
        ("shift-equivariant", *_shown(networks, lambda time: _shift(time.shift))),
        ("spatial field covers frame from", *seen),
    )
    return Table("time", (), _columns("", networks), rows)


def _shown(networks: Sequence[ComparedNetwork], show: Callable[[TimeFusion], str]) -> Iterator[str]:
    return ("no time axis" if one.time is None else show(one.time) for one in networks)


def _shift(shift: TimeShift | None) -> str:
    if shift is None:
        return "no path from the clip"
    if shift.unknown:
        return f"not known from {shift.broken} on"
    if shift.broken:
        return f"only before {shift.broken}"
    return f"by multiples of {shift.rate} frames" if shift.rate > 1 else "yes"


def _layers(paths: tuple[str, ...]) -> str:
    if len(paths) <= MOST_NAMES:
        return ", ".join(paths) or "no layer"
    return f"{len(paths)} layers, {paths[0]} to {paths[-1]}"


TIDY = (
    Column("network", "network", NAME),
    Column("stage", "stage", NAME),
    Column("quantity", "quantity", NAME),
    Column("value", "value", COUNT),
    Column("difference", "difference", COUNT),
    Column("ratio", "ratio", MEASURED),
    Column("layer", "layer", NAME),
)


def tidy_comparison(networks: Sequence[ComparedNetwork]) -> Table:
    """Return everything that is compared as one table for programs: a row a number, or a layer that is named.

    `stage` is empty for a whole network; `difference` and `ratio` are to the first network.
    """
    rows = [row for one in networks for row in (*_numbers(one, networks[0]), *_places(one))]
    return Table("comparison", (), TIDY, tuple(rows))


def _numbers(one: ComparedNetwork, first: ComparedNetwork) -> Iterator[tuple[Cell, ...]]:
    for key, value in one.totals.items():
        if value is not None:
            yield _number(one.name, "", key, value, first.totals[key])
    for stage, values in one.stages.items():
        for key, value in values.items():
            yield _number(one.name, stage, key, value, first.stages.get(stage, {}).get(key))


def _number(name: str, stage: str, key: str, value: int, first: int | None) -> tuple[Cell, ...]:
    if first is None:
        return (name, stage, key, value, None, None, None)
    return (name, stage, key, value, value - first, value / first if first else None, None)


def _places(one: ComparedNetwork) -> Iterator[tuple[Cell, ...]]:
    """Rows about time and space: a number, or a layer that is named; nothing for what no layer does."""
    facts: list[tuple[str, int | float | None, str | None]] = [
        ("spatial_field_covers_frame_from", None, one.whole_image)
    ]
    if one.time is not None:
        shift = one.time.shift
        facts += [
            ("frames", one.time.frames, None),
            *(("temporal_fusion_in", None, path) for path in one.time.fusing),
            ("temporal_size_1_from", None, one.time.ends),
            ("temporal_field_covers_clip_from", None, one.time.whole_clip),
            ("shift_frames", float(shift.rate) if shift and not shift.broken else None, None),
            ("shift_broken_by", None, shift.broken if shift and not shift.unknown else None),
        ]
    for key, value, layer in facts:
        if value is not None or layer is not None:
            yield (one.name, "", key, value, None, None, layer)
