"""Gives a module back what it held before a run: a recording leaves nothing behind in a module that is still used."""

from __future__ import annotations

from collections import OrderedDict, deque
from contextlib import contextmanager
from operator import is_
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import nn

HOLDING = (list, dict, set, deque, OrderedDict)
"""Attributes of these types are given back what they held; what is deeper inside is not looked at."""


class State:
    """The attributes of a module and its parts, what lists and mappings among them hold, and the numbers of buffers."""

    def __init__(self, model: nn.Module) -> None:
        parts = [each for each in model.modules() if not isinstance(each, torch.jit.ScriptModule)]
        self._attributes = [(vars(each), dict(vars(each))) for each in parts]
        values = [value for _, held in self._attributes for value in held.values()]
        self._held = [(each, each.copy()) for each in values if type(each) in HOLDING]
        tensors = {id(each): each for each in (*model.buffers(), *values) if _has_numbers(each)}
        self._numbers = [(each, each._version, each.detach().clone()) for each in tensors.values()]

    def separate(self, constants: dict[int, Tensor]) -> None:
        """Copy those of some constants that lie in a changed buffer, so that they stay as they were read."""
        changed = {each.untyped_storage().data_ptr() for each, version, _ in self._numbers if each._version != version}
        for number, each in constants.items():
            if changed and each.untyped_storage().data_ptr() in changed:
                constants[number] = each.clone()

    def restore(self) -> None:
        """Give attributes, lists, mappings and buffers the values they had before."""
        for now, before in self._attributes:
            if not _same(now, before):
                now.clear()
                now.update(before)
        for held, before in self._held:
            if not _holds_same(held, before):
                held.clear()
                (held.update if hasattr(held, "update") else held.extend)(before)
        with torch.no_grad():
            for tensor, version, numbers in self._numbers:
                if tensor._version != version:
                    tensor.copy_(numbers)


def _has_numbers(value: Any) -> bool:
    """Whether a value is a tensor that a run on the meta device may change."""
    if type(value) is not Tensor or value.is_meta or value.is_inference():
        return False
    return value.layout is torch.strided and not isinstance(value, torch.nn.Parameter)


def _holds_same(held: Any, before: Any) -> bool:
    """Whether a list or a mapping holds the same objects in the same order."""
    if not held and not before:
        return True
    if isinstance(held, dict):
        return list(held) == list(before) and _same(held, before)
    return list(map(id, held)) == list(map(id, before))


def _same(now: dict[Any, Any], before: dict[Any, Any]) -> bool:
    return now.keys() == before.keys() and all(map(is_, now.values(), map(before.__getitem__, now)))


@contextmanager
def unchanged(model: nn.Module, state: State | None = None) -> Iterator[State]:
    """Leave a module as it is, whatever happens to it meanwhile; `state` is what it holds, if that is known."""
    state = state or State(model)
    try:
        yield state
    finally:
        state.restore()
