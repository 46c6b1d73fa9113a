"""Tensors in lists, mappings and records: what operators and modules are given and return."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from torch import Tensor

from archcalc.core.program import Ref


def tensors_in(value: Any) -> list[Tensor]:
    """Return the tensors among the arguments or the results of an operator, in order."""
    found: list[Tensor] = []
    _collect(value, found)
    return found


def _collect(value: Any, found: list[Tensor]) -> None:
    if isinstance(value, Tensor):
        found.append(value)
    elif isinstance(value, (list, tuple)):
        for each in value:
            _collect(each, found)
    elif isinstance(value, dict):
        for each in value.values():
            _collect(each, found)


def mapped(value: Any, change: Callable[[Tensor], Any]) -> Any:
    """Return arguments of an operator with something else in place of the tensors."""
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, (list, tuple)):
        return type(value)([mapped(each, change) for each in value])
    if isinstance(value, dict):
        return {name: mapped(each, change) for name, each in value.items()}
    return value


def with_refs(value: Any, number: Callable[[Tensor], int]) -> Any:
    """Return arguments with numbers in place of the tensors."""
    return mapped(value, lambda each: Ref(number(each)))


def named_tensors(found: Any, name: str = "") -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors in lists, mappings and records, named by their keys and places."""
    if isinstance(found, Tensor):
        yield name or "output", found
    elif isinstance(found, Mapping):
        for key, each in found.items():
            yield from named_tensors(each, f"{name}.{key}" if name else str(key))
    elif isinstance(found, (list, tuple)):
        keys = getattr(found, "_fields", range(len(found)))
        for key, each in zip(keys, found, strict=True):
            yield from named_tensors(each, f"{name}.{key}" if name else f"output{key}" if isinstance(key, int) else key)
    elif is_dataclass(found):
        for part in fields(found):
            yield from named_tensors(getattr(found, part.name), f"{name}.{part.name}" if name else part.name)
