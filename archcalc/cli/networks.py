"""archcalc list."""

from __future__ import annotations

import click

from archcalc.cli.options import bundled_names, emit, output_option
from archcalc.cli.progress import progress
from archcalc.core.problem import UsageError, did_you_mean
from archcalc.render.formats import TABLE_FORMATS, table_format
from archcalc.render.json import table_json
from archcalc.render.screen import screen
from archcalc.render.text_table import print_table
from archcalc.spec.library import Bundled, bundled_networks
from archcalc.tables.networks import NetworkRow, network_rows, networks_table, sized

ROOM_FOR_TITLES = 120
"""Columns of a terminal from which on titles stand beside the sizes."""


@click.command("list", epilog="Example: archcalc list --fields alexnet_v2 vgg16 inception_v3")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=bundled_names)
@click.option("--long", "with_sizes", is_flag=True, help="Add input, parameters, MACs, and the field in time.")
@click.option(
    "--fields",
    "with_fields",
    is_flag=True,
    help="Instead: receptive field, effective stride and padding of each before its first global layer.",
)
@click.option("--format", "output_format", type=click.Choice([*TABLE_FORMATS, "json"]), default="terminal",
              show_default=True, help="How to write the list.")  # fmt: skip
@output_option
def list_networks(
    names: tuple[str, ...], with_sizes: bool, with_fields: bool, output_format: str, output: str | None
) -> None:
    """List the bundled networks by what they do with time, or those of the NAMEs.

    With --long also the frames that the last layer sees, on an endless clip, and how many seconds they take.
    """
    networks = _named(names)
    if with_fields:
        _list_fields([each.name for each in networks], output_format, output)
        return
    rows = network_rows(networks)
    if with_sizes:
        rows = _sized(rows)
    if output is None and output_format == "terminal":
        out = screen()
        roomy = not with_sizes or out.width >= ROOM_FOR_TITLES
        print_table(networks_table(rows, sizes=with_sizes, titles=roomy, grouped=True), out)
        return
    table = networks_table(rows, sizes=with_sizes, titles=True, grouped=output_format == "terminal")
    emit(table_json(table, "networks") if output_format == "json" else table_format(output_format)(table), output)


def _named(names: tuple[str, ...]) -> list[Bundled]:
    """The bundled networks of some names in their order, all where there are none; UsageError for an unknown one."""
    networks = {each.name: each for each in bundled_networks()}
    for name in names:
        if name not in networks:
            raise UsageError(
                f"no bundled network {name!r}; {did_you_mean(name, networks) or 'archcalc list names them'}"
            )
    return [networks[name] for name in names or networks]


def _list_fields(names: list[str], output_format: str, output: str | None) -> None:
    from archcalc.tables.network_fields import fields_table

    table = fields_table(names)
    if output is None and output_format == "terminal":
        print_table(table, screen())
        return
    emit(table_json(table, "networks") if output_format == "json" else table_format(output_format)(table), output)


def _sized(rows: list[NetworkRow]) -> list[NetworkRow]:
    done = []
    with progress(len(rows)) as shown:
        for row in rows:
            shown.step(row.name, "sizes")
            done.append(sized(row))
            shown.done()
    return done
