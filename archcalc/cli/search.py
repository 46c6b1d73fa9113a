"""The commands `archcalc search` and `archcalc sweep`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from archcalc.cli.boundary import PROBLEMS_FOUND
from archcalc.cli.options import emit, formulas_option, output_option
from archcalc.cli.progress import progress
from archcalc.cli.results import JSON, format_option, show_tables
from archcalc.core.messages import counted
from archcalc.design.locate import bundled_searches
from archcalc.design.model import SEARCH, SWEEP
from archcalc.design.options import Options
from archcalc.design.reader import read_search
from archcalc.design.run import Reports, run_search, run_sweep
from archcalc.render.files import write_bytes, write_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.design.model import SearchFile

Command = TypeVar("Command", bound="Callable[..., Any]")
MOST_WORKERS = 256
CSV = "csv"


def _names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    del ctx, param
    names = [name for name in bundled_searches() if name.startswith(incomplete)]
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


def running_options(command: Command) -> Command:
    """Add the options of both commands."""
    for option in (
        click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True,
                     help="Number from which random choices follow."),
        click.option("--draw", type=click.IntRange(1, 200_000), metavar="N",
                     help="Try N designs chosen at random instead of all."),
        click.option("--journal", type=click.Path(path_type=Path), metavar="FILE",
                     help="Keep what is found in FILE, and take from it what an earlier run found."),
        click.option("--workers", type=click.IntRange(1, MOST_WORKERS), default=1, show_default=True,
                     help="Processes that evaluate designs; the result does not depend on it."),
        click.option("--cluster", metavar="ADDRESS",
                     help="Evaluate designs on a Dask cluster, such as tcp://HOST:8786; the result is the same."),
        click.option("--plot", metavar="FILE", help="Draw the designs as FILE.svg or FILE.png."),
        click.argument("file", metavar="FILE", shell_complete=_names),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command("search", epilog="Example: archcalc search cheapest_clap --plot clap.svg")
@running_options
@click.option(
    "--evaluations",
    type=click.IntRange(1, 200_000),
    metavar="N",
    help="Try N designs that evolution chooses instead of all.",
)
@click.option("--save", metavar="DIR", help="Write the spec of each design of the front, and the best of each group.")
@format_option()
@output_option
@formulas_option
@click.pass_context
def search(ctx: click.Context, file: str, plot: str | None, workers: int, cluster: str | None, journal: Path | None,
           draw: int | None, seed: int, evaluations: int | None, save: str | None, output_format: str,
           output: str | None, formulas: bool) -> None:  # fmt: skip
    """Find the best designs of a spec that meet requirements: the front, and the best of each group.

    FILE says what is varied and what is required, or is the name of a search that ships with archcalc; docs/design.md
    describes it. Exits with 1 if no design meets all requirements.
    """
    from archcalc.tables.search import search_tables

    if draw is not None and evaluations is not None:
        raise click.UsageError("--draw and --evaluations both choose designs; expected one of them")
    _check_one(workers, cluster)
    ending = _plot_format(plot)
    found = read_search(file, SEARCH)
    options = Options(workers, journal, draw, seed, plot is not None, evaluations=evaluations, cluster=cluster)
    with _Progress(found) as shown:
        result = run_search(found, options, shown.reports)
    if plot is not None:
        from archcalc.design.tally import plotted_labels
        from archcalc.render.search_plot import search_plot

        write_bytes(plot, search_plot(result, plotted_labels(list(result.goals)), ending))
    if save is not None:
        from archcalc.design.saving import saved_specs

        _save(save, saved_specs(found, result))
    if output_format == JSON:
        from archcalc.render.search_json import search_json

        emit(search_json(result), output)
    else:
        tables = search_tables(result)
        show_tables(tables[:1] if output_format == CSV else tables, output_format, output, formulas=formulas)
    if not result.answers:
        ctx.exit(PROBLEMS_FOUND)


@click.command("sweep", epilog="Example: archcalc sweep x3d_grid --format markdown")
@running_options
@format_option()
@output_option
@formulas_option
def sweep(file: str, plot: str | None, workers: int, cluster: str | None, journal: Path | None, draw: int | None,
          seed: int, output_format: str, output: str | None, formulas: bool) -> None:  # fmt: skip
    """Calculate quantities for every combination of parameters and input sizes.

    FILE says what is varied and shown, or is the name of a sweep that ships with archcalc; docs/design.md describes it.
    """
    from archcalc.tables.sweep import sweep_rows, sweep_tables

    _check_one(workers, cluster)
    ending = _plot_format(plot)
    found = read_search(file, SWEEP)
    with _Progress(found) as shown:
        result = run_sweep(found, Options(workers, journal, draw, seed, cluster=cluster), shown.reports)
    if plot is not None:
        from archcalc.render.search_plot import sweep_plot

        write_bytes(plot, sweep_plot(result, ending))
    if output_format == JSON:
        from archcalc.render.search_json import sweep_json

        emit(sweep_json(result), output)
    else:
        tables = [sweep_rows(result)] if output_format == CSV else sweep_tables(result)
        show_tables(tables, output_format, output, formulas=formulas)


def _check_one(workers: int, cluster: str | None) -> None:
    if workers > 1 and cluster is not None:
        raise click.UsageError("--workers are processes of this machine, --cluster has its own; expected one of them")


def _plot_format(plot: str | None) -> str:
    """Return the format of a plot before any work is done."""
    if plot is None:
        return ""
    from archcalc.render.search_plot import plot_format

    return plot_format(plot)


def _save(folder: str, specs: dict[str, str]) -> None:
    from archcalc.core.problem import OutputError

    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {folder}: {error.strerror}") from None
    for name, text in specs.items():
        write_text(os.path.join(folder, name), text)


class _Progress:
    """Prints the number of designs on standard error, then the progress on a terminal."""

    def __init__(self, search: SearchFile) -> None:
        self._name = search.name
        self._bar: Any = None
        self._shown: Any = None
        self._done = 0
        self.reports = Reports(self._counted, self._advanced, self._refused)

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._bar is not None:
            self._bar.__exit__(*raised)

    def _counted(self, combinations: int, designs: int) -> None:
        click.echo(f"{self._name}: {counted(combinations, 'combination')}, {counted(designs, 'design')}", err=True)
        if sys.stderr.isatty():
            self._bar = progress(designs)
            self._shown = self._bar.__enter__()
            self._shown.step(self._name, "designs")

    def _refused(self, message: str) -> None:
        click.echo(f"archcalc: {message}", err=True)

    def _advanced(self, designs: int) -> None:
        if self._shown is not None:
            self._shown.done(designs - self._done)
            self._done = designs
