"""The commands `archcalc show` and `archcalc ops`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archcalc.cli.options import emit, output_option, read_written_spec, spec_argument, spec_options
from archcalc.cli.results import JSON, YAML, format_option, show_tables
from archcalc.core.problem import UsageError, did_you_mean
from archcalc.ops import OPS
from archcalc.render.command_json import blocks_json, operators_json
from archcalc.render.expanded_json import expanded_json
from archcalc.render.yaml import expanded_yaml
from archcalc.spec.expanded import expanded_spec
from archcalc.spec.library import bundled_libraries, library_text
from archcalc.spec.structure_pages import STRUCTURES
from archcalc.tables.catalog import operator_table, operators_table, structure_table

if TYPE_CHECKING:
    from archcalc.tables.table import Table


@click.command(epilog="Example: archcalc show r2plus1d_18 --set classes=101")
@spec_argument
@spec_options
@format_option(YAML, JSON)
@output_option
def show(spec: str, settings: tuple[str, ...], inputs: tuple[str, ...], output_format: str, output: str | None) -> None:
    """Print SPEC expanded: every layer with its arguments, its inputs and its shape.

    SPEC may also be a bundled library of blocks (archcalc list --blocks), which is printed as it is written.
    """
    if spec in bundled_libraries():
        emit(blocks_json([spec]) if output_format == JSON else library_text(spec), output)
        return
    found = read_written_spec(spec, settings, inputs)
    emit(expanded_json(found) if output_format == JSON else expanded_yaml(expanded_spec(found)), output)


@click.command(epilog="Example: archcalc ops conv3d")
@click.argument("name", required=False)
@format_option()
@output_option
def ops(name: str | None, output_format: str, output: str | None) -> None:
    """List all operators and structures of the language, or describe the one called NAME."""
    known = {**OPS, **STRUCTURES}
    if name is not None and name not in known:
        hint = did_you_mean(name, known)
        raise UsageError(f"no operator {name!r}; archcalc ops lists them" + (f" ({hint})" if hint else ""))
    if output_format == JSON:
        emit(operators_json(known if name is None else [name]), output)
    else:
        show_tables([_catalog(name)], output_format, output)


def _catalog(name: str | None) -> Table:
    if name is None:
        return operators_table()
    return structure_table(name) if name in STRUCTURES else operator_table(name)
