"""The command `archcalc check`."""

from __future__ import annotations

from io import StringIO

import click

from archcalc.api import analyze
from archcalc.cli.boundary import exit_with_problems
from archcalc.cli.options import bundled_names, emit, output_option, read_spec, spec_options
from archcalc.cli.results import JSON, TERMINAL, format_option
from archcalc.core.messages import counted
from archcalc.core.problem import SpecError
from archcalc.design.locate import is_search
from archcalc.render.command_json import check_json
from archcalc.render.problems import print_problems
from archcalc.render.screen import Screen, screen
from archcalc.results.check import CheckedSpec


@click.command(epilog="Example: archcalc check my_network.yaml")
@click.argument("specs", metavar="SPEC...", shell_complete=bundled_names, nargs=-1, required=True)
@spec_options
@format_option(TERMINAL, JSON)
@output_option
@click.pass_context
def check(ctx: click.Context, specs: tuple[str, ...], settings: tuple[str, ...], inputs: tuple[str, ...],
          output_format: str, output: str | None) -> None:  # fmt: skip
    """Validate one or more specs, searches or sweeps and print every problem. Exits with 1 if there is any."""
    checked = [_checked(spec, settings, inputs, quiet=output_format == JSON or output is not None) for spec in specs]
    if output_format == JSON:
        emit(check_json(checked), output)
    elif output is not None:
        emit("".join(map(_text, checked)), output)
    wrong = sum(bool(each.problems) for each in checked)
    if wrong:
        exit_with_problems(ctx, output, f"problems in {wrong} of {len(checked)} specs")


def _checked(spec: str, settings: tuple[str, ...], inputs: tuple[str, ...], *, quiet: bool) -> CheckedSpec:
    """Check one spec and return its result; print it immediately unless `quiet`."""
    if is_search(spec):
        return _checked_search(spec, quiet=quiet)
    try:
        loaded = read_spec(spec, settings, inputs)
        analyze(loaded)
        found = CheckedSpec(spec, len(loaded.graph.nodes), warnings=tuple(loaded.warnings))
    except SpecError as error:
        found = CheckedSpec(spec, problems=error.problems)
    if not quiet:
        _print(found, screen())
    return found


def _checked_search(name: str, *, quiet: bool) -> CheckedSpec:
    """Check a search or sweep in the same way, with its spec and the first designs."""
    from archcalc.design.reader import read_search
    from archcalc.design.run import check_search

    try:
        found = CheckedSpec(name, designs=check_search(read_search(name)))
    except SpecError as error:
        found = CheckedSpec(name, problems=error.problems)
    if not quiet:
        _print(found, screen())
    return found


def _text(checked: CheckedSpec) -> str:
    buffer = StringIO()
    _print(checked, Screen(buffer))
    return buffer.getvalue()


def _print(checked: CheckedSpec, out: Screen) -> None:
    if checked.problems:
        print_problems(checked.problems, out)
    else:
        what = f"{checked.layers} layers" if checked.designs is None else counted(checked.designs, "design")
        out.line(f"{checked.spec}: no problems, {what}")
