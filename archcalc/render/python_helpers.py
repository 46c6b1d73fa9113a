"""The definitions that written networks need beside torch.nn, each with what it needs itself."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

HELPERS = "network_helpers.py.txt"


@dataclass(frozen=True, slots=True)
class Helpers:
    """Definitions by name, in their order, and modules by the name that is imported from them."""

    definitions: dict[str, str]
    imports: dict[str, str]


@cache
def helpers() -> Helpers:
    """What the file of helpers defines and imports."""
    text = files("archcalc.render").joinpath(HELPERS).read_text(encoding="utf-8")
    tree = ast.parse(text)
    definitions = {
        node.name: ast.get_source_segment(text, node) or ""
        for node in tree.body
        if isinstance(node, (ast.ClassDef, ast.FunctionDef))
    }
    imports = {
        alias.name: node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    return Helpers(definitions, {"OrderedDict": "collections", **imports})


def helper_names() -> frozenset[str]:
    """Names that a written network uses for something of its own accord."""
    known = helpers()
    return frozenset((*known.definitions, *known.imports))


def helpers_for(text: str) -> list[str]:
    """The definitions that a text uses, and those that they use, in their order."""
    known = helpers().definitions
    wanted: set[str] = set()
    texts = [text]
    while texts:
        new = names_in(texts.pop()).intersection(known) - wanted
        wanted |= new
        texts += [known[name] for name in new]
    return [definition for name, definition in known.items() if name in wanted]


def import_lines(text: str) -> list[str]:
    """The imports that a text needs; it always needs torch."""
    used = names_in(text)
    modules: dict[str, list[str]] = {}
    for name, module in helpers().imports.items():
        if name in used:
            modules.setdefault(module, []).append(name)
    of_python = [_import(module, modules[module]) for module in sorted(modules) if not module.startswith("torch")]
    of_torch = [_import(module, modules[module]) for module in sorted(modules) if module.startswith("torch")]
    return [*of_python, *([""] if of_python else []), "import torch", *of_torch]


def _import(module: str, names: list[str]) -> str:
    return f"from {module} import {', '.join(sorted(names, key=_by_kind))}"


def _by_kind(name: str) -> tuple[bool, str]:
    """Classes come before what has a small first letter."""
    return name[0].islower(), name


def names_in(text: str) -> set[str]:
    """Names that a text uses, those in annotations that are texts too."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name):
            found.add(node.id)
    return found
