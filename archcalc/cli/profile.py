"""archcalc profile."""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archcalc.analysis.precision import PRECISIONS
from archcalc.cli.boundary import INTERRUPTED, PROBLEMS_FOUND
from archcalc.cli.measuring import Case, measure
from archcalc.cli.options import comma_separated, read_spec, spec_options, specs_argument
from archcalc.core.problem import UsageError, did_you_mean
from archcalc.measure.environment import require_device, require_torch
from archcalc.render.csv import csv_text
from archcalc.render.html import html_text
from archcalc.render.markdown import markdown_text
from archcalc.render.profile_json import profiles_json
from archcalc.render.terminal import console, print_table
from archcalc.view.profile import INFERENCE, MODES, Setup
from archcalc.view.profile_table import LAYER_COLUMNS, PROFILE_COLUMNS, profile_table, profiles_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.view.profile import Profile
    from archcalc.view.table import Table

OLDEST_TORCH = (2, 9)
TEXTS: dict[str, Callable[[Table], str]] = {"csv": csv_text, "markdown": markdown_text, "html": html_text}


def measuring_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How something is measured: device, layout, compilation, warm-up and runs."""
    for option in (
        click.option("--threads", type=click.IntRange(min=1), help="Threads of a CPU.  [default: PyTorch's]"),
        click.option("--seconds", type=click.FloatRange(min=0), default=10.0, show_default=True,
                     help="Run the network so long, and the layers as long again."),
        click.option("--runs", type=click.IntRange(min=1), help="Run so often in each of two rounds, however long."),
        click.option("--warmup", type=click.IntRange(min=0), default=3, show_default=True,
                     help="Runs that do not count, beforehand."),
        click.option("--channels-last", is_flag=True, help="Lay out tensors with the channels innermost."),
        click.option("--compile", "compiled", is_flag=True, help="Compile the network; layers are timed without."),
        click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True,
                     help="Where to run."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command(epilog="Example: archcalc profile c3d r2plus1d_18 --batch 1,8 --output profiles")
@specs_argument
@spec_options
@measuring_options
@click.option("--dtype", default="fp32", show_default=True, metavar="fp32,tf32,fp16,bf16", help="Number formats.")
@click.option("--batch", default="1", show_default=True, metavar="1,8,32", help="Samples at once.")
@click.option("--mode", default=INFERENCE, show_default=True, metavar="inference,training", help="What to do.")
@click.option("--slowest", type=click.IntRange(min=1), help="Show so many layers, the slowest first.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["terminal", "json", *TEXTS]),
    default="terminal",
    show_default=True,
    help="How to write the result.",
)
@click.option("--output", metavar="DIR", help="Keep each profile as JSON in DIR as soon as it is there.")
@click.option("--resume", is_flag=True, help="Take from DIR what was measured there in the same way before.")
@click.pass_context
def profile(ctx: click.Context, specs: tuple[str, ...], settings: tuple[str, ...], inputs: tuple[str, ...],
            dtype: str, batch: str, mode: str, device: str, compiled: bool, channels_last: bool, warmup: int,
            runs: int | None, seconds: float, threads: int | None, slowest: int | None, output_format: str,
            output: str | None, resume: bool) -> None:  # fmt: skip
    """Run SPEC on a device and hold its times and memory against the analytic numbers.

    The whole network and each layer by itself, beside the roofline: the least time that the arithmetic and the bytes of
    a layer take with the peaks that the device was seen to reach in the same run.
    """
    if resume and output is None:
        raise UsageError("--resume without --output DIR, where the earlier profiles lie")
    setups = [
        Setup(device, dtype, batch, mode, compiled, channels_last)
        for dtype, batch, mode in product(
            chosen("--dtype", dtype, tuple(PRECISIONS)), batches(batch), chosen("--mode", mode, MODES)
        )
    ]
    require_torch("profile", OLDEST_TORCH)
    require_device(device)
    cases = [Case(read_spec(spec, settings, inputs), setup) for spec in specs for setup in setups]
    from archcalc.measure.profile.profiler import Profiler
    from archcalc.measure.profile.runs import Plan

    profiler = Profiler(Plan(warmup, runs, seconds), threads)
    measured = measure(cases, profiler, None if output is None else Path(output), resume=resume)
    if measured.profiles:
        show(measured.profiles, output_format, slowest)
    if measured.interrupted:
        ctx.exit(INTERRUPTED)
    if measured.failed:
        ctx.exit(PROBLEMS_FOUND)


def show(found: Sequence[Profile], output_format: str, slowest: int | None) -> None:
    """The layers of a single profile, or several profiles side by side."""
    if output_format == "json":
        click.echo(profiles_json(found), nl=False)
    elif output_format == "terminal":
        print_table(profile_table(found[0], slowest) if len(found) == 1 else profiles_table(found), console(sys.stdout))
    else:
        click.echo(TEXTS[output_format](_wide(found, slowest)), nl=False)


def _wide(found: Sequence[Profile], slowest: int | None) -> Table:
    """The table with all columns."""
    if len(found) == 1:
        return profile_table(found[0], slowest, [column.key for column in LAYER_COLUMNS])
    return profiles_table(found, [column.key for column in PROFILE_COLUMNS])


def chosen(option: str, text: str, known: Sequence[str]) -> tuple[str, ...]:
    """The names in a list with commas; UsageError for one that is not known."""
    names = comma_separated(text)
    for name in names or ("",):
        if name not in known:
            hint = did_you_mean(name, known)
            raise UsageError(f"{option} {name!r}; one of {', '.join(known)}" + (f" ({hint})" if hint else ""))
    return names


def batches(text: str) -> tuple[int, ...]:
    """The numbers in a list with commas; UsageError for anything that is not a positive whole number."""
    parts = comma_separated(text)
    if not parts or not all(part.isascii() and part.isdigit() and int(part) for part in parts):
        raise UsageError(f"--batch {text!r}; positive whole numbers, such as 1,8")
    return tuple(int(part) for part in parts)
