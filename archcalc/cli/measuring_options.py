"""The options of `profile` and `report`, which say what is measured and how."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import click

from archcalc.analysis.hardware import short_name
from archcalc.analysis.precision import PRECISIONS
from archcalc.cli.options import comma_separated
from archcalc.core.problem import UsageError, did_you_mean
from archcalc.measure.requirements import require_device, require_torch
from archcalc.results.profile import INFERENCE, MODES, Setup

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.measure.profile.profiler import Profiler

OLDEST_TORCH = (2, 9)
DEVICE = "{device}"
"""Replaced by the name of the device in the name of a folder."""


def measuring_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options whose values are the fields of Measuring."""
    for option in (
        click.option("--mode", default=INFERENCE, show_default=True, metavar="inference,training",
                     help="Modes of operation."),
        click.option("--batch", default="1", show_default=True, metavar="1,8,32", help="Batch sizes."),
        click.option("--dtype", default="fp32", show_default=True, metavar="fp32,tf32,fp16,bf16",
                     help="Number formats."),
        click.option("--threads", type=click.IntRange(min=1),
                     help="CPU threads.  [default: the default of PyTorch]"),
        click.option("--seconds", type=click.FloatRange(min=0), default=10.0, show_default=True,
                     help="Time for the runs of the network, and the same time for the runs of the layers."),
        click.option("--runs", type=click.IntRange(min=1),
                     help="Number of runs in each of two rounds, instead of --seconds."),
        click.option("--warmup", type=click.IntRange(min=0), default=3, show_default=True,
                     help="Warm-up runs, which do not count."),
        click.option("--channels-last", is_flag=True,
                     help="Use PyTorch's channels-last memory format."),
        click.option("--compile", "compiled", is_flag=True,
                     help="Compile the network with torch.compile; single layers are measured without."),
        click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True,
                     help="Device to run on."),
    ):  # fmt: skip
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Measuring:
    """The values of the options; `dtype`, `batch` and `mode` are comma-separated lists."""

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
        """Return every combination; raise UsageError for an unknown number format, batch or mode."""
        several = product(
            _chosen("--dtype", self.dtype, tuple(PRECISIONS)), _batches(self.batch), _chosen("--mode", self.mode, MODES)
        )
        return [Setup(self.device, *each, self.compiled, self.channels_last) for each in several]

    def require_device(self, purpose: str) -> None:
        """Raise Unavailable, with advice, if PyTorch is missing or too old, or if there is no such device."""
        require_torch(purpose, OLDEST_TORCH)
        require_device(self.device)

    def folder(self, output: str) -> str:
        """Return a folder with the name of the device, such as h200, in place of `{device}`; `cpu` for every CPU."""
        from archcalc.measure.profile.environment import device_name

        if DEVICE not in output:
            return output
        name = "cpu" if self.device == "cpu" else short_name(device_name(self.device))
        return output.replace(DEVICE, name)

    def profiler(self) -> Profiler:
        """Return a profiler with these options; imports PyTorch."""
        from archcalc.measure.profile.profiler import Profiler
        from archcalc.measure.profile.runs import Plan

        return Profiler(Plan(self.warmup, self.runs, self.seconds), self.threads)


def _chosen(option: str, text: str, known: Sequence[str]) -> tuple[str, ...]:
    """Return the names in a comma-separated list; raise UsageError for an unknown one."""
    names = comma_separated(text)
    for name in names or ("",):
        if name not in known:
            hint = did_you_mean(name, known)
            raise UsageError(f"{option} {name!r}; expected one of {', '.join(known)}" + (f" ({hint})" if hint else ""))
    return names


def _batches(text: str) -> tuple[int, ...]:
    """Return the numbers in a comma-separated list; raise UsageError if one is not a positive integer."""
    parts = comma_separated(text)
    if not parts or not all(part.isascii() and part.isdigit() and int(part) for part in parts):
        raise UsageError(f"--batch {text!r}; expected positive integers, such as 1,8")
    return tuple(int(part) for part in parts)
