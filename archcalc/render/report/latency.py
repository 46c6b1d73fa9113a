"""Analytic against measured latency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.render.report.scatter import against_diagonal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.report.series import Group


def latency_picture(groups: Sequence[Group]) -> bytes:
    """A point for each network and setup, as SVG."""
    return against_diagonal(groups, "roofline, ms", "measured, ms", "as fast as the device allows")
