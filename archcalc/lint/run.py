"""Applies rules to an analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.lint.finding import finding
from archcalc.lint.network import Network
from archcalc.lint.rules import chosen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.analysis.records import Analysis
    from archcalc.lint.finding import Finding


def lint(analysis: Analysis, select: Iterable[str] = (), ignore: Iterable[str] = ()) -> tuple[Finding, ...]:
    """Return what the rules find in a network, by rule and in the order of the layers, less what its spec ignores.

    UsageError for a rule that does not exist.
    """
    network = Network(analysis)
    nodes = analysis.graph.nodes
    return tuple(
        finding(rule, seen, nodes[seen.path].location if seen.path in nodes else None)
        for rule in chosen(select, ignore)
        for seen in rule.check(network)
        if not any(each.covers(rule.code, rule.name, seen.path, seen.axis) for each in analysis.ignored_rules)
    )
