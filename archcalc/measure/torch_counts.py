"""What PyTorch reports about each layer on the meta device: shape, parameters, buffers, arithmetic."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.utils.flop_counter import FlopCounterMode

from archcalc.pytorch.network import Network, Value, grid_and_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch import Tensor

    from archcalc.core.shape import Shape
    from archcalc.graph import NetworkGraph

BATCH = 2
"""More than one: an axis taken for the batch would show, and a norm has more than one value to take statistics of."""
PER_MAC = 2
"""FlopCounterMode counts a multiply-accumulate as two."""

Sizes = tuple[tuple[int, ...], tuple[int, ...] | None]
"""Of grid and tokens, the batch included."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A layer at run time: the sizes of its output, and what FlopCounterMode saw, for a batch of BATCH."""

    sizes: Sizes
    flops: int


def on_meta(graph: NetworkGraph) -> Network:
    """The network with tensors that have a shape and no numbers, as it infers."""
    with torch.device("meta"):
        return Network(graph).eval()


def counted(graph: NetworkGraph, network: Network) -> dict[str, Counted]:
    """Every layer of a network on the meta device, by path."""
    counter, seen, before = FlopCounterMode(display=False), dict[str, Counted](), 0

    def observe(path: str, value: Value) -> None:
        nonlocal before
        total = counter.get_total_flops()
        seen[path] = Counted(sizes(value), total - before)
        before = total

    inputs = tuple(torch.empty(BATCH, *each.shape.sizes.values(), device="meta") for each in graph.inputs.values())
    with torch.no_grad(), counter:
        network.observed(inputs, observe)
    return seen


def sizes(value: Value) -> Sizes:
    """The sizes of grid and tokens."""
    grid, tokens = grid_and_tokens(value)
    return tuple(grid.shape), None if tokens is None else tuple(tokens.shape)


def expected_sizes(shape: Shape) -> Sizes:
    """Return the sizes of a tensor of this shape: heads are in the batch, tokens are appended to the grid."""
    many = BATCH * shape.heads
    return (many, *shape.sizes.values()), (many, shape.channels, shape.tokens) if shape.tokens else None


def sizes_text(found: Sizes) -> str:
    """Sizes as a shape is written: channels, grid, tokens; the batch in front where it is another than expected."""
    grid, tokens = found
    text = "x".join(map(str, grid[1:])) + (f"+{tokens[2]}" if tokens else "")
    return text if grid[0] == BATCH else f"batch {grid[0]} of {text}"


def stored(tensors: Iterable[tuple[str, Tensor]], modules: Mapping[str, str]) -> Counter[str]:
    """How many numbers the layers hold, by path, from named parameters or buffers and the layers of modules.

    What no layer owns is counted under its own name.
    """
    found = Counter[str]()
    for name, tensor in tensors:
        owners = [each for each in modules if name.startswith(f"{each}.")]
        found[modules[max(owners, key=len)] if owners else name] += tensor.numel()
    return found
