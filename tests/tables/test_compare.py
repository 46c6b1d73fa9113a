"""Comparisons: the lecture's point about time, and differences against the first."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.analysis.comparison import compared
from archcalc.analysis.time_fusion import TimeFusion, time_fusion
from archcalc.analysis.time_shift import TimeShift
from archcalc.cli.main import main
from archcalc.tables.compare import against, comparison
from archcalc.tables.table import Table
from tests.conftest import Load


def facts(name: str) -> TimeFusion:
    found = time_fusion(archcalc.analyze(archcalc.load(name)))
    assert found is not None
    return found


def cells(table: Table) -> dict[str, tuple[object, ...]]:
    return {str(row[0]): row[1:] for row in table.rows}


def test_the_lecture_sees_time_fused_late_early_and_slowly() -> None:
    assert facts("late_fusion").fusing == ("global_avg_pool",)
    assert facts("early_fusion").fusing == ("stack_frames",)
    assert facts("slow_fusion").fusing == ("conv3d", "max_pool3d", "conv3d_2", "global_avg_pool")
    assert [facts(name).whole_clip for name in ("late_fusion", "early_fusion", "slow_fusion")] == [
        "global_avg_pool",
        "stack_frames",
        "global_avg_pool",
    ]


def test_time_is_that_of_the_input_with_the_most_frames() -> None:
    found = facts("two_stream")
    assert (found.frames, found.fusing, found.whole_clip) == (10, ("stack_frames",), "stack_frames")


def test_a_network_that_never_mixes_frames(layers: Load) -> None:
    found = time_fusion(archcalc.analyze(layers("- conv2d: {out: 4, kernel: 3, padding: 1}")))
    assert found == TimeFusion(frames=8, fusing=(), whole_clip=None, ends=None, shift=TimeShift(frames=1, positions=1))


def test_a_network_without_time(load: Load) -> None:
    spec = load("archcalc: 1\nname: image\ninputs: {image: {C: 3, H: 8, W: 8}}\nlayers: [relu]\n")
    assert time_fusion(archcalc.analyze(spec)) is None


def test_networks_of_images_say_from_where_the_whole_image_is_seen(load: Load) -> None:
    head = "archcalc: 1\nname: image\ninputs: {image: {C: 3, H: 7, W: 5}}\nlayers:\n"
    chain = load(head + "  - conv2d: {out: 4, kernel: 3}\n" * 2 + "  - conv2d: {name: last, out: 4, kernel: [3, 1]}\n")
    short = load(head + "  - conv2d: {out: 4, kernel: 3}\n")
    networks = {"chain": archcalc.analyze(chain), "short": archcalc.analyze(short)}
    assert cells(comparison(compared(networks))[-1]) == {"field covers image from": ("last", "never")}
    mixed = {**networks, "video": archcalc.analyze(archcalc.load("slow_fusion"))}
    assert cells(comparison(compared(mixed))[-1])["spatial field covers frame from"] == (
        "last",
        "never",
        "global_avg_pool",
    )


@pytest.mark.parametrize(
    ("value", "first", "text"),
    [(9108, 2952, "9,108 (+6,156, x3.09)"), (5, 5, "5"), (4, 8, "4 (-4, x0.5)"), (3, 0, "3 (+3)"), (None, 3, "-")],
)
def test_differences(value: int | None, first: int | None, text: str) -> None:
    assert against(value, first) == text


def test_stages_sum_to_the_totals() -> None:
    names = ("r3d_18", "mc3_18", "r2plus1d_18")
    networks = {name: archcalc.analyze(archcalc.load(name)) for name in names}
    totals, params, cost, _ = comparison(compared(networks))
    for table, key in ((params, "params"), (cost, "MACs")):
        for number in range(len(names)):
            column = [str(values[number]).split(" ")[0] for values in cells(table).values()]
            summed = sum(int(text.replace(",", "")) for text in column if text != "-")
            assert f"{summed:,}" == str(cells(totals)[key][number]).split(" ")[0]


def test_the_command() -> None:
    runner = CliRunner()
    shown = runner.invoke(main, ["compare", "late_fusion", "early_fusion", "slow_fusion"])
    assert (shown.exit_code, "temporal size 1" in shown.stdout) == (0, True)
    variants = runner.invoke(main, ["compare", "r2plus1d_18", "--variant", "mid=paper", "--format", "markdown"])
    assert "33,370,839 (+1,865,514, x1.06)" in variants.stdout
    assert runner.invoke(main, ["compare", "c3d"]).exit_code == 2
