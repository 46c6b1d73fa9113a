"""The command `archcalc`, a group of the commands in archcalc.cli."""

from __future__ import annotations

import click

from archcalc._version import __version__
from archcalc.cli.commands import Commands


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]},
             epilog="Example: archcalc table c3d")  # fmt: skip
@click.version_option(__version__, prog_name="archcalc")
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected error.")
def main(debug: bool) -> None:
    """Calculate shapes, receptive fields, parameters, arithmetic and memory of neural networks written in YAML."""
    del debug
