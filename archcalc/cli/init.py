"""The command `archcalc init`."""

from __future__ import annotations

import os

import click

from archcalc.core.problem import UsageError
from archcalc.render.files import STANDARD_OUTPUT, write_text
from archcalc.resources import starter_spec


@click.command(epilog="Example: archcalc init my_network.yaml")
@click.argument("file", default="network.yaml")
@click.option("--force", is_flag=True, help="Overwrite FILE if it exists.")
def init(file: str, force: bool) -> None:
    """Write a small commented network to start from.

    The default of FILE is network.yaml; - is standard output.
    """
    printed = file in STANDARD_OUTPUT
    text = starter_spec().replace("FILE", "network.yaml" if printed else file)
    if printed:
        write_text(file, text)
        return
    if os.path.lexists(file) and not force:
        raise UsageError(f"{file} exists; use --force to overwrite it")
    write_text(file, text)
    click.echo(f"wrote {file}; archcalc table {file} prints its layers", err=True)
