"""The JSON of comparisons between built networks and the analysis."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from archcalc.render.json import rows_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.results.verification import Verification


def verification_json(verified: Iterable[Verification]) -> str:
    """Return compared networks as JSON, each with its checks, disagreements and verdict."""
    return rows_json("networks", map(_network, verified))


def _network(one: Verification) -> dict[str, Any]:
    described = asdict(one)
    for key, found in (("memory", one.memory), ("saved", one.saved)):
        if found is not None:
            described[key]["ratio"] = found.ratio
    return {**described, "verdict": one.verdict}
