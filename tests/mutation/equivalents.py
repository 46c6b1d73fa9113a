"""Mutants that change nothing, listed with the reason in equivalents.yaml, which is reviewed as code is.

An entry has a line of code and either `changed`, the whole line after the change, or `part`, the part of the line in
which no change has an effect. For what holds wherever something is written, a `fragment` of lines and what it is
`changed` to; entries of a directory are for all of its modules.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml

from tests.mutation.mutants import Mutant

LIST = Path(__file__).with_name("equivalents.yaml")


class Equivalent(NamedTuple):
    """One entry of the list."""

    module: str
    code: str
    changed: str
    part: str
    fragment: str
    reason: str

    def holds(self, mutant: Mutant) -> bool:
        """Return whether it describes a mutant."""
        if not Path(mutant.path).is_relative_to(self.module):
            return False
        before, after = map(_plain, mutant.changed())
        if self.fragment:
            found = re.finditer(re.escape(self.fragment), before)
            return any(before[: each.start()] + self.changed + before[each.end() :] == after for each in found)
        if before != self.code or not self.part:
            return (before, after) == (self.code, self.changed)
        head, _, tail = self.code.partition(self.part)
        return after.startswith(head) and after.endswith(tail) and len(after) >= len(head) + len(tail)


def _plain(text: str) -> str:
    return " ".join(text.split())


@lru_cache
def listed() -> list[Equivalent]:
    """Return all entries."""
    groups = yaml.safe_load(LIST.read_text(encoding="utf-8")) or {}
    return [
        Equivalent(module, *(_plain(each.get(key, "")) for key in Equivalent._fields[1:]))
        for module, entries in groups.items()
        for each in entries
    ]


def reason(mutant: Mutant) -> str | None:
    """Return why a mutant changes nothing; None for one that should be killed."""
    return next((each.reason for each in listed() if each.holds(mutant)), None)


def stale(folder: Path) -> list[str]:
    """Return the entries whose line or fragment is no longer there, or that name a part that is not in the line."""
    lines = {each.module: _lines(folder / each.module) for each in listed()}
    return [f"{each.module}: {each.fragment or each.code}" for each in listed() if _is_stale(each, lines[each.module])]


def _is_stale(each: Equivalent, lines: set[str]) -> bool:
    if each.fragment:
        return not each.changed or not any(each.fragment in line for line in lines)
    return each.code not in lines or each.part not in each.code or not (each.part or each.changed)


def _lines(path: Path) -> set[str]:
    files = path.rglob("*.py") if path.is_dir() else [path] if path.exists() else []
    return {_plain(line) for each in files for line in each.read_text(encoding="utf-8").splitlines()}
