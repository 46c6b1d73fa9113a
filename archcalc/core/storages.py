"""Storages of a recorded run: their sizes, and between which calls they were there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class StorageLife:
    """One storage, from call `begin` up to but without call `end`; to the last call where `end` is None.

    `numbers` are those whose bytes follow the type of the network, of `width` bytes each where it was recorded; `fixed`
    are the bytes of all else, such as positions. `sampled` says that there is as much for each sample of a batch.
    """

    begin: int
    end: int | None
    numbers: int
    width: int
    fixed: int
    sampled: bool

    def size(self, batch: int, itemsize: int | None) -> int:
        """Return the bytes for a batch of numbers of `itemsize` bytes each; as recorded if None."""
        return (self.numbers * (itemsize or self.width) + self.fixed) * (batch if self.sampled else 1)


def peak_bytes(storages: Iterable[StorageLife], batch: int, itemsize: int | None) -> int:
    """Return the most bytes that were there at once after any call, with numbers of `itemsize` bytes or as recorded."""
    changes = Counter[int]()
    for each in storages:
        size = each.size(batch, itemsize)
        changes[each.begin] += size
        if each.end is not None:
            changes[each.end] -= size
    return max(accumulate(changes[at] for at in sorted(changes)), default=0)
