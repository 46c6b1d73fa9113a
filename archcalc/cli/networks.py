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
from archcalc.spec.library import bundled_libraries, bundled_networks
from archcalc.tables.network_choice import Range, Sizes, called
from archcalc.tables.networks import FAMILIES, GROUPS, NetworkRow, by_family, network_rows, networks_table, sized

if TYPE_CHECKING:
    from archcalc.tables.table import Table

ROOM_FOR_TITLES = 120
"""Smallest width of a terminal at which titles are printed together with the sizes."""


@click.command("list", epilog="Example: archcalc list --family video --params ..5M")
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
    "--family",
    "family",
    metavar="NAME",
    help="Only those of a group (video, image, volume, ...) or of a family, as the list has them.",
)
@click.option("--task", "task", metavar="NAME", help="Only those for a task: classification, segmentation, ...")
@click.option("--params", "params", metavar="RANGE", help="Only those with so many parameters: 1M..5M, ..5M, 1M..")
@click.option("--macs", "macs", metavar="RANGE", help="Only those with so many MACs at their input: ..5G.")
@click.option("--field", "field", metavar="RANGE", help="Only those whose temporal field has so many frames: 16..64.")
@click.option("--sources", "with_sources", is_flag=True, help="Add where each network comes from.")
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
    family: str | None,
    task: str | None,
    params: str | None,
    macs: str | None,
    field: str | None,
    with_sources: bool,
    with_blocks: bool,
    output_format: str,
    output: str | None,
) -> None:
    """List the bundled networks, or those with the given NAMEs, by what they take and how they process time.

    A NAME may be another name of a network, or a part of one: resnet3d, googlenet, yolo. --long adds the full temporal
    receptive field of the last layer in frames and seconds.
    """
    if with_blocks:
        _list_blocks(names, output_format, output)
        return
    wanted = Sizes(*(_range(option, text) for option, text in (("params", params), ("macs", macs), ("field", field))))
    rows = _of_family(_of_task(_named(names), task), family)
    if with_sizes or wanted.asked:
        rows = [row for row in _sized(rows) if not wanted.asked or wanted.hold(row)]
    if with_fields:
        _list_fields([each.name for each in rows], output_format, output)
        return
    printed = output is None and output_format == TERMINAL
    sizes = with_sizes or wanted.asked
    roomy = not (printed and sizes) or screen().width >= ROOM_FOR_TITLES
    table = networks_table(
        by_family(rows), sizes=sizes, titles=roomy, grouped=output_format == TERMINAL, sources=with_sources
    )
    _show(table, output_format, output)


def _range(option: str, text: str | None) -> Range | None:
    try:
        return None if text is None else Range.parse(text)
    except ValueError as error:
        raise UsageError(f"--{option}: {error}") from None


def _show(table: Table, output_format: str, output: str | None) -> None:
    if output_format == JSON:
        emit(table_json(table, "networks"), output)
    else:
        show_tables([table], output_format, output)


def _named(names: tuple[str, ...]) -> list[NetworkRow]:
    """Return the bundled networks with some names in their order, or all; raise UsageError for an unknown name."""
    rows = network_rows(bundled_networks())
    found = {name: called(rows, name) for name in names}
    for name, networks in found.items():
        if not networks:
            hint = did_you_mean(name, [row.name for row in rows])
            raise UsageError(f"no bundled network {name!r}; {hint or 'archcalc list names them'}")
    chosen = {row.name: row for networks in found.values() for row in networks}
    return list(chosen.values()) if names else rows


def _of_family(rows: list[NetworkRow], family: str | None) -> list[NetworkRow]:
    if family is None:
        return rows
    if family not in (*GROUPS, *FAMILIES):
        hint = did_you_mean(family, (*GROUPS, *FAMILIES)) or f"expected one of {', '.join((*GROUPS, *FAMILIES))}"
        raise UsageError(f"no family {family!r}; {hint}")
    return [row for row in rows if family in (row.group, row.family)]


def _of_task(rows: list[NetworkRow], task: str | None) -> list[NetworkRow]:
    tasks = sorted({row.task for row in network_rows(bundled_networks())})
    if task is not None and task not in tasks:
        raise UsageError(f"no task {task!r}; {did_you_mean(task, tasks) or 'expected one of ' + ', '.join(tasks)}")
    return [row for row in rows if task in (None, row.task)]


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
