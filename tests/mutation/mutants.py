"""The mutants that cosmic-ray can make of some modules, without those that change nothing that a test could see."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from functools import lru_cache
from pathlib import Path

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec

UNLIKELY = re.compile(
    r"_(?!BitOr|BitAnd|BitXor|LShift|RShift|Pow)\w+_(BitOr|BitXor|BitAnd|LShift|RShift|Pow)$"
    r"|ComparisonOperator_(?!Is_IsNot$|IsNot_Is$)(Is|IsNot)_|_(?!Is_IsNot$|IsNot_Is$)\w+_(Is|IsNot)$"
)
"""Exchanges that nobody makes by mistake: an addition for a shift, `==` for `is`."""
WITHOUT_EFFECT = re.compile(
    r"TYPE_CHECKING|strict=True|@(lru_cache|cache$|abstractmethod)|^\w+ = [\w\[\], ]+ \| [\w\[\], |]+$"
)
"""Lines whose mutants change no number: imports and names of types, checks of lengths, caches, abstract methods."""


@dataclass(frozen=True)
class Mutant:
    """A module with one mistake: where the statement with the mistake is, and its text."""

    path: str
    lines: range
    code: str

    def difference(self) -> str:
        """Return the mistake as a difference of texts."""
        before, after = (text.splitlines(keepends=True) for text in (_text(Path(self.path)), self.code))
        return "".join(unified_diff(before, after, self.path, self.path, n=1))

    def changed(self) -> tuple[str, str]:
        """Return the lines with the mistake before and after it, without the space around them."""
        pairs = zip(_text(Path(self.path)).splitlines(), self.code.splitlines(), strict=False)
        found = [(one.strip(), other.strip()) for one, other in pairs if one != other]
        return " ".join(one for one, _ in found), " ".join(" ".join(other.split()) for _, other in found)


@lru_cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def specs_of(paths: list[Path], database: Path) -> list[MutationSpec]:
    """Return what cosmic-ray can change in these modules, without what has no effect."""
    with use_db(str(database), WorkDB.Mode.create) as opened:
        init(paths, opened, {})
        found = [spec for item in opened.work_items for spec in item.mutations]
    return [spec for spec in found if not UNLIKELY.search(spec.operator_name) and not without_effect(spec)]


def without_effect(spec: MutationSpec) -> bool:
    """Return whether a change concerns types, caches, generated methods or the budget of work."""
    path, place = Path(spec.module_path), spec.start_pos
    line = _text(path).splitlines()[place[0] - 1]
    if WITHOUT_EFFECT.search(line.strip()) or line[place[1] :].startswith("*, "):
        return True
    return any(start <= place < end for start, end in _ineffective(path))


@lru_cache
def _ineffective(path: Path) -> tuple[tuple[tuple[int, int], tuple[int, int]], ...]:
    """Return where types, protocols, arguments of `dataclass` and work announced to the budget are written."""
    return tuple(
        ((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0))
        for node in _ineffective_nodes(ast.parse(_text(path)))
    )


def _ineffective_nodes(tree: ast.Module) -> Iterator[ast.expr | ast.ClassDef]:
    for node in ast.walk(tree):
        match node:
            case ast.arg(annotation=ast.expr() as found) | ast.AnnAssign(annotation=found):
                yield found
            case ast.FunctionDef(returns=ast.expr() as found):
                yield found
            case ast.Call(func=ast.Name(id="dataclass" | "spend" | "ContextVar" | "TypeVar")):
                yield node
            case ast.ClassDef(bases=[ast.Name(id="Protocol")]):
                yield node


def mutant(spec: MutationSpec) -> Mutant | None:
    """Make one change; None where it leaves the text as it is, or as no Python."""
    path = Path(spec.module_path)
    operator = get_operator(spec.operator_name)(**dict(spec.operator_args))
    changed = mutate_code(_text(path), operator, spec.occurrence)
    if changed is None or changed == _text(path) or not _is_python(changed):
        return None
    return Mutant(str(path), statement(path, spec.start_pos[0]), changed)


def _is_python(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "", "exec")
        except SyntaxError:
            return False
    return True


def statement(path: Path, line: int) -> range:
    """Return the lines of the innermost statement around a line, of a compound one those of its head."""
    return min((each for each in _statements(path) if line in each), key=len, default=range(line, line + 1))


@lru_cache
def _statements(path: Path) -> tuple[range, ...]:
    found: list[range] = []
    for node in ast.walk(ast.parse(_text(path))):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            end = body[0].lineno if body else (node.end_lineno or node.lineno) + 1
            found.append(range(node.lineno, max(end, node.lineno + 1)))
    return tuple(found)


def modules(target: str) -> list[Path]:
    """Return the module itself, or all modules of a directory."""
    path = Path(target)
    return [path] if path.is_file() else sorted(path.rglob("*.py"))
