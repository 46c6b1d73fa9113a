"""Makes a spec of a module: records it, on real numbers where values decide, and builds its network."""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from archcalc.core.problem import Location, Problem, Source, SpecError, UsageError
from archcalc.spec.load import Spec
from archcalc.tracing.graph import Importer, InputAxes
from archcalc.tracing.inputs import ModuleInput, arguments
from archcalc.tracing.loading import construct, find, problem_of
from archcalc.tracing.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from torch import nn

    from archcalc.core.program import Call
    from archcalc.graph import NetworkGraph
    from archcalc.tracing.names import Names
    from archcalc.tracing.record import Recording

MOST_ELEMENTS_ENLARGED = 1 << 33
"""No input is enlarged to more elements than that."""


@dataclass(frozen=True, repr=False)
class ImportedSpec(Spec):
    """A module as a spec: its graph, how it was recorded, and how to have it again with real parameters."""

    inputs: tuple[ModuleInput, ...] = ()
    recording: Recording | None = field(default=None, compare=False)
    real_module: Callable[[], nn.Module] | None = field(default=None, compare=False)


def import_module(
    model: nn.Module,
    inputs: Sequence[ModuleInput],
    *,
    name: str = "",
    rebuilt: Callable[[], nn.Module] | None = None,
    parameters: Mapping[str, object] | None = None,
) -> ImportedSpec:
    """Record one run of a module and return its network as a spec.

    Args:
        model: the module; it runs in evaluation mode, and is in its own mode again afterwards.
        inputs: the sizes and axes of what its forward is given.
        name: what the network is called; the class by default.
        rebuilt: returns the module with real parameters, for those whose values decide about shapes.
        parameters: what it was constructed with.

    Raises:
        SpecError: the module raises an error; the problem names the line of its code.
        UsageError: an axis has the wrong letter.
    """
    name = name or type(model).__name__
    with evaluated(model):
        recording, reason = _recorded(model, inputs, name, rebuilt or (lambda: model))
        axes = {each.name: InputAxes("N" + each.letters, each.fps, each.spacing) for each in inputs}

        def again(sizes: Mapping[str, tuple[int, ...]]) -> Recording | None:
            return None if reason else _larger(model, inputs, sizes, recording.program.calls)

        importer = Importer(recording, axes, again)
        check_letters(importer.names, recording, inputs)
        graph = importer.graph(name, [reason] if reason else [])
    return ImportedSpec(
        name, f"{type(model).__name__}, recorded", "", dict(parameters or {}), _checked(graph, name),
        inputs=tuple(inputs), recording=recording, real_module=rebuilt or (lambda: model),
    )  # fmt: skip


def load_module(spec: str, given: Mapping[str, object], inputs: Sequence[ModuleInput]) -> ImportedSpec:
    """Import the module that `MODULE:CALLABLE` or `FILE.py:CALLABLE` names and return its network as a spec."""
    if not inputs:
        raise UsageError(f"{spec} without --input; the sizes of what its forward takes, such as clip=3x16x112x112")
    found = find(spec)
    model = construct(found, spec, given)
    name = spec.rpartition(":")[2].rpartition(".")[2]
    return import_module(
        model, inputs, name=name, rebuilt=lambda: construct(found, spec, given, real=True), parameters=given
    )


def _checked(graph: NetworkGraph, name: str) -> NetworkGraph:
    if not graph.nodes:
        raise SpecError([Problem(Location(Source(name)), "a module that computes nothing from its inputs")])
    return graph


@contextmanager
def evaluated(model: nn.Module) -> Iterator[None]:
    """Put a module and all parts of it into evaluation mode for a while; what they print goes to standard error."""
    modes = [(each, each.training) for each in model.modules()]
    model.eval()
    try:
        with redirect_stdout(sys.stderr), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for each, training in modes:
            each.training = training


def _recorded(
    model: nn.Module, inputs: Sequence[ModuleInput], name: str, rebuilt: Callable[[], nn.Module]
) -> tuple[Recording, str]:
    """The recording, and why it is one of real numbers if it is."""
    try:
        return _once(model, inputs, name), ""
    except Exception as first:
        try:
            real = rebuilt()
            with evaluated(real):
                recording = _once(real, inputs, name, real=True)
        except SpecError:
            raise
        except Exception as error:
            raise problem_of(error, name, "does it take inputs of these sizes?") from None
        why = str(first).strip().splitlines() or [type(first).__name__]
        return recording, f"recorded on random numbers, which may decide what it does: {why[0]}"


def _once(
    model: nn.Module,
    inputs: Sequence[ModuleInput],
    name: str,
    *,
    real: bool = False,
    like: Sequence[Call] | None = None,
) -> Recording:
    tensors = [(each.name, each.tensor(real=real)) for each in inputs]
    args, kwargs = arguments(model, tensors)
    by_name = [each for each, _ in tensors if each in kwargs]
    order = [each for each, _ in tensors if each not in kwargs] + by_name
    return record(model, args, {each: kwargs[each] for each in by_name}, order, name=name, real=real, like=like)


def _larger(
    model: nn.Module, inputs: Sequence[ModuleInput], sizes: Mapping[str, tuple[int, ...]], like: Sequence[Call]
) -> Recording | None:
    """The same on inputs of other sizes, batch included, as far as the module takes them and does the same."""
    enlarged = [replace(each, sizes=tuple(sizes[each.name][1:])) for each in inputs]
    try:
        return _once(model, enlarged, "", like=like)
    except Exception:  # whatever the user's code says of sizes that it does not take
        return None


def check_letters(names: Names, recording: Recording, inputs: Sequence[ModuleInput]) -> None:
    """UsageError where the first convolution slides along what was called C, with the right spelling."""
    for call in recording.program.calls:
        if call.name != "convolution" or not call.computed:
            continue
        dims = names.of(call.reads[0])
        contracted, slid = dims[1].axis, [dim.axis for dim in dims[2:]]
        for each in inputs:
            if contracted is not None and "C" in slid and contracted in each.letters:
                swapped = each.letters.translate(str.maketrans("C" + contracted, contracted + "C"))
                right = replace(each, letters=swapped)
                raise UsageError(f"--input {each}: a convolution slides along C; write {right}")
        return
