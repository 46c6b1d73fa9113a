"""The command `archcalc fit`."""

from __future__ import annotations

import re
from decimal import Decimal

import click

from archcalc._version import __version__
from archcalc.analysis.fit import MODES, Setup, fit
from archcalc.analysis.memory import DTYPE_BYTES
from archcalc.analysis.optimizers import OPTIMIZERS
from archcalc.cli.boundary import exit_with_problems
from archcalc.cli.options import emit, output_option, read_analysis, spec_argument, spec_options
from archcalc.cli.results import JSON, format_option, show_tables
from archcalc.core.problem import UsageError
from archcalc.render.json import SCHEMA, object_json
from archcalc.tables.fit import fit_object, fit_table

UNITS = {"": 1, "B": 1, **{f"{p}B": 1000**n for n, p in enumerate("KMGT", 1)},
         **{f"{p}iB": 1024**n for n, p in enumerate("KMGT", 1)}}  # fmt: skip
HALVES = ("float16", "bfloat16")
BOTH = "both"


def parse_bytes(text: str) -> int:
    """Return the bytes of `24GiB`, `80 GB` or a plain number; raise UsageError for other text."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([KMGT]?i?B|)", text.strip())
    if found is None or found[2] not in UNITS:
        raise UsageError(f"--memory {text!r}; expected a number of bytes with a unit, such as 24GiB or 80GB")
    count = int(Decimal(found[1]) * UNITS[found[2]])
    if count < 1:
        raise UsageError(f"--memory {text!r}; expected at least one byte")
    return count


@click.command("fit", epilog="Example: archcalc fit vgg16 --memory 24GiB --optimizer adamw")
@spec_argument
@spec_options
@click.option("--memory", required=True, metavar="SIZE", help="Memory of the device: 24GiB, 80GB or bytes.")
@click.option(
    "--mode",
    type=click.Choice([*MODES, BOTH]),
    default=BOTH,
    show_default=True,
    help="Mode of operation that has to fit.",
)
@click.option("--optimizer", type=click.Choice(list(OPTIMIZERS)), default="sgd_momentum", show_default=True,
              help="Optimizer; its foreach implementation unless the name ends in -loop or -fused.")  # fmt: skip
@click.option("--dtype", type=click.Choice(list(DTYPE_BYTES)), default="float32", show_default=True,
              help="Data type of activations and, without --mixed-precision, of weights.")  # fmt: skip
@click.option("--mixed-precision", is_flag=True,
              help="Keep weights, gradients and optimizer states in float32, as autocast does.")  # fmt: skip
@click.option("--checkpoint", type=click.IntRange(min=1), metavar="DEPTH",
              help="Recompute blocks at this nesting depth in the backward pass; 1 is the outermost.")  # fmt: skip
@format_option()
@output_option
@click.pass_context
def fit_command(ctx: click.Context, spec: str, settings: tuple[str, ...], inputs: tuple[str, ...], memory: str,
                mode: str, optimizer: str, dtype: str, mixed_precision: bool, checkpoint: int | None,
                output_format: str, output: str | None) -> None:  # fmt: skip
    """Find the largest batch of SPEC that fits into a memory, for inference and training, and what uses the memory.

    Training needs weights, gradients, the states of the optimizer, the inputs, and the larger of what autograd saves
    for backward and what the step of the optimizer allocates. The workspace of libraries is not included. Exits with 1
    if not even one sample fits.
    """
    limit = parse_bytes(memory)
    if mixed_precision and dtype not in HALVES:
        raise UsageError(f"--mixed-precision with --dtype {dtype}; expected one of {', '.join(HALVES)}")
    setup = Setup(dtype, mixed_precision, optimizer, checkpoint)
    analysis = read_analysis(spec, settings, inputs)
    if checkpoint is not None and all(len(node.scope.calls) < checkpoint for node in analysis.graph.nodes.values()):
        raise UsageError(f"--checkpoint {checkpoint}; {analysis.name} has no blocks at this nesting depth")
    fits = [fit(analysis, limit, each, setup) for each in (MODES if mode == BOTH else (mode,))]
    if output_format == JSON:
        described = {"schema": SCHEMA, "archcalc": __version__, **fit_object(analysis, fits, setup)}
        emit(object_json(described, "fits") + "\n", output)
    else:
        show_tables([fit_table(analysis, fits, setup)], output_format, output)
    if not all(each.batch for each in fits):
        exit_with_problems(ctx, output, f"not one sample fits into {memory}")
