"""Drawings of a network for a page: SVG whose groups know their layers, and graphs in the language of Graphviz."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.core.problem import UsageError
from archcalc.drawings.graph import graph_drawing
from archcalc.page.request import Request, object_of, text_of
from archcalc.render.diagram import KINDS, Diagram, asked_of, choices
from archcalc.render.dot import dot_text, node_ids

if TYPE_CHECKING:
    from archcalc.page.networks import Network

GRAPH = "graph"


def kinds_data() -> dict[str, Any]:
    """Return the kinds of drawings with their options; null where a value is free."""
    return {
        name: {"options": {option: choices(option) for option in _options(name)}, "several": kind.several}
        for name, kind in KINDS.items()
    }


def _options(kind: str) -> list[str]:
    """Return the options of a kind; a graph has no shape of a page, because the page lays it out itself."""
    return [option for option in (*KINDS[kind].options, "theme") if (kind, option) != (GRAPH, "fit")]


def drawing_data(network: Network, request: Request) -> dict[str, Any]:
    """Return a drawing; UsageError for a kind or option that there is not, or nothing in the network to draw so."""
    analysis, kind, options = network.whole(), text_of(request, "kind"), object_of(request, "options")
    if kind == GRAPH:
        asked = asked_of(kind, options)
        if asked.fit is not None:
            raise UsageError(f"fit {asked.fit} of a graph, which the page lays out itself; expected no fit")
        drawing = graph_drawing(analysis, 1 if asked.depth is None else asked.depth, asked.heat, asked.color)
        drawing.check_layout()
        return {"dot": dot_text(drawing, asked.theme, asked.orientation), "ids": node_ids(drawing)}
    return {"svg": svg_of(network, kind, options)}


def svg_of(network: Network, kind: str, options: Request) -> str:
    """Return a drawing as an SVG without its XML declaration."""
    if kind == GRAPH:
        raise UsageError("a graph as SVG, which the page draws itself; expected another kind")
    svg = Diagram(kind, [network.whole()], options).svg
    return svg[svg.index("<svg") :]
