"""Several profiles as CSV: names and plain numbers, without words about them."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pytest

from archcalc.cli.profile import show
from archcalc.render.profile_json import profile_from

KEPT = Path(__file__).parents[2] / "reports" / "cpu" / "profiles"
NAMES = ("c3d", "early_fusion", "r3d_18")


def test_every_cell_but_names_is_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    files = [KEPT / f"{name}-fp32-batch1-inference.json" for name in NAMES]
    profiles = [profile_from(file.read_text(encoding="utf-8"), file.name) for file in files]
    show(profiles, "csv", None)
    rows = list(csv.DictReader(StringIO(capsys.readouterr().out)))
    assert [row.pop("spec") for row in rows] == list(NAMES)
    assert all(float(cell) >= 0 for row in rows for cell in row.values() if cell)
    ratios = [each.latency.median / profiles[0].latency.median for each in profiles]
    assert [float(row["time_ratio"]) for row in rows] == ratios
    show(profiles, "markdown", None)
    assert "to first" in capsys.readouterr().out
