"""How much work a spec may make: a small file never costs much, and a large network has what its layers need.

Work is counted in steps of about a quarter of a microsecond, before it is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.problem import SpecError

if TYPE_CHECKING:
    from archcalc.core.problem import Location
    from archcalc.spec.diagnostics import Diagnostics

ALLOWED = 800_000
ALLOWED_A_LAYER = 400

ITERATION = 20
BLOCK_CALL = 100
FORMULA_NODE = 4
PROBLEM = 2_000
ITEMS_A_STEP = 4
"""Entries of a list, or characters of a text, that are read in one step."""


class Work:
    """What formulas, repeats, block calls and problems may still cost; each layer that is placed adds to it."""

    def __init__(self, problems: Diagnostics) -> None:
        self._problems = problems
        self._left = ALLOWED
        self._layers = 0
        self.place: Location | None = None

    def add_layer(self) -> None:
        """Allow what a layer usually needs."""
        self._layers += 1
        self._left += ALLOWED_A_LAYER

    @property
    def left(self) -> int:
        """Return the steps that are still allowed."""
        return self._left

    def take_over(self, layers: int, change: int) -> None:
        """Count layers that were expanded before, and what they changed in the steps that are left."""
        self._layers += layers
        self._left += change

    def spend(self, steps: int) -> None:
        """Count work that is about to be done at `place`.

        Raises:
            SpecError: it is more than the layers so far allow.
        """
        self._left -= steps
        if self._left < 0:
            assert self.place is not None
            found = f"more work in formulas, repeats and calls of blocks than {self._layers:,} layers allow"
            self._problems.add(self.place, found, "fewer iterations, or shorter lists and texts in formulas")
            raise SpecError(self._problems.problems())

    def spend_on(self, items: int) -> None:
        """Count the reading of a list or string with a number of entries or characters."""
        self.spend(items // ITEMS_A_STEP)
