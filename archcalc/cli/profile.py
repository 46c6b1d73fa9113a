"""The command `archcalc profile`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archcalc.cli.boundary import INTERRUPTED, PROBLEMS_FOUND
from archcalc.cli.measuring import Case, check_cases, measure
from archcalc.cli.measuring_options import Measuring, measuring_options
from archcalc.cli.options import emit, read_spec, spec_options, specs_argument
from archcalc.cli.results import CSV
from archcalc.core.problem import UsageError
from archcalc.render.csv import csv_text
from archcalc.render.html import html_text
from archcalc.render.markdown import markdown_text
from archcalc.render.profile_json import profiles_json
from archcalc.render.screen import screen
from archcalc.render.text_table import print_table
from archcalc.tables.profile import LAYER_COLUMNS, PROFILE_COLUMNS, profile_table, profiles_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.results.profile import Profile
    from archcalc.tables.table import Table

NAMED, RATIO = "against_first", "time_ratio"
TEXTS: dict[str, Callable[[Table], str]] = {CSV: csv_text, "markdown": markdown_text, "html": html_text}


@click.command(epilog="Example: archcalc profile c3d r2plus1d_18 --batch 1,8 --output profiles")
@specs_argument
@spec_options
@measuring_options
@click.option("--slowest", type=click.IntRange(min=1), help="Show only this number of layers, the slowest first.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["terminal", "json", *TEXTS]),
    default="terminal",
    show_default=True,
    help="Format of the result.",
)
@click.option(
    "--output",
    metavar="DIR",
    help="Write each profile as JSON to DIR as soon as it is complete; {device} is replaced by the name of the device.",
)
@click.option("--resume", is_flag=True, help="Reuse the profiles in DIR that were measured in the same way.")
@click.pass_context
def profile(ctx: click.Context, /, specs: tuple[str, ...], settings: tuple[str, ...], inputs: tuple[str, ...],
            slowest: int | None, output_format: str, output: str | None, resume: bool,
            **asked: Any) -> None:  # fmt: skip
    """Run SPEC on a device and compare its times and memory with the analysis.

    A module of PyTorch runs itself, at inference: its layers are timed where they run, functions outside of modules
    included.

    Measures the whole network and each layer separately, and prints the roofline of each layer: the shortest possible
    time for its arithmetic and bytes, with the peaks of the device that are measured in the same run.
    """
    if resume and output is None:
        raise UsageError("--resume without --output DIR; expected the folder of the earlier profiles")
    measuring = Measuring(**asked)
    setups = measuring.setups()
    measuring.require_device("profile")
    networks = [read_spec(spec, settings, inputs) for spec in specs]
    cases = [Case(spec, setup) for setup in setups for spec in networks]
    folder = None if output is None else Path(measuring.folder(output))
    if folder is not None:
        check_cases(cases, folder)
    measured = measure(cases, measuring.profiler(), folder, resume=resume)
    if measured.profiles:
        show(measured.profiles, output_format, slowest)
    if measured.interrupted:
        ctx.exit(INTERRUPTED)
    if measured.failed:
        ctx.exit(PROBLEMS_FOUND)


def show(found: Sequence[Profile], output_format: str, slowest: int | None) -> None:
    """Print the layers of a single profile, or a row for each of several profiles."""
    if output_format == "json":
        emit(profiles_json(found), None)
    elif output_format == "terminal":
        print_table(profile_table(found[0], slowest) if len(found) == 1 else profiles_table(found), screen())
    else:
        emit(TEXTS[output_format](_wide(found, slowest, NAMED if output_format == CSV else RATIO)), None)


def _wide(found: Sequence[Profile], slowest: int | None, without: str) -> Table:
    """The table with all columns but one: how a sample compares with the first, as a number or in words."""
    if len(found) == 1:
        return profile_table(found[0], slowest, [column.key for column in LAYER_COLUMNS])
    return profiles_table(found, [column.key for column in PROFILE_COLUMNS if column.key != without])
