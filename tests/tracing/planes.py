"""Fields of a real module by brute force: one position of one axis of one input is changed at a time.

What is changed to NaN shows as NaN wherever it is read, even with weight 0. A change to another number (in float64,
with positive weights) shows where it is read with a weight.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook
from torch.utils._pytree import tree_leaves, tree_map_only

from archcalc.tracing.hull import Hull, Key
from archcalc.tracing.interpret import Interpreter, Moment
from archcalc.tracing.record import Recording, record

NOTHING = 1 << 30


def filled(model: nn.Module, floor: float = 0.01) -> nn.Module:
    """The module with positive weights, so that nothing cancels out or is cut by a rectifier.

    Deep networks need a `floor` of 0, so that their numbers stay finite.
    """
    generator = torch.Generator().manual_seed(0)
    for each in model.parameters():
        size = each[0].numel() if each.dim() > 1 else 1
        each.data = torch.rand(each.shape, generator=generator) / size + floor
    return model.eval()


@contextmanager
def module_outputs() -> Iterator[list[Tensor]]:
    """The tensors that modules return, in the order in which they return."""
    seen: list[Tensor] = []

    def look(_module: nn.Module, _args: Any, output: Any) -> None:
        seen.extend(each.clone() for each in tree_leaves(output) if isinstance(each, Tensor))

    handle = register_module_forward_hook(look)
    try:
        yield seen
    finally:
        handle.remove()


def moments(recording: Recording) -> list[tuple[str, Moment]]:
    """The tensors that modules return, in the order in which they return, each with the path of the module."""
    found = []
    for each in sorted(recording.program.modules, key=lambda one: (one.end, -one.number)):
        found += [(each.path, (each.end, number)) for number in each.outputs]
    return found


@dataclass
class Comparison:
    """How many tensors were equal in every element, were wider somewhere, or narrower somewhere."""

    equal: int = 0
    wider: int = 0
    narrower: int = 0
    flagged: int = 0
    faults: list[str] | None = None


def compare(
    model: nn.Module,
    args: tuple[Any, ...],
    letters: dict[str, str],
    *,
    cuts: bool = False,
    poison: str = "nan",
    **kwargs: Any,
) -> Comparison:
    """Compare the fields of all module outputs with brute force, in every element."""
    recording = record(model, args, kwargs, list(letters))
    axes = {name: {at: axis for at, axis in enumerate(each) if axis not in "NC"} for name, each in letters.items()}
    looked = moments(recording)
    interpreter = Interpreter(recording, axes, [each for _, each in looked], cuts=cuts).run()
    hulls = [(path, interpreter.seen(each)) for path, each in looked]
    return _compared(model, (args, kwargs), letters, hulls, poison)


def _compared(
    model: nn.Module, given: Any, letters: dict[str, str], hulls: list[tuple[str, Hull]], poison: str
) -> Comparison:
    result = Comparison(faults=[])
    inputs = [each for each in tree_leaves(given) if isinstance(each, Tensor)]
    for name, tensor in zip(letters, inputs, strict=True):
        for dim, axis in enumerate(letters[name]):
            if axis not in "NC":
                first, last = _brute_force(model, given, tensor, dim, poison)
                for at, (path, hull) in enumerate(hulls):
                    _count(result, path, hull, (name, axis), first[at], last[at])
    return result


def _brute_force(
    model: nn.Module, given: Any, tensor: Tensor, dim: int, poison: str
) -> tuple[list[Tensor], list[Tensor]]:
    """The first and last position of an axis that each element of each module output depends on."""
    usual = _run(model, given, tensor, tensor)
    first = [torch.full(each.shape, NOTHING) for each in usual]
    last = [torch.full(each.shape, -NOTHING) for each in usual]
    for position in range(tensor.shape[dim]):
        poisoned = tensor.clone()
        plane = poisoned.select(dim, position)
        plane.copy_(plane * 2 + 1 if poison == "change" else torch.full_like(plane, float("nan")))
        for at, (before, after) in enumerate(zip(usual, _run(model, given, tensor, poisoned), strict=True)):
            mask = before != after if poison == "change" else after.isnan()
            first[at][mask] = first[at][mask].clamp(max=position)
            last[at][mask] = position
    return first, last


def _run(model: nn.Module, given: Any, tensor: Tensor, other: Tensor) -> list[Tensor]:
    args, kwargs = tree_map_only(Tensor, lambda each: other if each is tensor else each.clone(), given)
    torch.backends.mha.set_fastpath_enabled(False)  # which calls no module inside
    try:
        with torch.no_grad(), module_outputs() as seen:
            model(*args, **kwargs)
    finally:
        torch.backends.mha.set_fastpath_enabled(True)
    return seen


def _count(result: Comparison, path: str, hull: Hull, key: tuple[str, str], first: Tensor, last: Tensor) -> None:
    low, high = torch.full((), NOTHING), torch.full((), -NOTHING)
    for whole in (False, True):
        found = hull.term(Key(*key, whole))
        low = torch.minimum(low, -found.first)
        high = torch.maximum(high, found.last)
    empty = low > high
    low, high = (
        side.expand(first.shape) for side in (low.masked_fill(empty, NOTHING), high.masked_fill(empty, -NOTHING))
    )
    if torch.equal(low.long(), first) and torch.equal(high.long(), last):
        result.equal += 1
        return
    narrow = (low > first) | (high < last)
    result.narrower += bool(narrow.any())
    result.wider += not bool(narrow.any())
    result.flagged += hull.status > 0
    assert result.faults is not None
    result.faults.append(
        f"{'narrower' if narrow.any() else 'wider'}: {path} {key} {tuple(first.shape)} status {hull.status}"
    )
