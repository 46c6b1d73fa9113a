"""A recorded module on a device, ready to run itself; its layers are timed where they run."""

from __future__ import annotations

import copy
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from archcalc.core.problem import Unavailable
from archcalc.measure.profile.recorder import Recorder
from archcalc.measure.profile.workload import SEED, Workload
from archcalc.results.profile import TRAINING
from archcalc.tracing.layers import Layers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from archcalc.core.program import FunctionCall
    from archcalc.measure.profile.recorder import LayerTimes, Pace
    from archcalc.measure.profile.stopwatch import Stopwatch
    from archcalc.results.profile import Setup
    from archcalc.tracing.module import ImportedSpec


ONE_KERNEL = (nn.TransformerEncoder, nn.TransformerEncoderLayer, nn.MultiheadAttention)
PART_BY_PART = (
    "measured part by part, as it was recorded, without the fast path that PyTorch's transformer layers have at"
    " inference; torch.backends.mha.set_fastpath_enabled(False) turns it off in your code"
)


class Called(nn.Module):
    """A module that is given its inputs by position, however its forward takes them."""

    def __init__(self, spec: ImportedSpec, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self._names = [each.name for each in spec.inputs]
        self._invocation = spec.invocation(model)

    def forward(self, *inputs: Tensor) -> Any:
        """Run the module."""
        args, kwargs = self._invocation.filled(dict(zip(self._names, inputs, strict=True)))
        return self.model(*args, **kwargs)


class ModuleWorkload(Workload):
    """A recorded module with random inputs of a whole batch."""

    def __init__(self, spec: ImportedSpec, setup: Setup) -> None:
        if setup.mode == TRAINING:
            raise Unavailable(f"{spec.name} is a module of PyTorch, which is profiled at inference alone")
        assert spec.real_module is not None, "every recorded module can be had again"
        torch.manual_seed(SEED)
        model = spec.recorder.materialized(copy.deepcopy(spec.real_module()))
        inputs = (torch.cat([each.tensor(real=True) for _ in range(setup.batch)]) for each in spec.inputs)
        self._place(Called(spec, model), inputs, setup)
        self._places = _places(spec, self._functions())

    def _functions(self) -> list[tuple[str, bool]]:
        """The functions that a run calls by name, and whether each ran an operator.

        As in the recording, dropout runs none; in inference mode it is an operator that does nothing.
        """
        seen = _Functions()
        with torch.no_grad(), part_by_part(), seen, _Operators(seen):
            self.network(*self.inputs)
        return seen.called

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is otherwise than where the module runs alone."""
        return (PART_BY_PART,) if any(isinstance(each, ONE_KERNEL) for each in self.network.modules()) else ()

    def run(self, *, compiled: bool = True) -> None:
        """Infer once, part by part, as the module was recorded."""
        with part_by_part():
            super().run(compiled=compiled)

    def run_layers(self, stopwatch: Stopwatch, pace: Pace | None = None) -> LayerTimes:
        """Times of every layer in one run of the module; with a pace, queued ahead."""
        recorder = Recorder(stopwatch, pace)
        layers = _Layers(recorder, self._places)
        with torch.inference_mode(), part_by_part(), layers.watching():
            self.network(*self.inputs)
        layers.finish()
        return recorder.times()


@contextmanager
def part_by_part() -> Iterator[None]:
    """Let PyTorch's layers of transformers run their parts: alone, they run one kernel at inference, which has none."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


@dataclass(frozen=True)
class _Places:
    """The layer to which each call of a module, or of a function, belongs, by its number in a run, of `count` layers.

    What is no layer of its own, such as a copy, belongs to the next one.
    """

    modules: Mapping[int, int]
    functions: Mapping[int, int]
    count: int


def _places(spec: ImportedSpec, called: list[tuple[str, bool]]) -> _Places:
    """Raises Unavailable where the module calls other functions than when it was recorded."""
    assert spec.recording is not None
    program = spec.recording.program
    ran = [at for at, (_, operates) in enumerate(called) if operates]
    difference = _difference([called[at][0] for at in ran], program.functions)
    if difference:
        raise Unavailable(f"{spec.name} does something else on this device than when it was recorded: {difference}")
    layers = Layers(program).found
    modules = {each.module.number: at for at, each in enumerate(layers) if each.module is not None}
    own = {each.function.number: at for at, each in enumerate(layers) if each.module is None}
    ends = [each.calls[-1].number for each in layers]
    functions, at = {}, 0
    for number, each in enumerate(program.functions):
        while at + 1 < len(layers) and ends[at] < each.begin:
            at += 1
        functions[ran[number]] = own.get(number, at)
    return _Places(modules, functions, len(layers))


def _difference(called: list[str], recorded: Sequence[FunctionCall]) -> str:
    """The first function that is called where another was recorded, with the line of the recording; '' for none."""
    for name, before in zip_longest(called, recorded):
        if before is None:
            return f"it goes on with {name} after the last function of the recording"
        if name != before.name:
            place = f" (recorded at {before.file}:{before.line})" if before.file else ""
            return f"{name or 'nothing'} in place of {before.name}{place}; what decides about it has to be the same"
    return ""


class _Functions(TorchFunctionMode):
    """Notes the outermost functions of PyTorch that are called."""

    def __init__(self) -> None:
        super().__init__()
        self.called: list[tuple[str, bool]] = []

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run a function."""
        del types
        self.called.append((getattr(func, "__name__", "").strip("_"), False))
        return func(*args, **(kwargs or {}))

    def operated(self) -> None:
        """Note that the last function ran an operator."""
        if self.called:
            self.called[-1] = self.called[-1][0], True


class _Operators(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Tells which functions run an operator."""

    def __init__(self, functions: _Functions) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._told = functions

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operator."""
        del types
        self._told.operated()
        return func(*args, **(kwargs or {}))


class _Layers(TorchFunctionMode):
    """Starts and stops the clock of each layer: at the module that it is, and at functions outside of these."""

    def __init__(self, recorder: Recorder, places: _Places) -> None:
        super().__init__()
        self._recorder = recorder
        self._places = places
        self._layer = self._module = self._function = -1
        self._inside: nn.Module | None = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the calls of modules and functions."""
        with ExitStack() as stack:
            stack.callback(register_module_forward_pre_hook(self._enter).remove)
            stack.callback(register_module_forward_hook(self._leave).remove)
            stack.enter_context(self)
            yield

    def finish(self) -> None:
        """Begin the layers that took no time."""
        self._begin(self._places.count - 1)

    def _begin(self, layer: int) -> None:
        while self._layer < layer:
            self._layer += 1
            self._recorder.layer()

    def _enter(self, module: nn.Module, args: Any) -> None:
        del args
        if isinstance(module, Called):
            return
        self._module += 1
        layer = self._places.modules.get(self._module)
        if layer is not None and self._inside is None:
            self._inside = module
            self._begin(layer)
            self._recorder.start()

    def _leave(self, module: nn.Module, args: Any, output: Any) -> None:
        del args, output
        if module is self._inside:
            self._inside = None
            self._recorder.stop()

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run a function, as a part of the layer that it belongs to."""
        del types
        self._function += 1
        layer = self._places.functions.get(self._function)
        if layer is None or self._inside is not None:
            return func(*args, **(kwargs or {}))
        self._begin(layer)
        self._recorder.start()
        try:
            return func(*args, **(kwargs or {}))
        finally:
            self._recorder.stop()
