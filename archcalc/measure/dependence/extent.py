"""The measured extent of the field of a layer along an axis of an unbounded input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.measure.dependence.reached import Ends

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Extent:
    """Positions of the input from the first to the last that are seen; 0 is none.

    Through windows: `widest` over all positions of the layer, `real` over those that it has without an enlarged input;
    None where nothing comes through windows. By operations on the whole axis: `whole` for its grid, `tokens` for its
    tokens. `depends` are the probes that each real position depends on, None where that is its window.
    """

    widest: int | None
    real: int | None
    whole: int
    tokens: int
    depends: Ends | None

    def window(self, *, aligned: bool) -> int | None:
        """The field of windows, over the real positions where paths move at different rates."""
        return self.widest if aligned else self.real

    def full(self, *, aligned: bool) -> int:
        """The field of everything; the larger of grid and tokens."""
        depends = 0 if self.depends is None else self.depends.size
        return max(self.window(aligned=aligned) or 0, self.tokens, depends)

    @property
    def sees_all(self) -> bool:
        """Whether anything came through an operation on the whole axis."""
        return bool(self.whole or self.tokens)


@dataclass(frozen=True, slots=True)
class Sides:
    """First and last probes that reach a layer.

    Through windows those of every position, of which `real` are there without an enlarged input; by operations on the
    whole axis those of the grid and of tokens; in all those of every real position, where that is more than its window.
    """

    windows: Ends | None
    real: slice
    whole: Ends
    tokens: Ends
    depends: Ends | None

    @classmethod
    def of(
        cls, windows: Tensor | None, real: slice, whole: Tensor, tokens: Tensor, depends: Tensor | None, which: Tensor
    ) -> Sides:
        """From which probes reach what: a row a probe, and for windows and `depends` a column a position."""
        ends, known = (None if each is None else Ends.of(each, which) for each in (windows, depends))
        return cls(ends, real, Ends.of(whole.unsqueeze(1), which), Ends.of(tokens.unsqueeze(1), which), known)

    def joined(self, later: Sides) -> Sides:
        """With those of later probes."""
        windows = self.windows.joined(later.windows) if self.windows and later.windows else None
        depends = self.depends.joined(later.depends) if self.depends and later.depends else None
        return Sides(windows, self.real, self.whole.joined(later.whole), self.tokens.joined(later.tokens), depends)

    def extent(self) -> Extent:
        """Return the sizes in positions: through windows, on the real input, and through everything."""
        widest = None if self.windows is None else self.windows.size
        real = None if self.windows is None else self._at_real(self.windows).size
        return Extent(widest, real, self.whole.size, self.tokens.size, self.depends)

    def touches(self, size: int) -> bool:
        """Whether a real position sees the first or the last of so many input positions through windows."""
        if self.windows is None:
            return False
        real = self._at_real(self.windows)
        return bool((real.first == 0).any() or (real.last == size - 1).any())

    def _at_real(self, windows: Ends) -> Ends:
        return Ends(windows.first[self.real], windows.last[self.real])
