"""Predicted against measured memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.render.report.scatter import against_diagonal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.report.series import Group


def memory_picture(groups: Sequence[Group]) -> bytes:
    """A point for each network and setup, as SVG."""
    return against_diagonal(groups, "predicted peak of memory, MiB", "measured peak, MiB", "as predicted")
