"""The command `archcalc import`, which records a module of PyTorch."""

from __future__ import annotations

import click

from archcalc.cli.table import table

import_module = click.Command(
    "import",
    callback=table.callback,
    params=table.params,
    help="Record a module of PyTorch and print its layers, as table does.\n\nSPEC is MODULE:CALLABLE or"
    " FILE.py:CALLABLE: a module, its class, or a function that returns one. --input says what its forward takes,"
    " --set gives the callable its arguments. table, explain, compare, fit, check, diagram, build, profile"
    " and verify take such a SPEC too.",
    epilog="Example: archcalc import torchvision.models.video:r3d_18 --input clip=3x16x112x112",
)
