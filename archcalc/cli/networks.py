"""archcalc list."""

from __future__ import annotations

import click

from archcalc.cli.options import emit, output_option
from archcalc.cli.progress import progress
from archcalc.render.formats import TABLE_FORMATS, table_format
from archcalc.render.json import table_json
from archcalc.render.screen import screen
from archcalc.render.text_table import print_table
from archcalc.spec.library import bundled_networks
from archcalc.view.networks import NetworkRow, network_rows, networks_table, sized

ROOM_FOR_TITLES = 120
"""Columns of a terminal from which on titles stand beside the sizes."""


@click.command("list", epilog="Example: archcalc list --long")
@click.option("--long", "with_sizes", is_flag=True, help="Add input, parameters, MACs, and the field in time.")
@click.option("--format", "output_format", type=click.Choice([*TABLE_FORMATS, "json"]), default="terminal",
              show_default=True, help="How to write the list.")  # fmt: skip
@output_option
def list_networks(with_sizes: bool, output_format: str, output: str | None) -> None:
    """List the bundled networks by what they do with time.

    With --long also the frames that the last layer sees, on an endless clip, and how many seconds they take.
    """
    rows = network_rows(bundled_networks())
    if with_sizes:
        rows = _sized(rows)
    if output is None and output_format == "terminal":
        out = screen()
        roomy = not with_sizes or out.width >= ROOM_FOR_TITLES
        print_table(networks_table(rows, sizes=with_sizes, titles=roomy, grouped=True), out)
        return
    table = networks_table(rows, sizes=with_sizes, titles=True, grouped=output_format == "terminal")
    emit(table_json(table, "networks") if output_format == "json" else table_format(output_format)(table), output)


def _sized(rows: list[NetworkRow]) -> list[NetworkRow]:
    done = []
    with progress(len(rows)) as shown:
        for row in rows:
            shown.step(row.name, "sizes")
            done.append(sized(row))
            shown.done()
    return done
