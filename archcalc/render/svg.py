"""SVG: elements, and the page around them. Text is escaped by the XML writer, numbers have two decimals at most."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import east_asian_width
from xml.etree import ElementTree

from archcalc.render.cells import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from xml.etree.ElementTree import Element

Point = tuple[float, float]

FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"


def number(value: float) -> str:
    """Return a number with at most two decimals and no trailing zeros, the same on every machine."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def element(tag: str, **attributes: str | float) -> Element:
    """An element; `stroke_width` is written as stroke-width, `class_` as class."""
    names = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    return ElementTree.Element(
        tag, {name: value if isinstance(value, str) else number(value) for name, value in names.items()}
    )


def polygon(points: Iterable[Point], **attributes: str | float) -> Element:
    """Return a closed polygon through some points."""
    return element("polygon", points=_points(points), stroke_linejoin="round", **attributes)


def polyline(points: Iterable[Point], **attributes: str | float) -> Element:
    """Lines from point to point."""
    return element("polyline", points=_points(points), fill="none", stroke_linecap="round", **attributes)


def arrow(start: Point, end: Point, color: str, width: float = 2) -> list[Element]:
    """A line with a filled head, which ends at `end`."""
    (x0, y0), (x1, y1) = start, end
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    along = ((x1 - x0) / length, (y1 - y0) / length)
    head = min(4 * width, length)
    neck = (x1 - along[0] * head, y1 - along[1] * head)
    side = (along[1] * head * 0.45, -along[0] * head * 0.45)
    wings = [(neck[0] + side[0], neck[1] + side[1]), (neck[0] - side[0], neck[1] - side[1])]
    shaft = polyline([start, neck], stroke=color, stroke_width=width, class_="arrow")
    return [shaft, polygon([(x1, y1), *wings], fill=color)]


def text(at: Point, words: str, size: float, color: str, anchor: str = "start", **attributes: str | float) -> Element:
    """One line of text; what would break or steer it is taken out."""
    found = element("text", x=at[0], y=at[1], font_size=size, fill=color, text_anchor=anchor, **attributes)
    found.text = one_line(words)
    return found


NARROW, WIDE = 0.58, 1.05  # of the size, a letter and a letter of double width


def text_width(words: str, size: float) -> float:
    """About how wide a line is drawn: a little more than Helvetica needs."""
    return size * sum(WIDE if east_asian_width(each) in "WF" else NARROW for each in words)


def fitted(words: str, size: float, width: float) -> str:
    """The words, cut off with an ellipsis where they would be wider."""
    words = one_line(words)
    if text_width(words, size) <= width:
        return words
    words = words[: int(width / (size * NARROW)) + 1]  # more cannot fit, and each letter less is measured anew
    while words and text_width(words + "…", size) > width:
        words = words[:-1]
    return words.rstrip() + "…"


def wrapped(words: str, size: float, width: float, most: int = 2) -> list[str]:
    """The words in lines that fit; the last of at most `most` lines is cut off where there are more."""
    lines: list[str] = []
    rest = one_line(words).split(" ")
    while rest and len(lines) < most - 1:
        taken = 1
        while taken < len(rest) and text_width(" ".join(rest[: taken + 1]), size) <= width:
            taken += 1
        lines.append(fitted(" ".join(rest[:taken]), size, width))
        rest = rest[taken:]
    return [*lines, fitted(" ".join(rest), size, width)] if rest else lines


def group(elements: Iterable[Element], **attributes: str | float) -> Element:
    """Elements under one; attributes hold for all."""
    found = element("g", **attributes)
    found.extend(elements)
    return found


def of_layers(elements: Iterable[Element], paths: Iterable[str], **attributes: str | float) -> Element:
    """Elements under one that says which layers or inputs it shows: `data-paths` has a line for each path."""
    found = group(elements, **attributes)
    shown = "\n".join(paths)  # names of layers may have spaces
    if shown:
        found.set("data-paths", shown)
    return found


def page(width: float, height: float, background: str, title: str, elements: Sequence[Element]) -> str:
    """A whole SVG file on a plain background; `title` is what a screen reader says."""
    root = element("svg", xmlns="http://www.w3.org/2000/svg", width=width, height=height, font_family=FONT, role="img")
    root.set("viewBox", f"0 0 {number(width)} {number(height)}")
    name = element("title")
    name.text = one_line(title)
    root.extend([name, element("rect", width=width, height=height, fill=background), *elements])
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def page_of_shape(
    width: float, height: float, ratio: float | None, background: str, title: str, drawn: Sequence[Element]
) -> str:
    """A page, with `ratio` (width divided by height) as much wider or higher as it needs, drawn in its middle."""
    if ratio is None:
        return page(width, height, background, title, drawn)
    wide, high = max(width, height * ratio), max(height, width / ratio)
    moved = f"translate({number((wide - width) / 2)} {number((high - height) / 2)})"
    return page(wide, high, background, title, [group(drawn, transform=moved)])


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)
