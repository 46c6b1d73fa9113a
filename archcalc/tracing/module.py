"""Makes a spec of a module: records it, on real numbers where values decide, and builds its network."""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from archcalc.core.problem import Location, Problem, Source, SpecError, UsageError
from archcalc.spec.load import Spec
from archcalc.tracing.collection import uncollected
from archcalc.tracing.graph import Importer, InputAxes
from archcalc.tracing.hints import run_hint
from archcalc.tracing.inputs import BY_RANK, ModuleInput
from archcalc.tracing.invocation import Invocation, parse_call, usual
from archcalc.tracing.loading import construct, find, problem_of
from archcalc.tracing.packed import packed
from archcalc.tracing.place import failing_line
from archcalc.tracing.record import record
from archcalc.tracing.unchanged import State, unchanged
from archcalc.tracing.unfollowed import remarks as unfollowed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from torch import Tensor

    from archcalc.core.program import Call
    from archcalc.graph import NetworkGraph
    from archcalc.tracing.names import Names
    from archcalc.tracing.record import Recording


@dataclass(frozen=True)
class Run:
    """How a module is run: what its forward is given, as usual if None, and whether it trains."""

    invocation: Invocation | None = None
    train: bool = False


@dataclass(frozen=True, repr=False)
class ImportedSpec(Spec):
    """A module as a spec: its graph, how it was recorded, and how to have it again with real parameters."""

    inputs: tuple[ModuleInput, ...] = ()
    run: Run = field(default_factory=Run)
    recording: Recording | None = field(default=None, compare=False)
    real_module: Callable[[], nn.Module] | None = field(default=None, compare=False)

    def invocation(self, model: nn.Module) -> Invocation:
        """Return how the forward of the module is given its inputs."""
        return self.recorder.invocation(model)

    @property
    def recorder(self) -> Recorder:
        """What records the module once more."""
        return Recorder(self.inputs, self.run, self.name)


def import_module(
    model: nn.Module,
    inputs: Sequence[ModuleInput],
    *,
    name: str = "",
    rebuilt: Callable[[], nn.Module] | None = None,
    parameters: Mapping[str, object] | None = None,
    run: Run | None = None,
) -> ImportedSpec:
    """Record one run of a module and return its network as a spec.

    Args:
        model: the module; it runs in evaluation mode, and is in its own mode again afterwards.
        inputs: the sizes and axes of what its forward is given.
        name: what the network is called; the class by default.
        rebuilt: returns the module with real parameters, for those whose values decide about shapes.
        parameters: what it was constructed with.
        run: how it is run.

    Raises:
        SpecError: the module raises an error; the problem names the line of its code.
        UsageError: an axis has the wrong letter.
    """
    run, model = run or Run(), unwrapped(model)
    name = name or type(model).__name__
    inputs = [each if each.dtype else replace(each, dtype=_usual_type(model)) for each in inputs]
    real = rebuilt or (lambda: model)
    recorder = Recorder(inputs, run, name)
    model = recorder.materialized(model)
    with in_mode(model, train=run.train), uncollected():
        recording, reason = recorder.recorded(model, real)
        axes = {each.name: InputAxes("N" + each.letters, each.fps, each.spacing) for each in inputs}

        state = None if reason else State(model)

        def again(sizes: Mapping[str, tuple[int, ...]]) -> Recording | None:
            return None if state is None else recorder.larger(model, sizes, recording.program.calls, state)

        importer = Importer(recording, axes, again)
        check_letters(importer.names, recording, inputs)
        remarks = [reason] if reason else []
        remarks += ["recorded in training mode"] if run.train else []
        remarks += [SCRIPTED] if isinstance(model, torch.jit.ScriptModule) else []
        remarks += packed(model)
        remarks += unfollowed(recording.program.autocast, recording.program.checkpoints, recording.program.dropouts)
        graph = importer.graph(name, remarks)
    return ImportedSpec(
        name, f"{type(model).__name__}, recorded", "", dict(parameters or {}), _checked(graph, name),
        inputs=tuple(inputs), run=run, recording=recording, real_module=lambda: unwrapped(real()),
    )  # fmt: skip


SCRIPTED = "compiled code (TorchScript) is one layer: import the module that it was made of"


def load_module(
    spec: str, given: Mapping[str, object], inputs: Sequence[ModuleInput], call: str | None = None, *,
    train: bool = False,
) -> ImportedSpec:  # fmt: skip
    """Import the module that `MODULE:CALLABLE` or `FILE.py:CALLABLE` names and return its network as a spec."""
    if not inputs:
        raise UsageError(f"{spec} without --input; the sizes of what its forward takes, such as clip=3x16x112x112")
    names = [each.name for each in inputs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise UsageError(f"two inputs called {twice}; one name for each")
    run = Run(None if call is None else parse_call(call, names), train)
    found = find(spec)
    model = construct(found, spec, given)
    name = spec.rpartition(":")[2].rpartition(".")[2]
    return import_module(
        model, inputs, name=name, rebuilt=lambda: construct(found, spec, given, real=True), parameters=given, run=run
    )


def _checked(graph: NetworkGraph, name: str) -> NetworkGraph:
    if not graph.nodes:
        hint = "what it returns depends on no input, as where numbers pass through NumPy"
        problem = Problem(Location(Source(name)), "a module that computes nothing from its inputs", hint=hint)
        raise SpecError([problem])
    return graph


def unwrapped(model: nn.Module) -> nn.Module:
    """Return the module inside of wrappers that only say how it is run: `torch.compile`, data parallelism."""
    if not isinstance(model, nn.Module):
        raise UsageError(f"{type(model).__name__} instead of a module; expected an instance of torch.nn.Module")
    while isinstance(model, (nn.DataParallel, nn.parallel.DistributedDataParallel)) or hasattr(model, "_orig_mod"):
        model = model._orig_mod if hasattr(model, "_orig_mod") else model.module  # type: ignore[assignment]
    return model


def _usual_type(model: nn.Module) -> torch.dtype:
    """The type of the first parameter that is no integer; that of PyTorch without any."""
    found = (each.dtype for each in model.parameters() if each.dtype.is_floating_point)
    return next(found, torch.get_default_dtype())


@contextmanager
def in_mode(model: nn.Module, *, train: bool = False) -> Iterator[None]:
    """Put a module and all parts of it into evaluation or training mode for a while.

    What they print goes to standard error. Running statistics are afterwards as they were.
    """
    modes = [(each, each.training) for each in model.modules()]
    kept = {each: each.clone() for each in model.buffers() if train and not each.is_meta}
    model.train(train)
    try:
        with redirect_stdout(sys.stderr), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for buffer, numbers in kept.items():
            buffer.copy_(numbers)
        for each, training in modes:
            each.training = training


@dataclass(frozen=True)
class Recorder:
    """Records runs of a module on the same kind of inputs."""

    inputs: Sequence[ModuleInput]
    run: Run
    name: str

    def materialized(self, model: nn.Module) -> nn.Module:
        """Return a module whose lazy parameters have sizes, which its first run gives them."""
        if not any(is_lazy(each) for each in (*model.parameters(), *model.buffers())):
            return model
        with in_mode(model):
            try:
                args, kwargs = self._arguments(model, {each.name: each.tensor(real=True) for each in self.inputs})
                with torch.no_grad():
                    model(*args, **kwargs)
            except (Exception, SystemExit) as error:
                raise problem_of(error, self.name, run_hint(error, model, self.inputs)) from None
        return model

    def recorded(self, model: nn.Module, rebuilt: Callable[[], nn.Module]) -> tuple[Recording, str]:
        """The recording, and why it is one of real numbers if it is."""
        try:
            return self.once(model), ""
        except (Exception, SystemExit) as first:
            try:
                real = self.materialized(unwrapped(rebuilt()))
                with in_mode(real, train=self.run.train):
                    recording = self.once(real, real=True)
            except SpecError:
                raise
            except (Exception, SystemExit) as error:
                raise problem_of(error, self.name, run_hint(error, model, self.inputs)) from None
            return recording, f"recorded on random numbers, which may decide what it does: {_said(first)}"

    def once(self, model: nn.Module, *, real: bool = False, like: Sequence[Call] | None = None) -> Recording:
        """Record one run; with `like` as far as it is the same as another."""
        return self._record(model, self.inputs, real=real, like=like)

    def at(self, model: nn.Module, sizes: Mapping[str, tuple[int, ...]]) -> Recording | None:
        """Record a run on inputs of other sizes, without a batch; None where the module does not take them."""
        inputs = [replace(each, sizes=sizes[each.name]) for each in self.inputs]
        try:
            with in_mode(model, train=self.run.train):
                return self._record(model, inputs, real=False, like=None)
        except (Exception, SystemExit):  # whatever the user's code says of sizes that it does not take
            return None

    def larger(
        self, model: nn.Module, sizes: Mapping[str, tuple[int, ...]], like: Sequence[Call],
        state: State | None = None,
    ) -> Recording | None:  # fmt: skip
        """The same on inputs of other sizes, batch included, as far as the module takes them and does the same.

        `state` is what the module holds, if that is known.
        """
        enlarged = [replace(each, sizes=tuple(sizes[each.name][1:])) for each in self.inputs]
        try:
            return self._record(model, enlarged, real=False, like=like, state=state)
        except (Exception, SystemExit):  # whatever the user's code says of sizes that it does not take
            return None

    def _record(
        self, model: nn.Module, inputs: Sequence[ModuleInput], *, real: bool, like: Sequence[Call] | None,
        state: State | None = None,
    ) -> Recording:  # fmt: skip
        invocation = self.invocation(model)
        args, kwargs = invocation.filled({each.name: each.tensor(real=real) for each in inputs})
        with unchanged(model, state) as before:
            recording = record(model, args, kwargs, invocation.names, name=self.name, real=real, like=like)
            before.separate(recording.constants)
            return recording

    def invocation(self, model: nn.Module) -> Invocation:
        """Return how the forward of the module is given its inputs."""
        return self.run.invocation or usual(model, [each.name for each in self.inputs])

    def _arguments(self, model: nn.Module, tensors: Mapping[str, Tensor]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return self.invocation(model).filled(tensors)


def _said(error: BaseException) -> str:
    """The first line of an error, and the line of the user's code that it comes from."""
    said = str(error).strip().splitlines() or [type(error).__name__]
    file, line = failing_line(error.__traceback__)
    return said[0] + (f" ({file}:{line})" if file else "")


def check_letters(names: Names, recording: Recording, inputs: Sequence[ModuleInput]) -> None:
    """UsageError where the first convolution slides along what was called C, with the right spelling."""
    for call in recording.program.calls:
        if call.name != "convolution" or not call.computed:
            continue
        dims = names.of(call.reads[0])
        contracted, slid = dims[1].axis, [dim.axis for dim in dims[2:]]
        for each in inputs:
            if contracted is not None and "C" in slid and contracted in each.letters:
                raise UsageError(f"--input {each}: a convolution slides along C; write {_spelled(each, contracted)}")
        return


def _spelled(given: ModuleInput, contracted: str) -> ModuleInput:
    """The same input with C where the first layer contracts; letters that were not given follow in their order."""
    if given.lettered:
        return replace(given, letters=given.letters.translate(str.maketrans("C" + contracted, contracted + "C")))
    others = iter(each for each in BY_RANK[len(given.sizes)] if each != "C")
    at = given.letters.index(contracted)
    return replace(given, letters="".join("C" if at == place else next(others) for place in range(len(given.sizes))))
