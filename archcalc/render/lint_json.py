"""Findings and rules as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.render.json import location_object, rows_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archcalc.lint.finding import Finding, Rule
    from archcalc.tables.lint import LintedSpec


def findings_json(linted: Sequence[LintedSpec]) -> str:
    """Return the findings of some specs, each with its figures and its place."""
    return rows_json("findings", [_finding(each.spec, found) for each in linted for found in each.findings])


def _finding(spec: str, found: Finding) -> dict[str, Any]:
    return {
        "spec": spec,
        "code": found.code,
        "rule": found.rule,
        "path": found.path,
        "axis": found.axis,
        "message": found.message,
        "figures": dict(found.figures),
        "location": None if found.location is None else location_object(found.location),
    }


def rules_json(rules: Iterable[Rule]) -> str:
    """Return rules with all that is said about them."""
    keys = ("code", "name", "title", "explanation", "advice", "source")
    return rows_json("rules", [{key: getattr(each, key) for key in keys} for each in rules])
