"""Where things lie in an SVG: lines of text and boxes as rectangles on the page, read from the picture alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element

from archcalc.render.svg import text_width

Point = tuple[float, float]
NUMBER = r"-?[\d.]+(?:e-?\d+)?"
SLACK = 1.0
"""Rectangles that share less than this are next to each other."""


class Rect(NamedTuple):
    """A rectangle on the page."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Rect) -> bool:
        """Whether both share an area."""
        return (
            min(self.right, other.right) - max(self.left, other.left) > SLACK
            and min(self.bottom, other.bottom) - max(self.top, other.top) > SLACK
        )

    def holds(self, other: Rect) -> bool:
        """Whether the other lies within this one."""
        return (
            self.left - SLACK <= other.left
            and self.top - SLACK <= other.top
            and other.right <= self.right + SLACK
            and other.bottom <= self.bottom + SLACK
        )


class Placed(NamedTuple):
    """An element with what moves it, and the elements around it, the innermost last."""

    element: Element
    moved: Point
    around: tuple[Element, ...]

    @property
    def tag(self) -> str:
        """The tag without its namespace."""
        return self.element.tag.rpartition("}")[2]

    def within(self, class_: str) -> Element | None:
        """The group of a class that it lies in."""
        return next((each for each in self.around if each.get("class") == class_), None)


def placed(root: Element, moved: Point = (0, 0), around: tuple[Element, ...] = ()) -> Iterator[Placed]:
    """All elements of a picture with where their origin lies."""
    for each in root:
        found = re.search(rf"translate\(({NUMBER})[ ,]+({NUMBER})\)", each.get("transform", ""))
        at = (moved[0] + float(found[1]), moved[1] + float(found[2])) if found else moved
        yield Placed(each, at, around)
        yield from placed(each, at, (*around, each))


def text_rect(found: Placed) -> Rect:
    """A line of text, a little narrower than where no letter is narrow."""
    element = found.element
    size = float(element.get("font-size", "16"))
    wide = 0.95 * text_width("".join(element.itertext()).strip(), size)
    start = {"middle": wide / 2, "end": wide}.get(element.get("text-anchor", "start"), 0.0)
    x, y = float(element.get("x", "0")) + found.moved[0] - start, float(element.get("y", "0")) + found.moved[1]
    return Rect(x, y - 0.75 * size, x + wide, y + 0.2 * size)


def shape_rect(found: Placed) -> Rect:
    """Around a polygon, a line or a rectangle."""
    element = found.element
    if found.tag == "rect":
        x, y = float(element.get("x", "0")), float(element.get("y", "0"))
        points = [x, y, x + float(element.attrib["width"]), y + float(element.attrib["height"])]
    else:
        points = [float(each) for each in re.findall(NUMBER, element.attrib["points"])]
    xs, ys = [x + found.moved[0] for x in points[::2]], [y + found.moved[1] for y in points[1::2]]
    return Rect(min(xs), min(ys), max(xs), max(ys))


def page(root: Element) -> Rect:
    """The page."""
    return Rect(*(float(each) for each in root.attrib["viewBox"].split()))


def text_overlaps(root: Element) -> list[tuple[str, str]]:
    """The lines of text that lie on one another."""
    found = [(("".join(each.element.itertext())), text_rect(each)) for each in placed(root) if each.tag == "text"]
    found = [(words, rect) for words, rect in found if words.strip()]
    return [
        (one, other)
        for number, (one, rect) in enumerate(found)
        for other, there in found[number + 1 :]
        if rect.overlaps(there)
    ]
