"""Gives a module back what it held before a run: a recording leaves nothing behind in a module that is still used."""

from __future__ import annotations

from collections import OrderedDict, deque
from contextlib import contextmanager
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
            if list(map(id, held)) != list(map(id, before)) or isinstance(held, dict):
                held.clear()
                (held.update if hasattr(held, "update") else held.extend)(before)
        with torch.no_grad():
            for tensor, version, numbers in self._numbers:
                if tensor._version != version:
                    tensor.copy_(numbers)


def _has_numbers(value: Any) -> bool:
    """Whether a value is a tensor that a run on the meta device may change."""
    if not isinstance(value, Tensor) or isinstance(value, torch.nn.Parameter) or value.is_meta or value.is_inference():
        return False
    return type(value) is Tensor and value.layout is torch.strided


def _same(now: dict[str, Any], before: dict[str, Any]) -> bool:
    return now.keys() == before.keys() and all(now[name] is each for name, each in before.items())


@contextmanager
def unchanged(model: nn.Module) -> Iterator[State]:
    """Leave a module as it is, whatever happens to it meanwhile."""
    state = State(model)
    try:
        yield state
    finally:
        state.restore()
