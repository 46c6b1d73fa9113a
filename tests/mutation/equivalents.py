"""Mutants that change nothing, listed with the reason in equivalents.yaml, which is reviewed as code is."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

from tests.mutation.mutants import Mutant

LIST = Path(__file__).with_name("equivalents.yaml")


@lru_cache
def _listed() -> dict[tuple[str, str, str], str]:
    """The reason by module and the lines before and after the change."""
    groups = yaml.safe_load(LIST.read_text(encoding="utf-8")) or []
    return {
        (group["module"], " ".join(each["code"].split()), " ".join(after.split())): each["reason"]
        for group in groups
        for each in group["mutants"]
        for after in each["changed"]
    }


def reason(mutant: Mutant) -> str | None:
    """Return why a mutant changes nothing; None for one that should be killed."""
    before, after = mutant.changed()
    return _listed().get((mutant.path, " ".join(before.split()), after))


def stale(folder: Path) -> list[str]:
    """Return the entries whose line is no longer in their module."""
    lines = {module: _lines(folder / module) for module, _, _ in _listed()}
    return [f"{module}: {code}" for module, code, _ in _listed() if code not in lines[module]]


def _lines(path: Path) -> set[str]:
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return {" ".join(line.split()) for line in text.splitlines()}
