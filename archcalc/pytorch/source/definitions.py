"""The definitions that written networks need in addition to torch.nn: the source of archcalc.pytorch.modules."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from archcalc.pytorch.module_files import FILES, PACKAGE


@dataclass(frozen=True, slots=True)
class Definitions:
    """Definitions by name, in an order in which each follows those that it uses; and imports by what is imported."""

    texts: dict[str, str]
    imports: dict[str, str]


@cache
def definitions() -> Definitions:
    """Return what archcalc.pytorch.modules defines and imports, read from its source."""
    texts: dict[str, str] = {}
    imports = {"OrderedDict": "collections", "reduce": "functools"}
    for name in FILES:
        text = files(PACKAGE).joinpath(f"{name}.py").read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
                texts[node.name] = ast.get_source_segment(text, node) or ""
            elif isinstance(node, ast.ImportFrom) and node.module and not node.module.startswith("archcalc"):
                imports |= dict.fromkeys((alias.name for alias in node.names), node.module)
    return Definitions(texts, imports)


def defined_names() -> frozenset[str]:
    """Return the names that a written network may use without defining them."""
    known = definitions()
    return frozenset((*known.texts, *known.imports))


def definitions_for(text: str) -> list[str]:
    """Return the definitions that a text uses, and those that these use, in their order."""
    known = definitions().texts
    wanted: set[str] = set()
    texts = [text]
    while texts:
        new = names_in(texts.pop()).intersection(known) - wanted
        wanted |= new
        texts += [known[name] for name in new]
    return [definition for name, definition in known.items() if name in wanted]


def import_lines(text: str) -> list[str]:
    """Return the imports that a text needs; torch is always imported."""
    used = names_in(text)
    modules: dict[str, list[str]] = {}
    for name, module in definitions().imports.items():
        if name in used:
            modules.setdefault(module, []).append(name)
    of_python = [_import(module, modules[module]) for module in sorted(modules) if not module.startswith("torch")]
    of_torch = [_import(module, modules[module]) for module in sorted(modules) if module.startswith("torch")]
    return [*of_python, *([""] if of_python else []), "import torch", *of_torch]


def _import(module: str, names: list[str]) -> str:
    return f"from {module} import {', '.join(sorted(names, key=_by_kind))}"


def _by_kind(name: str) -> tuple[bool, str]:
    """Return the key that sorts classes before functions and modules."""
    return name[0].islower(), name


def names_in(text: str) -> set[str]:
    """Return the names that a text uses."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name):
            found.add(node.id)
    return found
