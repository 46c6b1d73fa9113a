"""The command `archcalc verify`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from archcalc.cli.boundary import exit_with_problems
from archcalc.cli.options import bundled_names, emit, output_option, read_spec, spec_options
from archcalc.cli.progress import progress
from archcalc.cli.results import CSV, JSON, format_option, show_tables
from archcalc.core.problem import UsageError
from archcalc.measure.requirements import require_device, require_fvcore, require_torch
from archcalc.render.verification_json import verification_json
from archcalc.results.verification import DISAGREES
from archcalc.spec.inputs import parse_override
from archcalc.spec.library import STDIN, bundled_networks
from archcalc.spec.load import load_spec
from archcalc.spec.module_names import names_module
from archcalc.tables.verification import disagreements_table, verification_rows, verification_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from archcalc.results.verification import Verification
    from archcalc.spec.inputs import InputOverride
    from archcalc.spec.load import Spec
    from archcalc.tables.table import Table


@click.command(epilog="Example: archcalc verify c3d r2plus1d_18")
@click.argument("specs", metavar="SPEC...", shell_complete=bundled_names, nargs=-1)
@click.option("--all", "every", is_flag=True, help="Verify every bundled network.")
@spec_options
@click.option(
    "--device",
    type=click.Choice(["cpu", "cuda"]),
    default="cpu",
    show_default=True,
    help="Device for measuring memory: tensors of operations on a CPU, allocated memory on a GPU.",
)
@format_option()
@output_option
@click.pass_context
def verify(ctx: click.Context, specs: tuple[str, ...], every: bool, settings: tuple[str, ...], inputs: tuple[str, ...],
           device: str, output_format: str, output: str | None) -> None:  # fmt: skip
    """Build SPEC in PyTorch and compare every number of every layer with it.

    Compares shapes, parameters, buffers and MACs on the meta device at full size, the cost with fvcore on a small
    input, and both ends of every receptive field with probes; axes of more than 1,024 positions are probed at borders,
    in every phase and at samples. Compares memory with fake tensors of a CPU at full size: the peak of inference within
    5%, what autograd saves for backward within 2%, a step of every optimizer within 5%. Exits with 1 if anything
    differs.

    A module of PyTorch is compared itself: its parameters, the MACs that FlopCounterMode counts of each of its modules,
    and the clipped fields of all module outputs with planes of NaN, element by element, at the smallest size at which
    the module does the same. The peak of its inference is compared within 5%; what autograd saves is not judged.
    """
    names = [each.name for each in bundled_networks()] if every else list(specs)
    if not names:
        raise UsageError("no SPEC; expected one or more, or --all for every bundled network")
    require_torch("verify")
    require_fvcore("verify")
    require_device(device)
    verified = _verified(names, settings, inputs, device)
    if output_format == JSON:
        emit(verification_json(verified), output)
    else:
        show_tables(_tables(verified, output_format), output_format, output)
    disagree = sum(each.verdict == DISAGREES for each in verified)
    if disagree:
        exit_with_problems(ctx, output, f"{disagree} of {len(verified)} networks disagree")


def _verified(
    names: Sequence[str], settings: tuple[str, ...], inputs: tuple[str, ...], device: str
) -> list[Verification]:
    from archcalc.measure.verify import Verifier

    verified = []
    with progress(len(names)) as shown:
        for name in names:
            spec, tell = read_spec(name, settings, inputs), partial(shown.step, name)
            if names_module(name):
                verified.append(_verified_module(spec, tell))
            else:
                reload = None if name == STDIN else partial(_again, name, spec.parameters, inputs)
                verified.append(Verifier(device, tell).verify(spec, reload))
            shown.done()
    return verified


def _verified_module(spec: Spec, tell: Callable[[str], None]) -> Verification:
    from archcalc.measure.verify_module import verify_module
    from archcalc.tracing.module import ImportedSpec

    assert isinstance(spec, ImportedSpec), "it names a module"
    return verify_module(spec, tell)


def _again(
    name: str, parameters: Mapping[str, object], inputs: tuple[str, ...], sizes: Mapping[str, InputOverride]
) -> Spec:
    return load_spec(name, parameters, {**dict(parse_override(text) for text in inputs), **sizes})


def _tables(verified: Sequence[Verification], output_format: str) -> list[Table]:
    if output_format == CSV:
        return [verification_rows(verified)]
    return [each for each in (verification_table(verified), disagreements_table(verified)) if each.rows]
