"""The command `archcalc build`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archcalc.api import analyze
from archcalc.cli.options import emit, output_option, read_spec, spec_argument, spec_options
from archcalc.pytorch.source.definitions import defined_names
from archcalc.pytorch.source.file import network_source
from archcalc.render.python import python_text
from archcalc.spec.module_names import names_module

if TYPE_CHECKING:
    from archcalc.spec.load import Spec


@click.command(epilog="Example: archcalc build r2plus1d_18 -o r2plus1d_18.py")
@spec_argument
@spec_options
@output_option
def build(spec: str, settings: tuple[str, ...], inputs: tuple[str, ...], output: str | None) -> None:
    """Write SPEC as PyTorch source code, with a class for each block, that runs without archcalc.

    Weights are named after the classes: a block that is called without a name is an attribute with the name of the
    block. archcalc.nn.build names weights after the paths of layers, in which such a block adds nothing, so that their
    state dictionaries may differ in names; shapes and numbers of weights are the same.
    """
    loaded = read_spec(spec, settings, inputs)
    if names_module(spec):
        _require_operators(loaded)
    emit(python_text(network_source(loaded, analyze(loaded), defined_names())), output)


def _require_operators(spec: Spec) -> None:
    from archcalc.measure.rebuilt import require_operators
    from archcalc.tracing.module import ImportedSpec

    assert isinstance(spec, ImportedSpec), "it names a module"
    require_operators(spec)
