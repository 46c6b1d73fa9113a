"""Networks with skips from the way down to the way up look like a U: every skip is an arrow within its row."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

import archcalc
from archcalc.drawings.volume import MOST_NESTED, nested_rows, volume_drawing
from archcalc.render.svg_volume import volume_svg
from archcalc.render.volume_arrows import HEAD
from archcalc.render.volume_ladder import ladder, ladder_routes
from archcalc.render.volume_layout import scale_of

SVG = "{http://www.w3.org/2000/svg}"


def chain(length: int, *skips: tuple[int, int]) -> list[list[int]]:
    """What each part reads: the one before, and the sources of skips that end at it."""
    return [
        [*([number - 1] if number else []), *(source for source, target in skips if target == number)]
        for number in range(length)
    ]


@pytest.mark.parametrize(
    ("length", "skips", "rows"),
    [
        (6, [(1, 4), (0, 5)], [0, 1, 2, 2, 1, 0]),
        (8, [(3, 5), (2, 6), (1, 7)], [0, 0, 1, 2, 3, 2, 1, 0]),
        (9, [(2, 5), (1, 7)], [0, 0, 1, 2, 2, 1, 1, 0, 0]),  # an upsampling before a join stays below it
        (8, [(0, 2), (3, 5), (2, 6)], [0, 0, 0, 1, 2, 1, 0, 0]),  # a residual before the U
    ],
)
def test_rows_go_down_and_up(length: int, skips: list[tuple[int, int]], rows: list[int]) -> None:
    assert nested_rows(chain(length, *skips)) == rows


@pytest.mark.parametrize(
    "sources",
    [
        chain(6),
        chain(6, (1, 4)),  # a single skip is no U
        chain(8, (0, 2), (2, 4), (4, 6)),  # residuals
        chain(8, (1, 5), (2, 6)),  # skips that cross
        chain(8, (2, 6), (2, 7)),  # of one source
        [[], [0], [0], [1], [2, 3]],  # two paths
        chain(MOST_NESTED + 1, (1, 4), (0, 5)),
    ],
)
def test_other_forms_are_no_u(sources: list[list[int]]) -> None:
    assert nested_rows(sources) == []


@pytest.mark.parametrize(("name", "skips"), [("unet3d", 3), ("segresnet", 3), ("vnet", 4), ("nnunet", 5)])
def test_every_skip_is_an_arrow_in_its_row(name: str, skips: int) -> None:
    drawing = volume_drawing(archcalc.analyze(archcalc.load(name)))
    spots, _, _ = ladder(drawing, scale_of([drawing]), 0)
    routes = ladder_routes(drawing, spots)
    far = {arrow: route for arrow, route in routes.items() if arrow.target > arrow.source + 1}
    assert len(far) == skips
    for arrow, route in far.items():
        assert drawing.boxes[arrow.source].row == drawing.boxes[arrow.target].row
        (_, start), (_, end) = route.points
        assert start == end
    assert [arrow for arrow in drawing.arrows if arrow.target == arrow.source + 1 and arrow not in routes] == []
    words = [text.text or "" for text in ElementTree.fromstring(volume_svg([drawing])).iter(f"{SVG}text")]
    assert [text for text in words if text.startswith("and from")] == (["and from volume"] if name == "vnet" else [])


@pytest.mark.parametrize("name", ["unet3d", "segresnet", "vnet", "nnunet"])
def test_the_way_down_and_the_way_up_are_straight_and_skips_lead_across(name: str) -> None:
    drawing = volume_drawing(archcalc.analyze(archcalc.load(name)))
    spots, _, _ = ladder(drawing, scale_of([drawing]), 0)
    rows, bottom = [box.row for box in drawing.boxes], drawing.rows - 1
    last = {row: max(at for at in range(rows.index(bottom)) if rows[at] == row) for row in range(bottom)}
    first = {row: min(at for at in range(rows.index(bottom), len(rows)) if rows[at] == row) for row in range(bottom)}
    for arm in (last, first):
        assert len({round(spots[at].left + spots[at].width / 2, 3) for at in arm.values()}) == 1
    assert all(spots[last[row]].right < spots[first[row]].left for row in last)
    middles = [spots[last[row]].middle for row in sorted(last)]
    assert middles == sorted(middles)


@pytest.mark.parametrize("name", ["unet3d", "nnunet"])
def test_letters_of_a_u_can_be_read_on_a_page_of_800_pixels(name: str) -> None:
    """Before, a U of 12 maps was 2400 wide, and letters of 13 were 4 high on such a page."""
    root = ElementTree.fromstring(volume_svg([volume_drawing(archcalc.analyze(archcalc.load(name)))]))
    letters = min(float(text.get("font-size", "0")) for text in root.iter(f"{SVG}text"))
    assert letters * 800 / float(root.get("width", "0")) >= 9


def test_vertical_arrows_point_down_on_the_way_down_and_up_on_the_way_up() -> None:
    root = ElementTree.fromstring(volume_svg([volume_drawing(archcalc.analyze(archcalc.load("unet3d")))]))
    heads = []
    for arrow in root.iter(f"{SVG}g"):
        if arrow.get("class") == "arrow":
            (head,) = [each for each in arrow if each.tag == f"{SVG}polygon"]
            tip, *wings = [tuple(map(float, pair.split(","))) for pair in head.attrib["points"].split()]
            (x, y), middle = tip, [sum(side) / 2 for side in zip(*wings, strict=True)]
            heads.append((round((x - middle[0]) / 13), round((y - middle[1]) / 13)))
    down, up, right = (0, 1), (0, -1), (1, 0)
    assert {each: heads.count(each) for each in (down, up, right)} == {down: 2, up: 3, right: 5}


def test_the_arrow_into_the_bottom_is_longer_than_its_head() -> None:
    drawing = volume_drawing(archcalc.analyze(archcalc.load("nnunet")))
    spots, _, _ = ladder(drawing, scale_of([drawing]), 0)
    bottom = [box.row for box in drawing.boxes].index(drawing.rows - 1)
    (route,) = [route for arrow, route in ladder_routes(drawing, spots).items() if arrow.target == bottom]
    (x, _), (u, _) = route.points[-2:]
    assert u - x >= 2 * HEAD
