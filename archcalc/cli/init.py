"""archcalc init."""

from __future__ import annotations

import os

import click

from archcalc.core.problem import UsageError
from archcalc.render.files import STANDARD_OUTPUT, write_text
from archcalc.resources import starter_spec


@click.command(epilog="Example: archcalc init my_network.yaml")
@click.argument("file", default="network.yaml")
@click.option("--force", is_flag=True, help="Replace FILE if there is one.")
def init(file: str, force: bool) -> None:
    """Write a small network with comments to start from.

    FILE is network.yaml unless you say another name; - is standard output.
    """
    printed = file in STANDARD_OUTPUT
    text = starter_spec().replace("FILE", "network.yaml" if printed else file)
    if printed:
        write_text(file, text)
        return
    if os.path.lexists(file) and not force:
        raise UsageError(f"{file} is there already; --force replaces it")
    write_text(file, text)
    click.echo(f"{file} is written; archcalc table {file} prints its layers", err=True)
