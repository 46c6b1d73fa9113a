"""What positions of a layer read of another tensor, as a derivation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.queries import check_position, inputs_of, reads
from archcalc.analysis.query_records import at_text
from archcalc.core.imported import EXACT
from archcalc.explain.explanation import RECEPTIVE_FIELD, Explanation, Section, Step
from archcalc.explain.layer import explain, title_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.analysis.query_records import Reads
    from archcalc.analysis.records import Analysis


def explain_reads(analysis: Analysis, answer: Reads) -> Explanation:
    """Return both ends of what is read, by axis, and the receptive field of the layer in that tensor."""
    sections = (reads_section(analysis, answer), _field_section(answer))
    return Explanation(*title_of(analysis, answer.path), tuple(section for section in sections if section.steps))


def explained_at(analysis: Analysis, path: str, at: Mapping[str, int]) -> Explanation:
    """Return the derivation of a layer, and before it what positions `at` read of each network input.

    UsageError for a layer that does not exist, an axis that it lacks or a position that the axis does not have.
    """
    whole = explain(analysis, path)
    check_position(path, analysis.graph.nodes[path].shape, at)
    read = (reads_section(analysis, reads(analysis, path, at, of)) for of in inputs_of(analysis, path))
    return Explanation(whole.title, whole.subtitle, (*(each for each in read if each.steps), *whole.sections))


def reads_section(analysis: Analysis, answer: Reads) -> Section:
    """Return a step for each axis of the tensor that is read."""
    shape = analysis.graph.shape(answer.path)
    steps = [_axis_step(answer, axis, shape.get(axis)) for axis in answer.ends]
    if answer.tokens:
        steps.append(Step("tokens", "", "read", f"those of {answer.of} too"))
    if not answer.ends and not answer.tokens:
        steps.append(Step("positions", "", 1, f"{answer.of} has one position, which is read"))
    if answer.status != EXACT:
        steps.append(Step("status", "", answer.status, "a bound: nothing outside of this is read"))
    what = f"{answer.path}{at_text(answer.at)}" if answer.at else f"{answer.path}, all positions together,"
    return Section(f"{what} reads of {answer.of}", tuple(steps), "reads", answer.of)


def _axis_step(answer: Reads, axis: str, positions: int) -> Step:
    ends, size = answer.ends[axis], answer.sizes[axis]
    if axis in answer.at:
        who = f"position {answer.at[axis]} reads"
    else:
        who = "reads" if positions == 1 else f"the {positions} positions together read"
    if ends is None:
        return Step(axis, "", 0, f"{who} padding only")
    first, last = ends
    remark = f"{who} {_which(answer, axis)} of 0 to {size - 1}" if size > 1 else f"{who} the only position"
    return Step(axis, f"{last} - {first} + 1", last - first + 1, remark)


def _which(answer: Reads, axis: str) -> str:
    """`11 to 19`; with gaps, `4 to 12 by 2`, or the ends and how many of them are read."""
    positions, (first, last) = answer.positions[axis], answer.ends[axis] or (0, 0)
    if positions.count == last - first + 1:
        return f"{first} to {last}"
    listed = str(positions)
    return listed if len(positions.runs) <= MOST_RUNS else f"{positions.count} of the positions {first} to {last}"


MOST_RUNS = 4
"""Positions of more runs are counted, and not listed."""


def _field_section(answer: Reads) -> Section:
    """The sizes that hold for every position of the layer alike."""
    heading = f"receptive field of {answer.path} in {answer.of}"
    field, steps = answer.field, list[Step]()
    if field is None:
        return Section(heading, ())
    for axis, size in field.full.items():
        steps.append(Step(axis, "", size, "if the input is unbounded"))
        steps.append(Step(f"{axis} clipped", "", field.clipped[axis], "the most that one position really reads"))
        jump = field.jump[axis]
        if jump is not None:
            steps.append(Step(f"{axis} jump", "", str(jump), f"positions of {answer.of} per position of {answer.path}"))
    return Section(heading, tuple(steps), RECEPTIVE_FIELD, answer.of)
