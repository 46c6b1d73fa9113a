"""What is known of the fields of layers: those of recorded modules may be bounds, or known at the given size only."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.imported import EXACT, OUTER, UNKNOWN
from archcalc.ops.traced import Traced

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.analysis.records import Analysis
    from archcalc.core.imported import GivenField

COMPLETE = "complete"


class Status(NamedTuple):
    """One statement about the fields of layers: its key in JSON and columns, its heading, and how it is read."""

    key: str
    heading: str
    meaning: str
    read: Callable[[GivenField], str]


STATUSES = {
    each.key: each
    for each in (
        Status("field_status", "field status", "whether the clipped field is exact, a bound (outer: it is no larger),"
               " or unknown", lambda given: given.status),
        Status("full_status", "full status", "the same of the field on an unbounded input; unknown where the module"
               " shows it at no larger size: what is really read stands for it", lambda given: given.full_status),
    )
}  # fmt: skip


def status_of(analysis: Analysis, path: str, key: str) -> str:
    """Return what is known of the field of a layer; fields of specs are exact."""
    imported = analysis.graph.imported
    return EXACT if imported is None else STATUSES[key].read(imported.fields[path])


def statuses_in_doubt(analysis: Analysis) -> list[str]:
    """Return the keys of the statuses that are not `exact` for every layer."""
    if analysis.graph.imported is None:
        return []
    paths = analysis.graph.nodes
    return [key for key in STATUSES if any(status_of(analysis, path, key) != EXACT for path in paths)]


def network_status(analysis: Analysis, key: str) -> str:
    """Return the least that is known of any layer."""
    found = {status_of(analysis, path, key) for path in analysis.graph.nodes}
    return next((each for each in (UNKNOWN, OUTER) if each in found), EXACT)


def cost_status(analysis: Analysis) -> str:
    """Return whether the cost of a network is complete or a lower bound."""
    return next((each.status for each in analysis.layers if each.uncounted), COMPLETE)


def is_traced(analysis: Analysis, path: str) -> bool:
    """Return whether a layer is shown as it was recorded, and is no operator."""
    return isinstance(analysis.graph.nodes[path].operator, Traced)
