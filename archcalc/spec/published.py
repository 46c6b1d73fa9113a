"""Figures that others printed, as a spec states them."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as NameMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archcalc.core.messages import shortened
from archcalc.core.problem import UsageError, did_you_mean
from archcalc.core.published_value import MOST_DIGITS, RoundedValue
from archcalc.core.shape import STANDARD_AXES, axes_of, in_order, is_axis
from archcalc.spec.diagnostics import Diagnostics
from archcalc.spec.inputs import parse_override
from archcalc.spec.library import PUBLISHED_SUFFIX, locate
from archcalc.spec.text import Mapping, Node, Scalar, Sequence, describe, parse, plain, read_text

if TYPE_CHECKING:
    from archcalc.core.problem import Location
    from archcalc.graph import NetworkGraph

LAYER_QUANTITIES = ("shape", "receptive_field", "effective_stride", "effective_padding")
EITHER_QUANTITIES = ("values", "weights")
"""Of a layer where one is named, else of the whole network."""
QUANTITIES = (
    "params", "params_without_norm", "macs", "cost", "cost_per_video", *EITHER_QUANTITIES, *LAYER_QUANTITIES
)  # fmt: skip
KEYS = ("quantity", "value", "at", "layer", "axis", "convention", "source", "reproduced", "explained", "note")
CONDITION_KEYS = ("at", "reproduced")
CONDITIONS = ("set", "input", "convention", "rf")
CONVENTIONS = ("macs", "flops", "torch", "fvcore", "fvcore-train", "ptflops", "thop", "ultralytics", "keras")
"""The names alone: counting is not for the language."""
FIELD_VIEWS = ("full", "window", "clipped")


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a figure holds for: parameters, input sizes by name, a convention, a view of the receptive field."""

    settings: NameMapping[str, object] = field(default_factory=dict)
    inputs: NameMapping[str, str] = field(default_factory=dict)
    convention: str = ""
    field_view: str = ""

    @property
    def given(self) -> bool:
        """Whether anything is said at all."""
        return bool(self.settings or self.inputs or self.convention or self.field_view)

    def overlaid(self, other: Conditions) -> Conditions:
        """These conditions with what another says put over them."""
        return Conditions(
            {**self.settings, **other.settings},
            {**self.inputs, **other.inputs},
            other.convention or self.convention,
            other.field_view or self.field_view,
        )


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """One published figure: its value as printed, its quantity, and its conditions.

    `axis` selects one size of a shape or a field if only one is printed, such as a number of frames. If ours
    differs, `reproduced` has the conditions under which ours shows the same digits.
    """

    quantity: str
    value: str
    source: str
    layer: str
    axis: str
    convention: str
    at: Conditions
    reproduced: Conditions
    explained: str
    location: Location


@dataclass(frozen=True, slots=True)
class Known:
    """What a network has, for figures to speak of."""

    graph: NetworkGraph
    parameters: Collection[str]

    @property
    def axes(self) -> tuple[str, ...]:
        """Return the standard axes, and those that any of its tensors has."""
        own = axes_of(self.graph.shape(path) for path in (*self.graph.inputs, *self.graph.nodes))
        return in_order({*STANDARD_AXES, *own})


def published_figures(
    node: Node | None, problems: Diagnostics, known: Known | None = None
) -> tuple[PublishedFigure, ...]:
    """The entries of a `published` list; those that make no sense are noted and left out.

    With `known`, layers, inputs and parameters that the network lacks are problems too.
    """
    if node is None:
        return ()
    if not isinstance(node, Sequence):
        problems.add(node.location, describe(node), "a list of published figures")
        return ()
    figures = (_figure(item, problems, known) for item in node.items)
    return tuple(figure for figure in figures if figure is not None)


def separate_figures(spec: str) -> tuple[PublishedFigure, ...]:
    """Return the figures in `<name>.published.yaml` in the folder of a spec; raise SpecError if they are invalid."""
    path = locate(spec)
    file = path.with_name(f"{path.stem}{PUBLISHED_SUFFIX}") if path is not None else None
    if file is None or not file.is_file():
        return ()
    source, text = read_text(file, file.name)
    problems = Diagnostics()
    figures = published_figures(parse(text, source), problems)
    problems.raise_any()
    return figures


def _figure(node: Node, problems: Diagnostics, known: Known | None) -> PublishedFigure | None:
    if not isinstance(node, Mapping):
        problems.add(node.location, describe(node), "a mapping with quantity, value and source")
        return None
    before = len(problems)
    for key, _ in node.entries:
        if key.value not in KEYS:
            found = f"unknown key {key.value!r} in a published figure"
            problems.add(key.location, found, "one of " + ", ".join(KEYS), did_you_mean(str(key.value), KEYS))
    words = {key: _word(node, key, problems) for key in KEYS if key not in CONDITION_KEYS}
    _check(node, words, problems)
    at, reproduced = (_conditions(node.get(key), key, problems, known) for key in CONDITION_KEYS)
    if known is not None and not at.settings and not reproduced.settings:
        _check_known(node.get("layer"), "layer", words["layer"], known.graph.nodes, problems)
        if words["axis"]:
            _check_known(node.get("axis"), "axis", words["axis"], known.axes, problems)
    if len(problems) > before:
        return None
    return PublishedFigure(
        words["quantity"],
        words["value"],
        words["source"],
        words["layer"],
        words["axis"],
        words["convention"],
        at,
        reproduced,
        words["explained"],
        node.location,
    )


def _word(node: Mapping, key: str, problems: Diagnostics) -> str:
    """Return the string value of a key as written; empty if the key is missing."""
    said = node.get(key)
    if said is None or isinstance(said, Scalar):
        return said.text if said is not None else ""
    problems.add(said.location, f"{key}: {describe(said)}", "one value")
    return ""


def _check(node: Mapping, words: dict[str, str], problems: Diagnostics) -> None:
    for key in ("quantity", "value", "source"):
        if not words[key] and not isinstance(node.get(key), (Sequence, Mapping)):
            problems.add(node.location, f"no {key!r} in a published figure", "quantity, value and source")
    quantity, convention = words["quantity"], words["convention"]
    if quantity:
        _check_word(node.get("quantity"), "quantity", quantity, QUANTITIES, problems)
    if convention:
        _check_word(node.get("convention"), "convention", convention, CONVENTIONS, problems)
    if quantity in LAYER_QUANTITIES and not words["layer"]:
        problems.add(node.location, f"no 'layer' for a {quantity}", "the path of a layer")
    if words["axis"] and (not is_axis(words["axis"]) or quantity not in LAYER_QUANTITIES):
        found = f"axis {words['axis']!r} of {quantity}"
        problems.add(_place(node, "axis"), found, "an axis of a shape or receptive field")
    if quantity == "cost" and not convention:
        problems.add(node.location, "no 'convention' for a cost", "one of " + ", ".join(CONVENTIONS))
    if words["layer"] and quantity in QUANTITIES and quantity not in LAYER_QUANTITIES + EITHER_QUANTITIES:
        problems.add(
            _place(node, "layer"), f"a layer for {quantity}, which is a quantity of the whole network", "no 'layer'"
        )
    if words["value"] and quantity in QUANTITIES:
        _check_value(_place(node, "value"), quantity, words["value"], problems)


def _place(node: Mapping, key: str) -> Location:
    said = node.get(key)
    return node.location if said is None else said.location


def _check_word(node: Node | None, key: str, word: str, words: tuple[str, ...], problems: Diagnostics) -> None:
    if node is not None and word not in words:
        problems.add(node.location, f"{key}: {word}", "one of " + ", ".join(words), did_you_mean(word, words))


def _check_known(node: Node | None, what: str, name: str, known: Collection[str], problems: Diagnostics) -> None:
    if node is not None and name and name not in known:
        problems.add(node.location, f"no {what} {name!r}", "one of the network", did_you_mean(name, known))


def _check_value(place: Location, quantity: str, value: str, problems: Diagnostics) -> None:
    try:
        if quantity in LAYER_QUANTITIES:
            [int(size) for size in value.replace("×", "x").split("x")]
        else:
            RoundedValue.parse(value)
    except ValueError:
        problems.add(place, f"value {shortened(value)}", _expected_value(quantity, value))


def _expected_value(quantity: str, value: str) -> str:
    if quantity in LAYER_QUANTITIES:
        return "sizes such as 7x11x11"
    many = sum(map(str.isdigit, value)) > MOST_DIGITS
    return f"{f'at most {MOST_DIGITS} ' if many else ''}digits with a unit, such as 40.519 G"


def _conditions(node: Node | None, key: str, problems: Diagnostics, known: Known | None) -> Conditions:
    said = _mapping(node, key, problems)
    settings, inputs = _named(said.get("set"), "set", problems), _named(said.get("input"), "input", problems)
    for name, value in inputs.items():
        _check_sizes(name, value, problems)
    if known is not None:
        for name, value in settings.items():
            _check_known(value, "parameter", name, known.parameters, problems)
        for name, value in inputs.items():
            _check_known(value, "input", name, known.graph.inputs, problems)
    convention, view = _plain_text(said.get("convention")), _plain_text(said.get("rf"))
    _check_word(said.get("convention"), "convention", convention, CONVENTIONS, problems)
    _check_word(said.get("rf"), "rf", view, FIELD_VIEWS, problems)
    sizes = {name: str(plain(value)) for name, value in inputs.items()}
    return Conditions({name: plain(value) for name, value in settings.items()}, sizes, convention, view)


def _check_sizes(name: str, node: Node, problems: Diagnostics) -> None:
    try:
        parse_override(f"{name}={plain(node)}")
    except UsageError:
        problems.add(node.location, f"input {name}: {describe(node)}", "sizes such as 3x16x224x224")


def _plain_text(node: Node | None) -> str:
    return "" if node is None else str(plain(node))


def _mapping(node: Node | None, key: str, problems: Diagnostics) -> dict[str, Node]:
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        problems.add(node.location, f"{key}: {describe(node)}", "a mapping of " + ", ".join(CONDITIONS))
        return {}
    for name, _ in node.entries:
        if name.value not in CONDITIONS:
            found, hint = f"unknown key {name.value!r} in {key!r}", did_you_mean(str(name.value), CONDITIONS)
            problems.add(name.location, found, "one of " + ", ".join(CONDITIONS), hint)
    return {str(name.value): value for name, value in node.entries}


def _named(node: Node | None, key: str, problems: Diagnostics) -> dict[str, Node]:
    if node is None:
        return {}
    if isinstance(node, Mapping):
        return {str(name.value): value for name, value in node.entries}
    problems.add(node.location, f"{key}: {describe(node)}", "values by name")
    return {}
