"""Networks that verify cannot look at are refused before anything is built."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.core.problem import Unavailable
from archcalc.measure import verify
from archcalc.measure.verify import Verifier
from tests.measure.random_specs import loaded


def test_too_much_work(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = "[repeat: {times: 9, layers: [relu]}]"
    spec = loaded(f"{{archcalc: 1, name: long, inputs: {{clip: {{C: 1, T: 9000000}}}}, layers: {layers}}}")
    monkeypatch.setattr(verify, "on_meta", None)  # nothing may be built
    found = (
        "long: probes on T of clip, which has 9,000,000 positions, take [0-9,]+ steps; verify takes at most 10,000,0"
    )
    with pytest.raises(Unavailable, match=found):
        Verifier().verify(spec)


def test_no_room_for_the_small_input(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = archcalc.load("c3d")
    monkeypatch.setattr("archcalc.measure.profile.free_memory.free_bytes", lambda: 10**6)
    monkeypatch.setattr(verify, "Network", None)
    with pytest.raises(MemoryError):
        verify.fvcore_disagreements(spec)
