"""The command `archcalc report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archcalc.api import analyze
from archcalc.cli.boundary import INTERRUPTED, PROBLEMS_FOUND
from archcalc.cli.measuring import Case, check_device, kept_profiles, measure
from archcalc.cli.measuring_options import Measuring, measuring_options
from archcalc.cli.options import bundled_names, read_written_spec
from archcalc.core.messages import counted
from archcalc.core.problem import Unavailable, UsageError
from archcalc.core.published_value import RoundedValue
from archcalc.render.files import write_bytes
from archcalc.render.plot import require_matplotlib
from archcalc.render.report import report_files
from archcalc.report.pairs import measured_first
from archcalc.results.profile import TRAINING
from archcalc.spec.library import bundled_networks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archcalc.results.profile import Profile, Setup
    from archcalc.spec.load import Spec

PROFILES = "profiles"
"""The folder, in that of a report, with the profiles that it is made from."""


@click.command(epilog="Example: archcalc report --device cuda --dtype bf16,tf32 --batch 8,1 --output reports/{device}")
@click.argument("specs", metavar="[SPEC...]", shell_complete=bundled_names, nargs=-1)
@measuring_options
@click.option("--largest", metavar="MACS", help="Skip networks with more multiply-accumulates: 50G.")
@click.option(
    "--minutes",
    type=click.FloatRange(min=0),
    help="Start no measurement after this time; run the command again to continue.",
)
@click.option("--only-write", is_flag=True, help="Measure nothing; write the report from the profiles in DIR.")
@click.option(
    "--output",
    required=True,
    metavar="DIR",
    help="Write the report to DIR; {device} is replaced by the name of the device.",
)
@click.pass_context
def report(ctx: click.Context, /, specs: tuple[str, ...], largest: str | None, minutes: float | None,
           only_write: bool, output: str, **asked: Any) -> None:  # fmt: skip
    """Profile networks (by default all bundled networks) and write a report.

    Measures one setup after the other, inference and large batches first, and in each setup the most informative
    networks first, so that an interrupted report is useful too. Each profile is written as soon as it is complete and
    is not measured again. The report includes all profiles in DIR. --only-write needs neither a device nor PyTorch.
    """
    measuring = Measuring(**asked)
    setups, most = in_order(measuring.setups()), None if largest is None else _count(largest)
    require_matplotlib()
    if only_write:
        _only_write(Path(output), specs, _command(ctx))
        return
    measuring.require_device("report")
    folder = Path(measuring.folder(output))
    check_device(kept_profiles(folder / PROFILES), measuring.device, folder)
    networks = _networks(specs or [each.name for each in bundled_networks()], most)
    if not networks:
        raise UsageError(f"no network of at most {largest} multiply-accumulates")
    cases = [Case(spec, setup) for setup in setups for spec in networks]
    measured = measure(cases, measuring.profiler(), folder / PROFILES, resume=True, minutes=minutes)
    _write(folder, kept_profiles(folder / PROFILES), _command(ctx))
    click.echo(f"{folder / 'README.md'}: {len(measured.profiles)} of {len(cases)} measured", err=True)
    if measured.interrupted:
        ctx.exit(INTERRUPTED)
    if measured.failed:
        ctx.exit(PROBLEMS_FOUND)


def in_order(setups: Iterable[Setup]) -> list[Setup]:
    """Return setups with inference before training and large batches, which say more about kernels, before small."""
    return sorted(setups, key=lambda setup: (setup.mode == TRAINING, -setup.batch))


def _only_write(folder: Path, specs: Sequence[str], command: str) -> None:
    if specs:
        raise UsageError("--only-write with SPEC; expected no SPEC, because it reports on all profiles in the folder")
    if not (folder / PROFILES).is_dir():
        raise UsageError(f"no folder {folder / PROFILES}; expected --output DIR with profiles")
    profiles = kept_profiles(folder / PROFILES)
    _write(folder, profiles, command)
    click.echo(f"{folder / 'README.md'}: {counted(len(profiles), 'profile')}", err=True)


def _networks(names: Iterable[str], most: int | None) -> list[Spec]:
    """The specs: the most telling ones, then the others from small to large."""
    found = [read_written_spec(name, (), ()) for name in names]
    macs = {id(spec): analyze(spec).totals.macs for spec in found}
    some = sorted((each for each in found if most is None or macs[id(each)] <= most), key=lambda each: macs[id(each)])
    return sorted(some, key=lambda spec: _place(spec.name))


def _place(name: str) -> int:
    first = measured_first()
    return first.index(name) if name in first else len(first)


def _count(text: str) -> int:
    try:
        found = RoundedValue.parse(text)
    except ValueError:
        raise UsageError(f"--largest {text!r}; expected a count such as 50G") from None
    return int(found.digits * found.unit)


def _write(folder: Path, profiles: Sequence[Profile], command: str) -> None:
    if not profiles:
        raise Unavailable("nothing was measured, so no report was written")
    for name, content in report_files(profiles, command).items():
        write_bytes(str(folder / name), content)


def _command(ctx: click.Context) -> str:
    """The command as it was given, without what is as it always is."""
    given = []
    for param in ctx.command.params:
        value = ctx.params.get(param.name or "")
        if isinstance(param, click.Argument):
            given += list(value or ())
        elif value != param.get_default(ctx) and value is not None:
            given += [param.opts[-1]] if value is True else [param.opts[-1], str(value)]
    return " ".join(("archcalc report", *given))
