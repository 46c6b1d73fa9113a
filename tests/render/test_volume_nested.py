"""Networks with skips from the way down to the way up look like a U: every skip is an arrow within its row."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

import archcalc
from archcalc.drawings.volume import MOST_NESTED, nested_rows, volume_drawing
from archcalc.render.svg_volume import volume_svg
from archcalc.render.volume_arrows import routes_of
from archcalc.render.volume_layout import columns_of, scale_of, spots_of

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
    scale = scale_of([drawing])
    spots, _ = spots_of(drawing, scale, columns_of([drawing], scale), 0)
    routes = routes_of(drawing, spots)
    far = {arrow: route for arrow, route in routes.items() if arrow.target > arrow.source + 1}
    assert len(far) == skips
    for arrow, route in far.items():
        assert drawing.boxes[arrow.source].row == drawing.boxes[arrow.target].row
        (_, start), (_, end) = route.points
        assert start == end
    assert [arrow for arrow in drawing.arrows if arrow.target == arrow.source + 1 and arrow not in routes] == []
    words = [text.text or "" for text in ElementTree.fromstring(volume_svg([drawing])).iter(f"{SVG}text")]
    assert [text for text in words if text.startswith("and from")] == (["and from volume"] if name == "vnet" else [])
