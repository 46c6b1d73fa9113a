"""A recorded call with the receptive fields of its arguments in place of the tensors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import torch

from archcalc.core.program import Ref
from archcalc.tracing.hull import MOST_ELEMENTS, Hull

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor
    from torch._ops import OpOverload

    from archcalc.core.program import Call


@cache
def operator(text: str) -> OpOverload:
    """Return the operator of PyTorch that a program names."""
    namespace, packet, overload = text.split(".")
    return getattr(getattr(getattr(torch.ops, namespace), packet), overload)  # type: ignore[no-any-return]


@cache
def _arguments(text: str) -> tuple[tuple[str, Any], ...]:
    return tuple((each.name, each.default_value) for each in operator(text)._schema.arguments)


@dataclass(frozen=True, slots=True)
class Bound:
    """One call: its arguments by name, defaults included, and the sizes of its outputs."""

    call: Call
    name: str
    arguments: dict[str, Any]
    sizes: tuple[tuple[int, ...], ...]
    cuts: bool = True
    """Whether masks that a softmax maps to zeros cut what is read."""
    largest: int = MOST_ELEMENTS
    """How many elements an array may have."""
    masks: tuple[int, ...] = ()
    """Which of its `indices` hold truth values: they are as long as the dimensions that they choose from."""

    def __getitem__(self, name: str) -> Any:
        return self.arguments[name]

    def get(self, *names: str, default: Any = None) -> Any:
        """Return the first argument of some names that the operator has."""
        return next((self.arguments[name] for name in names if name in self.arguments), default)

    @property
    def output(self) -> tuple[int, ...]:
        """The sizes of the first output."""
        return self.sizes[0]

    @property
    def hulls(self) -> list[Hull]:
        """The tensors among the arguments, in order."""
        return list(_hulls(self.arguments.values()))

    def runner(self) -> Callable[[Tensor], list[Tensor]]:
        """Return what runs the operator on another tensor in place of the one that it was given."""
        schema = operator(self.call.operator)._schema.arguments
        plain = [value for value, each in zip(self.arguments.values(), schema, strict=True) if not each.kwarg_only]
        at = next(at for at, each in enumerate(plain) if isinstance(each, Hull))
        run, before, after = operator(self.call.operator), plain[:at], plain[at + 1 :]
        named = {each.name: self.arguments[each.name] for each in schema if each.kwarg_only}

        def again(tensor: Tensor) -> list[Tensor]:
            out = run(*before, tensor, *after, **named)
            return list(out) if isinstance(out, (list, tuple)) else [out]

        return again

    def again(self, change: Callable[[Hull], Tensor]) -> list[Tensor]:
        """Run the operator on other tensors, and return what it gives."""
        args = _replaced(list(self.arguments.values()), change)
        names = list(self.arguments)
        schema = operator(self.call.operator)._schema.arguments
        plain = [value for value, each in zip(args, schema, strict=True) if not each.kwarg_only]
        named = {name: value for name, value, each in zip(names, args, schema, strict=True) if each.kwarg_only}
        out = operator(self.call.operator)(*plain, **named)
        return [each for each in (out if isinstance(out, (list, tuple)) else [out]) if isinstance(each, torch.Tensor)]


def named(call: Call) -> dict[str, Any]:
    """Return the arguments of a call by name, defaults included; tensors stand as `Ref`."""
    known = _arguments(call.operator)
    arguments = dict(known)
    arguments.update((name, value) for (name, _), value in zip(known, call.arguments, strict=False))
    return {**arguments, **call.options}


def bind(
    call: Call,
    sizes: tuple[tuple[int, ...], ...],
    hull: Callable[[int], Hull],
    *,
    cuts: bool,
    largest: int = MOST_ELEMENTS,
    masks: tuple[int, ...] = (),
) -> Bound:
    """Return a call with the hulls of its arguments."""
    arguments = {name: _with_hulls(value, hull) for name, value in named(call).items()}
    return Bound(call, call.name, arguments, sizes, cuts, largest, masks)


def _with_hulls(value: object, hull: Callable[[int], Hull]) -> object:
    if isinstance(value, Ref):
        return hull(value.number)
    if isinstance(value, (list, tuple)):
        return [_with_hulls(each, hull) for each in value]
    return value


def _hulls(values: Any) -> Iterator[Hull]:
    for each in values:
        if isinstance(each, Hull):
            yield each
        elif isinstance(each, list):
            yield from _hulls(each)


def _replaced(value: Any, change: Callable[[Hull], Tensor]) -> Any:
    if isinstance(value, Hull):
        return change(value)
    if isinstance(value, list):
        return [_replaced(each, change) for each in value]
    return value
