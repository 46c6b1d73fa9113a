"""What a measurement depends on beside the network: device, driver, versions, settings, clocks, revision, date."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import torch

from archcalc._version import __version__

SECONDS = 10
"""How long another program may take to answer."""
CPU_FACTS = Path("/proc/cpuinfo")


def environment(device: str) -> dict[str, object]:
    """Everything that can be read; None for what cannot."""
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
    """The name of a GPU, or of the processor."""
    return str(torch.cuda.get_device_name()) if device == "cuda" else cpu_name()


def system_name() -> str:
    """System, version and processor family, without the name of somebody's build: `Linux 6.18 x86_64`."""
    version = ".".join(platform.release().split(".")[:2])
    return f"{platform.system()} {version} {platform.machine()}"


def cpu_name() -> str:
    """The processor as its system names it."""
    if CPU_FACTS.exists():
        for line in CPU_FACTS.read_text(errors="replace").splitlines():
            what, _, name = line.partition(":")
            if what.strip() == "model name":
                return name.strip()
    return platform.processor() or platform.machine()


def _load() -> float | None:
    """How many programs wanted to run in the last minute, before measuring began."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def _cuda() -> dict[str, object]:
    asked = ("driver_version", "clocks.sm", "clocks.mem", "clocks.max.sm", "power.limit")
    index = str(torch.cuda.current_device())
    answer = _said("nvidia-smi", "-i", index, f"--query-gpu={','.join(asked)}", "--format=csv,noheader")
    told = [each.strip() for each in answer.split(",")] if answer else []
    facts = dict(zip(asked, told, strict=True)) if len(told) == len(asked) else dict.fromkeys(asked)
    return {
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),  # type: ignore[no-untyped-call]
        "cudnn_benchmark": torch.backends.cudnn.benchmark,
        "capability": ".".join(map(str, torch.cuda.get_device_capability())),
        "memory_bytes": torch.cuda.get_device_properties(0).total_memory,
        **facts,
    }


def _revision() -> str | None:
    """The commit of the checkout that archcalc lies in, marked where files differ from it; None outside of one."""
    here = str(Path(__file__).parent)
    commit = _said("git", "-C", here, "rev-parse", "--short=12", "HEAD")
    if commit is None or _said("git", "-C", here, "ls-files", "--error-unmatch", __file__) is None:
        return None
    changed = _said("git", "-C", here, "status", "--porcelain", "--untracked-files=no")
    return f"{commit}, changed" if changed else commit


def _said(*command: str) -> str | None:
    """What a program printed; None when there is no such program or it failed."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
