"""The units of counts."""

from __future__ import annotations

COUNT, SHORT_COUNT, BYTES = "count", "short count", "bytes"
"""An integer, shown in full; one shown with a decimal unit (38.55 G); bytes, shown with a binary unit (3.2 MiB)."""
