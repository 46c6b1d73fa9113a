"""Findings in SARIF 2.1.0, the format of static analysis that code hosts show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc._version import __version__
from archcalc.lint.rules import RULES
from archcalc.render.json import object_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.lint.finding import Finding, Rule
    from archcalc.tables.lint import LintedSpec

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
VERSION = "2.1.0"


def sarif(linted: Sequence[LintedSpec]) -> str:
    """Return one run with all rules and a result for each finding (OASIS SARIF 2.1.0, sections 3.14, 3.27, 3.49)."""
    driver = {"name": "archcalc", "version": __version__, "rules": [_rule(each) for each in RULES.values()]}
    results = [_result(each.spec, found) for each in linted for found in each.findings]
    return object_json({"$schema": SCHEMA, "version": VERSION,
                        "runs": [{"tool": {"driver": driver}, "results": results}]}, "runs") + "\n"  # fmt: skip


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.explanation},
        "help": {"text": f"{rule.advice} Source: {rule.source}"},
    }


def _result(spec: str, found: Finding) -> dict[str, Any]:
    axis = f" ({found.axis})" if found.axis else ""
    place: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": f"{spec}.{found.path}"}]}
    if found.location is not None:
        place["physicalLocation"] = {"artifactLocation": {"uri": found.location.source.name}}
        if found.location.line:
            region = {"startLine": found.location.line, "startColumn": max(1, found.location.column)}
            end = {"endLine": found.location.end_line, "endColumn": found.location.end_column}
            place["physicalLocation"]["region"] = region | (end if found.location.end_line else {})
    return {
        "ruleId": found.code,
        "ruleIndex": list(RULES).index(found.code),
        "level": "warning",
        "message": {"text": f"{found.path}{axis}: {found.message}"},
        "locations": [place],
        "properties": {"rule": found.rule, "axis": found.axis, "figures": dict(found.figures)},
    }
