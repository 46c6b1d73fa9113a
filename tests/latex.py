"""LaTeX, where it is installed: a drawing is compiled as a reader would."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def compiled(folder: Path, *files: str) -> str:
    """Let LaTeX compile some files to a PDF each, and return what it says; skip where it or a package is missing."""
    compiler = shutil.which("pdflatex") or shutil.which("lualatex")
    if compiler is None:
        pytest.skip("no pdflatex and no lualatex on the PATH")
    said = ""
    for file in files:
        command = [compiler, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", file]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
        for package in ("tikz.sty", "beamer.cls", "lmodern.sty"):
            if f"File `{package}' not found" in done.stdout:
                pytest.skip(f"this LaTeX has no {package}")
        assert done.returncode == 0, done.stdout[-2000:]
        said += done.stdout
    return said
