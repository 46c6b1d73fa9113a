"""The command `archcalc audit`."""

from __future__ import annotations

import click

from archcalc.cli.boundary import exit_with_problems
from archcalc.cli.options import bundled_names, emit, formulas_option, output_option, read_written_spec
from archcalc.cli.progress import progress
from archcalc.cli.results import JSON, TERMINAL, format_option, show_tables
from archcalc.core.problem import UsageError
from archcalc.render.command_json import audit_json
from archcalc.results.audit import DIFFERS, AuditedFigure
from archcalc.results.audit import audit as compare_with_published
from archcalc.spec.library import bundled_networks
from archcalc.tables.audit import audit_table


@click.command(epilog="Example: archcalc audit i3d r2plus1d_18")
@click.argument("specs", metavar="SPEC...", shell_complete=bundled_names, nargs=-1)
@click.option("--all", "every", is_flag=True, help="Audit every bundled network.")
@format_option()
@output_option
@formulas_option
@click.pass_context
def audit(
    ctx: click.Context, specs: tuple[str, ...], every: bool, output_format: str, output: str | None, formulas: bool
) -> None:
    """Compare our figures with the published figures of each SPEC.

    Verdicts: matched (ours, rounded or truncated, shows the printed digits), reproduced (it matches under other
    conditions that the spec names), stated (it differs for a reason that the spec states), differs. Exits with 1 if any
    figure differs.
    """
    names = [each.name for each in bundled_networks()] if every else list(specs)
    if not names:
        raise UsageError("no SPEC; expected one or more, or --all for every bundled network")
    figures = _audited(names)
    if output_format == JSON:
        emit(audit_json(figures), output)
    else:
        table = audit_table(figures, grouped=output_format == TERMINAL)
        show_tables([table], output_format, output, formulas=formulas)
    differ = sum(figure.verdict == DIFFERS for figure in figures)
    if differ:
        exit_with_problems(ctx, output, f"{differ} of {len(figures)} figures differ")


def _audited(names: list[str]) -> list[AuditedFigure]:
    figures = []
    with progress(len(names)) as shown:
        for name in names:
            shown.step(name, "published figures")
            figures += compare_with_published(name, read_written_spec(name, (), ()))
            shown.done()
    return figures
