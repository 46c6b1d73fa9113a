"""The conditions of a measurement: device, driver, versions, settings, revision, date."""

from __future__ import annotations

import os
import platform
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from archcalc._version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SECONDS = 10
"""How long another program may take to answer."""
CPU_FACTS = Path("/proc/cpuinfo")


def environment(device: str) -> dict[str, object]:
    """Return device, versions, settings and date by name; None for what cannot be read."""
    return {
        "device": device_name(device),
        "archcalc": __version__,
        "git": _revision(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "os": system_name(),
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "load": _load(),
        **(_cuda() if device == "cuda" else {}),
    }


def device_name(device: str) -> str:
    """Return the name of a GPU, or of the processor."""
    return str(torch.cuda.get_device_name()) if device == "cuda" else cpu_name()


def system_name() -> str:
    """System, version and processor family, without the name of somebody's build: `Linux 6.18 x86_64`."""
    version = ".".join(platform.release().split(".")[:2])
    return f"{platform.system()} {version} {platform.machine()}"


def cpu_name() -> str:
    """Return the processor as the system names it."""
    if CPU_FACTS.exists():
        for line in CPU_FACTS.read_text(errors="replace").splitlines():
            what, _, name = line.partition(":")
            if what.strip() == "model name":
                return name.strip()
    return platform.processor() or platform.machine()


def _load() -> float | None:
    """Return the mean number of programs that were ready to run in the last minute, before measuring began."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


STEADY = ("driver_version", "clocks.max.sm", "power.limit")
LOADED = ("clocks.sm", "clocks.mem", "power.draw", "temperature.gpu")
REASONS = ("clocks_event_reasons.active", "clocks_throttle_reasons.active")
"""The name of a newer driver, and that of an older one."""


def while_running(device: str, run: Callable[[], object]) -> dict[str, object]:
    """Return clocks, power, temperature and throttling reasons while a GPU is busy; nothing for a CPU.

    An idle GPU lowers its clocks within seconds, so it is kept busy until the driver has answered.
    """
    if device != "cuda":
        return {}
    with ThreadPoolExecutor(1) as other:
        answer = other.submit(_loaded, _gpu())
        while not answer.done():
            run()
            torch.cuda.synchronize()
        return answer.result()


def _loaded(gpu: str) -> dict[str, object]:
    facts = _queried(gpu, LOADED)
    reasons = (_queried(gpu, (name,))[name] for name in REASONS)
    return {**facts, REASONS[0]: next((each for each in reasons if each is not None), None)}


def _cuda() -> dict[str, object]:
    return {
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),  # type: ignore[no-untyped-call]
        "cudnn_benchmark": torch.backends.cudnn.benchmark,
        "capability": ".".join(map(str, torch.cuda.get_device_capability())),
        "memory_bytes": torch.cuda.get_device_properties(torch.cuda.current_device()).total_memory,
        **_steady(_gpu()),
    }


@cache
def _steady(gpu: str) -> dict[str, object]:
    return _queried(gpu, STEADY)


def _queried(gpu: str, asked: Sequence[str]) -> dict[str, object]:
    """Return what the driver reports about the current GPU; None for unknown values."""
    query = f"--query-gpu={','.join(asked)}"
    answer = _answer("nvidia-smi", "-i", gpu, query, "--format=csv,noheader")
    parts = [each.strip() for each in answer.split(",")] if answer else []
    if len(parts) != len(asked):
        return dict.fromkeys(asked)
    return {name: None if value.startswith("[") else value for name, value in zip(asked, parts, strict=True)}


def _gpu() -> str:
    """Return the identifier that the driver has for the current GPU: PyTorch counts only those that it may use."""
    device = torch.cuda.current_device()
    uuid = getattr(torch.cuda.get_device_properties(device), "uuid", None)
    return str(device) if uuid is None else f"GPU-{str(uuid).removeprefix('GPU-')}"


@cache
def _revision() -> str | None:
    """Return the commit of the checkout that contains archcalc, marked if files differ; None without a checkout."""
    here = str(Path(__file__).parent)
    commit = _answer("git", "-C", here, "rev-parse", "--short=12", "HEAD")
    if commit is None or _answer("git", "-C", here, "ls-files", "--error-unmatch", __file__) is None:
        return None
    changed = _answer("git", "-C", here, "status", "--porcelain", "--untracked-files=no")
    return f"{commit}, changed" if changed else commit


def _answer(*command: str) -> str | None:
    """Return what a program printed; None if there is no such program or it failed."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
