"""Plots of searches and sweeps: every design is a point, the front is a line of steps, numbers are round."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.render.svg_plot import Axis, Series, plot
from archcalc.render.svg_scale import Scale

SVG = "{http://www.w3.org/2000/svg}"
AXIS = Axis("MACs <G>", lambda value: f"{value:g}")


def drawn(*series: Series) -> ElementTree.Element:
    return ElementTree.fromstring(plot("a & b", "c", AXIS, AXIS, series))


def test_points_and_names() -> None:
    root = drawn(Series("one <1>", [(1, 1), (2, 3)], "#111111"), Series("two", [(3, 2)], "#222222"))
    groups = [each for each in root.iter(f"{SVG}g") if each.get("class") == "points"]
    assert [len(each) for each in groups] == [2, 1]
    texts = ["".join(each.itertext()) for each in root.iter(f"{SVG}text")]
    assert {"a & b", "one <1>", "two", "MACs <G>"} <= set(texts)


def test_a_front_is_a_line_of_steps() -> None:
    root = drawn(Series("front", [(1, 4), (2, 3), (4, 1)], "#000000", steps=True))
    (line,) = (each for each in root.iter(f"{SVG}polyline") if each.get("class") == "front")
    points = [tuple(map(float, each.split(","))) for each in str(line.get("points")).split()]
    assert len(points) == 3 + 2
    for (x0, y0), (x1, y1) in pairwise(points):
        assert (x0 == x1) != (y0 == y1)


def test_points_on_one_place_are_drawn_once() -> None:
    root = drawn(Series("all", [(1, 1)] * 500 + [(2, 2)], "#111111"))
    assert sum(each.tag == f"{SVG}circle" for each in root.iter()) == 2 + 1  # and the legend


numbers = st.floats(-1e12, 1e12, allow_nan=False).map(lambda number: number if abs(number) > 1e-100 else 0.0)


@given(st.lists(numbers, min_size=1, max_size=20))
def test_a_scale_shows_all_values_in_order(values: list[float]) -> None:
    scale = Scale.around(values, 80, 800)
    places = [scale.at(each) for each in sorted(values)]
    assert places == sorted(places)
    assert all(80 <= each <= 800 for each in places)
    ticks = scale.ticks()
    assert ticks == sorted(set(ticks))
    assert len(ticks) < 40
    assert all(scale.low <= each <= scale.high or each == pytest.approx(scale.low) for each in ticks)


def test_wide_ranges_are_logarithmic() -> None:
    assert Scale.around([10, 1e6], 0, 1).ticks() == [10, 100, 1e3, 1e4, 1e5, 1e6]
    assert not Scale.around([0, 1e6], 0, 1).logarithmic
    assert Scale.around([4, 16], 0, 1).ticks() == [5, 10, 15]
