"""How a search is run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Options:
    """How a search is run; answers do not depend on `workers`, `cluster`, `journal`, `points` and `keep`.

    `draw` is a number of designs that are drawn, `evaluations` one that evolution chooses; `cluster` is the address of
    a scheduler. `points` asks for the points of a plot, `keep` for all designs.
    """

    workers: int = 1
    journal: Path | None = None
    draw: int | None = None
    seed: int = 0
    points: bool = False
    keep: bool = False
    evaluations: int | None = None
    cluster: str | None = None
