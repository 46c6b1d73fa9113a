"""Golden files: `pytest tests/render --update-golden` writes them anew; what changed is for the diff to show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"

AssertGolden = Callable[[str, str], None]


@pytest.fixture
def assert_golden(update_golden: bool) -> AssertGolden:
    """Holds a text against the golden file of a name."""

    def hold_against(name: str, text: str) -> None:
        path = GOLDEN / name
        if update_golden:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        assert text == path.read_bytes().decode(), f"{name} differs; if it should: pytest tests/render --update-golden"

    return hold_against
