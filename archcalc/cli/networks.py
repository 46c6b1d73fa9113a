"""The command `archcalc list`, which prints the bundled networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archcalc.cli.options import bundled_names, emit, output_option
from archcalc.cli.progress import progress
from archcalc.cli.results import JSON, TERMINAL, format_option, show_tables
from archcalc.core.problem import UsageError, did_you_mean
from archcalc.render.json import table_json
from archcalc.render.screen import screen
from archcalc.spec.library import Bundled, bundled_libraries, bundled_networks
from archcalc.tables.networks import NetworkRow, network_rows, networks_table, sized

if TYPE_CHECKING:
    from archcalc.tables.table import Table

ROOM_FOR_TITLES = 120
"""Smallest width of a terminal at which titles are printed together with the sizes."""


@click.command("list", epilog="Example: archcalc list --fields alexnet_v2 vgg16 inception_v3")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=bundled_names)
@click.option(
    "--long", "with_sizes", is_flag=True, help="Add input size, parameters, MACs, and the temporal receptive field."
)
@click.option(
    "--fields",
    "with_fields",
    is_flag=True,
    help="Print receptive field, effective stride and padding before the first global layer instead.",
)
@click.option(
    "--blocks",
    "with_blocks",
    is_flag=True,
    help="List the blocks of the bundled libraries, or of those NAMEd, instead.",
)
@format_option()
@output_option
def list_networks(
    names: tuple[str, ...],
    with_sizes: bool,
    with_fields: bool,
    with_blocks: bool,
    output_format: str,
    output: str | None,
) -> None:
    """List the bundled networks, or those with the given NAMEs, by how they process time.

    --long adds the full temporal receptive field of the last layer in frames and seconds.
    """
    if with_blocks:
        _list_blocks(names, output_format, output)
        return
    networks = _named(names)
    if with_fields:
        _list_fields([each.name for each in networks], output_format, output)
        return
    rows = network_rows(networks)
    if with_sizes:
        rows = _sized(rows)
    printed = output is None and output_format == TERMINAL
    roomy = not (printed and with_sizes) or screen().width >= ROOM_FOR_TITLES
    _show(
        networks_table(rows, sizes=with_sizes, titles=roomy, grouped=output_format == TERMINAL), output_format, output
    )


def _show(table: Table, output_format: str, output: str | None) -> None:
    if output_format == JSON:
        emit(table_json(table, "networks"), output)
    else:
        show_tables([table], output_format, output)


def _named(names: tuple[str, ...]) -> list[Bundled]:
    """Return the bundled networks with some names, or all; raise UsageError for an unknown name."""
    networks = {each.name: each for each in bundled_networks()}
    for name in names:
        if name not in networks:
            raise UsageError(
                f"no bundled network {name!r}; {did_you_mean(name, networks) or 'archcalc list names them'}"
            )
    return [networks[name] for name in names or networks]


def _list_fields(names: list[str], output_format: str, output: str | None) -> None:
    from archcalc.tables.network_fields import fields_table, network_field

    found = [network_field(name) for name in names]
    if output_format == JSON:
        from archcalc.render.command_json import network_fields_json

        emit(network_fields_json(found), output)
    else:
        show_tables([fields_table(found)], output_format, output)


def _list_blocks(names: tuple[str, ...], output_format: str, output: str | None) -> None:
    from archcalc.tables.blocks import blocks_table

    libraries = bundled_libraries()
    for name in names:
        if name not in libraries:
            hint = did_you_mean(name, libraries) or "archcalc list --blocks names them"
            raise UsageError(f"no bundled library {name!r}; {hint}")
    chosen = list(names) or libraries
    if output_format == JSON:
        from archcalc.render.command_json import blocks_json

        emit(blocks_json(chosen), output)
    else:
        show_tables([blocks_table(chosen)], output_format, output)


def _sized(rows: list[NetworkRow]) -> list[NetworkRow]:
    done = []
    with progress(len(rows)) as shown:
        for row in rows:
            shown.step(row.name, "sizes")
            done.append(sized(row))
            shown.done()
    return done
