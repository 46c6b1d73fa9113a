"""The mistakes that cosmic-ray can make in some modules."""

from __future__ import annotations

import re
from pathlib import Path

from cosmic_ray.commands.init import init
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec

UNLIKELY = re.compile(r"_(BitOr|BitXor|BitAnd|LShift|RShift|Pow|Is|IsNot)(_|$)")
"""Exchanges that nobody makes by mistake, and those of types in annotations, which never run."""
WITHOUT_EFFECT = re.compile(r"TYPE_CHECKING|lru_cache|@dataclass\(|strict=True")
"""Lines whose mistakes change no number: imports for types, sizes of caches, frozen and slots, a check of lengths."""


def mutants(paths: list[Path], database: Path) -> list[MutationSpec]:
    """Return every mistake that cosmic-ray can make in these modules, without the unlikely ones."""
    with use_db(str(database), WorkDB.Mode.create) as opened:
        init(paths, opened, {})
        specs = [spec for item in opened.work_items for spec in item.mutations]
    lines = {path: path.read_text(encoding="utf-8").splitlines() for path in paths}
    return [
        spec
        for spec in specs
        if not UNLIKELY.search(spec.operator_name)
        and not WITHOUT_EFFECT.search(lines[Path(spec.module_path)][spec.start_pos[0] - 1])
    ]


def modules(target: str) -> list[Path]:
    """Return the module itself, or all modules of a directory."""
    path = Path(target)
    return [path] if path.is_file() else sorted(path.rglob("*.py"))
