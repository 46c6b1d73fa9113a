"""Measuring that takes no time: small peaks, and the names of what was really measured."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def small_peaks(monkeypatch) -> None:
    """The device is asked for little, once."""
    from archcalc.measure.profile import peaks
    from archcalc.measure.profile.runs import Plan

    monkeypatch.setattr(peaks, "LOADS", {"cpu": peaks.Load(fewest_rows=32, rows=32, copied=2**16, layers=10)})
    monkeypatch.setattr(peaks, "PLAN", Plan(warmup=0, runs=1))


@pytest.fixture
def really_measured(monkeypatch) -> list[str]:
    """The names of the networks that were really measured, in their order."""
    from archcalc.measure.profile.profiler import Profiler

    found: list[str] = []
    measure = Profiler._profile

    def profile(self: Profiler, spec: Any, *setups: Any) -> Any:
        found.append(spec.name)
        return measure(self, spec, *setups)

    monkeypatch.setattr(Profiler, "_profile", profile)
    return found
