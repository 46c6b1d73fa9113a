"""Clipped and unclipped fields with an entry for every position: plain, and a reference for those kept as runs."""

from __future__ import annotations

from dataclasses import dataclass

from archcalc.core.reads import Taps

Interval = tuple[int, int]
Entry = Interval | None


def joined(intervals: list[Entry]) -> Entry:
    """The hull of some intervals."""
    seen = [each for each in intervals if each is not None]
    return (min(lo for lo, _ in seen), max(hi for _, hi in seen)) if seen else None


@dataclass(frozen=True)
class ListHulls:
    """The hull of every position."""

    entries: tuple[Entry, ...]

    @classmethod
    def identity(cls, n: int) -> ListHulls:
        """Every position reads itself."""
        return cls(tuple((i, i) for i in range(n)))

    def read(self, taps: Taps, size: int) -> ListHulls:
        """Every output looks at every tap."""
        n = len(self.entries)
        return ListHulls(tuple(joined([self.entries[i] for i in taps.at(out) if 0 <= i < n]) for out in range(size)))

    def read_all(self, size: int) -> ListHulls:
        """Every output looks at everything."""
        return ListHulls((joined(list(self.entries)),) * size)

    def read_past(self) -> ListHulls:
        """Every output looks at itself and all before."""
        return ListHulls(tuple(joined(list(self.entries[: i + 1])) for i in range(len(self.entries))))

    def read_future(self) -> ListHulls:
        """Every output looks at itself and all after it."""
        return ListHulls(tuple(joined(list(self.entries[i:])) for i in range(len(self.entries))))

    def union(self, other: ListHulls) -> ListHulls:
        """Position by position, one position stretched over all."""
        size = max(len(self.entries), len(other.entries))
        mine = self if len(self.entries) == size else self.read_all(size)
        theirs = other if len(other.entries) == size else other.read_all(size)
        return ListHulls(tuple(joined([a, b]) for a, b in zip(mine.entries, theirs.entries, strict=True)))

    @property
    def size(self) -> int:
        """The largest hull."""
        return max(0 if each is None else each[1] - each[0] + 1 for each in self.entries)


@dataclass(frozen=True)
class ListMap:
    """What every position of an endless axis sees: recomputed for each from all that it reads."""

    source: tuple[ListMap, ...] = ()
    taps: Taps | None = None

    def read(self, taps: Taps) -> ListMap:
        """Return the field after a pattern of taps."""
        return ListMap((self,), taps)

    def union(self, other: ListMap) -> ListMap:
        """The hull of both."""
        return ListMap((self, other))

    def at(self, position: int) -> Entry:
        """What one position sees."""
        if not self.source:
            return position, position
        if self.taps is None:
            return joined([each.at(position) for each in self.source])
        return joined([self.source[0].at(tap) for tap in self.taps.at(position)])
