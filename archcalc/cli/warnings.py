"""Prints warnings about a valid spec on standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from archcalc.spec.load import Spec

MOST_WARNINGS = 5
SHOWN = "archcalc.warnings"
JSON_HOLDS_THEM = ("table", "check")
"""Commands whose JSON includes the warnings; they are then not printed on standard error."""


def warn(spec: Spec) -> None:
    """Print the warnings of a spec, each once per command."""
    ctx = click.get_current_context(silent=True)
    if ctx is not None and ctx.info_name in JSON_HOLDS_THEM and ctx.params.get("output_format") == "json":
        return
    shown: set[str] = ctx.meta.setdefault(SHOWN, set()) if ctx is not None else set()
    lines = [f"warning: {problem}" for problem in spec.warnings]
    new = [line for line in lines if line not in shown]
    shown.update(new)
    for line in new[:MOST_WARNINGS]:
        click.echo(line, err=True)
    if len(new) > MOST_WARNINGS:
        click.echo(f"warning: and {len(new) - MOST_WARNINGS} more places in {spec.name} like these", err=True)
