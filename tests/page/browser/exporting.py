"""The page for static hosts, as the tests need it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PYODIDE = "web/node_modules/pyodide"


def exported(root: Path, folder: Path) -> Path:
    """Write the static page into a folder; skips where Pyodide is not installed."""
    if not (root / PYODIDE / "pyodide.asm.wasm").exists():
        pytest.skip(f"there is no {PYODIDE}: npm ci --prefix web")
    subprocess.run([sys.executable, "-m", "archcalc", "serve", "--export", str(folder)], cwd=root, check=True)
    return folder
