"""The inputs of a module: their sizes, what each dimension is, and how its forward is given them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from archcalc.core.messages import shortened
from archcalc.core.problem import UsageError
from archcalc.core.shape import DEPTH_AXES, is_axis
from archcalc.tracing.invocation import Invocation, Slot, argument_names, usual

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Module = nn.Module
GivenInput = Tensor | str | list[Any] | tuple[Any, ...] | dict[str, Any]
"""What `from_module` takes for an argument: a tensor with a batch of 1 in front, or sizes without; lists of these."""

BY_RANK = {1: "C", 2: "CT", 3: "CHW", 4: "CTHW"}
"""The letters of sizes that are given without any, without the batch."""
_SIZE = re.compile(r"([A-Z]?)([0-9]+)")
EXPECTED = "NAME=SIZES[:TYPE][@FPS], such as clip=3x16x112x112, clip=T16xC3xH224xW224@30 or ids=T16:int64"


@dataclass(frozen=True)
class ModuleInput:
    """One input without its batch: a letter and a size for each dimension, its type, and frames per second if given.

    The type is that of the parameters where none is given. `lettered`: the letters were given, not taken by rank.
    """

    name: str
    letters: str
    sizes: tuple[int, ...]
    dtype: torch.dtype | None = None
    fps: float | None = None
    spacing: Mapping[str, float] = field(default_factory=dict)
    lettered: bool = True

    def tensor(self, *, real: bool = False) -> Tensor:
        """Return a tensor of batch 1: without numbers, or random ones."""
        sizes, dtype = (1, *self.sizes), self.dtype or torch.float32
        if not real:
            return torch.empty(sizes, dtype=dtype, device="meta")
        if dtype.is_complex:
            return torch.rand(sizes, dtype=dtype)
        return torch.rand(sizes).to(dtype) if dtype.is_floating_point else torch.zeros(sizes, dtype=dtype)

    def __str__(self) -> str:
        sizes = "x".join(f"{letter}{size}" for letter, size in zip(self.letters, self.sizes, strict=True))
        return f"{self.name}={sizes}"


def parse_input(text: str) -> ModuleInput:
    """Return the input that `NAME=SIZES[:TYPE][@FPS]` names; UsageError when it is not of that form."""
    name, _, rest = text.partition("=")
    rest, at, rate = rest.partition("@")
    rest, _, kind = rest.partition(":")
    found = [_SIZE.fullmatch(each) for each in rest.split("x")]
    dtype = getattr(torch, kind, None) if kind else None
    try:
        fps = float(rate) if at else None
    except ValueError:
        fps = -1.0
    if (
        not name.isidentifier()
        or not all(found)
        or (kind and not isinstance(dtype, torch.dtype))
        or (fps is not None and fps <= 0)
    ):
        raise UsageError(f"--input {shortened(text, 80)}; {EXPECTED}")
    letters = "".join(each[1] for each in found if each)
    sizes = tuple(int(each[2]) for each in found if each)
    return ModuleInput(name, _letters(text, letters, len(sizes)), sizes, dtype, fps, lettered=bool(letters))


def _letters(text: str, letters: str, rank: int) -> str:
    if not letters:
        if rank not in BY_RANK:
            raise UsageError(
                f"--input {shortened(text, 80)} with {rank} sizes; say which axis each is, as in C3xT16xH112xW112"
            )
        return BY_RANK[rank]
    unknown = [each for each in letters if not is_axis(each)]
    if len(letters) != rank or unknown or len(set(letters)) != rank or len(set(letters) & set(DEPTH_AXES)) > 1:
        raise UsageError(f"--input {shortened(text, 80)}; a letter of C, T or D, H, W before every size, each once")
    return letters


def of_tensor(name: str, tensor: Tensor) -> ModuleInput:
    """Return the input that a tensor with a batch of 1 in front stands for; UsageError when it has none."""
    if tensor.dim() < 2 or tensor.shape[0] != 1:
        raise UsageError(
            f"{name}: a tensor of {tuple(tensor.shape)}; a batch of 1 in front, as in (1, 3, 16, 112, 112)"
        )
    rank = tensor.dim() - 1
    if rank not in BY_RANK:
        raise UsageError(f"{name}: a tensor of {rank + 1} dimensions; sizes with letters, as in 'C3xT16xH112xW112'")
    return ModuleInput(name, BY_RANK[rank], tuple(tensor.shape[1:]), tensor.dtype, lettered=False)


def module_input(name: str, given: object) -> ModuleInput:
    """Return the input that a tensor or a text of sizes stands for."""
    if isinstance(given, str):
        return parse_input(f"{name}={given}")
    if isinstance(given, Tensor):
        return of_tensor(name, given)
    raise UsageError(f"{name}: {type(given).__name__}; a tensor, or sizes such as '3x16x112x112'")


def given_inputs(
    model: nn.Module, args: Sequence[GivenInput], kwargs: Mapping[str, GivenInput]
) -> tuple[list[ModuleInput], Invocation | None]:
    """Return the inputs among arguments, and how they are given; None where all are plain ones, given as usual.

    What lies in a list is named by its place, in a dictionary by its key.
    """
    named = [*zip(argument_names(model, len(args)), args, strict=True), *kwargs.items()]
    found: list[ModuleInput] = []
    slots = {name: _slots(name, value, found) for name, value in named}
    if not any(isinstance(value, (list, tuple, dict)) for _, value in named):
        return found, None
    order = list(slots.values())
    return found, Invocation(tuple(order[: len(args)]), dict(list(slots.items())[len(args) :]))


def _slots(name: str, value: GivenInput, found: list[ModuleInput]) -> Any:
    """An argument with slots in place of its inputs, which are added to those found."""
    if isinstance(value, dict):
        return {key: _slots(_free(str(key), found), each, found) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        made = [_slots(_free(f"{name}{at}", found), each, found) for at, each in enumerate(value)]
        return made if isinstance(value, list) else tuple(made)
    found.append(module_input(name, value))
    return Slot(name)


def _free(name: str, found: Sequence[ModuleInput]) -> str:
    name = re.sub(r"\W", "_", name) or "input"
    return name if all(each.name != name for each in found) else f"{name}_{len(found)}"


def arguments(model: nn.Module, inputs: Sequence[tuple[str, Tensor]]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return how the forward of a module is usually given its inputs."""
    return usual(model, [name for name, _ in inputs]).filled(dict(inputs))
