"""Layouts of DOT by Graphviz: a `dot` on the PATH, else the renderer of the `diagram` extra."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree

from archcalc.core.extras import install_command
from archcalc.core.problem import Unavailable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

INSTALL = install_command("diagram")
OWN = "graphviz-pure"
NARROW = 0.86
"""Width of Helvetica, for which Graphviz measures, relative to DejaVu Sans, which stands in where it is missing."""


class Rect(NamedTuple):
    """A rectangle on the page."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Layout:
    """What Graphviz drew: its elements, each node by its name with the rectangle of its box, and the page.

    Letters are smaller than those for which Graphviz made the boxes, so that those of a wider font fit too.
    """

    elements: tuple[Element, ...]
    nodes: dict[str, Element]
    boxes: dict[str, Rect]
    page: Rect


def layout(dot: str) -> Layout:
    """Return the layout of DOT.

    Raises:
        Unavailable: there is nothing to draw with.
    """
    root = ElementTree.fromstring(drawn(dot))
    for each in root.iter():
        each.tag = each.tag.rpartition("}")[2]
        each.attrib = {key: value for key, value in each.attrib.items() if not key.startswith("{")}
        if "font-size" in each.attrib:
            each.set("font-size", f"{NARROW * float(each.attrib['font-size']):.2f}")
            del each.attrib["font-family"]
    graph = root[0]
    nodes = {each.findtext("title", ""): each for each in graph if each.get("class") == "node"}
    return Layout(
        elements=tuple(graph[1:]) if graph[0].tag == "polygon" else tuple(graph[2:]),
        nodes=nodes,
        boxes={name: _rect(node) for name, node in nodes.items()},
        page=_page(root, graph),
    )


def _page(root: Element, graph: Element) -> Rect:
    width, height = (float(side) for side in root.attrib["viewBox"].split()[2:])
    moved = re.search(r"translate\((\S+) (\S+)\)", graph.attrib["transform"])
    left, top = (-float(each) for each in moved.groups()) if moved else (0.0, 0.0)
    return Rect(left, top, left + width, top + height)


def _rect(node: Element) -> Rect:
    points = [float(each) for polygon in node.iter("polygon") for each in re.split("[ ,]+", polygon.attrib["points"])]
    return Rect(min(points[::2]), min(points[1::2]), max(points[::2]), max(points[1::2]))


def drawn(dot: str) -> bytes:
    """Return the SVG that Graphviz makes of DOT.

    Raises:
        Unavailable: there is nothing to draw with.
    """
    try:
        import graphviz
        from graphviz.backend import dot_command
    except ImportError:
        raise Unavailable(f"drawing needs the graphviz package; {INSTALL}, or write .dot or .mmd") from None
    program = renderer()
    before = dot_command.DOT_BINARY
    dot_command.DOT_BINARY = program
    try:
        found = graphviz.Source(dot).pipe(format="svg", quiet=True)
    except graphviz.CalledProcessError as error:
        raise Unavailable(f"{program.name} could not draw this: {str(error).splitlines()[0]}") from error
    finally:
        dot_command.DOT_BINARY = before
    return bytes(found)


def renderer() -> Path:
    """The program that draws; Unavailable where there is none."""
    found = shutil.which("dot")
    if found is not None:
        return Path(found)
    program = Path(sys.executable).parent / OWN
    own = shutil.which(OWN) or (str(program) if program.exists() else None)
    if own is None:
        raise Unavailable(f"no dot program on the PATH; {INSTALL} brings one, .dot and .mmd need none")
    return Path(own)
