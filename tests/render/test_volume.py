"""Feature maps drawn as boxes, read back from the picture: which there are, how long, and what leads to what."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from functools import cache
from itertools import combinations, pairwise
from math import cos, pi, sqrt
from pathlib import Path

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli.main import main
from archcalc.core.problem import UsageError
from archcalc.drawings.temporal_effect import TemporalEffect
from archcalc.drawings.volume import MOST_COLUMNS, MOST_ROWS, VolumeDrawing, volume_drawing
from archcalc.render.palette import THEMES
from archcalc.render.svg_volume import volume_svg
from archcalc.render.volume_layout import THINNEST
from tests.conftest import Load

SVG = "{http://www.w3.org/2000/svg}"
Element = ElementTree.Element
Rectangle = tuple[float, float, float, float]

C3D = {
    "clip": "3x16x112x112",
    "conv1a": "64x16x112x112",
    "pool1, conv2a": "128x16x56x56",
    "pool2 to conv3b": "256x8x28x28",
    "pool3 to conv4b": "512x4x14x14",
    "pool4 to conv5b": "512x2x7x7",
    "pool5": "512x1x4x4",
    "fc6, fc7": "4096",
    "fc8": "487",
}
PICTURES = (
    ["c3d"],
    ["slow_fusion"],
    ["slowfast_r50_4x16"],
    ["two_stream"],
    ["st_resnet"],
    ["fused_3d"],
    ["volume_mri"],
    ["yolov8"],
    ["nnunet"],
    ["vnet"],
    ["segresnet", "unet3d", "c3d"],
    ["wavenet", "deepspeech"],
    ["detr"],
    ["resnet", "swin3d_t", "timesformer_b", "convnet_lstm"],
)


@cache
def drawing(name: str) -> VolumeDrawing:
    return volume_drawing(archcalc.analyze(archcalc.load(name)))


@cache
def parsed(*names: str, theme: str = "light") -> Element:
    return ElementTree.fromstring(volume_svg([drawing(name) for name in names], theme))


def of(root: Element, tag: str, name: str) -> list[Element]:
    return [each for each in root.iter(SVG + tag) if each.get("class") == name]


def words(root: Element, name: str) -> list[str]:
    return [each.text or "" for each in of(root, "text", name)]


def points(shape: Element) -> list[tuple[float, float]]:
    pairs = [pair.split(",") for pair in (shape.get("points") or "").split()]
    return [(float(x), float(y)) for x, y in pairs]


def face(box: Element, name: str) -> list[tuple[float, float]]:
    (shape,) = [each for each in box if each.get("class") == name]
    return points(shape)


def extent(box: Element) -> tuple[float, float, float]:
    """T, H and W on the page: a step along T or W goes cos 30 degrees to the right."""
    front, side = face(box, "front"), face(box, "side")
    wide = max(x for x, _ in front) - min(x for x, _ in front)
    long = max(x for x, _ in side) - min(x for x, _ in side)
    left = [y for x, y in front if x == min(x for x, _ in front)]
    return long / cos(pi / 6), max(left) - min(left), wide / cos(pi / 6)


def test_a_box_to_each_size() -> None:
    maps = of(parsed("c3d"), "g", "map")
    assert {" ".join(words(each, "name")): words(each, "shape")[0] for each in maps} == C3D
    assert [len(of(each, "g", "volume")) for each in maps] == [1] * 7 + [0] * 2
    assert [len(of(each, "rect", "vector")) for each in maps] == [0] * 7 + [1] * 2


def test_sizes_stand_at_the_edges_of_time_height_and_width() -> None:
    root = parsed("c3d")
    assert words(root, "T") == ["T 16", "T 16", "T 16", "T 8", "T 4", "T 2", "T 1"]
    assert words(root, "H") == ["H 112", "H 112", "H 56", "H 28", "H 14", "H 7", "H 4"]
    assert words(root, "C")[-3:] == ["C 512", "C 4096", "C 487"]


def test_a_receptive_field_is_told_full_or_clipped() -> None:
    analysis = archcalc.analyze(archcalc.load("slow_fusion"))
    assert [box.field for box in volume_drawing(analysis).boxes] == ["", "3x3x3", "14x14x14", "30x74x74"]
    assert volume_drawing(analysis, "clipped").boxes[-1].field == "20x64x64"


def test_boxes_are_to_scale_where_all_can_be_seen() -> None:
    """Slow fusion by hand: 20x64x64 twice, then 5x16x16."""
    large, second, small = (extent(box) for box in of(parsed("slow_fusion"), "g", "volume"))
    assert large == pytest.approx(second, abs=0.03)
    assert [length / size for length, size in zip(large, (20, 64, 64), strict=True)] == pytest.approx(
        [large[1] / 64] * 3, rel=0.01
    )
    assert [whole / part for whole, part in zip(large, small, strict=True)] == pytest.approx([4, 4, 4], rel=0.01)
    assert any("as long as T, H and W" in each for each in words(parsed("slow_fusion"), "remark"))


def test_an_image_is_a_thin_box_to_the_same_scale() -> None:
    clip, image, _ = (extent(box) for box in of(parsed("early_fusion"), "g", "volume"))
    assert clip[1] / image[1] == pytest.approx(1, rel=0.02)
    assert image[0] == pytest.approx(THINNEST, abs=0.05)  # one of 20 frames would be 1.4 long
    assert any("drawn longer" in each for each in words(parsed("early_fusion"), "remark"))


SPANNING = (
    "c3d",
    "i3d",
    "wavenet",
    "gpt2",
    "deepspeech",
    "vggish",
    "yolov8",
    "volume_mri",
    "nnunet",
    "mvit_v1_b",
    "detr",
)


@pytest.mark.parametrize("name", SPANNING)
def test_no_box_is_a_dot_or_a_hair(name: str) -> None:
    """Every edge can be seen, along an axis of several positions as 7 pixels, and longer ones are not drawn shorter."""
    boxes = [box for box in drawing(name).boxes if not box.is_vector]
    edges = [extent(each) for each in of(parsed(name), "g", "volume")]
    assert len(edges) == len(boxes)
    assert min(length for each in edges for length in each) >= THINNEST - 0.05
    drawn = [pair for box, each in zip(boxes, edges, strict=True) if len(box.axes) > 1
             for pair in zip(box.size, each, strict=True)]  # fmt: skip
    assert all(length >= 5.9 for size, length in drawn if size > 1)
    assert all(one[1] <= other[1] + 0.1 for one, other in pairwise(sorted(drawn)))


def test_a_tensor_of_one_axis_is_a_ribbon() -> None:
    assert {round(side, 1) for each in of(parsed("wavenet"), "g", "volume") for side in extent(each)[1:]} == {14.0}


def test_boxes_are_colored_by_the_kind_of_their_layers() -> None:
    root = ElementTree.fromstring(volume_svg([drawing("c3d")], color="kind"))
    (legend,) = of(root, "g", "legend")
    assert [each.text for each in legend.iter(f"{SVG}text")] == ["space-time convolution", "linear", "pool"]
    fills = [each.get("fill") for each in of(root, "polygon", "top")]
    colors = THEMES["light"]
    conv, pool = colors.kind("space-time convolution").fill, colors.kind("pool").fill
    assert fills == [colors.plain, *[conv] * 5, pool]


def test_in_print_hatches_differ_without_color() -> None:
    """Of the boxes of C3D two are local, two strided, three global: no lines, lines one way, lines both ways."""
    found: dict[TemporalEffect | None, set[int]] = {}
    for each, box in zip(of(parsed("c3d", theme="print"), "g", "map"), drawing("c3d").boxes, strict=True):
        lines = [line for hatch in of(each, "g", "hatch") for line in hatch]
        found.setdefault(box.effect, set()).add(len({slope(line) > 0 for line in lines}))
    assert {effect: found[effect] for effect in (TemporalEffect.LOCAL, TemporalEffect.STRIDED)} == {
        TemporalEffect.LOCAL: {0},
        TemporalEffect.STRIDED: {1},
    }
    assert 2 in found[TemporalEffect.GLOBAL]
    assert not of(parsed("c3d"), "g", "hatch")


def slope(line: Element) -> float:
    (x, y), (u, v) = points(line)
    return (v - y) / (u - x) - 0.3 if abs(u - x) > 0.01 else 1.0


def test_boxes_that_span_too_far_are_drawn_by_square_roots_and_say_so() -> None:
    root = parsed("c3d")
    unit = extent(of(root, "g", "volume")[0])[1] / sqrt(112)
    sizes = [[int(each) for each in shape.split("x")[1:]] for shape in list(C3D.values())[:7]]
    for box, expected in zip(of(root, "g", "volume"), sizes, strict=True):
        assert extent(box) == pytest.approx([unit * sqrt(size) for size in expected], abs=0.03)
    assert any("square roots of T, H and W" in each for each in words(root, "remark"))


def test_all_networks_and_all_bars_have_one_scale() -> None:
    root = parsed("c3d", "i3d")
    first, second = of(root, "g", "network")
    c3d, i3d = extent(of(first, "g", "volume")[0]), extent(of(second, "g", "volume")[0])
    assert [own / other for own, other in zip(i3d, c3d, strict=True)] == pytest.approx([2, sqrt(2), sqrt(2)], rel=0.01)
    bars = [float(each.get("width") or 0) for each in of(first, "rect", "channels")]
    vectors = [float(each.get("width") or 0) for each in of(first, "rect", "vector")]
    assert [bars[3] / bars[1], vectors[0] / bars[1]] == pytest.approx([sqrt(256 / 64), sqrt(4096 / 64)], rel=0.01)


def test_frames_are_parted_by_lines() -> None:
    assert not of(parsed("nnunet"), "g", "frames")  # D is no time
    lines = [len(each) for each in of(parsed("swin3d_t"), "g", "frames")]
    assert set(lines) == {8 - 1}


def test_arrows_say_what_happens_to_time() -> None:
    assert words(parsed("slow_fusion"), "time") == ["T local", "T 20 → 5", "T 5 → 1"]
    assert words(parsed("late_fusion"), "time") == ["T frame-wise", "T frame-wise", "T 20 → 1"]
    assert words(parsed("timesformer_b"), "time") == ["T global", "T 8 → gone"]
    assert words(parsed("resnet"), "time") == []


def test_taking_a_class_token_is_not_frame_wise() -> None:
    assert [each.effect for each in drawing("timesformer_b").arrows] == [TemporalEffect.GLOBAL, None]


def test_slow_and_fast_are_two_rows_joined_by_arrows_of_their_own() -> None:
    slowfast = drawing("slowfast_r50_4x16")
    names = {box.name: box for box in slowfast.boxes}
    assert {box.row for name, box in names.items() if name.startswith("fast")} == {1}
    assert {box.row for name, box in names.items() if "slow" in name} == {0}
    across = [
        (slowfast.boxes[each.source].name, slowfast.boxes[each.target].name, each.words, each.effect)
        for each in slowfast.arrows
        if slowfast.boxes[each.source].row > slowfast.boxes[each.target].row
    ]
    assert across == [
        ("fast_stem", "fuse1, slow_res2", "T 32 → 4", TemporalEffect.STRIDED),
        ("fast_res2", "fuse2, slow_res3", "T 32 → 4", TemporalEffect.STRIDED),
        ("fast_res3", "fuse3, slow_res4", "T 32 → 4", TemporalEffect.STRIDED),
        ("fast_res4", "fuse4, slow_res5", "T 32 → 4", TemporalEffect.STRIDED),
        ("fast_pool", "head, mean", "", None),
    ]
    picture = parsed("slowfast_r50_4x16")
    named = [text for text in picture.iter(f"{SVG}text") if (text.text or "").startswith("and from fast_res")]
    assert len(named) == 1  # an arrow that would go on in the next line of the page
    assert len(of(picture, "g", "arrow")) + len(named) == len(slowfast.arrows)


def test_a_fusing_convolution_is_no_matter_of_the_slow_row() -> None:
    slowfast = drawing("slowfast_r50_4x16")
    slow = [box.effect for box in slowfast.boxes if "slow_res" in box.name]
    assert slow == [TemporalEffect.FRAMEWISE, TemporalEffect.FRAMEWISE, TemporalEffect.LOCAL, TemporalEffect.LOCAL]


def test_what_another_part_reads_ends_there(load: Load) -> None:
    """The second convolution keeps the size, but it is the first that is pooled aside."""
    spec = """
        archcalc: 1
        name: aside
        inputs: {clip: {C: 3, T: 8, H: 16, W: 16}}
        layers:
          - conv3d: {name: first, out: 4, kernel: 3, padding: 1}
          - max_pool3d: {name: down, kernel: 2}
          - conv3d: {name: second, from: first, out: 6, kernel: 3, padding: 1}
          - max_pool3d: {name: down2, kernel: 2}
          - concat: {name: both, from: [down, down2]}
    """
    drawn = volume_drawing(archcalc.analyze(load(spec)))
    boxes = [(box.name, box.shape) for box in drawn.boxes]
    assert boxes[1:4] == [("first", "4x8x16x16"), ("down", "4x4x8x8"), ("second", "6x8x16x16")]
    assert {(drawn.boxes[each.source].name, drawn.boxes[each.target].shape) for each in drawn.arrows} >= {
        ("down", "10x4x8x8"),
        ("down2", "10x4x8x8"),
    }


def test_every_bundled_network_has_a_place_for_each_box_and_arrows_forward() -> None:
    for name in ("mvit_v1_b", "st_resnet", "karpathy_multires", "inception_v1", "x3d_s", "two_stream_i3d", "csn_r101"):
        drawn = drawing(name)
        places = [(box.column, box.row) for box in drawn.boxes]
        assert len(set(places)) == len(places) <= 24
        assert all(drawn.boxes[each.source].column < drawn.boxes[each.target].column for each in drawn.arrows)


def rectangles(root: Element) -> list[tuple[str, Rectangle]]:
    """Lines of text: DejaVu Sans, the widest of the fonts asked for, takes 0.6 of its size on average, bold 0.65."""
    found = []
    for each in root.iter(f"{SVG}text"):
        size, x, y = (float(each.get(name) or 0) for name in ("font-size", "x", "y"))
        wide = len(each.text or "") * size * (0.65 if each.get("font-weight") == "bold" else 0.6)
        left = x - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[each.get("text-anchor") or "start"]
        found.append((each.text or "", (left, y - 0.72 * size, left + wide, y + 0.05 * size)))
    return found


def overlap(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize("names", PICTURES, ids=lambda names: names[0])
def test_words_lie_on_the_page_and_not_on_words_or_lines(names: list[str]) -> None:
    assert_legible(parsed(*names))


def test_long_sizes_get_the_room_they_need(load: Load) -> None:
    spec = """
        archcalc: 1
        name: large
        inputs: {clip: {C: 123456789, T: 100, H: 10000, W: 12}}
        layers:
          - avg_pool3d: {kernel: [1, 2, 1]}
          - avg_pool3d: {kernel: [1, 2, 1]}
          - avg_pool3d: {kernel: [99, 2, 1]}
    """
    drawn = volume_drawing(archcalc.analyze(load(spec)))
    assert_legible(ElementTree.fromstring(volume_svg([drawn])))
    assert_legible(ElementTree.fromstring(volume_svg([volume_drawing(archcalc.analyze(load(chain(20))))])))


def assert_legible(root: Element) -> None:
    width, height = (float(root.get(side) or 0) for side in ("width", "height"))
    texts = rectangles(root)
    for text, (left, top, right, bottom) in texts:
        assert 0 <= left < right <= width, text
        assert 0 <= top < bottom <= height, text
    assert [(a, b) for (a, one), (b, other) in combinations(texts, 2) if overlap(one, other)] == []
    strokes = [
        (min(x, u), min(y, v), max(x, u) + 0.01, max(y, v) + 0.01)
        for arrow in of(root, "g", "arrow")
        for line in arrow
        for (x, y), (u, v) in zip(points(line), points(line)[1:], strict=False)
    ]
    assert [text for text, each in texts if any(overlap(each, stroke) for stroke in strokes)] == []


@pytest.mark.parametrize("names", PICTURES, ids=lambda names: names[0])
def test_boxes_lie_on_the_page_and_not_on_each_other(names: list[str]) -> None:
    root = parsed(*names)
    width, height = (float(root.get(side) or 0) for side in ("width", "height"))
    hulls = []
    for box in of(root, "g", "volume"):
        corners = [point for shape in box for point in points(shape)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        hulls.append((min(xs), min(ys), max(xs), max(ys)))
    assert all(0 <= x <= u <= width and 0 <= y <= v <= height for x, y, u, v in hulls)
    assert not any(overlap(one, other) for one, other in combinations(hulls, 2))


@pytest.mark.parametrize("theme", THEMES)
def test_colors_are_those_of_time_and_explained(theme: str) -> None:
    root = parsed("r2plus1d_18", theme=theme)
    (legend,) = of(root, "g", "legend")
    said = [each.text for each in legend.iter(f"{SVG}text")]
    assert said == [each.meaning for each in (TemporalEffect.LOCAL, TemporalEffect.STRIDED, TemporalEffect.GLOBAL)]
    fills = {each.get("fill") for each in of(root, "polygon", "top")}
    assert fills == {THEMES[theme].plain, *(THEMES[theme].fills[each] for each in list(TemporalEffect)[1:])}


@pytest.mark.parametrize(
    "name", ['<script>alert("x")</script>', "a & b", 'it\'s "q"', "two\nlines", "naïve 🎬 שלום", "\u202egnp.exe"]
)
def test_names_cannot_break_out(name: str) -> None:
    plain = drawing("slow_fusion")
    boxes = tuple(replace(box, name=name) for box in plain.boxes)
    root = ElementTree.fromstring(volume_svg([replace(plain, name=name, title=name, boxes=boxes)]))
    assert not list(root.iter(f"{SVG}script"))
    shown = name.replace("\u202e", "").replace("\n", " ")
    assert of(root, "g", "network")
    assert shown in [each.text for each in root.iter(f"{SVG}text")]
    assert " ".join(words(of(root, "g", "map")[0], "name"))[:8] == shown[:8]
    assert not {"\u202e", "\n"} & set("".join(each.text or "" for each in root.iter(f"{SVG}text")))


def chain(count: int) -> str:
    """Convolutions that each take two rows off, with their activations."""
    layers = "".join(
        f"\n          - conv3d: {{out: {8 + number % 7}, kernel: [1, 3, 1]}}\n          - relu"
        for number in range(count)
    )
    return f"""
        archcalc: 1
        name: long
        inputs: {{clip: {{C: 3, T: 4, H: 4096, W: 8}}}}
        layers:{layers}
    """


def test_two_thousand_layers_are_cut_in_the_middle(load: Load) -> None:
    drawn = volume_drawing(archcalc.analyze(load(chain(1000))))
    assert drawn.columns == MOST_COLUMNS
    assert drawn.cut == (8, 1 + 1000 - 15)
    assert (drawn.boxes[0].name, drawn.boxes[-1].name) == ("clip", "conv3d_1000")
    assert 8 not in {box.column for box in drawn.boxes}
    text = volume_svg([drawn])
    assert "986 boxes left out" in text
    root = ElementTree.fromstring(text)
    assert len(of(root, "g", "map")) == 15
    assert float(root.get("width") or 0) <= 1200


def test_many_paths_are_cut_off_below(load: Load) -> None:
    paths = "".join(f"\n          - avg_pool3d: {{name: p{k}, from: clip, kernel: {k}}}" for k in range(2, 12))
    spec = f"""
        archcalc: 1
        name: wide
        inputs: {{clip: {{C: 3, T: 16, H: 16, W: 16}}}}
        layers:{paths}
    """
    drawn = volume_drawing(archcalc.analyze(load(spec)))
    assert (drawn.rows, drawn.cut_rows) == (MOST_ROWS, 10 - MOST_ROWS)
    assert "4 more rows left out" in volume_svg([drawn])


@pytest.mark.parametrize("name", ["slowfast", "i3d", "fused_3d", "two_stream", "mvit_v1_b"])
def test_letters_can_be_read_where_a_page_of_the_web_shows_900_pixels(name: str) -> None:
    root = parsed(name)
    shown = 900 / float(root.get("width") or 0)
    assert min(float(each.get("font-size") or 0) for each in root.iter(f"{SVG}text")) * shown > 9


def test_what_is_wider_than_a_page_goes_on_below() -> None:
    root = parsed("two_stream")
    boxes = [extent(box) for box in of(root, "g", "volume")]
    lefts = [min(x for x, _ in face(box, "front")) for box in of(root, "g", "volume")]
    assert len(boxes) == 14
    assert lefts[7] < lefts[3]
    assert float(root.get("width") or 0) <= 1200


def test_long_paths_lose_their_beginning() -> None:
    names = words(parsed("two_stream_i3d"), "name")
    assert {"…Conv3d_1a_7x7", "rgb_stream.mean", "flow_stream.mean"} <= set(names)
    assert not [name for name in names if name.endswith("…")]


def test_too_many_networks_are_refused() -> None:
    with pytest.raises(UsageError, match="13 networks; expected at most 12"):
        volume_svg([drawing("slow_fusion")] * 13)


def test_the_same_bytes_each_time_and_in_each_format(tmp_path: Path) -> None:
    pytest.importorskip("cairosvg", exc_type=(ImportError, OSError))  # type: ignore[arg-type] # the library may be absent
    for ending, start in (("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF")):
        first, second = tmp_path / f"1.{ending}", tmp_path / f"2.{ending}"
        for path in (first, second):
            asked = ["diagram", "slow_fusion", "late_fusion", "--kind", "volume", "--theme", "print", "-o", str(path)]
            assert CliRunner().invoke(main, asked).exit_code == 0
        assert first.read_bytes().startswith(start)
        assert first.read_bytes() == second.read_bytes()
