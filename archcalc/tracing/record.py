"""Records one run of a module: every operator, with its module, its function and the line of the user's code.

The module runs on the meta device, where nothing is computed; what no input decides (indices, masks) is computed on the
CPU as it is. Control flow of Python runs as it stands, for the input that was given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.nn.utils.stateless import _reparametrize_module
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

from archcalc.core.program import BUFFER, CONSTANT, INPUT, PARAMETER, Call, FunctionCall, ModuleCall, Program, Ref
from archcalc.tracing.alike import MOST_REAL, Differs, LikeAnother, stretched
from archcalc.tracing.attention import FusedAttention
from archcalc.tracing.devices import here, stays
from archcalc.tracing.kernels import Kernels
from archcalc.tracing.macs import macs_of
from archcalc.tracing.nested import mapped, named_tensors, tensors_in, with_refs
from archcalc.tracing.operators import COMPOSITE, OF_ITSELF, Traits, traits
from archcalc.tracing.place import NOWHERE, Place, calling_line
from archcalc.tracing.tensors import Tensors
from archcalc.tracing.unfollowed import Unfollowed

if TYPE_CHECKING:
    from torch._ops import OpOverload


Parts = list[tuple[str, nn.Module]]
"""A module and all parts of it, by path; shared ones under each of their paths."""


class DataDependent(Exception):
    """A number that depends on an input decides about control flow or a shape, and no such number is known."""


@dataclass(frozen=True)
class Recording:
    """A program, and the numbers of the constants that its computed calls read."""

    program: Program
    constants: dict[int, Tensor] = field(repr=False)


class ModuleStack:
    """The module calls of a run, and which of them is running."""

    def __init__(self, parts: Parts, tensors: Tensors, calls: list[Call]) -> None:
        self._tensors = tensors
        self._operators = calls
        self._paths = {id(each): path for path, each in reversed(parts)}
        self._times: dict[int, int] = {}
        self.calls: list[ModuleCall] = []
        self._running: list[int] = []

    @property
    def running(self) -> int:
        """The number of the innermost module call that is running."""
        return self._running[-1] if self._running else 0

    def enter(self, module: nn.Module, args: Any) -> None:
        """Note that a module is called."""
        del args
        number, parent = len(self.calls), self.running
        times = self._times[id(module)] = self._times.get(id(module), -1) + 1
        file, line = calling_line()
        self.calls.append(
            ModuleCall(
                number=number,
                parent=parent,
                path=self._path(module, parent),
                class_name=type(module).__name__,
                native=type(module).__module__.startswith("torch.nn."),
                repetition=times,
                file=file,
                line=line,
                begin=len(self._operators),
            )
        )
        self._running.append(number)

    def _path(self, module: nn.Module, parent: int) -> str:
        known = self._paths.get(id(module))
        if known is not None:
            return str(known)
        above, name = self.calls[parent].path, type(module).__name__
        return f"{above}.{name}" if above else name

    def leave(self, module: nn.Module, args: Any, output: Any) -> None:
        """Note that a module returns."""
        del module, args
        number = self._running.pop()
        returned = tuple(map(self._tensors.number, _returned(output)))
        self.calls[number] = replace(self.calls[number], outputs=returned, end=len(self._operators))


class Functions(TorchFunctionMode):
    """Notes the outermost function of PyTorch that is running, and numbers those that run an operator."""

    def __init__(self, modules: ModuleStack, tensors: Tensors, calls: list[Call]) -> None:
        super().__init__()
        self._operators = calls
        self._modules = modules
        self._tensors = tensors
        self.attention, self.unfollowed = FusedAttention(calls), Unfollowed()
        self.calls: list[FunctionCall] = []
        self._function: Callable[..., Any] | None = None
        self._number: int | None = None

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run a function of PyTorch and note what it returned, if it ran an operator."""
        self.unfollowed.look(func, kwargs or {})
        outer = self._function, self._number
        self._function, self._number = func, None
        try:
            out = self._run(func, args, kwargs or {})
            if self._number is not None:
                returned = tuple(map(self._tensors.number, _returned(out)))
                called, end = self.calls[self._number], len(self._operators)
                self.calls[self._number] = replace(called, outputs=returned, end=end)
            return out
        finally:
            self._function, self._number = outer

    def _run(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run a function; one that wants all its tensors on one device gets them on the meta device."""
        if stays(func):
            return args[0]
        args, kwargs = tuple(map(here, args)), {name: here(each) for name, each in kwargs.items()}
        begin = len(self._operators)
        try:
            return self.attention.run(func, args, kwargs)
        except RuntimeError as error:
            if "device" not in str(error):
                raise
            found = {each.is_meta for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)}
            if len(found) < 2:
                raise
        del self._operators[begin:]
        args, kwargs = tree_map_only(Tensor, self._on_meta, (args, kwargs))
        return self.attention.run(func, args, kwargs)

    def _on_meta(self, tensor: Tensor) -> Tensor:
        if tensor.is_meta:
            return tensor
        with torch._C._DisableTorchDispatch():
            twin = _as_meta(tensor)
        self._tensors.add_twin(twin, self._tensors.number(tensor))
        return twin

    def current(self) -> int:
        """Return the number of the function call that is running."""
        if self._number is None:
            self._number = self._add(getattr(self._function, "__name__", "") if self._function else "")
        return self._number

    def _add(self, name: str) -> int:
        file, line = calling_line()
        number, name, begin = len(self.calls), name.strip("_"), len(self._operators)
        module = self._modules.running
        self.calls.append(FunctionCall(number=number, name=name, module=module, file=file, line=line, begin=begin))
        return number

    @property
    def place(self) -> Place:
        """The line of the last function call."""
        return (self.calls[-1].file, self.calls[-1].line) if self.calls else NOWHERE


class Operators(TorchDispatchMode):
    """Runs every operator on the meta device, or on the CPU where no input decides what comes out, and records it.

    With `real`, everything runs as it is.
    """

    def __init__(self, tensors: Tensors, functions: Functions, calls: list[Call], *, real: bool) -> None:
        super().__init__()
        self._tensors = tensors
        self._functions = functions
        self._real = real
        self._on_meta: dict[int, Tensor] = {}
        self._kernels = Kernels()
        self.calls = calls

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # nothing is compiled here, and what keeps it from being compiled takes longer than many operators

    def __torch_dispatch__(
        self, func: OpOverload, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run one operator and record it."""
        kwargs = kwargs or {}
        found = traits(func)
        if found.composite:
            with self:
                return func._op_dk(COMPOSITE, *args, **kwargs)
        given = tensors_in((args, kwargs))
        numbers = [self._tensors.number(each) for each in given]
        computed = not found.makes_like and any(map(self._tensors.is_computed, numbers))
        if computed and found.name == "_local_scalar_dense" and not self._real:
            raise DataDependent("a number that depends on the input")
        written = _arguments(found, args, kwargs)
        for each in written:
            self._tensors.before_write(self._tensors.number(each))
        if computed:
            for number, each in zip(numbers, given, strict=True):
                if not self._tensors.is_computed(number):
                    self._tensors.keep_constant(each)
        out, macs = self._run(func, found, args, kwargs, given, computed)
        self._record(found, args, kwargs, macs if computed else macs or 0, out, numbers, computed, written)
        return out

    def _run(
        self, func: OpOverload, found: Traits, args: Any, kwargs: Any, given: list[Tensor], computed: bool
    ) -> tuple[Any, int | None]:
        """The result of an operator, and its multiply-accumulates."""
        on_meta = not found.makes_like and not self._real and (computed or any(each.is_meta for each in given))
        if found.takes_device and not self._real and (given or "device" in kwargs):
            kwargs = {**kwargs, "device": torch.device("meta" if on_meta else "cpu")}
        if not on_meta:
            if isinstance(self.calls, LikeAnother) and stretched(given) > MOST_REAL:
                raise Differs
            out = func(*args, **kwargs)
            return out, macs_of(func, found.name, (args, kwargs), out)
        if all(each.is_meta for each in given):
            return self._kernels.run(func, found, args, kwargs)
        if found.name in ("index", "index_put_", "index_put"):
            args = (args[0], [place for each in args[1] for place in _positions(each)], *args[2:])
        ran_args, ran_kwargs = mapped((args, kwargs), self._meta)
        out, macs = self._kernels.run(func, found, ran_args, ran_kwargs)
        if found.written:
            originals = {id(self._meta(each)): each for each in _arguments(found, args, kwargs)}
            out = mapped(out, lambda each: originals.get(id(each), each))
        return out, macs

    def _meta(self, tensor: Tensor) -> Tensor:
        if tensor.is_meta:
            return tensor
        number = self._tensors.number(tensor)
        if number not in self._on_meta:
            self._on_meta[number] = tensor.to("meta")
        return self._on_meta[number]

    def _record(
        self, found: Traits, args: Any, kwargs: Any, macs: int | None, out: Any,
        numbers: list[int], computed: bool, written: list[Tensor],
    ) -> None:  # fmt: skip
        if found.text in OF_ITSELF:
            self._record_view(found, args, kwargs, computed)
            return
        number = self._tensors.number
        view_of = numbers[0] if found.makes_views and numbers else None
        outputs = tuple(self._tensors.add(each, CONSTANT, view_of=view_of) for each in tensors_in(out))
        changed = tuple(number(each) for each in written)
        if computed:
            for each in (*outputs, *changed):
                self._tensors.mark_computed(each)
        stored, options = with_refs((args, kwargs), number)
        self.calls.append(
            Call(
                len(self.calls), found.text, stored, options, outputs, changed, view_of, computed, macs,
                self._functions.current(),
            )
        )  # fmt: skip

    def _record_view(self, found: Traits, args: Any, kwargs: Any, computed: bool) -> None:
        """Record a tensor that became a view of itself."""
        old, new = self._tensors.seen_anew(args[0])
        self.calls.append(
            Call(
                len(self.calls), OF_ITSELF[found.text], (Ref(old), *args[1:]), kwargs, (new,), (), old, computed, 0,
                self._functions.current(),
            )
        )  # fmt: skip


def _returned(out: Any) -> list[Tensor]:
    """The tensors that a function or a module returned."""
    return [out] if isinstance(out, Tensor) else [each for each in tree_leaves(out) if isinstance(each, Tensor)]


def _arguments(found: Traits, args: Any, kwargs: Any) -> list[Tensor]:
    """The tensors that an operator writes."""
    if not found.written:
        return []
    places = [args[at] if isinstance(at, int) and at < len(args) else kwargs.get(at) for at in found.written]
    return [each for each in tree_leaves(places) if isinstance(each, Tensor)]


def _positions(index: Tensor | None) -> list[Tensor | None]:
    """An index on the CPU, with the positions that a mask chooses in place of the mask."""
    if index is None or index.is_meta or index.dtype not in (torch.bool, torch.uint8):
        return [index]
    return list(index.nonzero(as_tuple=True))


def record(
    model: nn.Module,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    names: Sequence[str],
    *,
    name: str = "",
    real: bool = False,
    like: Sequence[Call] | None = None,
) -> Recording:
    """Run a module once and return what it did.

    Args:
        model: the module, as it is to run: in training mode or not.
        args: what its forward is given by position, tensors on the CPU or the meta device, in lists and mappings too.
        kwargs: what its forward is given by name.
        names: what the tensors in `args` and `kwargs` are called, in their order.
        name: what the program is called.
        real: run on real numbers rather than on the meta device.
        like: the calls of another run. Where this one does something else, or the module raises an error, return what
            it did before.

    Raises:
        Exception: whatever the module raises.
    """
    calls: list[Call] = [] if like is None else LikeAnother(like)
    tensors = Tensors(calls)
    if not real:
        args, kwargs = tree_map_only(Tensor, _as_meta, (args, dict(kwargs)))
    parts = list(model.named_modules(remove_duplicate=False))
    swapped = _declare(parts, tensors, real=real)
    inputs = [each for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)]
    given = {}
    for each, called in zip(inputs, names, strict=True):
        given[called] = tensors.add(each, INPUT, called)
        tensors.mark_computed(given[called])
    modules = ModuleStack(parts, tensors, calls)
    functions = Functions(modules, tensors, calls)
    operators = Operators(tensors, functions, calls, real=real)
    watched = functions.unfollowed.watched()
    with torch.no_grad(), _reparametrize_module(model, swapped), _hooked(modules), watched, functions, operators:
        try:
            out = model(*args, **kwargs)
        except (Exception, Differs):
            if like is None:
                raise
            out = ()
    outputs = {called: tensors.number(each) for called, each in named_tensors(out)}
    values = tensors.values()
    program = Program(
        name, given, outputs, values, tuple(calls), tuple(functions.calls), tuple(modules.calls), real,
        {path: tensors.number(each) for path, each in swapped.items()},
        {path: tensors.number(each) for path, each in _members(parts, "_buffers")},
        frozenset(functions.attention.softmaxes), functions.unfollowed.autocast, functions.unfollowed.checkpoints,
        functions.unfollowed.dropouts,
    )  # fmt: skip
    return Recording(program, tensors.constants)


def _as_meta(tensor: Tensor) -> Tensor:
    return tensor if tensor.is_meta else torch.empty_like(tensor, device="meta")


def _members(parts: Parts, kind: str) -> Iterator[tuple[str, Tensor]]:
    """Yield the parameters or buffers of a module's parts, shared ones under each of their paths."""
    for path, part in parts:
        for name, each in getattr(part, kind).items():
            if each is not None:
                yield (f"{path}.{name}" if path else name), each


def _declare(parts: Parts, tensors: Tensors, *, real: bool) -> dict[str, Tensor]:
    """Number the parameters and buffers, and return what the parameters are replaced with while the module runs."""
    swapped: dict[str, Tensor] = {}
    made: dict[int, Tensor] = {}
    for path, each in _members(parts, "_parameters"):
        if id(each) not in made:
            made[id(each)] = each if real or each.is_meta else nn.Parameter(_as_meta(each), requires_grad=False)
            tensors.add(made[id(each)], PARAMETER, path)
        swapped[path] = made[id(each)]
    for path, buffer in _members(parts, "_buffers"):
        tensors.add(buffer, BUFFER, path)
    return swapped


@contextmanager
def _hooked(modules: ModuleStack) -> Iterator[None]:
    """Note every call of a module."""
    before = register_module_forward_pre_hook(modules.enter)
    after = register_module_forward_hook(modules.leave, always_call=True)
    try:
        yield
    finally:
        before.remove()
        after.remove()
