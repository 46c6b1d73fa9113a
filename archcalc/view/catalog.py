"""What archcalc knows, as tables: bundled networks and operators."""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING

from archcalc.analysis.analyze import Settings, analyze_graph
from archcalc.ops import OPS
from archcalc.spec.bind import Field, operator_fields
from archcalc.spec.library import bundled_networks
from archcalc.spec.load import load_spec
from archcalc.spec.text import Mapping, Scalar, parse, read_text
from archcalc.view.table import COUNT, TEXT, Cell, Column, Table

if TYPE_CHECKING:
    from archcalc.ops.base import Operator
    from archcalc.spec.library import Bundled


def networks_table(*, with_totals: bool) -> Table:
    """Name and title of every bundled network; with totals also its input, parameters and MACs."""
    columns = [Column("name", "name", TEXT), Column("title", "title", TEXT)]
    if with_totals:
        columns += [Column("input", "input", TEXT), Column("params", "params", COUNT), Column("macs", "MACs", COUNT)]
    rows: list[tuple[Cell, ...]] = []
    for bundled in bundled_networks():
        cells: tuple[Cell, ...] = (bundled.name, _title(bundled))
        rows.append(cells + (_totals(bundled) if with_totals else ()))
    return Table("bundled networks", (), tuple(columns), tuple(rows))


def _title(bundled: Bundled) -> str:
    source, text = read_text(bundled.path, bundled.path.name)
    root = parse(text, source)
    title = root.get("title") if isinstance(root, Mapping) else None
    return str(title.value) if isinstance(title, Scalar) else ""


def _totals(bundled: Bundled) -> tuple[Cell, ...]:
    analysis = analyze_graph(load_spec(bundled.name, {}, {}).graph, Settings())
    inputs = ", ".join(str(each.shape) for each in analysis.inputs)
    return inputs, analysis.totals.params, analysis.totals.macs


def operators_table() -> Table:
    """Every operator with its arguments and what it does."""
    columns = (
        Column("name", "operator", TEXT),
        Column("arguments", "arguments", TEXT),
        Column("meaning", "meaning", TEXT),
    )
    rows = tuple((name, ", ".join(operator_fields(operator)), _meaning(operator)) for name, operator in OPS.items())
    return Table("operators", (), columns, rows)


def operator_table(name: str) -> Table:
    """One operator: its page, and its arguments with their types and defaults."""
    columns = (
        Column("argument", "argument", TEXT),
        Column("default", "default", TEXT),
        Column("takes", "takes", TEXT),
    )
    rows = tuple((each.name, _default(each), each.argument.expects) for each in operator_fields(OPS[name]).values())
    return Table(name, tuple(_page(OPS[name]).splitlines()), columns, rows)


def _default(each: Field) -> str:
    if each.required:
        return "required"
    if each.default is None:
        return "none"
    return str(each.default).lower() if isinstance(each.default, bool) else str(each.default)


def _page(operator: type[Operator]) -> str:
    return cleandoc(operator.__doc__ or "")


def _meaning(operator: type[Operator]) -> str:
    return _page(operator).splitlines()[0]
