"""The command `archcalc import`, which records a module of PyTorch or reads a file of another tool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from archcalc.cli.options import CALL, LOADED, TRAIN, emit
from archcalc.cli.table import table
from archcalc.core.messages import counted
from archcalc.core.problem import UsageError
from archcalc.spec.inputs import parse_override
from archcalc.spec.library import SUFFIXES

if TYPE_CHECKING:
    from archcalc.spec.other_formats import Format


@click.pass_context
def _import(ctx: click.Context, /, spec: str, output: str | None, **asked: Any) -> None:
    """Write the spec of a file of another tool, or print the table of what was imported."""
    from archcalc.readers.read import read_file, readable_format

    found = readable_format(spec)
    if found is None:
        ctx.invoke(table, spec=spec, output=output, **asked)
        return
    _check_options(ctx, found, asked)
    read = read_file(spec, found, dict(parse_override(text) for text in asked["inputs"]))
    if output is not None and output.endswith(SUFFIXES):
        emit(read.text, output)
        layers = counted(len(read.spec.graph.nodes), "layer")
        click.echo(f"wrote {output}, {layers}; archcalc table {output} prints them", err=True)
        return
    ctx.meta[LOADED] = read.spec
    ctx.invoke(table, spec=spec, output=output, **{**asked, "inputs": ()})


def _check_options(ctx: click.Context, found: Format, asked: dict[str, Any]) -> None:
    """Raise UsageError for options that concern modules of PyTorch or specs."""
    given = {
        "--set": asked["settings"],
        "--call": ctx.meta.get(CALL),
        "--train": ctx.meta.get(TRAIN),
        "--watch": asked["follow"],
    }
    for option, value in given.items():
        if value:
            raise UsageError(f"{option} with {found.name}; write it as a spec first: -o FILE.yaml")


import_module = click.Command(
    "import",
    callback=_import,
    params=table.params,
    help="Record a module of PyTorch, or read a file of darknet or Keras, and print its layers, as table does.\n\n"
    "SPEC is MODULE:CALLABLE or FILE.py:CALLABLE: a module, its class, or a function that returns one. --input says"
    " what its forward takes, --set gives the callable its arguments. table, explain, compare, fit, check, diagram,"
    " build, profile and verify take such a SPEC too.\n\n"
    "Or SPEC is a darknet configuration (model.cfg) or a model of Keras 2 or 3 or of TensorFlow.js (model.json):"
    " -o FILE.yaml writes it as a spec.",
    epilog="Example: archcalc import torchvision.models.video:r3d_18 --input clip=3x16x112x112",
)
