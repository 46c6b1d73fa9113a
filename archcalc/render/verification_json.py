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
    described["memory"]["ratio"], described["saved"]["ratio"] = one.memory.ratio, one.saved.ratio
    return {**described, "verdict": one.verdict}
