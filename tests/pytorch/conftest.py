"""The same random numbers in every run."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")
    torch.manual_seed(0)
