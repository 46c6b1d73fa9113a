"""Figures that others printed, as a spec states them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.core.problem import did_you_mean
from archcalc.spec.text import Mapping, Node, Scalar, Sequence, describe, plain

if TYPE_CHECKING:
    from archcalc.core.problem import Location
    from archcalc.spec.collector import Collector

QUANTITIES = ("params", "params_without_norm", "macs", "cost", "cost_per_video", "shape", "receptive_field")
LAYER_QUANTITIES = ("shape", "receptive_field")
KEYS = ("quantity", "value", "at", "layer", "convention", "source", "reproduced", "explained", "note")


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """One printed figure: `value` as printed, what it is of, and what it holds for.

    `at` and `reproduced` are plain data; `reproduced` names what ours must be asked for to print the same digits.
    """

    quantity: str
    value: str
    source: str
    layer: str
    convention: str
    at: object
    reproduced: object
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
    if len(problems) > before:
        return None
    at, reproduced = node.get("at"), node.get("reproduced")
    return PublishedFigure(
        words["quantity"],
        words["value"],
        words["source"],
        words["layer"],
        words["convention"],
        plain(at) if at else {},
        plain(reproduced) if reproduced else {},
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


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""
