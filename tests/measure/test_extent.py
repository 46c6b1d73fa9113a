"""Networks that verify cannot look at are refused before anything is built."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.core.problem import Unavailable
from archcalc.measure import verify
from archcalc.measure.verify import Verifier


def test_too_many_positions(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = archcalc.load("c3d", inputs="clip=3x20001x64x64")
    monkeypatch.setattr(verify, "on_meta", None)  # nothing may be built
    with pytest.raises(Unavailable, match="c3d: clip has 20,001 positions along T; verify probes at most 20,000"):
        Verifier().verify(spec)


def test_no_room_for_the_small_input(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = archcalc.load("c3d")
    monkeypatch.setattr("archcalc.measure.profile.room.free_bytes", lambda: 10**6)
    monkeypatch.setattr(verify, "Network", None)
    with pytest.raises(MemoryError):
        verify.fvcore_disagreements(spec)
