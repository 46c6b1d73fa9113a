"""Graphs of several networks in one drawing, side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archcalc.drawings.graph import Cluster, GraphDrawing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.drawings.graph import Box


def joined(drawings: Sequence[GraphDrawing]) -> GraphDrawing:
    """Each network as a cluster under its title; heat is a share of the largest box of all."""
    if len(drawings) == 1:
        return drawings[0]
    most = max(drawing.most for drawing in drawings) or 1
    separate = [_with_keys(drawing, number, most) for number, drawing in enumerate(drawings)]
    return GraphDrawing(
        title="",
        boxes=tuple(box for drawing in separate for box in drawing.boxes),
        edges=tuple(edge for drawing in separate for edge in drawing.edges),
        heat=drawings[0].heat,
        color=drawings[0].color,
        clusters=tuple(Cluster(drawing.title, tuple(box.key for box in drawing.boxes)) for drawing in separate),
    )


def _with_keys(drawing: GraphDrawing, number: int, most: int) -> GraphDrawing:
    """Keys that no other network has."""
    boxes = [_heated(replace(box, key=f"{number}/{box.key}"), most) for box in drawing.boxes]
    edges = [
        replace(edge, source=f"{number}/{edge.source}", target=f"{number}/{edge.target}") for edge in drawing.edges
    ]
    return replace(drawing, boxes=tuple(boxes), edges=tuple(edges))


def _heated(box: Box, most: int) -> Box:
    return box if box.amount is None else replace(box, heat=box.amount / most)
