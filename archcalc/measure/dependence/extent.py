"""How far a layer sees along an axis of an endless input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.measure.dependence.reach import Ends

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Extent:
    """Positions of the input from the first to the last that are seen; 0 is none.

    Through windows: `widest` over all positions of the layer, `real` over those that it has without an enlarged input.
    By operations on the whole axis: `whole` for its grid, `tokens` for its tokens.
    """

    widest: int
    real: int
    whole: int
    tokens: int

    def full(self, *, aligned: bool) -> int:
        """The field: of windows where there are any, else of the whole; the larger of grid and tokens."""
        return max((self.widest if aligned else self.real) or self.whole, self.tokens)

    @property
    def sees_all(self) -> bool:
        """Whether anything came through an operation on the whole axis."""
        return bool(self.whole or self.tokens)


@dataclass(frozen=True, slots=True)
class Sides:
    """First and last probes that reach a layer.

    Through windows those of every position, of which `real` are there without an enlarged input; by operations on the
    whole axis those of the grid and of tokens.
    """

    windows: Ends | None
    real: slice
    whole: Ends
    tokens: Ends

    @classmethod
    def of(cls, windows: Tensor | None, real: slice, whole: Tensor, tokens: Tensor, which: range) -> Sides:
        """From which probes reach what: a row a probe, and for windows a column a position."""
        ends = None if windows is None else Ends.of(windows, which)
        return cls(ends, real, Ends.of(whole.unsqueeze(1), which), Ends.of(tokens.unsqueeze(1), which))

    def joined(self, later: Sides) -> Sides:
        """With those of later probes."""
        windows = self.windows.joined(later.windows) if self.windows and later.windows else None
        return Sides(windows, self.real, self.whole.joined(later.whole), self.tokens.joined(later.tokens))

    @property
    def extent(self) -> Extent:
        """The sizes."""
        if self.windows is None:
            return Extent(0, 0, self.whole.size, self.tokens.size)
        return Extent(self.windows.size, self._at_real(self.windows).size, self.whole.size, self.tokens.size)

    def touches(self, size: int) -> bool:
        """Whether a real position sees the first or the last of so many input positions through windows."""
        if self.windows is None:
            return False
        real = self._at_real(self.windows)
        return bool((real.first == 0).any() or (real.last == size - 1).any())

    def _at_real(self, windows: Ends) -> Ends:
        return Ends(windows.first[self.real], windows.last[self.real])
