"""archcalc report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archcalc.analysis.latency_fit import fits_json
from archcalc.api import analyze
from archcalc.cli.boundary import INTERRUPTED, PROBLEMS_FOUND
from archcalc.cli.measuring import Case, kept_profiles, measure
from archcalc.cli.measuring_options import Measuring, measuring_options
from archcalc.cli.options import bundled_names
from archcalc.core.printed import PrintedNumber
from archcalc.core.problem import Unavailable, UsageError
from archcalc.render.files import write_bytes
from archcalc.render.plot import require_matplotlib
from archcalc.render.report import report_files
from archcalc.spec.library import bundled_networks
from archcalc.spec.load import load_spec
from archcalc.view.latency_fit import latency_fits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archcalc.spec.load import Spec
    from archcalc.view.profile import Profile

PROFILES = "profiles"
"""The folder, in that of a report, with the profiles that it is made from."""
LATENCY = "latency.json"


@click.command(epilog="Example: archcalc report --device cuda --dtype tf32,bf16 --batch 1,8 --output reports/cuda")
@click.argument("specs", metavar="[SPEC...]", shell_complete=bundled_names, nargs=-1)
@measuring_options
@click.option("--largest", metavar="MACS", help="Leave out networks of more multiply-accumulates: 50G.")
@click.option("--minutes", type=click.FloatRange(min=0), help="Begin nothing new after so long; run again to go on.")
@click.option("--output", required=True, metavar="DIR", help="Write the report into DIR.")
@click.pass_context
def report(ctx: click.Context, /, specs: tuple[str, ...], largest: str | None, minutes: float | None, output: str,
           **asked: Any) -> None:  # fmt: skip
    """Profile networks, all bundled ones unless told, and report on them.

    Each profile is kept as soon as it is there, and what was measured in the same way before is not measured again: a
    report that was broken off goes on where it was. It speaks of all profiles in DIR.
    """
    measuring = Measuring(**asked)
    setups, most = measuring.setups(), None if largest is None else _count(largest)
    measuring.require_device("report")
    require_matplotlib()
    folder = Path(output)
    _check_kept(folder, measuring.device)
    networks = _networks(specs or [each.name for each in bundled_networks()], most)
    if not networks:
        raise UsageError(f"no network of at most {largest} multiply-accumulates")
    cases = [Case(spec, setup) for spec in networks for setup in setups]
    measured = measure(cases, measuring.profiler(), folder / PROFILES, resume=True, minutes=minutes)
    _write(folder, kept_profiles(folder / PROFILES), _command(ctx))
    click.echo(f"{folder / 'README.md'}: {len(measured.profiles)} of {len(cases)} measured", err=True)
    if measured.interrupted:
        ctx.exit(INTERRUPTED)
    if measured.failed:
        ctx.exit(PROBLEMS_FOUND)


def _check_kept(folder: Path, device: str) -> None:
    """UsageError, before anything is measured, for a folder of another device: a report speaks of one."""
    from archcalc.measure.profile.surroundings import device_name

    here = device_name(device)
    for each in kept_profiles(folder / PROFILES):
        measured_on = each.environment.get("device")
        if measured_on != here:
            raise UsageError(f"{folder} has profiles of {measured_on}, and this is {here}; another --output")


def _networks(names: Iterable[str], most: int | None) -> list[Spec]:
    """The specs, small ones first: what is broken off has seen the most networks."""
    found = [load_spec(name, {}, {}) for name in names]
    macs = {id(spec): analyze(spec).totals.macs for spec in found}
    return sorted((spec for spec in found if most is None or macs[id(spec)] <= most), key=lambda spec: macs[id(spec)])


def _count(text: str) -> int:
    try:
        found = PrintedNumber.parse(text)
    except ValueError:
        raise UsageError(f"--largest {text!r}; a count such as 50G") from None
    return int(found.digits * found.unit)


def _write(folder: Path, profiles: Sequence[Profile], command: str) -> None:
    if not profiles:
        raise Unavailable("nothing was measured, so there is nothing to report on")
    for name, content in report_files(profiles, command).items():
        write_bytes(str(folder / name), content)
    fits = latency_fits(profiles)
    if fits:
        write_bytes(str(folder / LATENCY), fits_json(fits).encode())


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
