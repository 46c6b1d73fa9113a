"""The command `archcalc schema`."""

from __future__ import annotations

import json

import click

from archcalc.cli.options import emit, output_option
from archcalc.design.model import SEARCH
from archcalc.design.schema import search_schema
from archcalc.spec.schema import spec_schema

SPEC = "spec"


@click.command(epilog="Example: archcalc schema --output archcalc.schema.json")
@click.option("--of", "what", type=click.Choice([SPEC, SEARCH]), default=SPEC, show_default=True,
              help="Files that the schema describes: specs, or searches and sweeps.")  # fmt: skip
@output_option
def schema(what: str, output: str | None) -> None:
    """Print the JSON Schema of the spec language, with which an editor completes and checks specs.

    The first line `# yaml-language-server: $schema=FILE` of a spec tells an editor which schema to use.
    """
    described = spec_schema() if what == SPEC else search_schema()
    emit(json.dumps(described, indent=1, ensure_ascii=False) + "\n", output)
