"""The inputs of a module: their sizes, what each dimension is, and how its forward is given them."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from archcalc.core.messages import shortened
from archcalc.core.problem import UsageError
from archcalc.core.shape import AXES, DEPTH_AXES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Module = nn.Module
GivenInput = Tensor | str
"""What `from_module` takes for an input: a tensor with a batch of 1 in front, or sizes without."""

BY_RANK = {1: "C", 2: "CT", 3: "CHW", 4: "CTHW"}
"""The letters of sizes that are given without any, batch apart."""
_SIZE = re.compile(r"([A-Z]?)([0-9]+)")
EXPECTED = "NAME=SIZES[:TYPE][@FPS], such as clip=3x16x112x112, clip=T16xC3xH224xW224@30 or ids=T16:int64"


@dataclass(frozen=True)
class ModuleInput:
    """One input without its batch: a letter and a size for each dimension, its type, and frames per second if given."""

    name: str
    letters: str
    sizes: tuple[int, ...]
    dtype: torch.dtype = torch.float32
    fps: float | None = None
    spacing: Mapping[str, float] = field(default_factory=dict)

    def tensor(self, *, real: bool = False) -> Tensor:
        """Return a tensor of batch 1: without numbers, or random ones."""
        sizes = (1, *self.sizes)
        if not real:
            return torch.empty(sizes, dtype=self.dtype, device="meta")
        return (
            torch.rand(sizes).to(self.dtype) if self.dtype.is_floating_point else torch.zeros(sizes, dtype=self.dtype)
        )

    def __str__(self) -> str:
        sizes = "x".join(f"{letter}{size}" for letter, size in zip(self.letters, self.sizes, strict=True))
        return f"{self.name}={sizes}"


def parse_input(text: str) -> ModuleInput:
    """Return the input that `NAME=SIZES[:TYPE][@FPS]` names; UsageError when it is not of that form."""
    name, _, rest = text.partition("=")
    rest, at, rate = rest.partition("@")
    rest, _, kind = rest.partition(":")
    found = [_SIZE.fullmatch(each) for each in rest.split("x")]
    dtype = getattr(torch, kind or "float32", None)
    try:
        fps = float(rate) if at else None
    except ValueError:
        fps = -1.0
    if (
        not name.isidentifier()
        or not all(found)
        or not isinstance(dtype, torch.dtype)
        or (fps is not None and fps <= 0)
    ):
        raise UsageError(f"--input {shortened(text, 80)}; {EXPECTED}")
    letters = "".join(each[1] for each in found if each)
    sizes = tuple(int(each[2]) for each in found if each)
    return ModuleInput(name, _letters(text, letters, len(sizes)), sizes, dtype, fps)


def _letters(text: str, letters: str, rank: int) -> str:
    if not letters:
        if rank not in BY_RANK:
            raise UsageError(
                f"--input {shortened(text, 80)} with {rank} sizes; say which axis each is, as in C3xT16xH112xW112"
            )
        return BY_RANK[rank]
    unknown = [each for each in letters if each not in AXES]
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
    return ModuleInput(name, BY_RANK[rank], tuple(tensor.shape[1:]), tensor.dtype)


def module_input(name: str, given: Tensor | str) -> ModuleInput:
    """Return the input that a tensor or a text of sizes stands for."""
    if isinstance(given, str):
        return parse_input(f"{name}={given}")
    if isinstance(given, Tensor):
        return of_tensor(name, given)
    raise UsageError(f"{name}: {type(given).__name__}; a tensor, or sizes such as '3x16x112x112'")


def arguments(model: nn.Module, inputs: Sequence[tuple[str, Tensor]]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return how the forward of a module is given its inputs: those that it names by name, others by position.

    Several inputs of which it names none go to the only argument of its forward as a list.
    """
    parameters = inspect.signature(model.forward).parameters
    named = {name: tensor for name, tensor in inputs if name in parameters}
    rest = [tensor for name, tensor in inputs if name not in parameters]
    positional = [
        each for each in parameters.values() if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
    ]
    takes_any = any(each.kind == each.VAR_POSITIONAL for each in parameters.values())
    if len(rest) > 1 and not named and not takes_any and len(positional) == 1:
        return (rest,), {}
    return tuple(rest), named


def first_names(model: nn.Module, count: int) -> list[str]:
    """Return names for inputs that are given by position: those of the arguments of the forward."""
    known = [
        name for name, each in inspect.signature(model.forward).parameters.items() if each.kind != each.VAR_KEYWORD
    ]
    return [known[at] if at < len(known) else f"input{at}" for at in range(count)]
