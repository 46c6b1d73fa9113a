"""What a module of PyTorch really calls: every function that is given a stored tensor, and where its inputs come from.

Recorded below the modules, so weights count where they are used, whichever module holds them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

Sizes = tuple[int, ...]


ONLY_SIZES = {"empty_like", "full_like", "new_empty", "new_full", "new_ones", "new_zeros", "ones_like", "zeros_like"}
"""Functions that take no numbers from the tensor that they are given."""


@dataclass(frozen=True)
class Call:
    """One call: names and shapes of the stored numbers it was given, and from which calls its other inputs come.

    `sources` are their positions in the list; `output` has no batch.
    """

    function: str
    stored: tuple[str, ...]
    shapes: tuple[Sizes, ...]
    sources: frozenset[int]
    settings: tuple[object, ...]
    output: Sizes


class Recorder(TorchFunctionMode):
    """Records the calls of one forward, on the meta device: all tensors are kept, as freed ids return."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.calls: list[Call] = []
        stored = (*network.named_parameters(), *network.named_buffers())
        self.names = {id(tensor): name for name, tensor in stored if tensor.is_floating_point()}
        self.sources: dict[int, frozenset[int]] = {}
        self.kept: list[Tensor] = []

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """The call goes through; what comes out of it knows from which recorded calls it comes."""
        del types
        result = function(*args, **(kwargs or {}))
        given = tensors_in((args, kwargs))
        stored = [tensor for tensor in given if id(tensor) in self.names]
        read = () if function.__name__ in ONLY_SIZES else given
        sources = frozenset().union(*(self.sources.get(id(tensor), frozenset()) for tensor in read))
        made = tensors_in(result)
        if stored and made:
            settings = tuple(each for each in args if not tensors_in(each))
            self.calls.append(self.call(function.__name__, stored, sources, settings, made[0]))
            sources = frozenset({len(self.calls) - 1})
        for tensor in made:
            self.sources[id(tensor)] = sources
            self.kept.append(tensor)
        return result

    def call(
        self, function: str, stored: list[Tensor], sources: frozenset[int], settings: tuple[object, ...], made: Tensor
    ) -> Call:
        """What is kept of a call; the first dimension of what it made is the batch."""
        names = tuple(self.names[id(tensor)] for tensor in stored)
        return Call(function, names, tuple(map(sizes, stored)), sources, settings, sizes(made)[1:])


def tensors_in(tree: object) -> list[Tensor]:
    """The tensors in arguments or results."""
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor)]


def sizes(tensor: Tensor) -> Sizes:
    """The sizes of all dimensions."""
    return tuple(tensor.shape)


def calls_of(network: nn.Module, *inputs: object) -> list[Call]:
    """The calls of one forward."""
    recorder = Recorder(network)
    with torch.no_grad(), recorder:
        network(*inputs)
    return recorder.calls
