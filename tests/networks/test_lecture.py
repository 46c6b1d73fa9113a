"""The tables of the lecture (DL4CV, video classification, slides 15 to 31), cell for cell."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from archcalc.cli.main import main

LATE = [
    ("input", "3x20x64x64", ""),
    ("Conv2D (3x3, 3->12)", "12x20x64x64", "1x3x3"),
    ("MaxPool2D (4x4)", "12x20x16x16", "1x6x6"),
    ("Conv2D (3x3, 12->24)", "24x20x16x16", "1x14x14"),
    ("GlobalAvgPool", "24x1x1x1", "20x64x64"),
]
EARLY = [
    ("input", "3x20x64x64", ""),
    ("Conv2D (3x3, 3*20->12)", "12x64x64", "20x3x3"),
    ("MaxPool2D (4x4)", "12x16x16", "20x6x6"),
    ("Conv2D (3x3, 12->24)", "24x16x16", "20x14x14"),
    ("GlobalAvgPool", "24x1x1", "20x64x64"),
]
SLOW = [
    ("input", "3x20x64x64", ""),
    ("Conv3D (3x3x3, 3->12)", "12x20x64x64", "3x3x3"),
    ("MaxPool3D (4x4x4)", "12x5x16x16", "6x6x6"),
    ("Conv3D (3x3x3, 12->24)", "24x5x16x16", "14x14x14"),
    ("GlobalAvgPool", "24x1x1x1", "20x64x64"),
]


def printed_rows(*arguments: str) -> list[tuple[str, ...]]:
    """The rows of a printed table: cells are separated by two spaces or more."""
    result = CliRunner().invoke(main, ["table", *arguments])
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    first = next(number for number, line in enumerate(lines) if set(line) == {"─"}) + 1
    rows = []
    for line in lines[first:]:
        cells = [cell.strip() for cell in line.split("   ") if cell.strip()]
        rows.append(tuple((*cells, "", "", "")[:3]))
    return rows


@pytest.mark.parametrize(("name", "rows"), [("late_fusion", LATE), ("early_fusion", EARLY), ("slow_fusion", SLOW)])
def test_lecture_table(name: str, rows: list[tuple[str, str, str]]) -> None:
    assert printed_rows(name, "--style", "lecture", "--rf", "clipped") == rows


def test_unclipped_fields_of_the_global_pool() -> None:
    fields = {name: printed_rows(name, "--style", "lecture")[-1][2] for name in ("late_fusion", "slow_fusion")}
    assert fields == {"late_fusion": "20x74x74", "slow_fusion": "30x74x74"}
