"""The growth of receptive fields as SVG: frames against pixels, or both over depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.core.problem import UsageError
from archcalc.render import svg
from archcalc.render.field_words import explained, legend_lines, short_path, sizes, worth_naming
from archcalc.render.palette import SERIES, THEMES, blend
from archcalc.render.svg_labels import labels
from archcalc.render.svg_markers import SHAPES, marker
from archcalc.render.svg_scale import Scale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from xml.etree.ElementTree import Element

    from archcalc.drawings.field import FieldPath, FieldPoint, Target
    from archcalc.render.palette import Theme

BY = ("space", "depth")
MOST_PATHS = len(SHAPES)
STROKES = ("", "9 4", "9 3 2 3", "2 4", "", "9 4", "9 3 2 3", "2 4")
WIDTH, LEFT, RIGHT = 900.0, 74.0, 26.0
TOP, PANEL, BELOW = 52.0, 470.0, 50.0
"""Height above the first panel, of all panels, and below each for its numbers and what they are."""
GAP, LEVELS = 34.0, 96.0
"""Between two panels; and right of them, for what their levels are."""
LINE, SIZE, SMALL = 18.0, 12.0, 11.0
DASHES = "6 5"
TEXT_SHARE = 0.35
"""How much of the color of text is in that of a label of a network."""


@dataclass(frozen=True, slots=True)
class _Panel:
    """Two scales that begin at 0, the colors, and how large the marks of each network are."""

    across: Scale
    up: Scale
    colors: Theme
    hues: tuple[str, ...]

    def at(self, x: float, y: float) -> svg.Point:
        return self.across.at(x), self.up.at(y)


def field_svg(paths: Sequence[FieldPath], target: Target | None = None, by: str = "space", theme: str = "light") -> str:
    """Frames against pixels (`by` space), or both over layers (`by` depth), as sequences always are.

    Raises:
        UsageError: more networks than can be distinguished.
    """
    if len(paths) > MOST_PATHS:
        raise UsageError(
            f"{len(paths)} specs; expected at most {MOST_PATHS}, which can be distinguished in one drawing"
        )
    colors = THEMES[theme]
    by_depth = by == "depth" or not any(path.across for path in paths)
    drawn = list(_over_depth(paths, target, theme) if by_depth else _against_space(paths, target, theme))
    legend, bottom = _legend(paths, target, TOP + PANEL + BELOW + 14, colors, SERIES[theme])
    for words in explained(paths, target, by_depth=by_depth):
        for line in svg.wrapped(words, SMALL, WIDTH - LEFT - RIGHT):
            legend.append(svg.text((LEFT, bottom + 6), line, SMALL, colors.text, class_="explained"))
            bottom += LINE
    title = "Growth of the receptive fields of " + ", ".join(each.name for each in paths)
    return svg.page(WIDTH, bottom + 12, colors.page, title, [*drawn, *legend])


def _scale(most: float, start: float, end: float) -> Scale:
    return Scale(0.0, most or 1.0, False, start, end)


def _against_space(paths: Sequence[FieldPath], target: Target | None, theme: str) -> Iterator[Element]:
    goals = [path.extent for path in paths] + ([target] if target else [])
    points = [point for path in paths for point in path.points]
    frames = max([goal.frames for goal in goals] + [point.frames for point in points])
    pixels = max([max(goal.height, goal.width) for goal in goals] + [point.pixels for point in points])
    panel = _Panel(_scale(1.12 * frames, LEFT, WIDTH - RIGHT), _scale(1.1 * pixels, TOP + PANEL, TOP), THEMES[theme],
                   SERIES[theme])  # fmt: skip
    views = " and ".join(dict.fromkeys(path.view for path in paths))
    across, up = (f"receptive field in {what} ({views})" for what in ("time, frames", _across(paths)))
    yield from _axes(panel, TOP, across, up)
    yield from _seconds(paths, panel)
    lines = []
    for extent in dict.fromkeys(path.extent for path in paths):
        side = max(extent.height, extent.width)
        lines.append([panel.at(0, side), panel.at(extent.frames, side), panel.at(extent.frames, 0)])
        yield svg.polyline(lines[-1], stroke=panel.colors.line, stroke_dasharray=DASHES, class_="input")
    for number, path in enumerate(paths):
        spots = [panel.at(point.frames, point.pixels) for point in path.points]
        lines.append(spots)
        yield from _series(number, path, spots, spots, panel)
        if path.whole_clip is not None:
            yield _ring(panel.at(path.whole_clip.frames, path.whole_clip.pixels), panel.colors)
    if target is not None:
        spot = panel.at(target.frames, max(target.height, target.width))
        lines.append([spot])
        yield from _cross(spot, panel.colors)
    wanted = [*_goals(paths, target, panel), *_named(paths, panel, lambda point: (point.frames, point.pixels))]
    yield from labels(wanted, lines, (LEFT, TOP, WIDTH, TOP + PANEL), SMALL)


Label = tuple[svg.Point, str, str]
"""A spot, words and a color."""


def _goals(paths: Sequence[FieldPath], target: Target | None, panel: _Panel) -> Iterator[Label]:
    """Labels of inputs and of the target, which matter most."""
    for extent, across in dict.fromkeys((path.extent, path.across) for path in paths):
        at = panel.at(extent.frames, max(extent.height, extent.width))
        yield at, f"input {extent.words(across)}", panel.colors.text
    if target is not None:
        at = panel.at(target.frames, max(target.height, target.width))
        yield at, f"target {target.words(paths[0].across)}", panel.colors.text


def _named(paths: Sequence[FieldPath], panel: _Panel, place: Callable[[FieldPoint], svg.Point]) -> Iterator[Label]:
    """Labels of layers, of several networks in the color of each, darker than its line so that they can be read."""
    taken: set[tuple[svg.Point, str]] = set()
    for number, path in enumerate(paths):
        hue = panel.hues[number % len(panel.hues)]
        color = blend(hue, panel.colors.text, TEXT_SHARE) if len(paths) > 1 else panel.colors.text
        for point in worth_naming([path]):
            spot, words = panel.at(*place(point)), short_path(point.path)
            if (spot, words) not in taken:
                taken.add((spot, words))
                yield spot, words, color


def _over_depth(paths: Sequence[FieldPath], target: Target | None, theme: str) -> Iterator[Element]:
    shown = ("frames", "pixels") if any(path.across for path in paths) else ("frames",)
    height = (PANEL - GAP * (len(shown) - 1)) / len(shown)
    views = " and ".join(dict.fromkeys(path.view for path in paths))
    depth = max(path.layers for path in paths)
    for row, what in enumerate(shown):
        levels = _levels(paths, target, what)
        most = max([level for level, _ in levels] + [getattr(point, what) for path in paths for point in path.points])
        top = TOP + row * (height + GAP)
        panel = _Panel(_scale(depth, LEFT, WIDTH - RIGHT - LEVELS), _scale(1.08 * most, top + height, top),
                       THEMES[theme], SERIES[theme])  # fmt: skip
        below = "layer, in the order they are written" if row == len(shown) - 1 else ""
        unit = _across(paths).split(", ")[-1] if row else what
        yield from _axes(panel, top, below, f"receptive field, {unit} ({views})")
        yield from _level_lines(levels, panel)
        lines = [[panel.at(0, level), panel.at(depth, level)] for level, _ in levels]
        for number, path in enumerate(paths):
            spots = [panel.at(point.number, getattr(point, what)) for point in path.points]
            lines.append(_steps([*spots, panel.at(path.layers, getattr(path.points[-1], what))]))
            yield from _series(number, path, lines[-1], spots, panel)
            if path.whole_clip is not None:
                yield _ring(panel.at(path.whole_clip.number, getattr(path.whole_clip, what)), panel.colors)
        wanted = _named(paths, panel, lambda point, what=what: (point.number, getattr(point, what)))  # type: ignore[misc]
        yield from labels(wanted, lines, (LEFT, top, WIDTH - RIGHT - LEVELS, top + height), SMALL)


def _across(paths: Sequence[FieldPath]) -> str:
    """Return what the other axes than T are: space, unless an input has others than H and W."""
    axes = list(dict.fromkeys(path.across for path in paths if path.across))
    return "space, pixels" if axes == [("H", "W")] else " and ".join(" or ".join(each) for each in axes) + ", positions"


def _steps(spots: Sequence[svg.Point]) -> list[svg.Point]:
    """Corners of a line that keeps its height until the next spot."""
    corners: list[svg.Point] = []
    for x, y in spots:
        if corners:
            corners.append((x, corners[-1][1]))
        corners.append((x, y))
    return corners


def _levels(paths: Sequence[FieldPath], target: Target | None, what: str) -> list[tuple[int, str]]:
    """Lines across a panel, those of one height under one name."""
    names: dict[int, list[str]] = {}
    for extent in dict.fromkeys(path.extent for path in paths):
        names.setdefault(_size(extent, what), []).append("input")
    if target is not None:
        names.setdefault(_size(target, what), []).append("target")
    return [(level, f"{' and '.join(dict.fromkeys(named))} {level}") for level, named in names.items()]


def _size(goal: Target, what: str) -> int:
    return goal.frames if what == "frames" else max(goal.height, goal.width)


def _level_lines(levels: Sequence[tuple[int, str]], panel: _Panel) -> Iterator[Element]:
    """Labeled lines across a panel; labels that would overlap move up."""
    lowest = panel.up.start + LINE
    for level, words in sorted(levels):
        y = panel.up.at(level)
        lowest = min(y, lowest - SMALL - 3)
        ends = [(panel.across.start, y), (panel.across.end, y)]
        yield svg.polyline(ends, stroke=panel.colors.line, stroke_dasharray=DASHES, class_="level")
        yield svg.text((panel.across.end + 6, lowest + 4), words, SMALL, panel.colors.text)


def _series(number: int, path: FieldPath, line: Sequence[svg.Point], spots: Sequence[svg.Point], panel: _Panel
            ) -> Iterator[Element]:  # fmt: skip
    """The line of a network and a mark for each layer in which its field grows."""
    color, thick = panel.hues[number % len(panel.hues)], 3 - number / 3  # a later line lets an earlier one be seen
    dashes: dict[str, str | float] = {"stroke_dasharray": STROKES[number]} if STROKES[number] else {}
    yield svg.polyline(line, stroke=color, stroke_width=thick, class_="growth", **dashes)
    for point, spot in zip(path.points, spots, strict=True):
        mark = marker(number, spot, 4.5 - number / 4, color, panel.colors.page)
        yield svg.of_layers([mark, _tooltip(point, path)], [point.path], class_="point")


def _tooltip(point: FieldPoint, path: FieldPath) -> Element:
    words = svg.element("title")
    words.text = f"{short_path(point.path)}: {sizes(point, path)}"
    return words


def _ring(at: svg.Point, colors: Theme) -> Element:
    return svg.element("circle", cx=at[0], cy=at[1], r=10, fill="none", stroke=colors.text, stroke_width=1.8,
                       class_="ring")  # fmt: skip


def _cross(at: svg.Point, colors: Theme) -> Iterator[Element]:
    for down in (-6, 6):
        ends = [(at[0] - 6, at[1] - down), (at[0] + 6, at[1] + down)]
        yield svg.polyline(ends, stroke=colors.text, stroke_width=2.6, class_="target")


def _axes(panel: _Panel, top: float, below: str, left: str) -> Iterator[Element]:
    """Both axes with whole numbers, and what they are."""
    colors, bottom, end = panel.colors, panel.up.start, panel.across.end
    for value in _whole(panel.across):
        x = panel.across.at(value)
        yield svg.element("line", x1=x, x2=x, y1=bottom, y2=bottom + 5, stroke=colors.line)
        yield svg.text((x, bottom + 19), f"{value:,}", SMALL, colors.text, "middle")
    for value in _whole(panel.up):
        y = panel.up.at(value)
        yield svg.element("line", x1=LEFT - 5, x2=LEFT, y1=y, y2=y, stroke=colors.line)
        yield svg.text((LEFT - 9, y + 4), f"{value:,}", SMALL, colors.text, "end")
    yield svg.polyline([(LEFT, top), (LEFT, bottom), (end, bottom)], stroke=colors.line, stroke_width=1.2)
    if below:
        yield svg.text(((LEFT + end) / 2, bottom + 40), below, SIZE, colors.text, "middle")
    middle = (top + bottom) / 2
    turned = f"rotate(-90 18 {svg.number(middle)})"
    yield svg.text((18, middle), left, SIZE, colors.text, "middle", transform=turned)


def _whole(scale: Scale) -> list[int]:
    return [int(tick) for tick in scale.ticks() if tick == int(tick)]


def _seconds(paths: Sequence[FieldPath], panel: _Panel) -> Iterator[Element]:
    """Seconds along the upper edge, where all networks see as many frames of one."""
    rate, *others = {path.fps for path in paths}
    if others or rate is None:
        return
    colors, end = panel.colors, panel.across.end
    yield svg.polyline([(LEFT, TOP), (end, TOP)], stroke=colors.line, stroke_width=1.2)
    for value in _scale(panel.across.high / rate, LEFT, end).ticks():
        x = panel.across.at(value * rate)
        yield svg.element("line", x1=x, x2=x, y1=TOP - 5, y2=TOP, stroke=colors.line)
        yield svg.text((x, TOP - 10), f"{value:g}", SMALL, colors.text, "middle")
    words = f"seconds, at {rate:g} frames per second"
    yield svg.text(((LEFT + end) / 2, TOP - 30), words, SIZE, colors.text, "middle")


def _legend(paths: Sequence[FieldPath], target: Target | None, top: float, colors: Theme, hues: Sequence[str]
            ) -> tuple[list[Element], float]:  # fmt: skip
    """A line and a mark for each network with what it says; and where that ends."""
    drawn: list[Element] = []
    for number, path in enumerate(paths):
        color = hues[number % len(hues)]
        dashes: dict[str, str | float] = {"stroke_dasharray": STROKES[number]} if STROKES[number] else {}
        drawn.append(svg.polyline([(LEFT, top), (LEFT + 34, top)], stroke=color, stroke_width=2.4, **dashes))
        drawn.append(marker(number, (LEFT + 17, top), 4.5, color, colors.page))
        for words in legend_lines(path, target):
            for place, line in enumerate(svg.wrapped(words, SIZE, WIDTH - LEFT - 60)):
                kind = "legend more" if place else "legend"
                drawn.append(svg.text((LEFT + 44, top + 4), line, SIZE, colors.text, class_=kind))
                top += LINE
    return drawn, top
