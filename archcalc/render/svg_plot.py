"""A plot as SVG: axes with round numbers, points, lines, and a legend."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.render import svg
from archcalc.render.palette import SERIES, THEMES
from archcalc.render.svg_scale import Scale

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from xml.etree.ElementTree import Element

WIDTH, HEIGHT = 820, 560
LEFT, RIGHT, BOTTOM, HEAD, LINE = 84, 28, 66, 58, 22
SIZE = 12.0
COLORS = THEMES["light"]
HUES = SERIES["light"]
PALE, GRID = "#c2c2c2", "#e6e6e6"


class Series(NamedTuple):
    """Points of one color with a name; `joined` draws a line through them, `steps` a line of steps alone."""

    name: str
    points: Sequence[svg.Point]
    color: str
    radius: float = 3.5
    joined: bool = False
    steps: bool = False


class Axis(NamedTuple):
    """What an axis shows, and how its numbers are written."""

    heading: str
    text: Callable[[float], str]


def plot(title: str, subtitle: str, across: Axis, up: Axis, series: Sequence[Series]) -> str:
    """Return series of points on two axes, each linear or logarithmic as its numbers need, as an SVG."""
    rows = _legend_rows(series)
    top = HEAD + LINE * len(rows) + 10
    points = [point for each in series for point in each.points]
    x = Scale.around((each for each, _ in points), LEFT, WIDTH - RIGHT)
    y = Scale.around((each for _, each in points), HEIGHT - BOTTOM, top)
    drawn = [
        svg.text((LEFT, 28), svg.fitted(title, 17, WIDTH - LEFT - RIGHT), 17, COLORS.text, font_weight="bold"),
        svg.text((LEFT, 48), svg.fitted(subtitle, SIZE, WIDTH - LEFT - RIGHT), SIZE, COLORS.line),
        *_legend(rows), *_across(x, across, top), *_up(y, up),
    ]  # fmt: skip
    for each in series:
        drawn += _series(each, x, y)
    return svg.page(WIDTH, HEIGHT, COLORS.page, title, drawn)


def _across(scale: Scale, axis: Axis, top: float) -> list[Element]:
    bottom = HEIGHT - BOTTOM
    drawn = []
    for value in scale.ticks():
        x = scale.at(value)
        drawn.append(svg.element("line", x1=x, x2=x, y1=top, y2=bottom, stroke=GRID))
        drawn.append(svg.text((x, bottom + 18), axis.text(value), SIZE, COLORS.text, "middle"))
    drawn.append(svg.element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=bottom, y2=bottom, stroke=COLORS.line))
    drawn.append(svg.text(((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 20), axis.heading, 13, COLORS.text, "middle"))
    return drawn


def _up(scale: Scale, axis: Axis) -> list[Element]:
    drawn = []
    for value in scale.ticks():
        y = scale.at(value)
        drawn.append(svg.element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, stroke=GRID))
        drawn.append(svg.text((LEFT - 8, y + 4), axis.text(value), SIZE, COLORS.text, "end"))
    middle = (scale.start + scale.end) / 2
    drawn.append(svg.element("line", x1=LEFT, x2=LEFT, y1=scale.start, y2=scale.end, stroke=COLORS.line))
    turned = f"rotate(-90 22 {svg.number(middle)})"
    drawn.append(svg.text((22, middle), axis.heading, 13, COLORS.text, "middle", transform=turned))
    return drawn


def _series(series: Series, x: Scale, y: Scale) -> list[Element]:
    places = [(x.at(across), y.at(up)) for across, up in series.points]
    if series.steps:
        return [svg.polyline(_steps(places), stroke=series.color, stroke_width=1.6, class_="front")]
    drawn = []
    if series.joined and len(places) > 1:
        drawn.append(svg.polyline(places, stroke=series.color, stroke_width=1.6))
    dots = [
        svg.element("circle", cx=place[0], cy=place[1], r=series.radius)
        for place in dict.fromkeys((round(across, 1), round(up, 1)) for across, up in places)
    ]
    return [*drawn, svg.group(dots, fill=series.color, stroke=COLORS.page, stroke_width=0.4, class_="points")]


def _steps(places: Sequence[svg.Point]) -> list[svg.Point]:
    """Corners of the line that every point of a front holds until the next one is better in the other goal."""
    corners: list[svg.Point] = []
    for place in places:
        if corners:
            corners.append((place[0], corners[-1][1]))
        corners.append(place)
    return corners


def _legend_rows(series: Sequence[Series]) -> list[list[tuple[Series, float]]]:
    """Series with their places across, in rows that keep to the width."""
    rows: list[list[tuple[Series, float]]] = [[]]
    x = float(LEFT)
    for each in series:
        if not each.name:
            continue
        wide = 34 + svg.text_width(each.name, SIZE)
        if x + wide > WIDTH - RIGHT and rows[-1]:
            rows.append([])
            x = LEFT
        rows[-1].append((each, x))
        x += wide
    return [row for row in rows if row]


def _legend(rows: Sequence[Sequence[tuple[Series, float]]]) -> list[Element]:
    drawn = []
    for number, row in enumerate(rows):
        y = HEAD + 12 + LINE * number
        for series, x in row:
            if series.steps or series.joined:
                drawn.append(svg.element("line", x1=x, x2=x + 16, y1=y, y2=y, stroke=series.color, stroke_width=1.8))
            if not series.steps:
                drawn.append(svg.element("circle", cx=x + 8, cy=y, r=4, fill=series.color))
            drawn.append(svg.text((x + 22, y + 4), series.name, SIZE, COLORS.text))
    return drawn
