"""Planes of H x W side by side, as SVG: seen from the left, H downward, W away from the reader."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from archcalc.drawings.planes import Region
from archcalc.drawings.temporal_effect import TemporalEffect
from archcalc.render import svg
from archcalc.render.palette import THEMES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from archcalc.drawings.planes import Plane, PlanesDrawing
    from archcalc.render.palette import Theme

COLUMN, PICTURE = 250, 250
MARGIN, HEAD, CAPTION = 24, 52, 126
ACROSS, UP = 0.62, 0.34
"""A step along W goes this far to the right and this far up; one along H goes down by one."""
LARGEST_STEP, HEIGHT = 36, 180
MOST_CELLS = 24
"""A plane of more positions along an axis has no cells: only its region and its feature."""
PADDING: dict[str, str | float] = {"fill_opacity": 0.45, "stroke_dasharray": "3 2"}
OPEN = 0.45
"""Fraction of a position that is drawn at a cut edge of a plane."""


@dataclass(frozen=True, slots=True)
class PlacedPlane:
    """The position of a plane on the page, and the length of one position."""

    plane: Plane
    x: float
    y: float
    step: float

    def at(self, row: float, column: float) -> svg.Point:
        """The point of the page for a place of the plane."""
        down, across = row - self.plane.rows.start, column - self.plane.columns.start
        return self.x + across * ACROSS * self.step, self.y + (down - across * UP) * self.step

    def block(self, rows: tuple[float, float], columns: tuple[float, float]) -> list[svg.Point]:
        """The corners from above left on, clockwise."""
        (top, bottom), (left, right) = rows, columns
        return [self.at(top, left), self.at(top, right), self.at(bottom, right), self.at(bottom, left)]

    def position(self, row: int, column: int) -> list[svg.Point]:
        """The corners of one position."""
        return self.block((row, row + 1), (column, column + 1))

    def corners(self, region: Region) -> list[svg.Point]:
        """The corners of the hull of a region."""
        return self.block(
            (min(region.rows), max(region.rows) + 1), (min(region.columns), max(region.columns) + 1)
        )  # fmt: skip


def planes_svg(drawing: PlanesDrawing, theme: str = "light") -> str:
    """The input on the left, the last layer on the right, lines from each feature to the region that it reads."""
    colors = THEMES[theme]
    views = [_view(plane, MARGIN + number * COLUMN) for number, plane in enumerate(drawing.planes)]
    width = 2 * MARGIN + len(views) * COLUMN
    elements = [svg.text((MARGIN, MARGIN + 12), svg.fitted(drawing.title, 18, width - 2 * MARGIN), 18, colors.text)]
    for view in views:
        elements.append(svg.of_layers(_plane(view, colors), [view.plane.title], class_="plane"))
    for view, follower in pairwise(views):
        elements.append(svg.group(_lines(view, follower, colors), class_="reads"))
    last = drawing.planes[-1].title
    for number, view in enumerate(views):
        reader = drawing.planes[number + 1].title if number + 1 < len(views) else ""
        caption = _caption(view.plane, MARGIN + number * COLUMN, reader, last, colors)
        elements.append(svg.of_layers(caption, [view.plane.title]))
    height = MARGIN + HEAD + PICTURE + CAPTION
    for words in _notes(drawing):
        elements.append(svg.text((MARGIN, height), svg.fitted(words, 12, width - 2 * MARGIN), 12, colors.text))
        height += 18
    return svg.page(width, height + MARGIN / 2, colors.page, f"Regions of {drawing.title}", elements)


def _notes(drawing: PlanesDrawing) -> list[str]:
    notes = ["Dashed and pale: padding."] if any(plane.padded for plane in drawing.planes) else []
    if drawing.depends:
        last = drawing.planes[-1].title
        notes.append(
            f"Regions of windows; {last} depends on {drawing.depends} positions in all, by operations over whole axes."
        )
    return notes


def _view(plane: Plane, left: float) -> PlacedPlane:
    """In the middle of its column, as large as fits."""
    down, across = len(plane.rows) + 2 * OPEN, len(plane.columns) + 2 * OPEN
    step = min(LARGEST_STEP, (COLUMN - 70) / (across * ACROSS), HEIGHT / down, PICTURE / (down + across * UP))
    width, height = len(plane.columns) * ACROSS * step, (len(plane.rows) + len(plane.columns) * UP) * step
    top = MARGIN + HEAD + (PICTURE - height) / 2
    return PlacedPlane(plane, left + (COLUMN - 40 - width) / 2, top + len(plane.columns) * UP * step, step)


def _plane(view: PlacedPlane, colors: Theme) -> list[Element]:
    plane = view.plane
    page = view.block((max(plane.rows.start, 0), min(plane.rows.stop, plane.size[0])),
                      (max(plane.columns.start, 0), min(plane.columns.stop, plane.size[1])))  # fmt: skip
    drawn = [svg.polygon(page, fill=colors.plain, class_="page")]
    for region, fill, name in ((plane.outer, _outer(colors), "outer"), (plane.inner, _inner(colors), "inner")):
        if region is not None:
            drawn += _region(view, region, fill, name, colors)
    drawn += _grid(view, colors)
    if plane.feature is not None:
        width = 1.2 if _has_cells(plane) else 0.4
        block = view.position(*plane.feature)
        drawn.append(
            svg.polygon(block, fill=_feature(colors), stroke=colors.text, stroke_width=width, class_="feature")
        )
    return drawn


def _region(view: PlacedPlane, region: Region, fill: str, name: str, colors: Theme) -> list[Element]:
    """Its positions one by one, those of the padding dashed; of a large plane its hull."""
    if not _has_cells(view.plane):
        return _hull(view, region, fill, name, colors)
    drawn = []
    for row in sorted(region.rows):
        for column in sorted(region.columns):
            real = 0 <= row < view.plane.size[0] and 0 <= column < view.plane.size[1]
            how: dict[str, str | float] = {} if real else PADDING
            words = name if real else f"{name} padding"
            drawn.append(svg.polygon(view.position(row, column), fill=fill, stroke=colors.line, class_=words, **how))
    return drawn


def _hull(view: PlacedPlane, region: Region, fill: str, name: str, colors: Theme) -> list[Element]:
    """From its first position to its last, and again what of it lies in the plane."""
    line: dict[str, str | float] = {"stroke": colors.line, "stroke_width": 0.4}
    found = [svg.polygon(view.corners(region), fill=fill, class_=f"{name} hull", **(line | PADDING))]
    (height, width), (rows, columns) = view.plane.size, (region.rows, region.columns)
    down = max(min(rows), 0), min(max(rows) + 1, height)
    across = max(min(columns), 0), min(max(columns) + 1, width)
    if down[0] < down[1] and across[0] < across[1]:
        found.append(svg.polygon(view.block(down, across), fill=fill, class_=name, **line))
    return found


def _has_cells(plane: Plane) -> bool:
    return max(len(plane.rows), len(plane.columns)) <= MOST_CELLS


def _grid(view: PlacedPlane, colors: Theme) -> list[Element]:
    """Lines between the positions, and the edge of the plane where it is drawn; where not, the lines run out."""
    plane = view.plane
    (top, bottom), (left, right) = _shown(plane.rows, plane.size[0]), _shown(plane.columns, plane.size[1])
    drawn = []
    if _has_cells(plane):
        rows = range(max(plane.rows.start, 0), min(plane.rows.stop, plane.size[0]) + 1)
        columns = range(max(plane.columns.start, 0), min(plane.columns.stop, plane.size[1]) + 1)
        lines = [(view.at(row, left), view.at(row, right)) for row in rows]
        lines += [(view.at(top, column), view.at(bottom, column)) for column in columns]
        drawn += [svg.polyline(line, stroke=colors.line, stroke_width=0.6) for line in lines]
    edges = [(view.at(row, left), view.at(row, right)) for row in (0, plane.size[0]) if top <= row <= bottom]
    edges += [(view.at(top, at), view.at(bottom, at)) for at in (0, plane.size[1]) if left <= at <= right]
    return drawn + [svg.polyline(edge, stroke=colors.text, stroke_width=1.8, class_="edge") for edge in edges]


def _shown(drawn: range, size: int) -> tuple[float, float]:
    """Return the ends of grid lines, which extend slightly beyond the drawn part where the plane is cut."""
    first = 0 if drawn.start <= 0 else drawn.start - OPEN
    return first, size if drawn.stop >= size else drawn.stop + OPEN


def _lines(view: PlacedPlane, follower: PlacedPlane, colors: Theme) -> list[Element]:
    """From the corners of a feature to those of the region that it reads."""
    inner, feature = view.plane.inner, follower.plane.feature
    if inner is None or feature is None:
        return []
    starts = follower.position(*feature)
    dashes: dict[str, str | float] = {"stroke_dasharray": "5 4"} if view.plane.between else {}
    return [svg.polyline([start, end], stroke=colors.text, stroke_width=0.9, class_="read", **dashes)
            for start, end in zip(starts, view.corners(inner), strict=True)]  # fmt: skip


def _caption(plane: Plane, x: float, reader: str, last: str, colors: Theme) -> list[Element]:
    """What the plane is, how much of it is drawn, and what its colors are."""
    room, y = COLUMN - 18, MARGIN + HEAD + PICTURE + 14
    height, width = plane.size
    positions = f"{height}x{width} positions"
    if not plane.whole:
        positions = f"around the region, of {positions}"
    drawn = [
        svg.text((x, y), svg.fitted(plane.title, 14, room), 14, colors.text, font_weight="bold", class_="title"),
        svg.text((x, y + 17), svg.fitted(plane.label, 12, room), 12, colors.text),
        svg.text((x, y + 33), positions, 12, colors.text, class_="positions"),
    ]
    for number, (fill, words, name) in enumerate(_key(plane, reader, last, colors)):
        top = y + 44 + 19 * number
        drawn.append(svg.element("rect", x=x, y=top, width=12, height=12, fill=fill, stroke=colors.line))
        text = svg.fitted(words, 12, room - 18)
        drawn.append(svg.text((x + 18, top + 10), text, 12, colors.text, class_=f"{name}-label"))
    if plane.between:
        words = f"… {plane.between} more layers …"
        drawn.append(svg.text((x + COLUMN - 18, MARGIN + HEAD - 8), words, 12, colors.text, "middle"))
    return drawn


def _key(plane: Plane, reader: str, last: str, colors: Theme) -> Sequence[tuple[str, str, str]]:
    key = [(_feature(colors), "one feature", "feature")] if plane.feature is not None else []
    if plane.inner is not None:
        key.append((_inner(colors), f"{plane.inner.label} read by {reader}", "inner"))
    if plane.outer is not None and reader != last:
        key.append((_outer(colors), f"{plane.outer.label} seen by {last}", "outer"))
    return key


def _outer(colors: Theme) -> str:
    return colors.fills[TemporalEffect.LOCAL]


def _inner(colors: Theme) -> str:
    return colors.fills[TemporalEffect.STRIDED]


def _feature(colors: Theme) -> str:
    return colors.fills[TemporalEffect.GLOBAL]
