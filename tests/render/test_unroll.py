"""Networks unrolled in time: which frames each feature has seen, as lectures draw it, read back from the picture."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.analysis.records import Analysis
from archcalc.cli.main import main
from archcalc.core.problem import UsageError
from archcalc.core.reads import AxisReads, Taps, WholeAxisRead
from archcalc.drawings.temporal_effect import TemporalEffect
from archcalc.drawings.unroll import (
    MOST_ROWS,
    Feature,
    Row,
    UnrollDrawing,
    abbreviated,
    columns,
    reads_beyond,
    seen,
    unroll_drawing,
)
from archcalc.render.palette import THEMES
from archcalc.render.svg_unroll import DASHED, unroll_svg
from tests.conftest import Load

SVG = "{http://www.w3.org/2000/svg}"


def drawing(name: str) -> UnrollDrawing:
    return unroll_drawing(archcalc.analyze(archcalc.load(name)))


def dilated(load: Load, *dilations: int) -> Analysis:
    layers = "\n".join(
        f"- conv1d: {{name: d{d}, out: 1, kernel: 2, dilation: {d}, padding: causal}}" for d in dilations
    )
    return archcalc.analyze(load(f"archcalc: 1\nname: n\ninputs: {{x: {{C: 1, T: 64}}}}\nlayers:\n{layers}\n"))


def labels(drawn: UnrollDrawing) -> dict[str, list[str]]:
    return {row.title: [feature.label for feature in row.features] for row in drawn.rows}


def test_the_temporal_field_of_the_article() -> None:
    assert labels(drawing("field_temporal")) == {
        "clip": ["t=(0)", "t=(1)", "t=(2)", "t=(3)"],
        "conv1": ["t=(0,1)", "t=(1,2)", "t=(2,3)"],
        "conv2": ["t=(0,1,2)", "t=(1,2,3)"],
        "conv3": ["t=(0,1,2,3)"],
    }


def test_features_read_their_neighbors_in_the_row_above() -> None:
    rows = drawing("field_temporal").rows
    assert [feature.reads for feature in rows[2].features] == [((1, 0), (1, 1)), ((1, 1), (1, 2))]


def test_long_clips_are_cut_short_and_what_is_missing_is_counted() -> None:
    rows = {row.title: row for row in drawing("slow_fusion").rows}
    assert (len(rows["clip"].features), rows["clip"].left_out) == (10, 10)
    assert (len(rows["max_pool3d"].features), rows["max_pool3d"].left_out) == (5, 0)
    assert rows["conv3d"].effect == TemporalEffect.LOCAL
    assert labels(drawing("slow_fusion"))["global_avg_pool"] == ["t=(0,…,19)"]


def test_layers_that_keep_frames_apart_have_no_row_of_their_own() -> None:
    assert [row.title for row in drawing("late_fusion").rows] == ["clip", "global_avg_pool"]


def test_two_paths_meet_in_a_row(load: Load) -> None:
    spec = load(
        "archcalc: 1\nname: two\ninputs: {clip: {C: 1, T: 3, H: 1, W: 1}}\nlayers:\n"
        "- residual: {name: mix, body: [conv1d: {name: conv, out: 1, kernel: 3, padding: 1}]}\n"
    )
    rows = unroll_drawing(archcalc.analyze(spec)).rows
    assert [row.title for row in rows] == ["clip", "mix.conv", "mix.add"]
    assert rows[2].features[0].reads == ((1, 0), (0, 0))


def test_the_picture_has_a_box_a_feature_and_a_line_a_read() -> None:
    drawn = drawing("slow_fusion")
    root = ElementTree.fromstring(unroll_svg(drawn))
    features = [feature for row in drawn.rows for feature in row.features]
    effects = {row.effect for row in drawn.rows} - {None}
    assert len(list(root.iter(f"{SVG}rect"))) == 1 + len(features) + len(effects)
    lines = [line for line in root.iter(f"{SVG}line") if "class" not in line.attrib]
    assert len(lines) == sum(len(feature.reads) for feature in features)
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert [feature.label for feature in features] == [text for text in texts if text and text.startswith("t=")]


def test_nothing_in_a_name_becomes_markup() -> None:
    name = '<script>alert("x")</script>\n&'
    drawn = drawing("field_temporal")
    hostile = replace(drawn, title=name, rows=tuple(replace(row, title=name) for row in drawn.rows))
    root = ElementTree.fromstring(unroll_svg(hostile))
    assert not list(root.iter(f"{SVG}script"))
    assert [element.text for element in root.iter(f"{SVG}text")].count(name.replace("\n", " ")) == 1 + len(drawn.rows)


@pytest.mark.parametrize("name", ["anisotropic_4x3x3", "slow_fusion", "field_temporal", "tsm_r50", "i3d"])
def test_labels_fit_in_their_boxes_and_boxes_next_to_each_other(name: str) -> None:
    textpath = pytest.importorskip("matplotlib.textpath")  # DejaVu Sans, the widest of the fonts that are likely
    root = ElementTree.fromstring(unroll_svg(drawing(name)))
    boxes = [each for each in root.iter(f"{SVG}rect") if each.get("rx")]
    middles = {(float(each.get("x") or 0) + float(each.get("width") or 0) / 2, each.get("y")): each for each in boxes}
    wide = float(boxes[0].get("width") or 0)
    texts = [each for each in root.iter(f"{SVG}text") if (each.text or "").startswith("t=")]
    assert len(texts) == len(boxes)
    for text in texts:
        size = float(text.get("font-size") or 0)
        assert textpath.TextPath((0, 0), text.text, size=size).get_extents().width < wide, text.text
    rows = {row: sorted(x for x, y in middles if y == row) for row in {y for _, y in middles}}
    assert all(right - left > wide for xs in rows.values() for left, right in pairwise(xs))


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (0, 0, "t=(0)"),
        (2, 5, "t=(2,3,4,5)"),
        (2, 6, "t=(2,…,6)"),
        (6, 9, "t=(6,7,8,9)"),
        (7, 10, "t=(7,…,10)"),
        (8, 10, "t=(8,9,10)"),
        (998, 999, "t=(998,999)"),
        (9, -1, "t=()"),
    ],
)
def test_frames_are_counted_from_zero(first: int, last: int, text: str) -> None:
    assert seen(first, last) == text


def test_an_image_cannot_be_unrolled() -> None:
    with pytest.raises(UsageError, match="no frames"):
        drawing("vgg16")


def test_the_command_writes_svg_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "unrolled.svg"
    assert CliRunner().invoke(main, ["diagram", "field_temporal", "--kind", "unroll", "-o", str(path)]).exit_code == 0
    assert path.read_text(encoding="utf-8").startswith("<svg")
    wrong = CliRunner().invoke(main, ["diagram", "field_temporal", "--kind", "unroll", "-o", str(tmp_path / "a.dot")])
    assert wrong.exit_code == 2


def test_of_many_rows_the_first_and_the_last_are_drawn_and_read_each_other() -> None:
    count = MOST_ROWS + 9
    before = [list(dict.fromkeys((at - 1, 0))) if at else [] for at in range(count)]
    rows = [Row(str(at), (Feature("", tuple((row, 0) for row in before[at])),)) for at in range(count)]
    shown = abbreviated(rows)
    half = MOST_ROWS // 2
    titles = [row.title for row in shown]
    assert titles == [*map(str, range(half)), "… 9 more rows", *map(str, range(count - half, count))]
    for row in shown:
        for feature in row.features:
            read = [titles[at] for at, _ in feature.reads]
            assert read == [str(at) for at in before[int(row.title)] if str(at) in titles]
    assert abbreviated(rows[:MOST_ROWS]) == tuple(rows[:MOST_ROWS])
    rows[half + 1] = Row("… 3 more rows: same frames", (), stands_for=3)
    assert abbreviated(rows)[half].title == "… 11 more rows"


def test_a_window_of_frames_shows_dilation(load: Load) -> None:
    """Causal kernels of 2 with dilations 1, 2, 4: feature t reads t and t - dilation, if that is drawn."""
    rows = unroll_drawing(dilated(load, 1, 2, 4), None, (20, 32)).rows
    assert [(row.before, len(row.features), row.left_out) for row in rows] == [(20, 12, 32)] * 4
    assert [feature.label for feature in rows[0].features] == [f"t=({frame})" for frame in range(20, 32)]
    for number, dilation in enumerate((1, 2, 4)):
        for column, feature in enumerate(rows[number + 1].features):
            wanted = {(number, column)} | ({(number, column - dilation)} if column >= dilation else set())
            assert set(feature.reads) == wanted
            assert (feature.reads_before, feature.reads_after) == (column < dilation, False)
    assert rows[3].features[0].label == "t=(13,…,20)"


def test_rows_that_repeat_the_frames_above_them_are_counted(load: Load) -> None:
    """The first ten frames: dilations of 16 and 32 read padding besides their own frame."""
    x, d1, folded, d2 = unroll_drawing(dilated(load, 1, 16, 32, 2)).rows
    assert [row.title for row in (x, d1, folded, d2)] == ["x", "d1", "… 2 more rows: same frames", "d2"]
    assert (folded.features, folded.paths) == ((), ("d16", "d32"))
    assert [set(each.reads) for each in d2.features] == [
        {(1, column)} | ({(1, column - 2)} if column >= 2 else set()) for column in range(10)
    ]
    alone = unroll_drawing(dilated(load, 1, 16, 2)).rows
    assert [row.title for row in alone] == ["x", "d1", "d16", "d2"]
    later = unroll_drawing(dilated(load, 1, 16, 32, 2), None, (40, 50)).rows  # they read frames that are not drawn
    assert [row.title for row in later] == ["x", "d1", "d16", "d32", "d2"]


def test_rows_of_fewer_frames_show_the_same_time() -> None:
    analysis = archcalc.analyze(archcalc.load("slow_fusion"))
    rows = {row.title: row for row in unroll_drawing(analysis, None, (4, 16)).rows}
    assert [(row.before, row.count) for row in rows.values()] == [(4, 20), (4, 20), (1, 5), (1, 5), (0, 1)]
    assert [feature.label for feature in rows["max_pool3d"].features] == ["t=(3,…,8)", "t=(7,…,12)", "t=(11,…,16)"]
    root = ElementTree.fromstring(unroll_svg(unroll_drawing(analysis, None, (4, 16))))
    drawn = sum(len(feature.reads) for row in rows.values() for feature in row.features)
    assert len([line for line in root.iter(f"{SVG}line") if "class" not in line.attrib]) == drawn
    assert [each.text for each in root.iter(f"{SVG}text")].count("4 before …") == 2


def test_features_say_that_they_read_what_is_not_drawn() -> None:
    """Ten of 20 frames: a padded kernel of 3, a pool of stride 4, as the labels of the features say."""
    drawn = drawing("slow_fusion")
    after = {row.title: [at for at, each in enumerate(row.features) if each.reads_after] for row in drawn.rows}
    assert after == {"clip": [], "conv3d": [9], "max_pool3d": [2, 3, 4], "conv3d_2": [], "global_avg_pool": []}
    root = ElementTree.fromstring(unroll_svg(drawn))
    dashed = [line.attrib for line in root.iter(f"{SVG}line") if line.get("class") == "not-drawn"]
    assert len(dashed) == 4 + 1  # and one that is explained
    assert [float(each["x2"]) > float(each["x1"]) for each in dashed[:4]] == [True] * 4
    assert DASHED in {each.text for each in root.iter(f"{SVG}text")}
    complete = unroll_svg(drawing("field_temporal"))
    assert (DASHED in complete, "not-drawn" in complete) == (False, False)


@pytest.mark.parametrize(
    "reads",
    [Taps((0,), (2,)), Taps((-8,), (0,), 1, 4), Taps((1, 0), (3, 5), 4), Taps((3,), (2,)), *WholeAxisRead],
    ids=str,
)
def test_positions_from_an_end_on_are_read_or_not(reads: AxisReads) -> None:
    for position, end, count in product(range(7), range(1, 10), range(1, 12)):
        beyond = [at for at in columns(reads, position, count) if at >= end]
        assert reads_beyond(reads, position, end, count) == bool(beyond)


@pytest.mark.parametrize("theme", THEMES)
def test_effects_are_written_beside_the_rows_and_explained(theme: str) -> None:
    root = ElementTree.fromstring(unroll_svg(drawing("slow_fusion"), theme))
    words = [each.text for each in root.iter(f"{SVG}text")]
    assert [words.count(effect) for effect in ("local", "strided", "global", "frame-wise")] == [2, 1, 1, 0]
    assert [words.count(effect.meaning) for effect in TemporalEffect] == [0, 1, 1, 1]
    heights = [float(each.get("y", "0")) for each in root.iter() if each.tag in (f"{SVG}text", f"{SVG}rect")]
    assert max(heights) + 8 < float(root.attrib["height"])


def test_the_whole_window_is_the_whole_drawing() -> None:
    analysis = archcalc.analyze(archcalc.load("field_temporal"))
    assert unroll_drawing(analysis, None, (0, 4)) == unroll_drawing(analysis)


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ("10", "frames '10'; expected FIRST:END, such as 10:26 for frames 10 to 25"),
        ("8:8", "frames '8:8'; expected FIRST:END"),
        ("-1:3", "frames '-1:3'; expected FIRST:END"),
        ("0:1000", r"1,000 frames \(0:1000\); at most 64 are drawn"),
        ("10:26", "frames 10:26; clip has frames 0 to 19"),
    ],
)
def test_windows_that_cannot_be_drawn(frames: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        archcalc.analyze(archcalc.load("slow_fusion")).diagram("unroll", frames=frames)


@pytest.mark.parametrize("first", [-7, -4, 0, 3])
@pytest.mark.parametrize("step", [1, 2, 3])
def test_columns_are_the_positions_that_windows_read_of_what_is_drawn(first: int, step: int) -> None:
    for taps, position, count in product((1, 2, 6), range(3), range(5)):
        reads = Taps((first,), (first + step * (taps - 1),), 2, step)
        assert columns(reads, position, count) == [at for at in range(count) if at in reads.at(position)]
