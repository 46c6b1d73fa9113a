"""The commands `archcalc lint` and `archcalc rules`."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import click

from archcalc.cli.boundary import exit_with_problems
from archcalc.cli.options import bundled_names, comma_separated, emit, output_option, read_analysis, spec_options
from archcalc.cli.progress import progress
from archcalc.cli.results import JSON, TERMINAL, format_option, show_tables
from archcalc.core.messages import counted
from archcalc.core.problem import UsageError
from archcalc.lint.rules import RULES, chosen, rule
from archcalc.lint.run import lint as lint_analysis
from archcalc.render.lint_json import findings_json, rules_json
from archcalc.render.screen import screen
from archcalc.spec.library import bundled_networks
from archcalc.tables.lint import (
    LintedSpec,
    all_findings_table,
    counts_table,
    findings_table,
    rule_parts,
    rules_table,
    summary_table,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.lint.finding import Rule
    from archcalc.tables.table import Table

WIDEST_TEXT = 100
MARKDOWN, SARIF, GITHUB, CSV = "markdown", "sarif", "github", "csv"


@click.command(epilog="Example: archcalc lint c3d --exit-zero")
@click.argument("specs", metavar="SPEC...", shell_complete=bundled_names, nargs=-1)
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="Check every bundled network; print how often each rule finds something, and its first finding.",
)
@click.option("--select", multiple=True, metavar="RULES", help="Apply only these rules: AC101,padding or AC1.")
@click.option("--ignore", multiple=True, metavar="RULES", help="Leave these rules out.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 although something is found.")
@click.option("--explain", "explained", metavar="RULE", help="Explain a rule instead: AC101 or unproductive.")
@spec_options
@format_option(TERMINAL, MARKDOWN, JSON, CSV, SARIF, GITHUB)
@output_option
@click.pass_context
def lint(
    ctx: click.Context,
    specs: tuple[str, ...],
    every: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    exit_zero: bool,
    explained: str | None,
    settings: tuple[str, ...],
    inputs: tuple[str, ...],
    output_format: str,
    output: str | None,
) -> None:
    """Check the design of each SPEC: kernels that add no context, arithmetic on padding, frames that nothing reads.

    Every rule states exact facts with their figures; archcalc rules lists the rules. A spec may list rules under lint
    that are not reported, with reasons. Exits with 1 if anything is found.
    """
    if explained is not None:
        _show_rule(explained, output_format, output)
        return
    names = [each.name for each in bundled_networks()] if every else list(specs)
    if not names:
        raise UsageError("no SPEC; expected one or more, --all for every bundled network, or --explain RULE")
    words = [[word for each in given for word in comma_separated(each)] for given in (select, ignore)]
    chosen(*words)
    linted = _linted(names, settings, inputs, *words)
    _show(linted, output_format, output, summarized=every)
    found = sum(len(each.findings) for each in linted)
    if found and not exit_zero:
        networks = counted(sum(bool(each.findings) for each in linted), "network")
        exit_with_problems(ctx, output, f"{counted(found, 'finding')} in {networks}")


def _linted(
    names: list[str], settings: tuple[str, ...], inputs: tuple[str, ...], select: list[str], ignore: list[str]
) -> list[LintedSpec]:
    done = []
    with progress(len(names)) as shown:
        for name in names:
            shown.step(name, "design checks")
            analysis = read_analysis(name, settings, inputs)
            done.append(LintedSpec(analysis.name, lint_analysis(analysis, select, ignore)))
            shown.done()
    return done


def _show(linted: Sequence[LintedSpec], output_format: str, output: str | None, *, summarized: bool) -> None:
    if output_format == JSON:
        emit(findings_json(linted), output)
    elif output_format == SARIF:
        from archcalc.render.sarif import sarif

        emit(sarif(linted), output)
    elif output_format == GITHUB:
        from archcalc.render.github import github

        emit(github(linted), output)
    else:
        show_tables(_tables(linted, output_format, summarized=summarized), output_format, output)


def _tables(linted: Sequence[LintedSpec], output_format: str, *, summarized: bool) -> list[Table]:
    """Return a table for each network; for people who ask for many networks, counts and the first finding of each."""
    if output_format == CSV:
        return [all_findings_table(linted)]
    if summarized:
        return [counts_table(linted), summary_table(linted)]
    return [findings_table(each, grouped=output_format == TERMINAL) for each in linted]


def _show_rule(word: str, output_format: str, output: str | None) -> None:
    found = rule(word)
    if output_format == JSON:
        emit(rules_json([found]), output)
    else:
        emit(_rule_text(found), output)


def _rule_text(found: Rule) -> str:
    width = min(screen().width, WIDEST_TEXT)
    parts = [f"{heading}\n{fill(text, width)}\n" for heading, text in rule_parts(found)]
    return "\n".join([f"{found.code} {found.name}: {found.title}\n", *parts])


@click.command(epilog="Example: archcalc rules")
@format_option()
@output_option
def rules(output_format: str, output: str | None) -> None:
    """List the design checks of archcalc lint; archcalc lint --explain RULE describes one."""
    if output_format == JSON:
        emit(rules_json(RULES.values()), output)
    else:
        show_tables([rules_table()], output_format, output)
