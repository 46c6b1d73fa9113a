"""Kernels drawn as boxes, read back from the picture: how many, how long along each axis, where they move."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from itertools import combinations
from math import cos, pi
from pathlib import Path

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli.main import main
from archcalc.core.problem import Unavailable, UsageError
from archcalc.drawings.kernels import KernelFigure, KernelsDrawing, kernels_drawing
from archcalc.drawings.temporal_effect import TemporalEffect
from archcalc.render import svg_picture
from archcalc.render.palette import THEMES
from archcalc.render.svg_kernels import kernels_svg
from tests.conftest import Load

SVG = "{http://www.w3.org/2000/svg}"
Corner = tuple[float, float]


def drawing(name: str) -> KernelsDrawing:
    return kernels_drawing(archcalc.analyze(archcalc.load(name)))


def figures(name: str) -> dict[str, KernelFigure]:
    return {figure.label: figure for figure in drawing(name).kernels}


def parsed(*names: str, theme: str = "light") -> ElementTree.Element:
    return ElementTree.fromstring(kernels_svg([drawing(name) for name in names], theme))


def groups(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [each for each in root.iter(f"{SVG}g") if each.get("class") == name]


def words(root: ElementTree.Element, name: str) -> list[str | None]:
    return [each.text for each in root.iter(f"{SVG}text") if each.get("class") == name]


def corners(box: ElementTree.Element, face: str) -> list[Corner]:
    (polygon,) = [each for each in box if each.get("class") == face]
    return pairs(polygon)


def pairs(polygon: ElementTree.Element) -> list[Corner]:
    split = [pair.split(",") for pair in (polygon.get("points") or "").split()]
    return [(float(x), float(y)) for x, y in split]


def extent(box: ElementTree.Element) -> tuple[float, float, float]:
    """T, H and W on the page: a step along T or W goes cos 30 degrees to the right."""
    front, side = corners(box, "front"), corners(box, "side")
    wide = max(x for x, _ in front) - min(x for x, _ in front)
    long = max(x for x, _ in side) - min(x for x, _ in side)
    left = [y for x, y in front if x == min(x for x, _ in front)]
    return long / cos(pi / 6), max(left) - min(left), wide / cos(pi / 6)


def test_the_kernels_of_four_designs() -> None:
    assert list(figures("r3d_18")) == ["1x1x1", "3x3x3", "3x7x7"]
    assert list(figures("mc3_18")) == ["1x1x1", "1x3x3", "3x3x3", "3x7x7"]
    assert list(figures("r2plus1d_18")) == ["1x1x1", "3x1x1", "1x3x3", "1x7x7"]
    assert list(figures("s3d")) == ["1x1x1", "3x1x1", "7x1x1", "1x3x3", "1x7x7"]


def test_count_and_arithmetic_of_a_kernel() -> None:
    spatial = figures("r2plus1d_18")["1x7x7"]
    assert spatial.macs == 45 * 3 * 1 * 7 * 7 * 16 * 56 * 56
    assert (spatial.layers, spatial.strides, spatial.channels) == (("stem.spatial",), ((1, 2, 2),), (3, 3, 45, 45))
    assert len(figures("mc3_18")["1x3x3"].layers) == 2 * 2 * 3
    assert sum(figure.macs for figure in drawing("s3d").kernels) == drawing("s3d").macs


@pytest.mark.parametrize(("name", "axes"), [("conv_image_gray", ["H", "W"]), ("conv_video_gray_l2", ["T", "H", "W"])])
def test_a_kernel_moves_along_two_axes_of_an_image_and_three_of_a_video(name: str, axes: list[str]) -> None:
    assert words(parsed(name), "move") == axes


def test_arrows_say_the_strides() -> None:
    assert words(parsed("r2plus1d_18"), "move")[-3:] == ["T", "H +2", "W +2"]


def test_a_kernel_as_long_as_its_input_does_not_move() -> None:
    assert figures("field_temporal")["2x3x3"].slides == (("T", (1,)), ("H", (1,)), ("W", (1,)))
    analysis = archcalc.analyze(archcalc.load("conv_video_gray_l2", inputs="clip=1x2x6x6@25"))
    assert [axis for axis, _ in kernels_drawing(analysis).kernels[0].slides] == ["H", "W"]


@pytest.mark.parametrize("names", [["anisotropic_4x3x3"], ["r3d_18", "mc3_18", "r2plus1d_18", "s3d"]])
def test_boxes_have_the_proportions_of_kernels_and_one_scale(names: list[str]) -> None:
    root = parsed(*names)
    steps = set()
    for figure in groups(root, "kernel"):
        (label,) = words(figure, "label")
        (box,) = groups(figure, "kernel-box")
        sizes = [int(size) for size in str(label).split("x")]
        steps |= {round(length / size, 1) for length, size in zip(extent(box), sizes, strict=True)}
    assert max(steps) - min(steps) <= 0.11


def test_volumes_have_one_scale_and_the_kernel_lies_in_them_as_small_as_it_is() -> None:
    (figure,) = groups(parsed("anisotropic_4x3x3"), "kernel")
    (volume,), (true_size,) = groups(figure, "volume"), groups(figure, "true-size")
    assert extent(volume)[1] / extent(volume)[0] == pytest.approx(112 / 16, rel=0.01)
    assert extent(true_size)[0] / extent(volume)[0] == pytest.approx(4 / 16, rel=0.02)


def test_a_small_volume_is_drawn_to_the_scale_of_its_kernel() -> None:
    (figure,) = groups(parsed("conv_video_gray_l2"), "kernel")
    (volume,), (box,) = groups(figure, "volume"), groups(figure, "kernel-box")
    assert [round(whole / part, 2) for whole, part in zip(extent(volume), extent(box), strict=True)] == [2, 2, 2]
    assert corners(volume, "front")[0] == corners(box, "front")[0]


def test_everything_lies_on_the_page() -> None:
    for names in (["conv_image_gray"], ["slowfast_r50_4x16"], ["r3d_18", "s3d"], ["volume_mri"]):
        root = parsed(*names)
        width, height = (float(root.get(side) or 0) for side in ("width", "height"))
        for polygon in root.iter(f"{SVG}polygon"):
            for pair in (polygon.get("points") or "").split():
                x, y = (float(each) for each in pair.split(","))
                assert 0 <= x <= width
                assert 0 <= y <= height


def test_pictures_of_kernels_keep_clear_of_each_other() -> None:
    networks = ("r3d_18", "mc3_18", "r2plus1d_18", "s3d", "csn_r101")
    extents = []
    for kernel in groups(parsed(*networks), "kernel"):
        spots = [corner for polygon in kernel.iter(f"{SVG}polygon") for corner in pairs(polygon)]
        texts = [(float(each.get("x") or 0), float(each.get("y") or 0)) for each in kernel.iter(f"{SVG}text")]
        xs, ys = zip(*spots, *texts, strict=True)
        extents.append((min(xs), min(ys) - 12, max(xs), max(ys) + 3))
    assert len(extents) == sum(len(drawing(name).kernels) for name in networks)
    for one, other in combinations(extents, 2):
        separate = one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
        assert separate, (one, other)


def test_a_dilated_kernel_has_a_box_a_tap(load: Load) -> None:
    spec = """
        archcalc: 1
        name: gaps
        inputs: {clip: {C: 1, T: 9, H: 4, W: 4}}
        layers: [{conv3d: {out: 1, kernel: [3, 1, 1], dilation: [2, 1, 1]}}]
    """
    drawn = kernels_drawing(archcalc.analyze(load(spec)))
    assert drawn.kernels[0].reach == (5, 1, 1)
    assert len(groups(ElementTree.fromstring(kernels_svg([drawn])), "kernel-box")) == 3


def test_depthwise_is_told_apart_from_dense() -> None:
    assert {figure.groups for figure in drawing("x3d_s").kernels} == {"", "depthwise"}


@pytest.mark.parametrize("theme", THEMES)
def test_colors_are_those_of_time_and_explained(theme: str) -> None:
    root = parsed("r2plus1d_18", theme=theme)
    (legend,) = groups(root, "legend")
    said = [each.text for each in legend.iter(f"{SVG}text")]
    assert said == [each.meaning for each in (TemporalEffect.FRAMEWISE, TemporalEffect.LOCAL, TemporalEffect.STRIDED)]


@pytest.mark.parametrize("title", ['<script>alert("x")</script>', "a & b", "naïve 🎬 שלום", "\u202egnp.exe"])
def test_names_cannot_break_out(title: str) -> None:
    hostile = KernelsDrawing(title, title, title, ("T",), drawing("conv_image_gray").kernels, 1)
    root = ElementTree.fromstring(kernels_svg([hostile]))
    assert not list(root.iter(f"{SVG}script"))
    shown = "".join(title.split("\u202e"))
    assert shown[:8] in "".join(root.itertext())
    assert "\u202e" not in "".join(root.itertext())


def test_without_a_convolution_there_is_no_kernel() -> None:
    with pytest.raises(UsageError, match="no convolution"):
        kernels_svg([drawing("temporal_median")])


def test_the_same_bytes_each_time_and_in_each_format(tmp_path: Path) -> None:
    pytest.importorskip("cairosvg", exc_type=(ImportError, OSError))  # type: ignore[arg-type] # the library may be absent
    for ending, start in (("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF")):
        first, second = tmp_path / f"1.{ending}", tmp_path / f"2.{ending}"
        for path in (first, second):
            asked = ["diagram", "conv_video_gray_l2", "--kind", "kernels", "-o", str(path)]
            assert CliRunner().invoke(main, asked).exit_code == 0
        assert first.read_bytes().startswith(start)
        assert first.read_bytes() == second.read_bytes()


def test_a_png_too_large_is_refused() -> None:
    with pytest.raises(Unavailable, match="megapixels"):
        svg_picture.svg_picture('<svg viewBox="0 0 100000 100000"/>', "png")


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cairosvg", None)
    with pytest.raises(Unavailable, match=r"python -m pip install 'CairoSVG"):
        svg_picture.svg_picture('<svg viewBox="0 0 1 1"/>', "png")
