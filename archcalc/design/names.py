"""Names in the formulas of plain data."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from archcalc.spec.formula import Formula, FormulaError, Template, compile_text
from archcalc.spec.text import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archcalc.spec.text import Node


def formula_names(nodes: Iterable[Node]) -> set[str]:
    """Return all names in formulas; an axis of an input, such as clip.T, as a whole and as the name of the input."""
    return {name for node in nodes for name in _of_node(node)}


def _of_node(node: Node) -> Iterator[str]:
    if isinstance(node, Scalar):
        yield from _of_text(node.value) if isinstance(node.value, str) else ()
    elif isinstance(node, Mapping):
        for _, value in node.entries:
            yield from _of_node(value)
    else:
        for item in node.items:
            yield from _of_node(item)


def _of_text(text: str) -> Iterator[str]:
    try:
        compiled = compile_text(text)
    except FormulaError:
        return
    for part in compiled.parts if isinstance(compiled, Template) else (compiled,):
        if isinstance(part, Formula):
            for each in ast.walk(part.tree):
                if isinstance(each, ast.Name):
                    yield each.id
                elif isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name):
                    yield f"{each.value.id}.{each.attr}"
