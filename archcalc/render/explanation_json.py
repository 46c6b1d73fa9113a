"""The JSON of derivations, and of queries about positions."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from archcalc.analysis.quantities import FIELDS, QUANTITIES
from archcalc.explain.explanation import RECEPTIVE_FIELD
from archcalc.render.json import SCHEMA, field_object, input_object, layer_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archcalc.analysis.query_records import Reached, Reads
    from archcalc.analysis.records import Analysis
    from archcalc.core.interval import Interval
    from archcalc.core.positions import Positions
    from archcalc.explain.explanation import Explanation, Section, Step

ASPECTS = {
    **{each.key: each.json for each in FIELDS.values() if each.json},
    **{each.heading: each.key for each in QUANTITIES.values()},
    "in seconds": "receptive_field_seconds",
    "in mm": "receptive_field_mm",
}
"""What steps are called, with the keys that the JSON of a layer has for it."""


def explanation_object(analysis: Analysis, path: str, explanation: Explanation | None) -> dict[str, Any]:
    """Return a layer, or a network input, with its derivations as plain data."""
    sections = explanation.sections if explanation else ()
    return {
        "schema": SCHEMA,
        "spec": analysis.name,
        "layer": _subject(analysis, path),
        "derivations": [_derivation(section, step) for section in sections for step in section.steps],
    }


def _subject(analysis: Analysis, path: str) -> dict[str, Any]:
    network_input = analysis.graph.inputs.get(path)
    return layer_object(analysis, analysis.layer(path)) if network_input is None else input_object(network_input)


def _derivation(section: Section, step: Step) -> dict[str, Any]:
    quantity, source = _quantity(section, step)
    described = {
        "quantity": quantity,
        "axis": step.axis,
        "formula": step.expression or None,
        "value": _value(step.result),
        "remark": step.remark,
    }
    described |= {"input": section.tensor} if section.tensor is not None else {}
    return described | ({"source": source} if source else {})


def _quantity(section: Section, step: Step) -> tuple[str, str | None]:
    """The name of a quantity as the JSON of a layer has it, and whose it is where that is a part of a union."""
    if step.axis and not step.aspect:
        return section.quantity, None
    if section.quantity == RECEPTIVE_FIELD and step.aspect.startswith("of "):
        return RECEPTIVE_FIELD, step.aspect.removeprefix("of ")
    return ASPECTS.get(step.aspect, step.aspect.replace(" ", "_").replace("-", "_")), None


def _value(result: int | str) -> int | float | str | None:
    """A number where the result is one; None for an axis that is gone."""
    if isinstance(result, int):
        return result
    try:
        value = Fraction(result)
    except ValueError:
        return None if result == "gone" else result
    return value.numerator if value.denominator == 1 else float(value)


def reads_object(answer: Reads) -> dict[str, Any]:
    """Return the key `reads`: both ends of what is read by axis, and the field of the layer in that tensor."""
    axes = {
        axis: None if ends is None else _read_axis(ends, answer.positions[axis]) for axis, ends in answer.ends.items()
    }
    described = {"of": answer.of, "at": dict(answer.at), "axes": axes, "tokens": answer.tokens, "status": answer.status}
    return {"reads": described | field_object(answer.field)}


def _read_axis(ends: Interval, positions: Positions) -> dict[str, Any]:
    first, last = ends
    return {
        "first": first,
        "last": last,
        "size": last - first + 1,
        "count": positions.count,
        "runs": runs_object(positions),
    }


def runs_object(positions: Positions) -> list[list[int]]:
    """Return positions as progressions: the first, the last and the step of each."""
    return [[run.start, run[-1], run.step] for run in positions.runs]


def reaches_object(at: Mapping[str, int], found: Iterable[Reached]) -> dict[str, Any]:
    """Return the key `reaches`: by layer and axis the first position, the last, how many, and the runs they form."""
    return {"reaches": {"at": dict(at), "layers": [_reached(each) for each in found]}}


def _reached(reached: Reached) -> dict[str, Any]:
    axes = {
        axis: {
            "first": each.positions.first,
            "last": each.positions.last,
            "count": each.positions.count,
            "positions": each.size,
            "runs": runs_object(each.positions),
        }
        for axis, each in reached.axes.items()
    }
    found = {"path": reached.path, "grid": reached.grid, "tokens": reached.tokens, "axes": axes}
    return {**found, "status": reached.status}


def explanations_json(objects: Sequence[Mapping[str, Any]]) -> str:
    """Return one object, or a list of several, as JSON text."""
    return json.dumps(objects[0] if len(objects) == 1 else objects, ensure_ascii=False, indent=1)
