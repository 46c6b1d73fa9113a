"""The bundled networks that tests build: all of video, and of the others those that have a kind of layer of their own.

To build a network and to run its source costs a second or two each. A network of images, volumes, sound or text whose
every kind of layer is in another network shows nothing that the other does not show; `make verification` builds all.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from functools import cache

import archcalc
from archcalc.ops.base import Operator
from archcalc.spec.library import bundled_networks
from archcalc.tables.networks import network_rows

MOST_PARAMS, MOST_MACS = 30_000_000, 15_000_000_000
Kind = tuple[str, tuple[tuple[str, ...], ...], frozenset[str]]


@cache
def representatives() -> tuple[str, ...]:
    """Return the names of the networks, by name."""
    rows = network_rows(bundled_networks())
    chosen = [row.name for row in rows if row.group == "video"]
    seen = {kind for name in chosen for kind in kinds(name)}
    for name in sorted({row.name for row in rows}.difference(chosen)):
        own = kinds(name)
        if own - seen:
            chosen.append(name)
            seen |= own
    return tuple(sorted(chosen))


@cache
def affordable() -> tuple[str, ...]:
    """Return the representatives that are run with numbers: of volumes, sound and text those that take a moment."""
    groups = {row.name: row.group for row in network_rows(bundled_networks())}
    return tuple(name for name in representatives() if groups[name] in ("video", "image") or is_small(name))


def is_small(name: str) -> bool:
    """Return whether a network has few weights and does little with them."""
    totals = archcalc.analyze(archcalc.load(name)).totals
    return totals.params <= MOST_PARAMS and totals.macs <= MOST_MACS


def kinds(name: str) -> set[Kind]:
    """Return the kinds of layers: operator, axes of its inputs, and which of its arguments are not the default."""
    graph = archcalc.load(name).graph
    return {
        (type(node.operator).__name__, tuple(graph.shape(path).axes for path in node.inputs), given(node.operator))
        for node in graph.nodes.values()
    }


def given(operator: Operator) -> frozenset[str]:
    """Return the names of the arguments that differ from their default."""
    return frozenset(
        each.name
        for each in fields(operator)  # type: ignore[arg-type]
        if each.default is MISSING or getattr(operator, each.name) != each.default
    )
