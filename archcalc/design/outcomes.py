"""Evaluates designs: the figures that a search asks for, or why a design has none."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.analysis.analyze import analyze_graph
from archcalc.analysis.quantities import QUANTITIES, local_quantities
from archcalc.core.problem import SpecError, UsageError
from archcalc.design.designs import Design, Designs
from archcalc.design.evaluator import Bound, Evaluator, OverBound
from archcalc.design.model import LATENCY, MACS, MM, PARAMS, SECONDS
from archcalc.spec.text import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.design.model import Limit, Measure, Requirement, SearchFile
    from archcalc.graph import NetworkGraph

ALWAYS = (MACS, PARAMS)
"""Figures that every result has."""
MILLI = 1e3

Figure = int | float | None | dict[str, Any]


class Outcome(NamedTuple):
    """What became of a design.

    `figures` are by label; None for a design that cannot be built, where `error` says why, and for one whose expansion
    ended at the bound `over`, the label of a requirement.
    """

    number: int
    figures: dict[str, Figure] | None
    error: str = ""
    over: str = ""


class OutcomeFinder:
    """Evaluates the designs of a search one after the other."""

    def __init__(self, search: SearchFile) -> None:
        self.search = search
        self.designs = Designs(search)
        self.evaluator = Evaluator(search.document, search.settings)
        self._watched = watched(search)

    def outcome(self, design: Design, *, complete: bool = False) -> Outcome:
        """Return the figures of a design; `complete` asks for all of them even where a bound is exceeded."""
        parameters, inputs = self.designs.parameters(design), self.designs.inputs(design)
        try:
            bounds = [] if complete or self._watched is None else [self._bound(self._watched, design)]
            graph = self.evaluator.graph(parameters, inputs, bounds)
            return Outcome(design.number, self._figures(graph, design))
        except OverBound:
            assert self._watched is not None
            return Outcome(design.number, None, over=self._watched.measure.label)
        except SpecError as error:
            problem = error.problems[0]
            return Outcome(design.number, None, error=str(problem))
        except UsageError as error:
            return Outcome(design.number, None, error=str(error))

    def _bound(self, requirement: Requirement, design: Design) -> Bound:
        most = requirement.at_most
        number = self.designs.number_of(most, design) if isinstance(most, Scalar) else most
        assert isinstance(number, (int, float))
        return Bound(requirement.measure.key, number)

    def _figures(self, graph: NetworkGraph, design: Design) -> dict[str, Figure]:
        figures: dict[str, Figure] = dict(self.evaluator.totals(graph, ALWAYS))
        for measure in self.search.measures:
            if measure.label not in figures:
                figures[measure.label] = self._figure(measure, graph, design)
        return figures

    def _figure(self, measure: Measure, graph: NetworkGraph, design: Design) -> Figure:
        if measure.is_field:
            return self._field(measure, graph)
        if measure.key == LATENCY:
            return self._latency(measure, graph)
        if measure.key in QUANTITIES:
            return self.evaluator.totals(graph, [measure.key])[measure.key]
        value = self.designs.variables(design)[measure.key]
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
        raise UsageError(f"{measure.key}: {value!r}; expected a number")

    def _field(self, measure: Measure, graph: NetworkGraph) -> Figure:
        try:
            fields = self.evaluator.field(graph, measure.layer)
        except KeyError:
            raise UsageError(f"no layer {measure.layer!r} in this design") from None
        name = measure.input or next(iter(fields), None)
        if name is None or name not in fields:
            return None if measure.axis else {}
        sizes = fields[name].sizes(measure.view)
        found = {axis: _in_unit(size, axis, measure.unit, graph.inputs[name]) for axis, size in sizes.items()}
        return found.get(measure.axis) if measure.axis else found

    def _latency(self, measure: Measure, graph: NetworkGraph) -> float:
        from archcalc.analysis.network_latency import network_latency

        analysis = analyze_graph(graph, self.search.settings)
        return round(MILLI * network_latency(analysis, self.search.fits[measure.device]).seconds, 6)


def _in_unit(size: int | None, axis: str, unit: str, network_input: Any) -> float | None:
    if size is None or (unit == SECONDS and axis != "T"):
        return size
    if unit == SECONDS:
        if network_input.fps is None:
            raise UsageError(f"input {network_input.name!r} has no fps, so its frames have no length in seconds")
        return float(round(size / network_input.fps, 9))
    if unit == MM:
        if axis not in network_input.spacing:
            raise UsageError(f"input {network_input.name!r} has no spacing along {axis}")
        return float(round(size * network_input.spacing[axis], 9))
    return size


def watched(search: SearchFile) -> Requirement | None:
    """Return the first requirement that is the most of a sum over layers: above it, expansion ends."""
    bounded = (
        each for each in search.requirements if each.measure.key in local_quantities() and each.at_most is not None
    )
    return next(bounded, None)


def limits_of(requirement: Requirement, designs: Designs, design: Design) -> tuple[Limit, Limit]:
    """Return the ends of a requirement for a design; SpecError where a formula has no value."""
    ends = (requirement.at_least, requirement.at_most)
    least, most = (designs.number_of(end, design) if isinstance(end, Scalar) else end for end in ends)
    return _by_axis(least, requirement), _by_axis(most, requirement)


def _by_axis(limit: Limit, requirement: Requirement) -> Limit:
    axis = requirement.measure.axis
    return limit[axis] if isinstance(limit, dict) and axis is not None and axis in limit else limit


def shortfall(figure: Figure, least: Limit, most: Limit) -> float:
    """Return how far a figure is from what is required, as a part of that; 0 where it meets it."""
    if isinstance(figure, dict):
        parts = [_missing(figure.get(axis) or 0, end, None) for axis, end in _ends(least)]
        parts += [_missing(figure.get(axis) or 0, None, end) for axis, end in _ends(most)]
        return max(parts, default=0.0)
    assert not isinstance(least, dict)
    assert not isinstance(most, dict)
    return inf if figure is None else _missing(figure, least, most)


def _ends(limit: Limit) -> Iterable[tuple[str, float]]:
    return limit.items() if isinstance(limit, dict) else ()


def _missing(value: float, least: float | None, most: float | None) -> float:
    if least is not None and value < least:
        return (least - value) / abs(least) if least else float(least - value)
    if most is not None and value > most:
        return (value - most) / abs(most) if most else float(value - most)
    return 0.0
