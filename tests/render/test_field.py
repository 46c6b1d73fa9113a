"""Growth of receptive fields, read back from the plot."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli.main import main
from archcalc.core.problem import UsageError
from archcalc.drawings.field import FieldPath, FieldPoint, Target, field_path, parse_target
from archcalc.render.field_words import verdict
from archcalc.render.palette import SERIES, THEMES, blend
from archcalc.render.svg_field import TEXT_SHARE, field_svg
from tests.conftest import Load

SVG = "{http://www.w3.org/2000/svg}"
CLAP = Target(25, 300, 300)


def path(name: str, view: str = "full") -> FieldPath:
    return field_path(archcalc.analyze(archcalc.load(name)), view)


def texts(*paths: FieldPath, target: Target | None = None, by: str = "space", theme: str = "light") -> list[str]:
    root = ElementTree.fromstring(field_svg(paths, target, by, theme))
    return [(each.text or "").strip() for each in root.iter(f"{SVG}text")]


def test_growth_of_a_field_in_frames_and_pixels() -> None:
    assert [(each.path, each.frames, each.pixels) for each in path("field_temporal").points] == [
        ("clip", 1, 1),
        ("conv1", 2, 3),
        ("conv2", 2 + 1, 3 + 2),
        ("conv3", 3 + 1, 5 + 2),
    ]


def test_the_clip_is_seen_where_an_output_has_read_all_frames() -> None:
    seen = path("field_temporal").whole_clip
    assert seen is not None
    assert seen.path == "conv3"
    assert path("early_fusion").whole_clip == FieldPoint("stack_frames", 1, 20, 1, 1)


def test_a_layer_that_sees_less_than_one_before_it_is_no_growth() -> None:
    points = path("slowfast_r50_4x16").points
    assert [each.frames for each in points] == sorted(each.frames for each in points)
    assert [each.pixels for each in points] == sorted(each.pixels for each in points)


def test_a_target_is_reached_or_missed_by_so_much() -> None:
    hands = path("clapping_hands")
    said = verdict(hands, CLAP)
    assert said == "25x300x300 reached at global_max_pool (73x715x715); conv5b.conv is short by 1 pixel"
    reached = hands.reached(Target(25, 299, 299))
    assert reached is not None
    assert reached.path == "conv5b.conv"
    assert verdict(path("field_temporal"), Target(25, 7, 9)) == "short of 25x7x9 by 21 frames, 2 pixels"
    assert verdict(path("field_temporal"), Target(5, 7, 7)) == "short of 5x7x7 by 1 frame"
    assert verdict(path("field_temporal"), Target(4, 8, 9)) == "short of 4x8x9 by 1 and 2 pixels"


@pytest.mark.parametrize("text", ["25x300", "0x3x3", "axbxc", "25x300x300x3", ""])
def test_a_target_is_three_sizes(text: str) -> None:
    with pytest.raises(UsageError, match="frames x height x width"):
        parse_target(text)


@pytest.mark.parametrize("by", ["space", "depth"])
@pytest.mark.parametrize("theme", THEMES)
def test_the_plot_says_input_goal_and_where_the_clip_is_seen(by: str, theme: str) -> None:
    said = texts(path("clapping_hands"), target=CLAP, by=by, theme=theme)
    beginning = "clapping_hands, 50x448x448 at 25 frames per second: whole clip seen from global_max_pool on (ring)"
    assert beginning in said
    assert verdict(path("clapping_hands"), CLAP) in said
    marks = {"input 50x448x448", "target 25x300x300"} if by == "space" else {"input 50", "target 25", "input 448"}
    assert marks <= set(said)


def test_layers_are_named_and_seconds_stand_above() -> None:
    said = texts(path("clapping_hands"))
    assert {"conv5b.conv", "pool4", "global_max_pool", "seconds, at 25 frames per second"} <= set(said)
    assert not any("seconds, at" in each for each in texts(path("clapping_hands"), path("c3d")))


def test_points_lie_where_the_numbers_are() -> None:
    root = ElementTree.fromstring(field_svg([path("field_temporal")]))
    marks = {each.get("data-paths"): each[0] for each in root.iter(f"{SVG}g") if each.get("class") == "point"}
    assert list(marks) == ["clip", "conv1", "conv2", "conv3"]
    across, up = ([float(each.get(axis) or 0) for each in marks.values()] for axis in ("cx", "cy"))
    steps = [(across[k + 1] - across[k]) / (across[1] - across[0]) for k in range(3)]
    rises = [(up[k + 1] - up[k]) / (up[1] - up[0]) for k in range(3)]
    assert steps == pytest.approx([1, 1, 1], abs=1e-3)
    assert rises == pytest.approx([1, 1, 1], abs=1e-3)
    assert across[0] > 74
    assert up[0] < 522


def test_labels_do_not_lie_on_each_other(load: Load) -> None:
    listed = ", ".join(f"{{conv3d: {{name: layer_{k}, out: 1, kernel: 3, padding: 1}}}}" for k in range(60))
    spec = f"archcalc: 1\nname: deep\ninputs: {{clip: {{C: 1, T: 8, H: 16, W: 16}}}}\nlayers: [{listed}]\n"
    deep = field_path(archcalc.analyze(load(spec)))
    root = ElementTree.fromstring(field_svg([deep]))
    boxes = [_box(text) for text in root.iter(f"{SVG}text") if (text.text or "").startswith("layer_")]
    assert len(boxes) >= 8
    for number, (left, right, y) in enumerate(boxes):
        assert all(right < other or end < left or abs(y - level) > 7 for other, end, level in boxes[number + 1 :])


def _box(text: ElementTree.Element) -> tuple[float, float, float]:
    """Left, right and foot of a label of letters half as wide as high."""
    wide = float(text.get("font-size") or 0) * 0.5 * len(text.text or "")
    x, y = float(text.get("x") or 0), float(text.get("y") or 0)
    return (x - wide, x, y) if text.get("text-anchor") == "end" else (x, x + wide, y)


@pytest.mark.parametrize("name", ["<script>&", "$x^2$", "_first", "🎬 שלום", 'a"b'])
def test_names_are_shown_as_they_are(name: str) -> None:
    plain = path("field_temporal")
    odd = FieldPath(
        name, plain.view, plain.extent, plain.across, plain.fps, plain.points, plain.layers, plain.whole_clip
    )
    root = ElementTree.fromstring(field_svg([odd]))
    assert not list(root.iter(f"{SVG}script"))
    assert any((each.text or "").strip().startswith(f"{name}, 4x8x8") for each in root.iter(f"{SVG}text"))


def test_an_image_has_no_frames_to_compare() -> None:
    with pytest.raises(UsageError, match="no input with frames"):
        path("vgg16")


def test_the_same_bytes_each_time_and_in_each_format(tmp_path: Path) -> None:
    for ending, start in (("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF")):
        files = [tmp_path / f"{number}.{ending}" for number in (1, 2)]
        for file in files:
            asked = ["diagram", "field_temporal", "slow_fusion", "--kind", "field", "-o", str(file)]
            assert CliRunner().invoke(main, asked).exit_code == 0
        assert files[0].read_bytes() == files[1].read_bytes()
        assert files[0].read_bytes().startswith(start)
        assert b"CreationDate (D:2000" in files[0].read_bytes() or ending != "pdf"


def test_an_svg_needs_no_other_library(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("matplotlib", "cairosvg"):
        monkeypatch.setitem(sys.modules, name, None)
    assert field_svg([path("field_temporal")]).startswith("<svg")


def test_more_networks_than_marks_are_refused() -> None:
    with pytest.raises(UsageError, match="9 specs; expected at most 8"):
        field_svg([path("field_temporal")] * 9)


def test_a_sequence_is_drawn_over_its_layers() -> None:
    """Causal kernels of 7 with dilations 1, 2, 4 ...: each of two convolutions of a level adds 6 * dilation frames."""
    grown, frames = [], 1
    for level in range(8):
        for number in (1, 2):
            frames += 6 * 2**level
            grown.append((f"level.{level}.conv{number}", frames))
    tcn = path("tcn")
    assert [(point.path, point.frames) for point in tcn.points[1:]] == grown
    said = texts(tcn, target=Target(500, 1, 1))
    assert said == texts(tcn, target=Target(500, 1, 1), by="depth")
    assert {"receptive field, frames (full)", "layer, in the order they are written", "input 784", "target 500"} <= {
        *said
    }
    assert "tcn, 784: whole clip seen from level.6.conv1 on (ring)" in said
    assert "500 reached at level.5.conv1 (565); level.4.conv2 is short by 127 frames" in said
    assert not [words for words in said if "pixel" in words or "x1" in words]


def test_a_spectrogram_has_sizes_along_its_own_axes() -> None:
    said = texts(path("vggish"))
    assert "input 96x64" in said
    assert "vggish, 96x64 at 100 frames per second: whole clip seen from flatten on (ring)" in said


def test_sequences_and_clips_are_drawn_together() -> None:
    said = texts(path("tcn"), path("c3d"), by="depth")
    assert {
        "receptive field, frames (full)",
        "receptive field, pixels (full)",
        "input 784",
        "input 16",
        "input 112",
    } <= {*said}


@pytest.mark.parametrize("theme", THEMES)
def test_labels_have_the_color_of_their_network_and_can_be_read(theme: str) -> None:
    root = ElementTree.fromstring(field_svg([path("c3d"), path("r2plus1d_18")], theme=theme))
    found = {each.text: each.attrib["fill"] for each in root.iter(f"{SVG}text") if each.get("class") == "label"}
    named = {name: found[name] for name in ("pool5", "conv5b", "global_avg_pool", "input 16x112x112")}
    assert named["pool5"] == named["conv5b"]
    assert named["pool5"] != named["global_avg_pool"] or theme == "print"
    assert named["input 16x112x112"] == THEMES[theme].text
    assert min(contrast(color, THEMES[theme].page) for color in found.values()) >= 4.5
    alone = ElementTree.fromstring(field_svg([path("c3d")], theme=theme))
    fills = {each.attrib["fill"] for each in alone.iter(f"{SVG}text") if each.get("class") == "label"}
    assert fills == {THEMES[theme].text}


@pytest.mark.parametrize("theme", THEMES)
def test_the_color_of_every_series_can_be_read_in_labels(theme: str) -> None:
    for hue in SERIES[theme]:
        assert contrast(blend(hue, THEMES[theme].text, TEXT_SHARE), THEMES[theme].page) >= 4.5


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""

    def luminance(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


RING = "ring: from here on an output reads every frame"


@pytest.mark.parametrize(
    ("by", "wanted"),
    [
        ("space", f"Marks: layers in which the field grows; dashes: the size of the input; {RING}; cross: the target."),
        ("depth", f"Marks: layers in which the field grows; dashes: the size of the input and of the target; {RING}."),
    ],
)
def test_the_drawing_explains_its_marks_and_its_kind_of_field(by: str, wanted: str) -> None:
    said = texts(path("c3d", "window"), target=Target(16, 112, 112), by=by)
    assert wanted in " ".join(said)
    assert said[-1] == "window: along windows alone, without global operations."
    without = " ".join(texts(replace(path("c3d"), whole_clip=None), by=by))
    assert not [word for word in ("ring:", "cross:", "target") if word in without]


def test_a_goal_in_frames_alone() -> None:
    assert parse_target("25") == Target(25, 1, 1)
    assert verdict(path("c3d"), Target(25, 1, 1)).startswith("25 reached at conv4b (")


def test_a_sequence_has_no_goal_in_pixels() -> None:
    message = "--target 25x300x300; tcn has frames alone, expected such as 25"
    with pytest.raises(UsageError, match=message):
        archcalc.analyze(archcalc.load("tcn")).diagram("field", target="25x300x300")
    assert archcalc.analyze(archcalc.load("tcn")).diagram("field", target="25").svg
