"""Attention along one axis, and attention of one tensor to another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .operation import Operands, Tap
from .whole import Attention, DotProduct


@dataclass(frozen=True)
class SequenceAttention(Attention):
    """Attention along one axis: to all positions, to the past, or to a sliding window of `span` positions.

    The past has no end on an infinite input.
    """

    causal: bool = False
    span: int = 0

    def spec(self) -> tuple[str, dict[str, object]]:
        arguments: dict[str, object] = {"over": self.over[0], "heads": self.heads, "causal": self.causal}
        return "sequence_attention", arguments | ({"window": self.span} if self.span else {})

    def covers(self, axis: str, n: int) -> bool:
        return axis in self.over and not self.span

    def reads(self, axis: str, index: int, n: int) -> Iterable[int]:
        if axis not in self.over:
            return (index,)
        if self.span and self.causal:
            return range(index - self.span + 1, index + 1)
        if self.span:
            return range(index - self.span // 2, index + self.span // 2 + 1)
        return range(index + 1 if self.causal else n)

    def window_taps(self, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
        if self.causal and self.whole(axis, operands):
            return ()
        return super().window_taps(axis, index, operands)

    def step(self, axis: str, operands: Operands) -> tuple[int, int]:
        return 1, 1


@dataclass(frozen=True)
class CrossAttention(DotProduct):
    """Queries at their own positions, and all positions of another tensor."""

    heads: int = 2

    def spec(self) -> tuple[str, dict[str, object]]:
        return "cross_attention", {"heads": self.heads, "head_channels": 3}

    def reads_channels(self, at: int, channel: int, counts: tuple[int, ...]) -> Iterable[int]:
        return range(counts[at])

    def channels(self, operands: tuple[int, ...]) -> int:
        return operands[0]

    def length(self, axis: str, operands: Operands) -> int | None:
        return operands[0]
