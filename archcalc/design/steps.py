"""Values in equal steps, made when they are asked for: a range of a million million costs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload


class Steps(Sequence[object]):
    """`length` numbers from `low` on, at a distance of `step`."""

    def __init__(self, low: float, step: float, length: int) -> None:
        self.low = low
        self.step = step
        self.length = length

    def __len__(self) -> int:
        return self.length

    @overload
    def __getitem__(self, index: int) -> object: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[object]: ...
    def __getitem__(self, index: int | slice) -> object:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(self.length))]
        if not 0 <= index < self.length:
            raise IndexError(index)
        return self.low + index * self.step if self._whole else round(self.low + index * self.step, 12)

    @property
    def ends(self) -> tuple[float, float]:
        """Return the first number, and the one that would follow the last."""
        return self.low, self.low + self.length * self.step

    def index_of(self, number: float) -> int:
        """Return the index of the last of the numbers that is at most as large as a number."""
        return min(self.length - 1, int((number - self.low) / self.step))

    @property
    def _whole(self) -> bool:
        return isinstance(self.low, int) and isinstance(self.step, int)
