"""Fields of a real module by brute force: one position of one axis of one input is changed at a time.

What is changed to NaN shows as NaN wherever it is read, even with weight 0. A change to another number (in float64,
with positive weights) shows where it is read with a weight, and sees what an additive mask cuts off.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook
from torch.utils._pytree import tree_leaves, tree_map_only

from archcalc.core.problem import Unavailable
from archcalc.tracing.hull import Hull, Key
from archcalc.tracing.interpret import Interpreter, Moment
from archcalc.tracing.record import Recording, record
from archcalc.tracing.unchanged import unchanged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.core.interval import Interval

NOTHING = 1 << 30
NAN, CHANGE = "nan", "change"
MOST_NUMBERS = 150_000_000
"""Both ends of so many elements of module outputs are kept at once, four bytes each."""


def filled(model: nn.Module, floor: float = 0.01) -> nn.Module:
    """Return the module with positive weights, so that nothing cancels out or is cut by a rectifier.

    Deep networks need a `floor` of 0, so that their numbers stay finite.
    """
    generator = torch.Generator().manual_seed(0)
    for each in model.parameters():
        size = each[0].numel() if each.dim() > 1 else 1
        each.data = (torch.rand(each.shape, generator=generator) / size + floor).to(each.dtype)
    return model.eval()


@contextmanager
def module_outputs() -> Iterator[list[Tensor]]:
    """Collect the tensors that modules return, in the order in which they return."""
    seen: list[Tensor] = []

    def look(_module: nn.Module, _args: Any, output: Any) -> None:
        seen.extend(each.clone() for each in tree_leaves(output) if isinstance(each, Tensor))

    handle = register_module_forward_hook(look)
    try:
        yield seen
    finally:
        handle.remove()


def moments(recording: Recording) -> list[tuple[str, Moment]]:
    """Return the tensors that modules return, in the order in which they return, each with the path of the module."""
    found = []
    for each in sorted(recording.program.modules, key=lambda one: (one.end, -one.number)):
        found += [(each.path, (each.end, number)) for number in each.outputs]
    return found


@dataclass(frozen=True)
class Fault:
    """A field that is not that of brute force: at one element what was claimed and what was found."""

    path: str
    input: str
    axis: str
    narrower: bool
    flagged: bool
    claimed: Interval | None
    found: Interval | None

    def __str__(self) -> str:
        kind = "narrower" if self.narrower else "wider"
        return f"{kind}: {self.path} {self.axis} of {self.input}: {self.claimed}, not {self.found}"


@dataclass
class Comparison:
    """How many tensors were equal in every element, were wider somewhere, or narrower somewhere.

    `flagged` are those not equal that are marked as a bound. `sampled` says which positions were changed where these
    are not all.
    """

    equal: int = 0
    wider: int = 0
    narrower: int = 0
    flagged: int = 0
    faults: list[Fault] = field(default_factory=list)
    sampled: tuple[str, ...] = ()


def compare(
    model: nn.Module,
    args: tuple[Any, ...],
    letters: Mapping[str, str],
    *,
    cuts: bool = False,
    poison: str = NAN,
    seconds: float | None = None,
    **kwargs: Any,
) -> Comparison:
    """Compare the fields of all module outputs with brute force, in every element.

    Args:
        model: the module, which is run once for each position.
        args: what its forward is given by position.
        letters: the axes of the tensors among `args` and `kwargs`, in their order, by what they are called.
        cuts: whether masks before a softmax cut what is read.
        poison: `nan`, or `change` for a change to another number.
        seconds: about how long it may take; where that is not enough for all positions, some are changed.
        kwargs: what its forward is given by name.

    Raises:
        Unavailable: the module outputs have too many elements.
    """
    recording = record(model, args, kwargs, list(letters))
    return compared(model, (args, kwargs), letters, claimed(recording, letters, cuts=cuts), poison, seconds)


def claimed(recording: Recording, letters: Mapping[str, str], *, cuts: bool) -> list[tuple[str, Hull]]:
    """Return the recorded fields of all module outputs, by the path of the module."""
    axes = {name: {at: axis for at, axis in enumerate(each) if axis not in "NC?"} for name, each in letters.items()}
    looked = moments(recording)
    interpreter = Interpreter(recording, axes, [each for _, each in looked], cuts=cuts).run()
    return [(path, interpreter.seen(each)) for path, each in looked]


def compared(
    model: nn.Module, given: Any, letters: Mapping[str, str], hulls: Sequence[tuple[str, Hull]], poison: str,
    seconds: float | None = None,
) -> Comparison:  # fmt: skip
    """Compare some fields, in the order in which modules return, with brute force."""
    result = Comparison()
    inputs = [each for each in tree_leaves(given) if isinstance(each, Tensor)]
    runs = sum(size for name, each in zip(letters, inputs, strict=True) for size in _followed(each, letters[name]))
    share = 1.0
    if seconds is not None and inputs:
        begin = time.process_time()
        _brute_force(model, given, inputs[0], 1, poison, [0])
        share = min(1.0, seconds / max(1e-3, time.process_time() - begin) / max(1, runs))
    for name, tensor in zip(letters, inputs, strict=True):
        for dim, axis in enumerate(letters[name]):
            if axis not in "NC?":
                probed = probes(tensor.shape[dim], share)
                first, last = _brute_force(model, given, tensor, dim, poison, probed)
                for at, (path, hull) in enumerate(hulls):
                    _count(result, path, hull, (name, axis), first[at], last[at], probed, tensor.shape[dim])
                if len(probed) < tensor.shape[dim]:
                    said = f"{len(probed)} of {tensor.shape[dim]} positions on {axis} of {name}"
                    result.sampled = (*result.sampled, said)
    return result


def _followed(tensor: Tensor, letters: str) -> list[int]:
    return [tensor.shape[at] for at, axis in enumerate(letters) if axis not in "NC?"]


def probes(size: int, share: float) -> list[int]:
    """Return a share of the positions of an axis: both ends, and evenly spaced ones between."""
    count = min(size, max(4, int(size * share)))
    if count == size:
        return list(range(size))
    return sorted({round(at * (size - 1) / (count - 1)) for at in range(count)})


def _brute_force(
    model: nn.Module, given: Any, tensor: Tensor, dim: int, poison: str, positions: Sequence[int]
) -> tuple[list[Tensor], list[Tensor]]:
    """The first and last position of an axis, of those probed, that each element of each module output depends on."""
    usual = _run(model, given, tensor, tensor)
    if sum(each.numel() for each in usual) > MOST_NUMBERS:
        raise Unavailable("the outputs of all modules are too large to follow; a smaller --input shows the same")
    first = [torch.full(each.shape, NOTHING, dtype=torch.int32) for each in usual]
    last = [torch.full(each.shape, -NOTHING, dtype=torch.int32) for each in usual]
    for position in positions:
        poisoned = tensor.clone()
        plane = poisoned.select(dim, position)
        plane.copy_(plane * 2 + 1 if poison == CHANGE else torch.full_like(plane, float("nan")))
        for at, (before, after) in enumerate(zip(usual, _run(model, given, tensor, poisoned), strict=True)):
            mask = before != after if poison == CHANGE else after.isnan()
            first[at][mask] = first[at][mask].clamp(max=position)
            last[at][mask] = position
    return first, last


def _run(model: nn.Module, given: Any, tensor: Tensor, other: Tensor) -> list[Tensor]:
    args, kwargs = tree_map_only(Tensor, lambda each: other if each is tensor else each.clone(), given)
    torch.backends.mha.set_fastpath_enabled(False)  # which calls no module inside
    try:
        with torch.no_grad(), unchanged(model), module_outputs() as seen:  # it may keep what it was given
            model(*args, **kwargs)
    finally:
        torch.backends.mha.set_fastpath_enabled(True)
    return seen


def _count(
    result: Comparison, path: str, hull: Hull, key: tuple[str, str], first: Tensor, last: Tensor,
    probed: Sequence[int], size: int,
) -> None:  # fmt: skip
    low, high = torch.full((), NOTHING), torch.full((), -NOTHING)
    for whole in (False, True):
        found = hull.term(Key(*key, whole))
        low = torch.minimum(low, -found.first)
        high = torch.maximum(high, found.last)
    empty = low > high
    low, high = (
        side.expand(first.shape) for side in (low.masked_fill(empty, NOTHING), high.masked_fill(empty, -NOTHING))
    )
    narrow = (low > first) | (high < last)
    wide = _at(low, probed, size) & (low != first) | _at(high, probed, size) & (high != last)
    if not bool(narrow.any()) and not bool(wide.any()):
        result.equal += 1
        return
    narrower = bool(narrow.any())
    result.narrower += narrower
    result.wider += not narrower
    result.flagged += hull.status > 0
    place = tuple(int(each) for each in (narrow if narrower else wide).nonzero()[0])
    result.faults.append(
        Fault(path, *key, narrower, hull.status > 0, _ends(low, high, place), _ends(first, last, place))
    )


def _at(ends: Tensor, probed: Sequence[int], size: int) -> Tensor:
    """Whether an end is one of the positions that were changed."""
    if len(probed) == size:
        return torch.ones_like(ends, dtype=torch.bool)
    known = torch.zeros(size + 1, dtype=torch.bool)
    known[list(probed)] = True
    inside = (ends >= 0) & (ends < size)
    return known[torch.where(inside, ends, size).long()]


def _ends(first: Tensor, last: Tensor, place: tuple[int, ...]) -> Interval | None:
    low, high = int(first[place]), int(last[place])
    return (low, high) if low <= high else None
