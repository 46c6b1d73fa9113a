"""What the tests of the project itself share: the checkout, a clean copy of it, and commands run in them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
# Each of these would let the outer run reach into a command that is meant to stand alone.
LEAKS = ("COLUMNS", "FORCE_COLOR", "PIP_BUILD_CONSTRAINT", "PIP_CONSTRAINT", "PYTHONPATH", "PYTHONWARNINGS")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The repository root."""
    return CHECKOUT


@pytest.fixture(scope="session")
def run() -> Run:
    """Runs a command as from a fresh shell; any exit code but the wanted one fails the test."""
    return _run


@pytest.fixture(scope="session")
def clean_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that a commit of everything here would hold, and nothing that a build or a tool left."""
    copy = tmp_path_factory.mktemp("copy") / "archcalc"
    listed = _run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=CHECKOUT).stdout
    for name in filter(None, listed.split("\0")):
        _copy_file(CHECKOUT / name, copy / name)
    return copy


@pytest.fixture
def package_copy(tmp_path: Path) -> Path:
    """A folder of one's own with the package and its configuration, to plant faults in."""
    shutil.copytree(CHECKOUT / "archcalc", tmp_path / "archcalc", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    return tmp_path


def _run(*command: str | Path, cwd: Path, exit_code: int = 0) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in LEAKS}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == exit_code, f"{command} gave {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def _copy_file(source: Path, target: Path) -> None:
    if not source.is_file():  # deleted, and the index does not know it yet
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
