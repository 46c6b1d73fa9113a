"""The command `archcalc schema`."""

from __future__ import annotations

import json

import click

from archcalc.cli.options import emit, output_option
from archcalc.spec.schema import spec_schema


@click.command(epilog="Example: archcalc schema --output archcalc.schema.json")
@output_option
def schema(output: str | None) -> None:
    """Print the JSON Schema of the spec language, with which an editor completes and checks specs.

    The first line `# yaml-language-server: $schema=FILE` of a spec tells an editor which schema to use.
    """
    emit(json.dumps(spec_schema(), indent=1, ensure_ascii=False) + "\n", output)
