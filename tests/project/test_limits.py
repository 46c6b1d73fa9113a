"""The table of long and hostile inputs: what counts as inside a limit, and that a refusal is read as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.hostile import Case, inputs
from tests.benchmarks.limits import Cost, exponent, holds, measured, row

NETWORK = Case("a network", inputs(2, 0))
ANYTHING = Case("anything", inputs(5_000, 0), refusable=True)


@pytest.mark.parametrize(
    ("case", "cost", "expected"),
    [
        (NETWORK, Cost(1.9, 290, 0, ""), True),
        (NETWORK, Cost(2.1, 290, 0, ""), False),
        (NETWORK, Cost(1.9, 310, 0, ""), False),
        (NETWORK, Cost(0.1, 20, 1, "no"), False),
        (ANYTHING, Cost(0.8, 20, 1, "no"), True),
        (ANYTHING, Cost(1.0, 20, 1, "no"), False),
        (ANYTHING, Cost(0.8, 20, 2, "usage"), False),
    ],
)
def test_limits(case: Case, cost: Cost, expected: bool) -> None:
    assert holds(case, cost) == expected


def test_a_refusal_is_a_row_with_its_reason() -> None:
    cost = measured(ANYTHING)
    assert cost.code == 1
    assert 0 < cost.memory < 300
    assert "| refused: 1004:3: 5,000 inputs; expected at most 1,000 |" in row(ANYTHING, cost)


def test_a_network_is_done(tmp_path: Path) -> None:
    assert NETWORK.write(tmp_path)[0] == "table"
    assert measured(NETWORK).code == 0


def test_the_exponent_is_that_of_hundredfold_layers() -> None:
    assert exponent([Cost(1.1, 0, 0, ""), Cost(100.1, 0, 0, "")], 0.1) == pytest.approx(1)
