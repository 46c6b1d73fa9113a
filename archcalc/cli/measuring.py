"""Measures several cases one after the other and writes each result as soon as it is complete."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

import click

from archcalc.cli.progress import progress
from archcalc.core.problem import DeviceFailed, OutputError, Unavailable, UsageError
from archcalc.render.files import write_text
from archcalc.render.profile_json import profile_from, profiles_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from archcalc.measure.profile.profiler import Profiler
    from archcalc.results.profile import Profile, Setup
    from archcalc.spec.load import Spec


@dataclass(frozen=True, slots=True)
class Case:
    """A network and a setup to measure."""

    spec: Spec
    setup: Setup

    @property
    def file_name(self) -> str:
        """Return the file name of its profile in the output folder."""
        setup = self.setup
        more = "-compiled" * setup.compiled + "-channels_last" * setup.channels_last
        name = re.sub(r"[/\\:]|^\.", "_", self.spec.name)
        return f"{name}-{setup.dtype}-batch{setup.batch}-{setup.mode}{more}.json"


@dataclass
class Measured:
    """The profiles, the number of cases that failed, and whether the user interrupted the measurement."""

    profiles: list[Profile] = field(default_factory=list)
    failed: int = 0
    interrupted: bool = False


def measure(
    cases: Sequence[Case], profiler: Profiler, folder: Path | None, *, resume: bool, minutes: float | None = None
) -> Measured:
    """Profile each case and write it to a folder; with `resume`, reuse profiles measured in the same way.

    No case is started after `minutes` or after a failure of the device. A case that cannot be measured is reported on
    standard error and skipped.
    """
    found, start = Measured(), monotonic()
    try:
        with progress(len(cases)) as shown:
            for case in cases:
                if minutes is not None and monotonic() - start > 60 * minutes:
                    break
                setup = case.setup
                what = f"{case.spec.name}, {setup.dtype}, batch {setup.batch}, {setup.mode}"
                profiler.tell = partial(shown.step, what)
                try:
                    found.profiles.append(_profile(case, profiler, folder, resume=resume))
                except DeviceFailed as error:
                    found.failed += 1
                    click.echo(f"archcalc: {what}: {error}; measurement stopped, run the command again", err=True)
                    break
                except Unavailable as error:
                    found.failed += 1
                    click.echo(f"archcalc: {what}: {error}", err=True)
                shown.done()
    except KeyboardInterrupt:
        found.interrupted = True
        click.echo(f"archcalc: interrupted; {len(found.profiles)} of {len(cases)} measured", err=True)
    return found


def _profile(case: Case, profiler: Profiler, folder: Path | None, *, resume: bool) -> Profile:
    place = None if folder is None else folder / case.file_name
    if place and resume and (kept := _kept(place, profiler.fingerprint(case.spec, case.setup))):
        return kept
    done = profiler.profile(case.spec, case.setup)
    if place:
        _keep(place, done)
    return done


def kept_profiles(folder: Path) -> list[Profile]:
    """Return all profiles in a folder."""
    return [profile_from(each.read_text(), str(each)) for each in sorted(folder.glob("*.json"))]


def check_device(profiles: Sequence[Profile], device: str, folder: Path) -> None:
    """Raise UsageError if any profile was measured on a device other than `device`."""
    from archcalc.measure.profile.environment import device_name

    here = device_name(device)
    for each in profiles:
        measured_on = each.environment.get("device")
        if measured_on != here:
            raise UsageError(f"{folder} has profiles of {measured_on}, and this is {here}; expected another --output")


def check_cases(cases: Sequence[Case], folder: Path) -> None:
    """Raise UsageError if a case would replace a profile that was measured on another device."""
    for case in cases:
        check_device(_readable(folder / case.file_name), case.setup.device, folder)


def _readable(place: Path) -> list[Profile]:
    """Return the profile in a file; an empty list if there is no file or no profile in it."""
    try:
        return [profile_from(place.read_text(), str(place))] if place.is_file() else []
    except (OSError, UnicodeError, UsageError):
        return []


def _kept(place: Path, fingerprint: str) -> Profile | None:
    """Return the profile in a file if it was measured in the same way, otherwise None."""
    if not place.is_file():
        return None
    found = profile_from(place.read_text(), str(place))
    return found if found.fingerprint == fingerprint else None


def _keep(place: Path, done: Profile) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {place.parent}: {error.strerror}") from None
    write_text(str(place), profiles_json([done]))
