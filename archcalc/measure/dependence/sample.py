"""The positions of an axis that are probed: all of a short one; borders, phases and a sample of a long one."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from torch import Tensor

COMPLETE = 1_024
"""Axes of at most so many positions are probed at every one."""
BORDER = 32
"""Positions probed at either end of a longer axis."""
PERIOD = 256
"""Positions probed in the middle at most: a whole period of all layers together, if it is no longer."""
SPREAD = 64
"""Positions probed at random."""
CLAIMED = 640
"""Positions probed at most because a claim of the analysis ends there."""
MOST = 2 * BORDER + PERIOD + SPREAD + CLAIMED
"""Positions probed at most on an axis that is not probed at every one."""
VALUES = 2**21
"""Values of a channel that run together: probes times positions."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Positions of an axis of `size` positions, in ascending order."""

    positions: Tensor
    size: int

    @property
    def complete(self) -> bool:
        """Return whether the sample contains every position."""
        return len(self.positions) == self.size

    def __str__(self) -> str:
        return f"{len(self.positions):,} of {self.size:,} positions"

    def contains(self, values: Tensor) -> Tensor:
        """Return for each value whether it is a position of the sample; infinities are none."""
        probed = torch.zeros(self.size, dtype=torch.bool)
        probed[self.positions] = True
        inside = (values >= 0) & (values < self.size)
        return inside & probed[torch.where(inside, values, 0).long()]

    def chunks(self, most: int) -> Iterator[Tensor]:
        """Yield the positions in parts, so that neither their number nor their work is too large."""
        yield from torch.split(self.positions, max(1, min(most, VALUES // self.size)))


def sample_of(size: int, period: int, claimed: Sequence[Collection[int]]) -> Sample:
    """Return the positions to probe on an axis.

    `period`: after so many positions all layers read alike again. `claimed`: for each claim the positions where it can
    be distinguished from another; of more than `CLAIMED` every second, third ... claim is taken.
    """
    if size <= COMPLETE:
        return Sample(torch.arange(size), size)
    middle = size // 2
    found = {*range(BORDER), *range(size - BORDER, size), *range(middle, middle + min(period, PERIOD))}
    found.update(Random(size).sample(range(size), SPREAD), *thinned(claimed))
    return Sample(torch.tensor(sorted(each for each in found if 0 <= each < size)), size)


def thinned(claimed: Sequence[Collection[int]]) -> Sequence[Collection[int]]:
    """Return the claims, or evenly spaced ones of them that have at most `CLAIMED` positions together."""
    for step in range(1, len(claimed) + 1):
        kept = claimed[::-step]  # the last layer has the widest fields
        if len(set().union(*kept)) <= CLAIMED:
            return kept
    return ()
