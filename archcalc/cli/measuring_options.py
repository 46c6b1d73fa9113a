"""How something is to be measured: the options of profile and report, and what they come to."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import click

from archcalc.analysis.hardware import short_name
from archcalc.analysis.precision import PRECISIONS
from archcalc.cli.options import comma_separated
from archcalc.core.problem import UsageError, did_you_mean
from archcalc.measure.environment import require_device, require_torch
from archcalc.results.profile import INFERENCE, MODES, Setup

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.measure.profile.profiler import Profiler

OLDEST_TORCH = (2, 9)
DEVICE = "{device}"
"""Stands for the name of the device in that of a folder."""


def measuring_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What is run, where and how often: the fields of Measuring."""
    for option in (
        click.option("--mode", default=INFERENCE, show_default=True, metavar="inference,training", help="What to do."),
        click.option("--batch", default="1", show_default=True, metavar="1,8,32", help="Samples at once."),
        click.option("--dtype", default="fp32", show_default=True, metavar="fp32,tf32,fp16,bf16",
                     help="Number formats."),
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


@dataclass(frozen=True, slots=True)
class Measuring:
    """The options as they were given: several number formats, batches and modes with commas between them."""

    device: str
    compiled: bool
    channels_last: bool
    warmup: int
    runs: int | None
    seconds: float
    threads: int | None
    dtype: str
    batch: str
    mode: str

    def setups(self) -> list[Setup]:
        """Every combination; UsageError for what is no number format, batch or mode."""
        several = product(
            _chosen("--dtype", self.dtype, tuple(PRECISIONS)), _batches(self.batch), _chosen("--mode", self.mode, MODES)
        )
        return [Setup(self.device, *each, self.compiled, self.channels_last) for each in several]

    def require_device(self, purpose: str) -> None:
        """Unavailable, with what to do about it, unless there is a PyTorch that is new enough, and the device."""
        require_torch(purpose, OLDEST_TORCH)
        require_device(self.device)

    def folder(self, output: str) -> str:
        """Return a folder with the name of the device, such as h200, in place of `{device}`; `cpu` for every CPU."""
        from archcalc.measure.profile.surroundings import device_name

        if DEVICE not in output:
            return output
        name = "cpu" if self.device == "cpu" else short_name(device_name(self.device))
        return output.replace(DEVICE, name)

    def profiler(self) -> Profiler:
        """What measures so; imports PyTorch."""
        from archcalc.measure.profile.profiler import Profiler
        from archcalc.measure.profile.runs import Plan

        return Profiler(Plan(self.warmup, self.runs, self.seconds), self.threads)


def _chosen(option: str, text: str, known: Sequence[str]) -> tuple[str, ...]:
    """The names in a list with commas; UsageError for one that is not known."""
    names = comma_separated(text)
    for name in names or ("",):
        if name not in known:
            hint = did_you_mean(name, known)
            raise UsageError(f"{option} {name!r}; one of {', '.join(known)}" + (f" ({hint})" if hint else ""))
    return names


def _batches(text: str) -> tuple[int, ...]:
    """The numbers in a list with commas; UsageError for anything that is not a positive whole number."""
    parts = comma_separated(text)
    if not parts or not all(part.isascii() and part.isdigit() and int(part) for part in parts):
        raise UsageError(f"--batch {text!r}; positive whole numbers, such as 1,8")
    return tuple(int(part) for part in parts)
