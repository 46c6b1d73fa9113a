"""Tensors in lists, mappings and records: what operators and modules are given and return."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from torch import Tensor

from archcalc.core.program import Ref


def tensors_in(value: Any) -> Iterator[Tensor]:
    """Yield the tensors among the arguments or the results of an operator, in order."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from tensors_in(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from tensors_in(each)


def with_refs(value: Any, number: Callable[[Tensor], int]) -> Any:
    """Return arguments with numbers in place of the tensors."""
    if isinstance(value, Tensor):
        return Ref(number(value))
    if isinstance(value, (list, tuple)):
        return type(value)([with_refs(each, number) for each in value])
    if isinstance(value, dict):
        return {name: with_refs(each, number) for name, each in value.items()}
    return value


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
