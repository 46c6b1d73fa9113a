"""archcalc schema."""

from __future__ import annotations

import json
from typing import TextIO

import click

from archcalc.view.schema import spec_schema


@click.command(epilog="Example: archcalc schema --output archcalc.schema.json")
@click.option("--output", type=click.File("w", encoding="utf-8", lazy=False), default="-", metavar="FILE",
              help="Write to a file.")  # fmt: skip
def schema(output: TextIO) -> None:
    """Print the JSON Schema of the spec language, with which an editor completes and checks specs.

    # yaml-language-server: $schema=FILE as the first line of a spec tells an editor where it lies.
    """
    click.echo(json.dumps(spec_schema(), indent=1, ensure_ascii=False), output)
