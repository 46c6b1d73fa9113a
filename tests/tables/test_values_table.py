"""The values style against CS231n's table of VGG-16, and its columns against their definitions."""

from __future__ import annotations

from math import prod

import archcalc
from archcalc.tables.columns import plain_columns
from archcalc.tables.layers import layer_table
from archcalc.tables.options import TableOptions
from archcalc.tables.rows import rows_to_depth
from tests.conftest import Load

SIDES = {1: 224, 2: 112, 3: 56, 4: 28, 5: 14}
DEPTHS = {1: (2, 64), 2: (2, 128), 3: (3, 256), 4: (3, 512), 5: (3, 512)}
CONVOLUTIONS = sum(count * channels * SIDES[stage] ** 2 for stage, (count, channels) in DEPTHS.items())
POOLS = sum(channels * (SIDES[stage] // 2) ** 2 for stage, (_, channels) in DEPTHS.items())
VGG16_VALUES = 3 * 224**2 + CONVOLUTIONS + POOLS + 4096 + 4096 + 1000


def column(analysis: archcalc.Analysis, key: str, depth: int | None = None) -> list[object]:
    return list(plain_columns(analysis)[key].show(rows_to_depth(analysis, depth)))


def test_vgg16_holds_what_the_rows_of_cs231n_sum_to() -> None:
    analysis = archcalc.analyze(archcalc.load("vgg16"), batch=2, dtype="float16")
    table = layer_table(analysis, TableOptions("values"))
    totals = {total.label: total.value for total in table.totals}
    assert VGG16_VALUES == 15_237_608
    assert totals == {
        "values of one sample": VGG16_VALUES,
        "values (float16, batch 2)": VGG16_VALUES * 2 * 2,
        "weights without biases": 138_357_544 - sum(n * c for n, c in DEPTHS.values()) - 4096 - 4096 - 1000,
    }
    assert [row[0] for row in table.rows[:4]] == ["image", "conv1_1", "conv1_2", "pool1"]
    assert sum(int(str(row[2])) for row in table.rows) == VGG16_VALUES
    assert sum(int(str(row[3])) for row in table.rows) == totals["weights without biases"]


def test_columns_of_values_weights_and_cumulative_cost(layers: Load) -> None:
    analysis = archcalc.analyze(
        layers(
            """
        - conv3d: {name: unit.conv, out: 4, kernel: 3, padding: 1}
        - batch_norm
        - relu
        - sigmoid
        - flatten
        - dropout
        - linear: {out: 5}
        """.replace("name: unit.conv, ", "")
        )
    )
    grid = prod((4, 8, 16, 16))
    macs = [4 * 3 * 27 * 8 * 16 * 16, 0, 0, 0, 0, 0, 5 * grid]
    assert column(analysis, "values") == [grid] * 6 + [5]
    assert column(analysis, "held") == [grid, grid, 0, grid, 0, 0, 5]
    assert column(analysis, "weights") == [4 * 3 * 27, 4, 0, 0, 0, 0, 5 * grid]
    assert column(analysis, "cumulative_cost") == [sum(macs[: number + 1]) for number in range(7)]


def test_rows_put_together_are_sums() -> None:
    analysis = archcalc.analyze(archcalc.load("r3d_18"))
    for key in ("values", "held", "weights"):
        assert sum(map(int, map(str, column(analysis, key, 1)))) == sum(map(int, map(str, column(analysis, key))))
    assert column(analysis, "cumulative_cost", 1)[-1] == analysis.totals.macs
