"""Whether a network fits into the memory of the host, asked beforehand: a host that runs out kills programs instead."""

from __future__ import annotations

from pathlib import Path

MEMORY = Path("/proc/meminfo")
LIMIT, USED = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
KIBI = 1024
SPARE = 1.5
"""Of what a network is predicted to need: kernels take room to work in, and the host has other programs."""


def require_room(device: str, needed: int) -> None:
    """Raise MemoryError if a CPU has fewer bytes of free memory; a GPU raises an error itself."""
    free = None if device == "cuda" else free_bytes()
    if free is not None and needed * SPARE > free:
        raise MemoryError(f"{needed} bytes needed and some to spare, {free} free")


def free_bytes() -> int | None:
    """Bytes that a program can still take, its control group's limit observed; None on a system that does not tell."""
    known = [each for each in (_available(), _left_in_group()) if each is not None]
    return min(known, default=None)


def _available() -> int | None:
    if not MEMORY.exists():
        return None
    facts = dict(line.split(":", 1) for line in MEMORY.read_text().splitlines() if ":" in line)
    found = facts.get("MemAvailable")
    return None if found is None else int(found.split()[0]) * KIBI


def _left_in_group() -> int | None:
    if not LIMIT.exists() or not USED.exists():
        return None
    limit = LIMIT.read_text().strip()
    return int(limit) - int(USED.read_text()) if limit.isdigit() else None
