"""archcalc init."""

from __future__ import annotations

import os

import click

from archcalc.core.problem import UsageError
from archcalc.render.files import write_text
from archcalc.resources import starter_spec

STDOUT = "-"


@click.command(epilog="Example: archcalc init my_network.yaml")
@click.argument("file", default="network.yaml")
@click.option("--force", is_flag=True, help="Replace FILE if there is one.")
def init(file: str, force: bool) -> None:
    """Write a small network with comments to start from.

    FILE is network.yaml unless you say another name; - is standard output.
    """
    text = starter_spec().replace("FILE", "network.yaml" if file == STDOUT else file)
    if file == STDOUT:
        click.echo(text, nl=False)
        return
    if os.path.lexists(file) and not force:
        raise UsageError(f"{file} is there already; --force replaces it")
    write_text(file, text)
    click.echo(f"{file} is written; archcalc table {file} prints its layers", err=True)
