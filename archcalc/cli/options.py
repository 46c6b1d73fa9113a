"""Options that several commands have, and the analysis for their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from archcalc.analysis.conventions import CONVENTIONS
from archcalc.analysis.memory import DTYPE_BYTES, MOST_SAMPLES
from archcalc.analysis.optimizers import OPTIMIZERS
from archcalc.api import analyze, open_spec
from archcalc.cli.warnings import warn
from archcalc.core.collection import no_cycles
from archcalc.core.problem import UsageError
from archcalc.render.files import STANDARD_OUTPUT, write_bytes, write_text
from archcalc.spec.library import bundled_families, bundled_networks
from archcalc.spec.load import Spec
from archcalc.spec.module_names import names_module
from archcalc.spec.settings import setting_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from archcalc.analysis.records import Analysis

Command = TypeVar("Command", bound="Callable[..., Any]")


CALL, TRAIN = "archcalc.call", "archcalc.train"
LOADED = "archcalc.loaded"
"""A spec that the command has loaded in another way, from a file of another tool."""


def _remember(key: str) -> Callable[[click.Context, click.Parameter, object], None]:
    """Keep the value of an option with the command, for `read_spec`."""

    def keep(ctx: click.Context, param: click.Parameter, value: object) -> None:
        del param
        ctx.meta[key] = value

    return keep


def spec_options(command: Command) -> Command:
    """Add --set and --input, which change a spec, and --call and --train, for modules that are recorded."""
    for option in (
        click.option("--train", is_flag=True, expose_value=False, callback=_remember(TRAIN),
                     help="Record a module of PyTorch in training mode."),
        click.option("--call", expose_value=False, callback=_remember(CALL), metavar="CALL",
                     help="How a module of PyTorch is given its inputs: \"model([slow, fast])\"."),
        click.option("--input", "inputs", multiple=True, metavar="NAME=SIZES[@FPS]",
                     help="Set the size of an input: clip=3x32x224x224 or clip=3x32x224x224@30."),
        click.option("--set", "--arg", "settings", multiple=True, metavar="NAME=VALUE",
                     help="Set a parameter of the spec, or an argument of MODULE:CALLABLE; the value is YAML."),
    ):  # fmt: skip
        command = option(command)
    return command


def memory_options(command: Command) -> Command:
    """Add --batch, --dtype and --optimizer, for which bytes are counted."""
    for option in (
        click.option("--optimizer", type=click.Choice(list(OPTIMIZERS)), default="sgd_momentum",
                     show_default=True, help="Optimizer, whose states are part of training memory."),
        click.option("--dtype", type=click.Choice(list(DTYPE_BYTES)), default="float32", show_default=True,
                     help="Data type for which bytes are counted."),
        click.option("--batch", type=click.IntRange(1, MOST_SAMPLES), default=1, show_default=True,
                     help="Batch size. Bytes of activations and of training, and predicted times, are for the whole "
                          "batch; params, MACs and FLOPs are for one sample."),
    ):  # fmt: skip
        command = option(command)
    return command


def convention_option(*more: str) -> Callable[[Command], Command]:
    """Return the option --convention, with additional choices `more`."""
    return click.option("--convention", type=click.Choice([*CONVENTIONS, *more]), default="macs", show_default=True,
                        help="Convention for counting the cost of a layer.")  # fmt: skip


def analysis_options(command: Command) -> Command:
    """Add all options that an analysis depends on: spec, convention and memory."""
    return spec_options(convention_option()(memory_options(command)))


def _named_file(ctx: click.Context, param: click.Parameter, name: str | None) -> str | None:
    """Return the file name, None for standard output."""
    del ctx, param
    return None if name in STANDARD_OUTPUT else name


def output_option(command: Command) -> Command:
    """Add --output; its value is None for standard output."""
    option = click.option("-o", "--output", metavar="FILE", callback=_named_file,
                          help="Write to FILE, which is overwritten. - is standard output.")  # fmt: skip
    return option(command)


def formulas_option(command: Command) -> Command:
    """Add --formulas, for CSV cells that look like formulas."""
    option = click.option("--formulas", is_flag=True,
                          help="csv: do not escape cells that begin with = + - @.")  # fmt: skip
    return option(command)


def emit(text: str, output: str | None) -> None:
    """Write a result to a file, or to standard output if `output` is None."""
    write_text("-" if output is None else output, text)


def emit_pieces(pieces: Iterable[str], output: str | None) -> None:
    """Write a long result in pieces; only its bytes are kept in memory."""
    content = bytearray()
    with no_cycles():
        for piece in pieces:
            content += piece.encode()
    write_bytes("-" if output is None else output, content)


def bundled_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the bundled networks and families whose names begin with `incomplete`, or complete a file name."""
    del ctx, param
    known = [*(each.name for each in bundled_networks()), *bundled_families()]
    names = [name for name in known if name.startswith(incomplete)]
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


def spec_argument(command: Command) -> Command:
    """Add the argument SPEC."""
    return click.argument("spec", metavar="SPEC", shell_complete=bundled_names)(command)


def specs_argument(command: Command) -> Command:
    """Add the arguments SPEC..., at least one."""
    return click.argument("specs", metavar="SPEC...", nargs=-1, required=True, shell_complete=bundled_names)(command)


def read_spec(spec: str, settings: tuple[str, ...], inputs: tuple[str, ...]) -> Spec:
    """Load a spec, or record a module, with the values of --set and --input, and print its warnings."""
    meta = click.get_current_context().meta
    if LOADED in meta:
        loaded: Spec = meta[LOADED]
        warn(loaded)
        return loaded
    given = dict(_setting(text) for text in settings)
    loaded = open_spec(spec, given, inputs, call=meta.get(CALL), train=bool(meta.get(TRAIN)))
    warn(loaded)
    return loaded


def read_written_spec(spec: str, settings: tuple[str, ...], inputs: tuple[str, ...]) -> Spec:
    """Load a spec for a command that needs one; UsageError for a module, which was not written as one."""
    if names_module(spec):
        takes = "table, explain, compare, fit, check, diagram, build, profile and verify take modules"
        raise UsageError(
            f"{spec} is a module of PyTorch, not written back as a spec; this command takes specs ({takes})"
        )
    return read_spec(spec, settings, inputs)


def read_analysis(spec: str, settings: tuple[str, ...], inputs: tuple[str, ...], **asked: Any) -> Analysis:
    """Load and analyze a spec; `asked` are keyword arguments of `archcalc.analyze`."""
    return analyze(read_spec(spec, settings, inputs), **asked)


def _setting(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise UsageError(f"--set {text!r}; expected NAME=VALUE, such as classes=101")
    return name, setting_value(name, value)


def comma_separated(text: str) -> tuple[str, ...]:
    """Return the parts of `a,b` as a tuple."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
