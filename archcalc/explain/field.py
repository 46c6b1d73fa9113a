"""Where the receptive field of a layer comes from, axis by axis: windows, jumps, unions, and what is really read."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from archcalc.analysis.layer_reads import axis_reads
from archcalc.analysis.statuses import STATUSES, status_of
from archcalc.core.imported import EXACT, OUTER, UNKNOWN
from archcalc.core.interval import Interval, length
from archcalc.core.quasi_affine import widest_position
from archcalc.core.reads import Taps, WholeAxisRead
from archcalc.explain.explanation import RECEPTIVE_FIELD, Section, Step
from archcalc.ops.traced import Traced

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
        steps += _statuses(analysis, node) if steps else []
        name = network_input.name
        sections.append(Section(f"receptive field in {name}", tuple(steps), RECEPTIVE_FIELD, name))
    return sections


STATUS_REMARKS = {
    ("field_status", EXACT): "every position was followed through the recorded calls",
    ("field_status", OUTER): "a bound: nothing outside of it is read",
    ("full_status", OUTER): "a bound",
    ("full_status", UNKNOWN): "the module shows it at no larger input; what is really read stands for it",
}


def _statuses(analysis: Analysis, node: Node) -> list[Step]:
    """What is known of the fields of a recorded layer."""
    if analysis.graph.imported is None:
        return []
    found = ((each, status_of(analysis, node.path, each.key)) for each in STATUSES.values())
    return [Step(each.heading, "", status, STATUS_REMARKS.get((each.key, status), "")) for each, status in found]


def _axis_steps(analysis: Analysis, node: Node, key: Key, network_input: NetworkInput) -> list[Step]:
    axis, axis_field = key[1], analysis.tensor_fields[node.path].grid[key]
    parts = _parts(analysis, node, key)
    steps = _windows(f"{axis} window" if axis_field.sees_all else axis, parts, axis_field) if axis_field.windows else []
    steps += _everything(axis, parts, axis_field) if axis_field.whole else []
    steps += _smallest(analysis, node, key, axis_field)
    steps.append(_clipped(axis, axis_field))
    return steps + _places(axis, parts, axis_field) + _in_units(axis, axis_field, network_input)


def _parts(analysis: Analysis, node: Node, key: Key) -> list[_Part]:
    if isinstance(node.operator, Traced):
        return []
    shapes = analysis.graph.input_shapes(node)
    parts = []
    for input_index, source in enumerate(node.inputs):
        before = analysis.tensor_fields[source].grid.get(key)
        if before is None or not node.operator.token_flow(input_index, shapes).grid:
            continue
        reads = axis_reads(node, shapes, input_index, key[1])
        after = before.read(reads, node.shape.get(key[1]))
        if after is not None:
            parts.append(_Part(source, before, reads, after))
    return parts


def _windows(what: str, parts: list[_Part], result: AxisField) -> list[Step]:
    """Where the extent of the windows comes from."""
    through = [part for part in parts if part.after.windows]
    if len(through) != 1:
        return _union(what, through, result)
    part = through[0]
    if isinstance(part.reads, Taps) and part.after.window_size == result.window_size:
        return _through_taps(what, part, part.reads, result)
    if part.after.window_size == result.window_size:
        return [Step(what, "", _size(result), f"as {part.source}")]
    return [_widest(what, result, "over channels that see different positions")]


def _through_taps(what: str, part: _Part, taps: Taps, result: AxisField) -> list[Step]:
    before = part.before
    if not taps.single or not result.aligned or any(each.period > 1 for each in (*before.windows, *result.windows)):
        return [_phases(what, result)]
    window = taps.at(0)
    if len(window) < 2:
        steps = [Step(what, "", _size(result), f"as {part.source}")]
    else:
        step = window[1] - window[0]
        reach = f"{step}*({len(window)} - 1)" if step > 1 else f"({len(window)} - 1)"
        remark = f"field of {part.source} + (kernel - 1) * jump"
        steps = [Step(what, f"{_size(before)} + {reach} * {before.jump}", _size(result), remark)]
    if taps.move > 1 and before.jump is not None:
        steps.append(Step(f"{what.split()[0]} jump", f"{before.jump} * {taps.move}", str(result.jump), "jump * stride"))
    return steps


def _size(field: AxisField) -> int:
    return field.window_size or 0


def _widest(what: str, result: AxisField, remark: str) -> Step:
    """The window of the position that sees most."""
    position = _widest_position(result)
    return Step(what, *_hull(result.window_at(position)), f"position {position}, {remark}")


def _phases(what: str, result: AxisField) -> Step:
    """Positions of several kinds: the largest counts."""
    if not result.aligned:
        count = len(result.clipped)
        remark = f"paths move at different rates: the largest over the {count} real positions"
        return Step(what, "", _size(result), remark)
    if not result.windows[0].written:
        period = result.windows[0].period
        remark = f"repeats only after {period} positions: the largest over the {len(result.clipped)} real ones"
        return Step(what, "", _size(result), remark)
    sizes = [length(span) for window in result.windows for span in window.spans]
    if len(set(sizes)) < 2:
        remark = f"every position, of {len(sizes)} kinds" if len(sizes) > 1 else "hull of the positions that it reads"
        return Step(what, "", _size(result), remark)
    expression = f"max({', '.join(str(size) for size in sizes)})" if len(sizes) <= 8 else ""
    return Step(what, expression, _size(result), f"the largest of {len(sizes)} kinds of positions")


READS = {
    WholeAxisRead.ALL: "all {n} positions of {source}",
    WholeAxisRead.SELF_AND_ALL: "all {n} positions of {source}",
    WholeAxisRead.PAST: "position and all earlier ones, of the {n} of {source}",
    WholeAxisRead.FUTURE: "position and all later ones, of the {n} of {source}",
}


def _everything(axis: str, parts: list[_Part], result: AxisField) -> list[Step]:
    """All that a position depends on, where some path passes an operation that is global on the axis."""
    assert result.whole is not None, "the caller looked"
    if len(parts) == 1 and result.whole is parts[0].before.whole:
        return [Step(axis, "", result.full_size, f"as {parts[0].source}")]
    reads = _whole_reads(parts[0]) if len(parts) == 1 else ""
    if reads and (step := _all_windows(axis, parts[0], reads, result)):
        return [step]
    widest = result.whole.widest
    through = " through operations over the whole axis" if result.sees_all else ", as recorded"
    remark = f"hull of {reads}" if reads else f"position {widest} depends on it{through}"
    expression, size = _hull(result.full_at(widest))
    if size >= _size(result):
        return [Step(axis, expression, size, remark)]
    steps = [Step(f"{axis} by whole axes", expression, size, remark)]
    return [*steps, Step(axis, f"max({_size(result)}, {size})", result.full_size, "the windows are wider")]


def _whole_reads(part: _Part) -> str:
    """What an operation over the whole axis reads, in words; empty for another."""
    words = "" if isinstance(part.reads, Taps) else READS.get(part.reads, "")
    return words.format(n=len(part.before.clipped), source=part.source)


def _all_windows(axis: str, part: _Part, reads: str, result: AxisField) -> Step | None:
    """The windows of all positions of the input side by side; None where something else decides."""
    before, n = part.before, len(part.before.clipped)
    plain = before.whole is None and before.jump is not None and before.windows[0].period == 1
    if not plain or before.jump is None or _size(before) + (n - 1) * before.jump != result.full_size:
        return None
    remark = f"{reads}: field + (positions - 1) * jump"
    return Step(axis, f"{_size(before)} + ({n} - 1) * {before.jump}", result.full_size, remark)


def _places(axis: str, parts: list[_Part], result: AxisField) -> list[Step]:
    """Return the position at which the window of output 0 begins, and its middle."""
    if result.start is None:
        return []
    first, last = result.start
    expression = _offset(parts[0]) if len(parts) == 1 else ""
    remark = f"offset of {parts[0].source} + first of the window * jump" if expression else "where position 0 begins"
    center = f"{float(Fraction(first + last, 2)):g}"
    return [Step(f"{axis} offset", expression, first, f"{remark}; effective padding {-first}, center {center}")]


def _offset(part: _Part) -> str:
    """Return how the offset follows from that of the input; empty if there are positions of several kinds."""
    before, start, reads = part.before, part.before.start, part.reads
    if start is None or not isinstance(reads, Taps) or not reads.single or before.windows[0].period > 1:
        return ""
    tap = next(iter(reads.at(0)), 0)
    return f"{_signed(start[0])} + {_signed(tap)} * {before.jump}" if tap else ""


def _hull(interval: Interval | None) -> tuple[str, int]:
    if interval is None:
        return "", 0
    first, last = interval
    return f"{last} - {_signed(first)} + 1", length(interval)


def _signed(value: int) -> str:
    return f"({value})" if value < 0 else str(value)


def _union(what: str, parts: list[_Part], result: AxisField) -> list[Step]:
    """The hull of several sources: which of them decides each end."""
    position = _widest_position(result)
    spans = [(part.source, span) for part in parts if (span := part.after.window_at(position)) is not None]
    if not spans or not result.aligned:
        remark = f"the windows of {_sources(parts)}" if parts else "recorded on a larger input"
        return [Step(what, "", _size(result), remark)]
    first, last = min(spans, key=lambda each: each[1][0]), max(spans, key=lambda each: each[1][1])
    if (first[1][0], last[1][1]) != result.window_at(position):
        return [_widest(what, result, "over channels that see different positions")]
    steps = [
        Step(f"{what} of {source}", *_hull(span), f"position {position} sees {span[0]} to {span[1]}")
        for source, span in spans
    ]
    remark = f"first position from {first[0]}, last from {last[0]}"
    return [*steps, Step(what, *_hull((first[1][0], last[1][1])), remark)]


def _sources(parts: list[_Part]) -> str:
    return " and ".join(dict.fromkeys(part.source for part in parts))


def _widest_position(result: AxisField) -> int:
    return widest_position(result.windows, len(result.clipped))


def _smallest(analysis: Analysis, node: Node, key: Key, result: AxisField) -> list[Step]:
    """The smallest field over paths, where paths differ."""
    size = analysis.smallest_fields[node.path].get(key[0], {}).get(key[1])
    if size is None or size == result.window_size:
        return []
    return [Step(f"{key[1]} smallest", "", size, "along the path of windows that sees the least")]


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
