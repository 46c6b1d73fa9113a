"""The state of an original in our network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tests.originals.arrangement import State
from tests.originals.calls import calls_of
from tests.originals.matching import UNUSED, matched, require_all
from tests.originals.pairs import Pair

TOLERANCE = 1e-5
"""The largest difference, as a part of the largest output: some roundings of float32, for sums in another order."""

BATCH = 2
"""Two samples, so that a mix-up of the batch with another dimension shows."""


def randomised(network: nn.Module, seed: int = 0) -> nn.Module:
    """The network with nothing left at a value that hides a mix-up: scales off 1, biases, means and tables off 0."""
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in (*network.named_parameters(), *network.named_buffers()):
            if not tensor.is_floating_point():
                continue
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 1.5, generator=random)
            elif tensor.dim() == 1 or not name.endswith("weight") or not tensor.any():
                tensor += torch.empty_like(tensor).uniform_(-0.3, 0.3, generator=random)
    return network


def correspondence(pair: Pair) -> Mapping[str, str]:
    """For the name of every tensor of ours the name of the original's.

    Raises:
        MismatchError: a tensor of one has no counterpart in the other.
    """
    with torch.device("meta"):
        ours, theirs, clip = pair.ours(), pair.theirs(), pair.input()
    found = matched(calls_of(ours, clip), calls_of(theirs, pair.feed(clip)))
    require_all(ours.state_dict(), found)
    require_all(theirs.state_dict(), found.values())
    return found


def load(ours: nn.Module, theirs: State, names: Mapping[str, str]) -> None:
    """Our network gets the original's state; what no forward reads stays as it is."""
    unread = {name: tensor for name, tensor in ours.state_dict().items() if name not in names}
    ours.load_state_dict({our_name: theirs[their_name] for our_name, their_name in names.items()} | unread)


@dataclass(frozen=True)
class Moved:
    """Our network under the state of an original, and an input with the original's output."""

    names: Mapping[str, str]
    state: State
    ours: nn.Module
    clip: Tensor
    output: Tensor

    def difference(self) -> float:
        """How far our output is from the original's at most, as a part of its largest; axes of size 1 fall away."""
        with torch.no_grad():
            ours, theirs = in_one(self.ours(self.clip)).squeeze(), self.output.squeeze()
        assert ours.shape == theirs.shape
        return float((ours - theirs).abs().max() / theirs.abs().max())


def in_one(output: Any) -> Tensor:
    """The output of a network, or all of several, one after the other."""
    if isinstance(output, Mapping):
        several = list(output.values())
        return several[0] if len(several) == 1 else torch.cat([each.flatten() for each in several])
    assert isinstance(output, Tensor)
    return output


def moved(pair: Pair) -> Moved:
    """Our network under the randomised state of the original."""
    torch.manual_seed(0)
    names, theirs, ours, clip = correspondence(pair), randomised(pair.theirs()), pair.ours(), pair.input(BATCH)
    state = pair.state(theirs)
    load(ours, state, names)
    with torch.no_grad():
        return Moved(names, state, ours, clip, in_one(theirs(pair.feed(clip))))


def moved_in_order(pair: Pair) -> Moved:
    """Our network under the randomised state of the original, whose tensors are in our order.

    For originals that use a weight by other calls than ours, such as one call for all of an attention.

    Raises:
        AssertionError: two tensors that stand at one place differ in more than axes of size 1.
    """
    torch.manual_seed(0)
    theirs, ours, clip = randomised(pair.theirs()), pair.ours(), pair.input(BATCH)
    state = pair.state(theirs)
    names = dict(zip(weights(ours.state_dict()), weights(state), strict=True))
    wanted = ours.state_dict()
    for our_name, their_name in names.items():
        one, other = wanted[our_name].squeeze().shape, state[their_name].squeeze().shape
        assert one == other, f"{our_name} is {tuple(one)}, {their_name} {tuple(other)}"
        state[their_name] = state[their_name].reshape(wanted[our_name].shape)
    load(ours, state, names)
    with torch.no_grad():
        return Moved(names, state, ours, clip, in_one(theirs(pair.feed(clip))))


def weights(state: State) -> list[str]:
    """The names of what a forward reads."""
    return [name for name in state if not name.endswith(UNUSED)]
