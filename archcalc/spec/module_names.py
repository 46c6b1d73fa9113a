"""Names of Python modules in place of a spec: `MODULE:CALLABLE` and `FILE.py:CALLABLE`."""

from __future__ import annotations

import re
from pathlib import Path

_NAMED = re.compile(r"([A-Za-z_][\w.]*|.+\.py):[A-Za-z_][\w.]*")


def names_module(spec: str) -> bool:
    """Return whether a SPEC names something in a Python module rather than a file or a bundled network."""
    return _NAMED.fullmatch(spec) is not None and not Path(spec).exists()
