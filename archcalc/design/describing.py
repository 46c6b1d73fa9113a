"""Puts what a search found into records: designs, headings, the command that shows the best one."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from archcalc.analysis.conventions import CONVENTIONS
from archcalc.analysis.quantities import QUANTITIES
from archcalc.core.shape import in_order
from archcalc.core.units import BYTES, COUNT, SHORT_COUNT
from archcalc.design.model import LATENCY, MACS, MM, PARAMS, SECONDS, Measure
from archcalc.design.outcomes import ALWAYS, limits_of
from archcalc.results.search import FigureKind, FoundDesign, NearMiss, SearchResult, SweepResult, TriedDesign
from archcalc.spec.text import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archcalc.design.designs import Design, Designs
    from archcalc.design.model import Requirement, SearchFile
    from archcalc.design.outcomes import Outcome
    from archcalc.design.tally import Ranked, Tally

MEASURED, EXTENT = "measured", "extent"
SHORT = (MACS, "flops", "cost", "cost_per_video")


class Describer:
    """Describes the designs of one search."""

    def __init__(self, search: SearchFile, designs: Designs) -> None:
        self._search = search
        self._designs = designs
        self._names = tuple(each.name for each in search.space)

    def search_result(self, tally: Tally, chosen: str) -> SearchResult:
        """Return the answers of a search, whose designs were chosen in one of three ways."""
        search = self._search
        front = sorted(tally.front, key=lambda each: (each.vector, each.number))
        order = {name: place for place, name in enumerate(self._groups())}
        by = sorted(tally.by.items(), key=lambda each: (order.get(each[0], len(order)), each[0]))
        return SearchResult(
            name=search.name,
            title=search.title,
            spec=search.spec,
            inputs=self._inputs(),
            combinations=search.combinations,
            designs=tally.designs,
            answers=tally.answers,
            chosen=chosen,
            names=self._names,
            figures=self._figures(),
            goals=tuple(each.measure.label for each in search.goals),
            group=search.by,
            best=self._ranked(front[0]) if front else None,
            front=tuple(map(self._ranked, front)),
            by={name: self._ranked(each) for name, each in by},
            ruled_out=dict(tally.ruled_out),
            requirements={each.measure.label: self._required(each, None) for each in search.requirements},
            not_built=tally.not_built,
            example=tally.example,
            nearest=() if tally.answers else self._nearest(tally),
            command=self.command(front[0].design) if front else "",
            points=tuple(tally.points or ()),
            remarks=tuple(self._latency_remarks()),
            tried=tuple(
                TriedDesign(self._found(design, outcome), answers, outcome.error)
                for design, outcome, answers in (tally.tried or {}).values()
            ),
        )

    def sweep_result(self, found: Sequence[tuple[Design, Outcome]]) -> SweepResult:
        """Return the designs of a sweep."""
        search = self._search
        return SweepResult(
            name=search.name,
            title=search.title,
            spec=search.spec,
            inputs=self._inputs(),
            combinations=search.combinations,
            names=self._names,
            figures=self._figures(),
            shown=tuple(each.label for each in search.show),
            rows=search.rows,
            columns=search.columns,
            designs=tuple(self._found(design, outcome) for design, outcome in found),
            errors={place: outcome.error for place, (_, outcome) in enumerate(found) if outcome.error},
            remarks=tuple(self._latency_remarks()),
        )

    def command(self, design: Design) -> str:
        """Return the command line that prints the table of a design."""
        parts = ["archcalc", "table", self._search.path]
        for name, value in self._designs.parameters(design).items():
            text = value if isinstance(value, str) else json.dumps(value)
            parts += ["--set", f"{name}={text}"]
        for name, override in self._designs.inputs(design).items():
            fps = f"@{override.fps:g}" if override.fps else ""
            parts += ["--input", f"{name}={'x'.join(map(str, override.sizes))}{fps}"]
        return shlex.join(parts)

    def _found(self, design: Design, outcome: Outcome) -> FoundDesign:
        derived = zip((name for name, _ in self._search.derive), design.derived, strict=True)
        return FoundDesign(dict(zip(self._names, design.values, strict=True)), dict(derived), outcome.figures or {})

    def _ranked(self, ranked: Ranked) -> FoundDesign:
        return self._found(ranked.design, ranked.outcome)

    def _nearest(self, tally: Tally) -> tuple[NearMiss, ...]:
        requirements = {each.measure.label: each for each in reversed(self._search.requirements)}
        return tuple(
            NearMiss(label, self._required(requirements[label], ranked.design), self._ranked(ranked))
            for label, (_, ranked) in sorted(tally.near.items(), key=lambda each: list(requirements).index(each[0]))
        )

    def _required(self, requirement: Requirement, design: Design | None) -> str:
        """Return what is required, in words; the formula itself where no design is given."""
        if design is None:
            least, most = (
                str(end.value) if isinstance(end, Scalar) else end
                for end in (requirement.at_least, requirement.at_most)
            )
        else:
            least, most = limits_of(requirement, self._designs, design)
        kind = self._kind(requirement.measure).kind
        ends = (("at least", least), ("at most", most))
        return ", ".join(f"{words} {_limit_text(end, kind)}" for words, end in ends if end is not None)

    def _groups(self) -> list[str]:
        for each in self._search.space:
            if each.name == self._search.by:
                return [value if isinstance(value, str) else json.dumps(value) for value in each.values]
        return []

    def _inputs(self) -> tuple[str, ...]:
        """Return the inputs that are the same for all designs, as `--input` has them."""
        varied = {name.partition(".")[0] for name in self._names}
        return tuple(
            f"{name}={'x'.join(map(str, override.sizes))}" + (f"@{override.fps:g}" if override.fps else "")
            for name, override in self._search.inputs.items()
            if name not in varied
        )

    def _figures(self) -> tuple[FigureKind, ...]:
        labels = {each.label for each in self._search.measures}
        place = self._search.location
        always = [self._kind(Measure(key, key, place)) for key in ALWAYS if key not in labels]
        return (*always, *map(self._kind, self._search.measures))

    def _kind(self, measure: Measure) -> FigureKind:
        if measure.is_field:
            return self._field_kind(measure)
        if measure.key == LATENCY:
            error = self._search.fits[measure.device].error.median
            heading = f"predicted latency ms ({measure.device}, median error {100 * error:.0f}%)"
            return FigureKind(measure.label, heading, MEASURED)
        if measure.key not in QUANTITIES:
            return FigureKind(measure.label, measure.key, MEASURED)
        quantity = QUANTITIES[measure.key]
        heading = quantity.heading.format(unit=CONVENTIONS[self._search.settings.convention].unit)
        kind = SHORT_COUNT if measure.key in (*SHORT, PARAMS) else quantity.kind
        return FigureKind(measure.label, heading, kind)

    def _field_kind(self, measure: Measure) -> FigureKind:
        axes = in_order(self._axes(measure))
        grid = measure.axis or "x".join(axes)
        unit = {SECONDS: ", T in s", MM: ", mm"}.get(measure.unit, "")
        place = f" of {measure.layer}" if measure.layer else ""
        kind = EXTENT if measure.axis is None else COUNT if not unit else MEASURED
        view = "field" if measure.view == "full" else f"{measure.view} field"
        return FigureKind(measure.label, f"{view} {grid}{unit}{place}", kind, axes)

    def _axes(self, measure: Measure) -> set[str]:
        declared = [(str(key.value), node) for key, node in self._search.document.inputs]
        chosen = [node for name, node in declared if measure.input in (None, name)]
        return {axis for node in chosen[:1] if isinstance(node, Mapping) for axis in node.keys}

    def _latency_remarks(self) -> Iterable[str]:
        if not self._search.fits:
            return
        from archcalc.tables.latency import fit_text

        yield from map(fit_text, self._search.fits.values())


def _limit_text(limit: object, kind: str) -> str:
    if isinstance(limit, dict):
        return "x".join(f"{size:g}" for size in limit.values()) if len(limit) > 1 else _one_axis(limit)
    if isinstance(limit, (int, float)):
        return figure_text(limit, kind)
    return str(limit)


def _one_axis(limit: dict[str, float]) -> str:
    ((axis, size),) = limit.items()
    return f"{size:g} along {axis}"


def figure_text(value: float, kind: str) -> str:
    """Return a figure with a unit: `120 G`, `3.2 MiB`, `12.5`."""
    if kind == BYTES:
        for power, unit in ((4, "TiB"), (3, "GiB"), (2, "MiB"), (1, "KiB")):
            if value >= 1024**power:
                return f"{value / 1024**power:.4g} {unit}"
        return f"{value:g} bytes"
    if kind in (SHORT_COUNT, COUNT):
        for power, unit in ((4, "T"), (3, "G"), (2, "M"), (1, "K")):
            if abs(value) >= 1000**power * 10 ** (3 if kind == COUNT and power == 1 else 0):
                return f"{value / 1000**power:.4g} {unit}"
    return f"{value:g}"
