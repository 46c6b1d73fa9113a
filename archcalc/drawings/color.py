"""What the colors of boxes mean."""

from __future__ import annotations

BY_TIME, BY_KIND = COLORS = ("time", "kind")
"""What boxes do along the time axis, or the kind of their layers: the one with the most multiply-accumulates."""
