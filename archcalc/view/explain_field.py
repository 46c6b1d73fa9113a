"""Where the receptive field of a layer comes from, axis by axis: windows, jumps, unions, and what is really read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.analysis.receptive_field import axis_reads
from archcalc.core.periodic import Interval, length
from archcalc.core.reads import Reach, Taps
from archcalc.view.explanation import Section, Step

if TYPE_CHECKING:
    from archcalc.analysis.records import Analysis
    from archcalc.core.field import AxisField
    from archcalc.core.reads import AxisReads
    from archcalc.graph import NetworkInput, Node

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Part:
    """What one source of a layer contributes along one axis: its field, how it is read, and what comes of it."""

    source: str
    before: AxisField
    reads: AxisReads
    after: AxisField


def field_section(analysis: Analysis, node: Node) -> list[Section]:
    """A section for each network input that reaches the layer."""
    seen = analysis.tensor_fields[node.path]
    sections = []
    for network_input in analysis.inputs:
        keys = [key for key in seen.grid if key[0] == network_input.name]
        steps = [step for key in keys for step in _axis_steps(analysis, node, key, network_input)]
        sections.append(Section(f"receptive field in {network_input.name}", tuple(steps)))
    return sections


def _axis_steps(analysis: Analysis, node: Node, key: Key, network_input: NetworkInput) -> list[Step]:
    axis_field = analysis.tensor_fields[node.path].grid[key]
    parts = _parts(analysis, node, key)
    steps = _single(key[1], parts[0], axis_field) if len(parts) == 1 else _union(key[1], parts, axis_field)
    steps.append(_clipped(key[1], axis_field))
    return steps + _in_units(key[1], axis_field, network_input)


def _parts(analysis: Analysis, node: Node, key: Key) -> list[_Part]:
    shapes = analysis.graph.input_shapes(node)
    parts = []
    for slot, source in enumerate(node.inputs):
        before = analysis.tensor_fields[source].grid.get(key)
        if before is None or not node.operator.token_flow(slot, shapes).grid:
            continue
        reads = axis_reads(node, shapes, slot, key[1])
        after = before.read(reads, node.shape.get(key[1]))
        if after is not None:
            parts.append(_Part(source, before, reads, after))
    return parts


def _single(axis: str, part: _Part, result: AxisField) -> list[Step]:
    if isinstance(part.reads, Taps):
        return _through_taps(axis, part, part.reads, result)
    if part.reads is Reach.SELF_AND_ALL:
        remark = "the extent of the windows before it; every position also sees the whole axis"
        return [Step(axis, "", result.full_size, remark)]
    return [_through_all(axis, part, result)]


def _through_taps(axis: str, part: _Part, taps: Taps, result: AxisField) -> list[Step]:
    before = part.before
    if not taps.single or not result.aligned or any(each.period > 1 for each in (*before.windows, *result.windows)):
        return [_phases(axis, result)]
    window = taps.at(0)
    if not result.windows or len(window) < 2:
        steps = [Step(axis, "", result.full_size, f"as {part.source}")]
    else:
        step = window[1] - window[0]
        reach = f"{step}*({len(window)} - 1)" if step > 1 else f"({len(window)} - 1)"
        remark = f"field of {part.source} + (kernel - 1) * jump"
        steps = [Step(axis, f"{before.full_size} + {reach} * {before.jump}", result.full_size, remark)]
    if taps.move > 1 and before.jump is not None:
        steps.append(Step(f"{axis} jump", f"{before.jump} * {taps.move}", str(result.jump), "jump * stride"))
    return steps


def _phases(axis: str, result: AxisField) -> Step:
    """Positions of several kinds: the largest counts."""
    if not result.aligned:
        sizes = [length(result.seen_at(position)) for position in range(len(result.clipped))]
        remark = f"paths move at different rates: the largest over the {len(sizes)} real positions"
        return Step(axis, "", result.full_size, remark)
    sizes = [length(span) for window in result.windows for span in window.spans]
    if len(set(sizes)) < 2:
        remark = f"every position, of {len(sizes)} kinds" if len(sizes) > 1 else "hull of the positions that it reads"
        return Step(axis, "", result.full_size, remark)
    expression = f"max({', '.join(str(size) for size in sizes)})" if len(sizes) <= 8 else ""
    return Step(axis, expression, result.full_size, f"the largest of {len(sizes)} kinds of positions")


def _through_all(axis: str, part: _Part, result: AxisField) -> Step:
    before, n = part.before, len(part.before.clipped)
    what = "all" if part.reads is Reach.ALL else "its own and all earlier ones"
    if before.jump is not None and before.windows[0].period == 1 and result.full_size:
        expression = f"{before.full_size} + ({n} - 1) * {before.jump}"
        remark = f"sees {what} of the {n} positions of {part.source}: its field + (positions - 1) * jump"
        hull = before.unclipped_hull()
        if before.everything is None and hull == before.windows[0].over(n):
            return Step(axis, expression, result.full_size, remark)
    return Step(axis, *_hull(result.everything), f"hull of {what} of the {n} positions of {part.source}")


def _hull(interval: Interval | None) -> tuple[str, int]:
    if interval is None:
        return "", 0
    first, last = interval
    return f"{last} - {_signed(first)} + 1", length(interval)


def _signed(value: int) -> str:
    return f"({value})" if value < 0 else str(value)


def _union(axis: str, parts: list[_Part], result: AxisField) -> list[Step]:
    """The hull of several sources: which of them decides each end."""
    if not result.windows:
        return [Step(axis, *_hull(result.everything), "hull of " + _sources(parts))]
    position = _widest_position(result)
    spans = [(part.source, span) for part in parts if (span := _span(part.after, position)) is not None]
    if len(spans) == 1 or not result.aligned:
        return [Step(axis, "", result.full_size, f"the windows of {_sources(parts)}")]
    steps = [
        Step(f"{axis} of {source}", *_hull(span), f"position {position} sees {span[0]} to {span[1]}")
        for source, span in spans
    ]
    first, last = min(spans, key=lambda each: each[1][0]), max(spans, key=lambda each: each[1][1])
    remark = f"first position from {first[0]}, last from {last[0]}"
    return [*steps, Step(axis, *_hull((first[1][0], last[1][1])), remark)]


def _sources(parts: list[_Part]) -> str:
    return " and ".join(dict.fromkeys(part.source for part in parts))


def _widest_position(result: AxisField) -> int:
    positions = range(max((window.period for window in result.windows), default=1))
    if not result.aligned:
        positions = range(len(result.clipped))
    return max(positions, key=lambda position: length(result.seen_at(position)) if result.windows else 0)


def _span(after: AxisField, position: int) -> Interval | None:
    return after.seen_at(position) if after.windows else None


def _clipped(axis: str, result: AxisField) -> Step:
    hulls = result.clipped
    hull = hulls.at(hulls.widest)
    if hull is None:
        return Step(f"{axis} clipped", "", 0, "every position reads padding only")
    remark = f"position {hulls.widest} really reads {hull[0]} to {hull[1]}"
    return Step(f"{axis} clipped", f"{hull[1]} - {hull[0]} + 1", hulls.size, remark)


def _in_units(axis: str, result: AxisField, network_input: NetworkInput) -> list[Step]:
    if axis == "T" and network_input.fps:
        seconds = result.full_size / network_input.fps
        return [Step("T in seconds", f"{result.full_size} / {network_input.fps:g}", f"{seconds:.4g}", "frames / fps")]
    if axis in network_input.spacing:
        spacing = network_input.spacing[axis]
        return [Step(f"{axis} in mm", f"{result.full_size} * {spacing:g}", f"{result.full_size * spacing:.6g}")]
    return []
