"""What a module of PyTorch has and does, counted without numbers in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from tests.originals.calls import Call, calls_of
from tests.originals.pairs import Pair

PER_MAC = 2
"""FlopCounterMode counts a multiply-accumulate as two."""

CONVOLUTIONS = ("conv1d", "conv2d", "conv3d")


@dataclass(frozen=True)
class Convolution:
    """A convolution as it was called: its weight is out, in / groups, kernel; for its settings see there."""

    function: str
    weight: tuple[int, ...]
    bias: bool
    settings: tuple[object, ...]
    output: tuple[int, ...]


@dataclass(frozen=True)
class Counts:
    """Parameters, convolutions, calls and multiply-accumulates of one forward."""

    params: int
    convolutions: Counter[Convolution]
    macs: int
    calls: list[Call]


def ours_and_theirs(pair: Pair) -> tuple[Counts, Counts]:
    """Our network and the original."""
    with torch.device("meta"):
        ours, theirs, clip = pair.ours(), pair.theirs(), pair.input()
    return counts(ours, clip), counts(theirs, pair.feed(clip))


def differences(ours: Counts, theirs: Counts) -> list[str]:
    """Return what is not equal, except the order and the data flow of the calls."""
    return [what for what in ("params", "convolutions", "macs") if getattr(ours, what) != getattr(theirs, what)]


def counts(network: nn.Module, given: object) -> Counts:
    """One forward, counted."""
    counter = FlopCounterMode(display=False)
    with counter:
        calls = calls_of(network, given)
    params = sum(parameter.numel() for parameter in network.parameters())
    return Counts(params, convolutions(calls), counter.get_total_flops() // PER_MAC, calls)


def convolutions(calls: Sequence[Call]) -> Counter[Convolution]:
    """How often each convolution is there."""
    return Counter(
        Convolution(call.function, call.shapes[0], len(call.shapes) > 1, settings(call), call.output)
        for call in calls
        if call.function in CONVOLUTIONS
    )


def settings(call: Call) -> tuple[object, ...]:
    """Stride, padding, dilation and groups, which torch.nn hands over in this order, after a bias that may be None."""
    given = tuple(each for each in call.settings if each is not None)
    assert len(given) == 4, f"{call.function} called in a way that torch.nn does not: {call.settings}"
    return given
