"""Networks unrolled in space: the regions that one feature sees, read back from the picture."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli.main import main
from archcalc.core.problem import UsageError
from archcalc.core.reads import Taps
from archcalc.drawings.planes import Plane, PlanesDrawing, planes_drawing
from archcalc.drawings.positions import all_read, tidy, united
from archcalc.render.svg_planes import MOST_CELLS, planes_svg
from tests.conftest import Load

SVG = "{http://www.w3.org/2000/svg}"
Cells = set[tuple[int, int]]


def drawing(name: str) -> PlanesDrawing:
    return planes_drawing(archcalc.analyze(archcalc.load(name)))


def of_layers(load: Load, layers: str, size: str = "H: 6, W: 7") -> PlanesDrawing:
    return planes_drawing(
        archcalc.analyze(load(f"archcalc: 1\nname: hand\ninputs: {{image: {{C: 1, {size}}}}}\nlayers:\n{layers}"))
    )


def texts(group: ElementTree.Element, class_: str) -> list[str]:
    return [each.text or "" for each in group.iter(f"{SVG}text") if each.get("class") == class_]


def planes_of(svg: str) -> list[ElementTree.Element]:
    return [each for each in ElementTree.fromstring(svg).iter(f"{SVG}g") if each.get("class") == "plane"]


def corners(polygon: ElementTree.Element) -> list[tuple[float, float]]:
    points = (each.split(",") for each in polygon.get("points", "").split())
    return [(float(x), float(y)) for x, y in points]


def cells(group: ElementTree.Element, name: str, plane: Plane) -> tuple[Cells, Cells]:
    """Rows and columns of a region's positions, real ones and padding, worked out from where they lie on the page."""
    polygons = [(each.get("class", ""), corners(each)) for each in group.iter(f"{SVG}polygon")]
    page = dict(polygons)["page"]
    height, width = plane.size
    origin = page[0]
    across = ((page[1][0] - origin[0]) / width, (page[1][1] - origin[1]) / width)
    down = (page[3][1] - origin[1]) / height
    found: dict[bool, Cells] = {False: set(), True: set()}
    for class_, (first, *_) in polygons:
        if class_.split()[0] == name:
            column = (first[0] - origin[0]) / across[0]
            row = (first[1] - origin[1] - column * across[1]) / down
            assert (abs(column - round(column)), abs(row - round(row))) < (0.02, 0.02)
            found["padding" in class_].add((round(row), round(column)))
    return found[False], found[True]


def grid(rows: range, columns: range) -> Cells:
    return set(product(rows, columns))


def test_three_by_three_twice_sees_five_by_five() -> None:
    drawn = drawing("field_spatial")
    svg = planes_svg(drawn)
    image, first, second = zip(planes_of(svg), drawn.planes, strict=True)
    assert cells(image[0], "inner", image[1]) == (grid(range(1, 4), range(1, 4)), set())
    assert cells(image[0], "outer", image[1]) == (grid(range(5), range(5)), set())
    assert cells(first[0], "inner", first[1]) == (grid(range(3), range(3)), set())
    assert cells(first[0], "feature", first[1])[0] == {(1, 1)}
    assert cells(second[0], "feature", second[1])[0] == {(0, 0)}
    root = ElementTree.fromstring(svg)
    assert texts(root, "inner-label") == ["3x3 read by layer1", "3x3 read by layer2"]
    assert texts(root, "outer-label") == ["5x5 seen by layer2"]


def test_lines_join_each_feature_with_the_region_that_it_reads() -> None:
    root = ElementTree.fromstring(planes_svg(drawing("field_spatial")))
    polygons = [[corners(each) for each in group.iter(f"{SVG}polygon") if "feature" in each.get("class", "")]
                for group in root.iter(f"{SVG}g") if group.get("class") == "plane"]  # fmt: skip
    reads = [group for group in root.iter(f"{SVG}g") if group.get("class") == "reads"]
    for group, follower in zip(reads, polygons[1:], strict=True):
        lines = [corners(line) for line in group.iter(f"{SVG}polyline")]
        assert [start for start, _ in lines] == follower[0]
        (_, top_right), (_, bottom_right) = lines[1], lines[2]
        assert top_right[0] == bottom_right[0], "one edge of the region runs down"
        assert lines[0][1][0] < top_right[0]


def test_strides_dilation_and_padding_by_hand(load: Load) -> None:
    drawn = of_layers(
        load,
        "- conv2d: {name: dilated, out: 1, kernel: 3, dilation: 2, padding: 2}\n"
        "- conv2d: {name: strided, out: 1, kernel: [3, 2], stride: 2, padding: [1, 0]}\n"
        "- max_pool2d: {name: pool, kernel: 2}\n",
    )
    assert [plane.size for plane in drawn.planes] == [(6, 7), (6, 7), (3, 3), (1, 1)]
    groups = planes_of(planes_svg(drawn))
    image, dilated, strided = list(zip(groups, drawn.planes, strict=True))[:3]
    assert cells(strided[0], "inner", strided[1]) == (grid(range(2), range(2)), set())
    # Of strided (0, 0): rows 0*2 - 1 up to 1, columns 0 and 1.
    assert cells(dilated[0], "inner", dilated[1]) == (grid(range(2), range(2)), {(-1, 0), (-1, 1)})
    # Of strided's rows 0 and 1: -1..1 and 1..3; of its columns 0 and 1: 0..1 and 2..3.
    assert cells(dilated[0], "outer", dilated[1]) == (grid(range(4), range(4)), grid(range(-1, 0), range(4)))
    # Of dilated (0, 0): -2, 0 and 2 on both axes.
    inside, padding = cells(image[0], "inner", image[1])
    assert inside == {(0, 0), (0, 2), (2, 0), (2, 2)}
    assert padding == set(product((-2, 0, 2), repeat=2)) - inside
    # Of rows -1..3: -3..5, of columns 0..3: -2..5.
    inside, padding = cells(image[0], "outer", image[1])
    assert inside == grid(range(6), range(6))
    assert inside | padding == grid(range(-3, 6), range(-2, 6))


def test_a_dilation_alone_leaves_gaps_that_are_said(load: Load) -> None:
    drawn = of_layers(load, "- conv2d: {name: holes, out: 1, kernel: 3, dilation: 2}\n", "H: 5, W: 5")
    image = drawn.planes[0]
    assert cells(planes_of(planes_svg(drawn))[0], "outer", image)[0] == set(product((0, 2, 4), repeat=2))
    assert image.inner is not None
    assert image.inner.label == "5x5 with gaps"


def test_a_large_plane_is_drawn_around_the_region_and_its_positions_are_counted(load: Load) -> None:
    drawn = of_layers(load, "- conv2d: {name: one, out: 1, kernel: 3}\n", "H: 100, W: 90")
    image, one = drawn.planes
    assert one.feature == ((98 - 1) // 2, (88 - 1) // 2)
    assert (image.rows, image.columns) == (range(48 - 2, 51 + 2), range(43 - 2, 46 + 2))
    root = ElementTree.fromstring(planes_svg(drawn))
    assert texts(root, "positions") == [f"around the region, of {size} positions" for size in ("100x90", "98x88")]


def test_a_large_region_is_drawn_without_its_positions() -> None:
    drawn = drawing("vgg16")
    assert [plane.between for plane in drawn.planes] == [0, 0, 13, 0, 0, 0]
    assert drawn.planes[0].outer is not None
    assert drawn.planes[0].outer.label == "212x212"
    assert max(len(drawn.planes[0].rows), len(drawn.planes[0].columns)) > MOST_CELLS
    assert len(list(planes_of(planes_svg(drawn))[0].iter(f"{SVG}polygon"))) < 8


@pytest.mark.parametrize("name", ["c3d", "r3d_18", "inception_v1", "x3d_xs", "slowfast_r50_4x16", "two_stream_i3d"])
def test_the_region_of_the_input_is_the_field_that_the_forward_pass_gives(name: str) -> None:
    analysis = archcalc.analyze(archcalc.load(name))
    drawn = planes_drawing(analysis)
    first, last = drawn.planes[0], drawn.planes[-1]
    assert first.outer is not None
    assert last.feature is not None
    for axis, seen, position in zip("HW", (first.outer.rows, first.outer.columns), last.feature, strict=True):
        field = analysis.tensor_fields[last.title].grid[first.title, axis]
        assert (min(seen), max(seen)) == field.window_at(position)


def test_operations_over_the_whole_plane_are_told() -> None:
    analysis = archcalc.analyze(archcalc.load("x3d_xs"))
    drawn = planes_drawing(analysis)
    field = analysis.layer(drawn.planes[-1].title).field
    assert field is not None
    assert drawn.depends == f"{field.full['H']}x{field.full['W']}"
    assert f"depends on {drawn.depends} positions" in planes_svg(drawn)
    assert not drawing("field_spatial").depends
    assert "depends on" not in planes_svg(drawing("field_spatial"))


TAPS = [Taps.of([[0]], 2), Taps.of([[-1, 0, 1]]), Taps.of([[-1, 0, 1]], 2), Taps.of([[-2, 0, 2]]),
        Taps.of([[0], [0, 1]]), Taps.of([[3]], 0), Taps.of([[-1, 0, 1]], 4)]  # fmt: skip


@pytest.mark.parametrize("taps", TAPS)
@pytest.mark.parametrize("positions", [range(1), range(-3, 5), frozenset({0, 2, 5})])
def test_ranges_and_sets_of_positions_read_alike(taps: Taps, positions: range | frozenset[int]) -> None:
    assert set(all_read(taps, positions)) == {tap for at in positions for tap in taps.at(at)}


@pytest.mark.parametrize(("first", "second"), [((0, 3), (3, 5)), ((0, 3), (4, 5)), ((4, 5), (0, 9)), ((2, 2), (5, 6))])
def test_united_positions_are_those_of_either(first: tuple[int, int], second: tuple[int, int]) -> None:
    both = united(range(*first), range(*second))
    assert set(both) == {*range(*first), *range(*second)}
    assert both == tidy(set(both))


def test_nothing_in_a_name_becomes_markup() -> None:
    name = '<script>"x"</script>\n&'
    drawn = drawing("field_spatial")
    hostile = replace(drawn, title=name, planes=tuple(replace(each, title=name, label=name) for each in drawn.planes))
    root = ElementTree.fromstring(planes_svg(hostile))
    assert not list(root.iter(f"{SVG}script"))
    assert texts(root, "title")[0] == name.replace("\n", " ")


def test_without_space_or_without_windows_there_is_nothing_to_draw(load: Load) -> None:
    with pytest.raises(UsageError, match="no layer that slides a window"):
        drawing("temporal_median")
    with pytest.raises(UsageError, match="no height and width"):
        of_layers(load, "- conv1d: {name: one, out: 1, kernel: 3}\n", "T: 8")


def test_the_axis_is_chosen_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "space.svg"
    command = ["diagram", "field_spatial", "--kind", "unroll", "--axis", "space", "-o", str(path)]
    assert CliRunner().invoke(main, command).exit_code == 0
    assert path.read_text(encoding="utf-8") == planes_svg(drawing("field_spatial"))
