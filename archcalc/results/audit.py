"""Published figures compared with ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.analysis.analyze import Settings, analyze_graph
from archcalc.analysis.conventions import CONVENTIONS, together
from archcalc.analysis.values import all_values, held_values
from archcalc.core.problem import Problem, SpecError, UsageError, nearest_paths
from archcalc.core.published_value import RoundedValue
from archcalc.core.terms import total
from archcalc.ops.traits import Family
from archcalc.spec.inputs import parse_override
from archcalc.spec.load import load_spec
from archcalc.spec.published import EITHER_QUANTITIES, LAYER_QUANTITIES, separate_figures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.analysis.conventions import Uncounted
    from archcalc.analysis.records import Analysis, InputField, LayerRecord
    from archcalc.spec.load import Spec
    from archcalc.spec.published import Conditions, PublishedFigure

MATCHED, REPRODUCED, STATED, DIFFERS = "matched", "reproduced", "stated", "differs"
VERDICTS = (MATCHED, REPRODUCED, STATED, DIFFERS)
MOST_LAYERS = 20_000
"""Layers that are analyzed for the figures of one network; `FEW` conditions are looked at whatever its size."""
FEW = 5


@dataclass(frozen=True, slots=True)
class AuditedFigure:
    """One published figure, ours, and what comes of comparing them."""

    network: str
    figure: PublishedFigure
    ours: str
    verdict: str
    remark: str = ""


def audit(name: str, spec: Spec | None = None) -> list[AuditedFigure]:
    """Compare every published figure of a spec, also from its list in a second file; SpecError if one cannot be used.

    `spec` is the loaded spec of that name, if it is loaded.
    """
    spec = spec or load_spec(name, {}, {})
    networks, figures = _Networks(name), (*spec.published, *separate_figures(name))
    _check_work(spec, figures)
    return [_audited(spec, figure, networks) for figure in figures]


def _check_work(spec: Spec, figures: Sequence[PublishedFigure]) -> None:
    """SpecError, before the work, where the figures ask for too many analyses of the network."""
    conditions = set[str]()
    for figure in figures:
        under = figure.at.overlaid(figure.reproduced)
        conditions |= {f"{each.settings!r} {each.inputs!r} {each.convention or figure.convention}"
                       for each in (figure.at, under)}  # fmt: skip
        if len(conditions) * len(spec.graph.nodes) > MOST_LAYERS and len(conditions) > FEW:
            found = f"figures under {len(conditions)} conditions, each an analysis of {len(spec.graph.nodes):,} layers"
            expected = f"at most {MOST_LAYERS:,} layers in all"
            raise SpecError([Problem(figure.location, found, expected)])


def _audited(spec: Spec, figure: PublishedFigure, networks: _Networks) -> AuditedFigure:
    try:
        plainly = _ours(figure, networks, figure.at)
        if _equal(figure, plainly):
            return AuditedFigure(spec.name, figure, plainly, MATCHED)
        complete, uncounted = _complete(figure, networks)
        if uncounted and _equal(figure, complete):
            remark = f"plainly {shown(plainly)}; complete with {', '.join(map(str, uncounted))}"
            return AuditedFigure(spec.name, figure, complete, REPRODUCED, remark)
        if figure.reproduced.given:
            under = _ours(figure, networks, figure.at.overlaid(figure.reproduced))
            verdict = REPRODUCED if _equal(figure, under) else DIFFERS
            return AuditedFigure(spec.name, figure, under, verdict, f"plainly {shown(plainly)}; {figure.explained}")
    except (SpecError, UsageError) as error:
        return AuditedFigure(spec.name, figure, "", DIFFERS, str(error))
    verdict = STATED if figure.explained else DIFFERS
    return AuditedFigure(spec.name, figure, plainly, verdict, figure.explained)


class _Networks:
    """Analyses of one spec by their settings."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._known: dict[str, Analysis] = {}

    def under(self, conditions: Conditions, convention: str) -> Analysis:
        """The analysis for parameters, inputs and a convention."""
        if convention not in CONVENTIONS:
            raise UsageError(f"no convention {convention!r}; expected one of {', '.join(CONVENTIONS)}")
        key = f"{conditions.settings!r} {conditions.inputs!r} {convention}"
        if key not in self._known:
            overrides = dict(parse_override(f"{name}={sizes}") for name, sizes in conditions.inputs.items())
            spec = load_spec(self._name, conditions.settings, overrides)
            settings = Settings(convention=convention)
            self._known[key] = analyze_graph(spec.graph, settings, title=spec.title, views=spec.views)
        return self._known[key]


def _ours(figure: PublishedFigure, networks: _Networks, conditions: Conditions) -> str:
    """Our figure as text: a count in full, or sizes joined by x."""
    analysis = networks.under(conditions, conditions.convention or figure.convention or "macs")
    if figure.quantity in LAYER_QUANTITIES:
        return _of_layer(figure, analysis, conditions)
    if figure.quantity in EITHER_QUANTITIES:
        return str(_held(figure, analysis))
    totals = analysis.totals
    if figure.quantity == "params":
        return str(totals.params)
    if figure.quantity == "params_without_norm":
        nodes = analysis.graph.nodes
        others = [each for each in analysis.layers if nodes[each.path].operator.traits.family is not Family.NORM]
        return str(sum(each.params for each in others))
    if figure.quantity == "cost_per_video":
        if totals.cost_per_video is None:
            raise UsageError("a cost per video without views in the spec")
        return str(totals.cost_per_video)
    return str(totals.cost)


def _complete(figure: PublishedFigure, networks: _Networks) -> tuple[str, tuple[Uncounted, ...]]:
    """Return a cost with what its convention leaves out, and what that is; an implementation may spell it out."""
    if figure.quantity != "cost":
        return "", ()
    analysis = networks.under(figure.at, figure.at.convention or figure.convention or "macs")
    uncounted = together(each for layer in analysis.layers for each in layer.uncounted)
    left_out = analysis.convention.factor * sum(each.number or 0 for each in uncounted)
    return str(analysis.totals.cost + left_out), uncounted


def _held(figure: PublishedFigure, analysis: Analysis) -> int:
    """Values with elementwise layers in place, or weights without biases, of a layer or of the whole network."""
    if figure.quantity == "weights":
        layers = [_layer(figure, analysis)] if figure.layer else analysis.layers
        return sum(total(each.parameters.weights) for each in layers)
    graph = analysis.graph
    return held_values(graph.nodes[_layer(figure, analysis).path]) if figure.layer else all_values(graph)


def _layer(figure: PublishedFigure, analysis: Analysis) -> LayerRecord:
    if figure.layer not in analysis.graph.nodes:
        raise UsageError(f"no layer {figure.layer!r}{nearest_paths(figure.layer, analysis.graph.nodes)}")
    return analysis.layer(figure.layer)


def _of_layer(figure: PublishedFigure, analysis: Analysis, conditions: Conditions) -> str:
    layer = _layer(figure, analysis)
    if figure.quantity == "shape":
        return _size(figure, layer.shape.sizes) if figure.axis else str(layer.shape)
    if layer.field is None:
        raise UsageError(f"layer {figure.layer!r} sees no input")
    sizes = _field_sizes(figure.quantity, layer.field, conditions)
    return _size(figure, sizes) if figure.axis else "x".join(str(size) for size in sizes.values())


def _field_sizes(quantity: str, seen: InputField, conditions: Conditions) -> Mapping[str, object]:
    """By axis: the field in the view asked for, the jump, or the padding; None where paths disagree."""
    if quantity == "effective_stride":
        return seen.jump
    if quantity == "effective_padding":
        return seen.effective_padding
    return seen.sizes(conditions.field_view or "full")


def _size(figure: PublishedFigure, sizes: Mapping[str, object]) -> str:
    if figure.axis not in sizes:
        raise UsageError(f"the {figure.quantity.replace('_', ' ')} of {figure.layer} has no axis {figure.axis}")
    return str(sizes[figure.axis])


def _equal(figure: PublishedFigure, ours: str) -> bool:
    if figure.quantity in LAYER_QUANTITIES:
        return figure.value.replace(" ", "").replace("×", "x") == ours
    return RoundedValue.parse(figure.value).matches(int(ours))


def shown(ours: str) -> str:
    """Return a count with thousands separators; sizes unchanged."""
    return f"{int(ours):,}" if ours.isdigit() else ours
