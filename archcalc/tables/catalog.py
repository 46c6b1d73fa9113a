"""The operators as tables: all of them, and one."""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING

from archcalc.ops import OPS
from archcalc.spec.bind import Field, operator_fields, other_axis_field
from archcalc.spec.structure_pages import STRUCTURES, StructurePage
from archcalc.tables.table import TEXT, Column, Table

if TYPE_CHECKING:
    from archcalc.ops.base import Operator


PAGE_WIDTH = 116
"""Characters of the longest line of a docstring inside a class."""


def operators_table() -> Table:
    """Every operator and structure with its arguments and what it does."""
    columns = (
        Column("name", "operator", TEXT),
        Column("arguments", "arguments", TEXT),
        Column("meaning", "meaning", TEXT),
    )
    rows = [(name, ", ".join(operator_fields(operator)), _meaning(operator)) for name, operator in OPS.items()]
    rows += [(name, ", ".join(key.name for key in each.keys), _first_line(each)) for name, each in STRUCTURES.items()]
    return Table("operators, and structures of the language", (), columns, tuple(rows))


def operator_table(name: str) -> Table:
    """One operator: its page, and its arguments with their types and defaults."""
    columns = (
        Column("argument", "argument", TEXT),
        Column("default", "default", TEXT),
        Column("takes", "takes", TEXT),
    )
    fields, other = [*operator_fields(OPS[name]).values()], other_axis_field(OPS[name])
    fields += [other] if other else []
    rows = tuple((_names(each), _default(each), each.argument.expects) for each in fields)
    return Table(name, unwrapped(operator_page(OPS[name])), columns, rows)


def structure_table(name: str) -> Table:
    """One structure of the language: its page, and its keys."""
    columns = (Column("key", "key", TEXT), Column("default", "default", TEXT), Column("takes", "takes", TEXT))
    found = STRUCTURES[name]
    return Table(name, unwrapped(found.page), columns, tuple(tuple(key) for key in found.keys))


def unwrapped(page: str) -> tuple[str, ...]:
    """Return the lines of a page, without the breaks that only keep its source narrow."""
    lines: list[str] = []
    before = ""
    for line in page.splitlines():
        first, _, _ = line.partition(" ")
        full = len(before) + 1 + len(first) > PAGE_WIDTH
        if before and line and (full or before[-1] not in ".:"):
            lines[-1] += f" {line}"
        else:
            lines.append(line)
        before = line
    return tuple(lines)


def _first_line(structure: StructurePage) -> str:
    return structure.page.splitlines()[0]


def _names(each: Field) -> str:
    return ", ".join((each.name, *each.aliases))


def _default(each: Field) -> str:
    if each.required:
        return "required"
    if each.default is None:
        return "none"
    return str(each.default).lower() if isinstance(each.default, bool) else str(each.default)


def operator_page(operator: type[Operator]) -> str:
    """Return the text about an operator; its first line says what it does."""
    return cleandoc(operator.__doc__ or "")


def _meaning(operator: type[Operator]) -> str:
    return operator_page(operator).splitlines()[0]
