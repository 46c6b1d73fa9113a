"""Findings of design checks as tables, and the rules themselves."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from archcalc.lint.rules import RULES
from archcalc.tables.table import COUNT, NAME, TEXT, Cell, Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.lint.finding import Finding, Rule


class LintedSpec(NamedTuple):
    """A spec and what the rules find in it."""

    spec: str
    findings: Sequence[Finding]


SPEC, PLACE, CODE, RULE = (
    Column("spec", "network", NAME),
    Column("place", "place", NAME),
    Column("code", "code", NAME),
    Column("rule", "rule", NAME),
)
FINDING = (Column("path", "layer", NAME), Column("axis", "axis", NAME), Column("message", "finding", TEXT))


def findings_table(linted: LintedSpec, *, grouped: bool = False) -> Table:
    """Return a row for each finding; for a terminal, rows are grouped with the rule as a heading."""
    columns = FINDING if grouped else (SPEC, PLACE, CODE, RULE, *FINDING)
    rows = tuple(
        _finding_cells(each) if grouped else (linted.spec, _place(each), each.code, each.rule, *_finding_cells(each))
        for each in linted.findings
    )
    starts = [at for at, each in enumerate(linted.findings) if at == 0 or linted.findings[at - 1].code != each.code]
    sections = tuple((at, _heading(linted.findings[at])) for at in starts) if grouped else ()
    return Table(f"{linted.spec}: design checks", (), columns, rows, remarks=(_summary(linted),), sections=sections)


def all_findings_table(linted: Sequence[LintedSpec]) -> Table:
    """Return the findings in several networks as one table."""
    tables = [findings_table(each) for each in linted]
    return tables[0]._replace(
        title="design checks", rows=tuple(row for each in tables for row in each.rows), remarks=()
    )


def _finding_cells(each: Finding) -> tuple[Cell, ...]:
    return each.path, each.axis or "", each.message


def _place(each: Finding) -> str:
    return "" if each.location is None else str(each.location)


def _heading(each: Finding) -> str:
    return f"{each.code} {each.rule}: {RULES[each.code].title}"


def _summary(linted: LintedSpec) -> str:
    if not linted.findings:
        return "no findings"
    counts = [(rule, len(list(each))) for rule, each in groupby(linted.findings, key=lambda each: each.rule)]
    several = "" if len(linted.findings) == 1 else "s"
    return f"{len(linted.findings)} finding{several}: " + ", ".join(f"{count} {rule}" for rule, count in counts)


def counts_table(linted: Sequence[LintedSpec]) -> Table:
    """Return how many findings of each rule each network has."""
    columns = (SPEC, *(Column(rule.name, f"{code} {rule.name}", COUNT) for code, rule in RULES.items()))
    rows = tuple((each.spec, *(_count(each, code) for code in RULES)) for each in linted)
    return Table("findings by rule", (), columns, rows)


def _count(linted: LintedSpec, code: str) -> int | None:
    return sum(each.code == code for each in linted.findings) or None


def summary_table(linted: Sequence[LintedSpec]) -> Table:
    """Return a row for each network and rule that finds something: how often, where first, and what it says there."""
    columns = (SPEC, CODE, RULE, Column("count", "findings", COUNT), Column("path", "first in", NAME), *FINDING[1:])
    rows = tuple(
        (each.spec, code, found[0].rule, len(found), *_finding_cells(found[0]))
        for each in linted
        for code in RULES
        if (found := [finding for finding in each.findings if finding.code == code])
    )
    return Table("first findings", (), columns, rows)


def rules_table() -> Table:
    """Return the rules with what each looks for."""
    columns = (CODE, RULE, Column("title", "finds", TEXT))
    return Table("rules", (), columns, tuple((each.code, each.name, each.title) for each in RULES.values()))


def rule_parts(rule: Rule) -> tuple[tuple[str, str], ...]:
    """Return what is said about a rule: headings and paragraphs."""
    return (("Why", rule.explanation), ("What to do", rule.advice), ("Source", rule.source))
