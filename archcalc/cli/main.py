"""The archcalc command."""

from __future__ import annotations

import click

from archcalc._version import __version__
from archcalc.cli.audit import audit
from archcalc.cli.boundary import ErrorBoundary
from archcalc.cli.build import build
from archcalc.cli.catalog import ops, show
from archcalc.cli.check import check
from archcalc.cli.clip import clip
from archcalc.cli.compare import compare
from archcalc.cli.explain import explain
from archcalc.cli.init import init
from archcalc.cli.networks import list_networks
from archcalc.cli.schema import schema
from archcalc.cli.table import table
from archcalc.cli.verify import verify


@click.group(cls=ErrorBoundary, context_settings={"help_option_names": ["-h", "--help"]},
             epilog="Example: archcalc table c3d")  # fmt: skip
@click.version_option(__version__, prog_name="archcalc")
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected error.")
def main(debug: bool) -> None:
    """Work out shapes, receptive fields, parameters, arithmetic and memory of networks written in YAML."""
    del debug


for command in (table, explain, check, list_networks, show, ops, clip, schema, audit, compare, build, verify, init):
    main.add_command(command)
