"""Figures that others printed, as a spec states them."""

from __future__ import annotations

from collections.abc import Mapping as NameMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archcalc.core.printed import PrintedNumber
from archcalc.core.problem import UsageError, did_you_mean
from archcalc.core.shape import AXES
from archcalc.spec.collector import Collector
from archcalc.spec.inputs import parse_override
from archcalc.spec.library import PUBLISHED_SUFFIX, locate
from archcalc.spec.text import Mapping, Node, Scalar, Sequence, describe, parse, plain, read_text

if TYPE_CHECKING:
    from archcalc.core.problem import Location

QUANTITIES = ("params", "params_without_norm", "macs", "cost", "cost_per_video", "shape", "receptive_field")
LAYER_QUANTITIES = ("shape", "receptive_field")
KEYS = ("quantity", "value", "at", "layer", "axis", "convention", "source", "reproduced", "explained", "note")
FIELD_VIEWS = ("full", "clipped")


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
    """One printed figure: `value` as printed, what it is of, and what it holds for.

    `axis` says which size of a shape or a field it is, where one alone is printed: so many frames.
    Where ours differs, `reproduced` names the conditions under which ours prints the same digits.
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


def published_figures(node: Node | None, problems: Collector) -> tuple[PublishedFigure, ...]:
    """The entries of a `published` list; those that make no sense are noted and left out."""
    if node is None:
        return ()
    if not isinstance(node, Sequence):
        problems.add(node.location, describe(node), "a list of published figures")
        return ()
    figures = (_figure(item, problems) for item in node.items)
    return tuple(figure for figure in figures if figure is not None)


def published_beside(spec: str) -> tuple[PublishedFigure, ...]:
    """The figures of `<name>.published.yaml` beside a spec, if there is one; SpecError when they make no sense."""
    path = locate(spec)
    beside = path.with_name(f"{path.stem}{PUBLISHED_SUFFIX}") if path is not None else None
    if beside is None or not beside.is_file():
        return ()
    source, text = read_text(beside, beside.name)
    problems = Collector()
    figures = published_figures(parse(text, source), problems)
    problems.raise_any()
    return figures


def _figure(node: Node, problems: Collector) -> PublishedFigure | None:
    if not isinstance(node, Mapping):
        problems.add(node.location, describe(node), "a mapping with quantity, value and source")
        return None
    before = len(problems)
    for key, _ in node.entries:
        if key.value not in KEYS:
            found = f"unknown key {key.value!r} in a published figure"
            problems.add(key.location, found, "one of " + ", ".join(KEYS), did_you_mean(str(key.value), KEYS))
    words = {key: _text(node.get(key)) for key in KEYS}
    _check(node, words, problems)
    at, reproduced = (_conditions(node.get(key), key, problems) for key in ("at", "reproduced"))
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


def _check(node: Mapping, words: dict[str, str], problems: Collector) -> None:
    for key in ("quantity", "value", "source"):
        if not words[key]:
            problems.add(node.location, f"no {key!r} in a published figure", "quantity, value and source")
    quantity = words["quantity"]
    if quantity and quantity not in QUANTITIES:
        hint = did_you_mean(quantity, QUANTITIES)
        problems.add(node.location, f"quantity {quantity!r}", "one of " + ", ".join(QUANTITIES), hint)
    if quantity in LAYER_QUANTITIES and not words["layer"]:
        problems.add(node.location, f"no 'layer' for a {quantity}", "the path of a layer")
    if words["axis"] and (words["axis"] not in AXES or quantity not in LAYER_QUANTITIES):
        problems.add(node.location, f"axis {words['axis']!r} of {quantity}", "an axis of a shape or receptive field")
    if quantity == "cost" and not words["convention"]:
        problems.add(node.location, "no 'convention' for a cost", "the convention it is counted in")
    if words["value"] and quantity in QUANTITIES:
        _check_value(node, quantity, words["value"], problems)


def _check_value(node: Mapping, quantity: str, value: str, problems: Collector) -> None:
    try:
        if quantity in LAYER_QUANTITIES:
            [int(size) for size in value.replace("×", "x").split("x")]
        else:
            PrintedNumber.parse(value)
    except ValueError:
        expected = "sizes such as 7x11x11" if quantity in LAYER_QUANTITIES else "digits with a unit, such as 40.519 G"
        problems.add(node.location, f"value {value!r}", expected)


def _conditions(node: Node | None, key: str, problems: Collector) -> Conditions:
    said: dict[str, object] = {"set": {}, "input": {}, "convention": "", "rf": ""} | _mapping(node, key, problems)
    inputs = {name: str(sizes) for name, sizes in _named(node, "input", said, problems).items()}
    for name, sizes in inputs.items():
        try:
            parse_override(f"{name}={sizes}")
        except UsageError:
            assert node is not None
            problems.add(node.location, f"input {name}: {sizes}", "sizes such as 3x16x224x224")
    if node is not None and said["rf"] and said["rf"] not in FIELD_VIEWS:
        problems.add(node.location, f"rf: {said['rf']}", "full or clipped")
    return Conditions(_named(node, "set", said, problems), inputs, str(said["convention"]), str(said["rf"]))


def _mapping(node: Node | None, key: str, problems: Collector) -> dict[str, object]:
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        problems.add(node.location, f"{key}: {describe(node)}", "a mapping of set, input, convention, rf")
        return {}
    known = ("set", "input", "convention", "rf")
    for name, _ in node.entries:
        if name.value not in known:
            hint = did_you_mean(str(name.value), known)
            problems.add(name.location, f"unknown key {name.value!r} in {key!r}", "one of " + ", ".join(known), hint)
    return {str(name.value): plain(value) for name, value in node.entries}


def _named(node: Node | None, key: str, said: dict[str, object], problems: Collector) -> dict[str, object]:
    value = said[key]
    if isinstance(value, dict):
        return value
    if node is not None:
        problems.add(node.location, f"{key}: not a mapping", "values by name")
    return {}


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""
