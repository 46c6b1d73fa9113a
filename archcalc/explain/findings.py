"""What the design checks find in a layer, as lines below the title of its derivation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archcalc.lint.run import lint

if TYPE_CHECKING:
    from archcalc.analysis.records import Analysis
    from archcalc.explain.explanation import Explanation


def with_findings(explanation: Explanation, analysis: Analysis, path: str) -> Explanation:
    """Return a derivation with a line for each finding in the layer; the rules look at the whole network for it."""
    lines = tuple(f"{each.code} {each.rule}: {each.message}" for each in lint(analysis) if each.path == path)
    return replace(explanation, subtitle=(*explanation.subtitle, *lines))
