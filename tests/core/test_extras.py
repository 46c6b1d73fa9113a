"""The command that installs an optional part names what pyproject.toml asks for."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from archcalc.core.extras import EXTRAS, install_command

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize("extra", EXTRAS)
def test_it_asks_for_what_the_extra_asks_for(extra: str) -> None:
    assert sorted(EXTRAS[extra]) == sorted(PROJECT["optional-dependencies"][extra])
    assert install_command(extra) == "python -m pip install " + " ".join(f"'{each}'" for each in EXTRAS[extra])
