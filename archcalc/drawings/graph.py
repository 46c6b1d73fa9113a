"""A network as boxes and edges: scopes collapsed to a depth, equal iterations of a repeat folded into one box."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from archcalc.analysis.alternating import alternating
from archcalc.analysis.connections import PARALLEL, connections, paths_of
from archcalc.analysis.layer_kind import kinds_by_path, main_kind
from archcalc.analysis.quantities import QUANTITIES, layer_quantities
from archcalc.analysis.side_branches import side_layers
from archcalc.core.problem import UsageError
from archcalc.core.scopes import ScopeKind
from archcalc.core.units import COUNT
from archcalc.drawings.color import BY_TIME
from archcalc.drawings.contents import Content, contents
from archcalc.drawings.names import shortened
from archcalc.drawings.temporal_effect import temporal_effect
from archcalc.graph import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from archcalc.analysis.connections import Connections, Skip
    from archcalc.analysis.records import Analysis, LayerRecord
    from archcalc.drawings.temporal_effect import TemporalEffect
    from archcalc.graph import Part

PERIODS = (1, 2, 3, 4)
"""Numbers of different blocks that alternate and are then drawn as one box."""
MOST_IN_PATH = 3
"""Layers of a parallel path that are written in its line."""
MOST_LAID_OUT = 1_000
"""Boxes of a graph for which places are worked out; the time grows with the square of their number."""
FIELD_T, PADDING = "field_t", "padding"
OF_HEAT = {PADDING: "padding_macs"}


def heats() -> tuple[str, ...]:
    """Return the quantities that can shade a box: sums over its layers, and the frames that they see."""
    return (*(each.key for each in layer_quantities() if each.join is sum), PADDING, FIELD_T)


@dataclass(frozen=True, slots=True)
class Heat:
    """The quantity that shades boxes: its key, the kind of its amounts, and how one is said, as in `{} MACs`."""

    key: str
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Box:
    """A box for some layers: `times` equal iterations, their contents, and their temporal effect.

    `amount` is the selected quantity over all iterations and `heat` its fraction of the largest box, None without a
    quantity. `striped` marks a box with a kernel that adds no context. `paths` are those of the layers of all
    iterations, or the name of the input. `residuals` is the number of residual additions in one iteration. `kind` is
    the kind of the layers with the most multiply-accumulates, None for an input.
    """

    key: str
    title: str
    lines: tuple[str, ...]
    effect: TemporalEffect | None
    times: int = 1
    amount: int | None = None
    heat: float | None = None
    striped: bool = False
    paths: tuple[str, ...] = ()
    residuals: int = 0
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """A tensor between two boxes, by their keys; `label` is its shape, CxTxHxW."""

    source: str
    target: str
    label: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """One network of several: its title, and the keys of its boxes."""

    title: str
    boxes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GraphDrawing:
    """Boxes in the order of the layers, network inputs first, and the edges between them.

    `clusters` are the networks where there are several; no edge leads from one to another. `color` says what colors
    mean where there is no heat.
    """

    title: str
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    heat: Heat | None = None
    color: str = BY_TIME
    clusters: tuple[Cluster, ...] = ()

    @property
    def most(self) -> int:
        """The largest amount of a box."""
        return max((box.amount or 0 for box in self.boxes), default=0)

    def check_layout(self) -> None:
        """Raise UsageError for so many boxes that their layout would take minutes."""
        if len(self.boxes) > MOST_LAID_OUT:
            raise UsageError(
                f"a graph of {len(self.boxes):,} boxes; expected at most {MOST_LAID_OUT:,}, such as those of a smaller"
                " --depth; .dot and .mmd are written with any number"
            )


def graph_drawing(analysis: Analysis, depth: int = 1, heat: str | None = None, color: str = BY_TIME) -> GraphDrawing:
    """Draw a network at a depth of its paths; UsageError for a depth below 1 or an unknown `heat`."""
    if depth < 1:
        raise UsageError(f"a depth of {depth}; expected at least 1")
    if heat is not None and heat not in heats():
        raise UsageError(f"no heat {heat!r}; expected one of {', '.join(heats())}")
    rows = _folded(analysis, _with_pointwise(analysis, _units(analysis, depth), depth))
    units = [tuple(_merged(row) for row in each) for each in rows]
    boxes = [
        Box(each.name, shortened(each.name), (str(each.shape),), None, paths=(each.name,)) for each in analysis.inputs
    ]
    network = _Network(analysis, depth, side_layers(analysis.graph), kinds_by_path(analysis))
    boxes += [_box(network, each) for each in rows]
    if heat:
        boxes[len(analysis.inputs) :] = _heated(boxes[len(analysis.inputs) :], _amounts(analysis, units, heat))
    if heat == PADDING:
        boxes[len(analysis.inputs) :] = _striped(analysis, boxes[len(analysis.inputs) :], units)
    return GraphDrawing(
        shortened(analysis.title or analysis.name),
        tuple(boxes),
        tuple(_edges(analysis, units)),
        _heat(analysis, heat) if heat else None,
        color,
    )


Unit = tuple["LayerRecord", ...]
Iterations = tuple[Unit, ...]
Rows = tuple[tuple[Unit, ...], ...]
"""The iterations of a box, each with the units that alternate."""


def _units(analysis: Analysis, depth: int) -> list[Unit]:
    grouped = groupby(analysis.layers, key=lambda layer: analysis.graph.stage(layer.path, depth))
    return [tuple(group) for _, group in grouped]


def _with_pointwise(analysis: Analysis, units: Sequence[Unit], depth: int) -> list[Unit]:
    """Move norms, activations and views into the box of the layer that is their only input.

    An iteration of a repeat takes none, so that the last one stays equal to the others.
    """
    readers = _readers(analysis)
    found: list[Unit] = []
    for unit in units:
        layer = unit[0]
        alone = len(unit) == 1 and len(layer.inputs) == 1 and layer.windows is None and not layer.macs
        if (
            alone
            and found
            and not (len(found[-1]) > 1 and _is_iteration(analysis.graph.stage(found[-1][0].path, depth)))
            and layer.inputs[0] == found[-1][-1].path
            and readers[layer.inputs[0]] == 1
        ):
            shape = analysis.graph.shape(layer.inputs[0])
            if shape.grid == layer.shape.grid and shape == layer.shape and not temporal_effect(analysis, unit):
                found[-1] = (*found[-1], layer)
                continue
        found.append(unit)
    return found


def _is_iteration(part: Part) -> bool:
    return not isinstance(part, Node) and part.kind is ScopeKind.ITERATION


def _readers(analysis: Analysis) -> dict[str, int]:
    readers: dict[str, int] = defaultdict(int)
    for layer in analysis.layers:
        for path in set(layer.inputs):
            readers[path] += 1
    return readers


def _folded(analysis: Analysis, units: Sequence[Unit]) -> list[Rows]:
    """Fold equal neighbors that read only the previous one, or several that alternate, into iterations of one box."""
    readers = _reading_units(units)
    chained = [number > 0 and _is_chained(units, number, readers) for number in range(len(units))]
    signatures = [_signature(analysis, unit) if len(unit) > 1 else None for unit in units]
    return [
        tuple(tuple(units[at : at + period]) for at in range(start, start + period * times, period))
        for start, period, times in alternating(signatures, PERIODS, chained)
    ]


def _reading_units(units: Sequence[Unit]) -> dict[str, set[int]]:
    """Path of a layer -> the numbers of the units that read it."""
    readers: dict[str, set[int]] = defaultdict(set)
    for number, unit in enumerate(units):
        for layer in unit:
            for path in layer.inputs:
                readers[path].add(number)
    return readers


def _is_chained(units: Sequence[Unit], number: int, readers: Mapping[str, set[int]]) -> bool:
    """Return whether a unit reads the one before and nothing else, and is all that reads it."""
    before, unit = units[number - 1], units[number]
    own = {layer.path for layer in (*before, *unit)}
    sources = {path for layer in unit for path in layer.inputs}
    read = {reader for layer in before for reader in readers.get(layer.path, ())}
    return sources <= own and read <= {number - 1, number}


def _signature(analysis: Analysis, unit: Unit) -> list[object]:
    """What makes two units alike: operators, shapes, and how the layers inside read one another."""
    numbers = {layer.path: number for number, layer in enumerate(unit)}
    return [
        (layer.op, layer.label, layer.shape, tuple(numbers.get(p, str(analysis.graph.shape(p))) for p in layer.inputs))
        for layer in unit
    ]


def _merged(row: Iterable[Unit]) -> Unit:
    return tuple(layer for unit in row for layer in unit)


@dataclass(frozen=True, slots=True)
class _Network:
    """What all boxes need: the network, the depth of the paths, the layers aside, and the kind of each layer."""

    analysis: Analysis
    depth: int
    aside: set[str]
    kinds: dict[str, str]


def _box(network: _Network, rows: Rows) -> Box:
    analysis = network.analysis
    first, last = (analysis.graph.stage(unit[0].path, network.depth) for unit in (rows[0][0], rows[-1][-1]))
    title = first.path if first is last else f"{first.path}{'-' if _is_iteration(last) else ' to '}{last.name}"
    layers = tuple(layer for row in rows for layer in _merged(row))
    acts, paths = temporal_effect(analysis, layers), tuple(layer.path for layer in layers)
    blocks = [_block(network, unit) for unit in rows[0]]
    lines = [line for number, block in enumerate(blocks) for line in (*_ordinal(number, len(blocks)), *block.lines)]
    return Box(
        key=rows[0][0][0].path,
        title=shortened(title),
        lines=(*lines, *_field(layers[-1])),
        effect=acts,
        times=len(rows),
        paths=paths,
        residuals=sum(block.residuals for block in blocks),
        kind=main_kind(layers, network.kinds),
    )


class _Block(NamedTuple):
    """The lines that say what is in a unit, and its number of residual additions."""

    lines: tuple[str, ...]
    residuals: int


def _block(network: _Network, unit: Unit) -> _Block:
    shown = _shown(unit, network.aside)
    linked = connections(network.analysis.graph, unit, {layer.path for layer in shown})
    return _Block((*_contents(network.analysis, shown, linked), *_residuals(linked.skips)), len(linked.skips))


def _ordinal(number: int, count: int) -> tuple[str, ...]:
    """Return the line before one of several units that alternate."""
    return () if count == 1 else ("then:" if number else "first:",)


def _heated(boxes: Sequence[Box], amounts: Sequence[int]) -> list[Box]:
    most = max(amounts, default=0) or 1
    return [replace(box, amount=amount, heat=amount / most) for box, amount in zip(boxes, amounts, strict=True)]


def _striped(analysis: Analysis, boxes: Sequence[Box], units: Sequence[Iterations]) -> list[Box]:
    """Mark the boxes with a kernel that adds no context, and say along which axes."""
    from archcalc.lint.run import lint

    axes: dict[str, dict[str, None]] = {}
    for each in lint(analysis, ["unproductive"]):
        axes.setdefault(each.path, {})[each.axis or ""] = None
    found = []
    for box, iterations in zip(boxes, units, strict=True):
        along = dict.fromkeys(axis for unit in iterations for layer in unit for axis in axes.get(layer.path, ()))
        line = (f"no context added along {', '.join(along)}",) if along else ()
        found.append(replace(box, lines=(*box.lines, *line), striped=bool(along)))
    return found


def _shown(unit: Unit, aside: set[str]) -> list[LayerRecord]:
    """Return the layers with a window or arithmetic."""
    main = [layer for layer in unit if layer.windows is not None or layer.macs]
    return [layer for layer in main if layer.path not in aside] or main or list(unit[:1])


def _contents(analysis: Analysis, shown: Sequence[LayerRecord], linked: Connections) -> tuple[str, ...]:
    """Return a line for each layer; for parallel paths a line each, with all layers of the path."""
    around = {skip.around for skip in linked.skips}
    nodes = analysis.graph.nodes
    found: list[Content] = []
    for paths in paths_of([linked.reads[layer.path] for layer in shown], [frozenset((each.path,)) for each in shown]):
        mark = f"{PARALLEL} " if len(paths) > 1 else ""
        for path in paths:
            texts = [_text(shown[number], around) for number in path]
            found.append(Content(mark + _chain(texts), nodes[shown[path[0]].path].scope.iterations))
    return contents(found)


def _text(layer: LayerRecord, around: set[str | None]) -> str:
    return f"{layer.label} + its input" if layer.path in around else layer.label


def _chain(texts: Sequence[str]) -> str:
    """Return the layers of a path in a line, those in the middle of a long one as a number."""
    if len(texts) > MOST_IN_PATH:
        texts = [texts[0], f"{len(texts) - 2} more", texts[-1]]
    return ", ".join(texts)


def _residuals(skips: Sequence[Skip]) -> tuple[str, ...]:
    """Return how many residual additions there are, besides those that a line says already."""
    count = sum(skip.around is None for skip in skips)
    projected = sum(skip.projected for skip in skips)
    if not count:
        return ()
    words = "+ residual" if count == 1 else f"+ {count} residuals"
    return (f"{words} ({'' if count == 1 else f'{projected} '}projected)" if projected else words,)


def _field(layer: LayerRecord) -> tuple[str, ...]:
    if layer.field is None:
        return ()
    axes = "x".join(layer.field.full)
    return (f"field {axes} {'x'.join(str(size) for size in layer.field.full.values())}",)


def _heat(analysis: Analysis, key: str) -> Heat:
    if key == FIELD_T:
        return Heat(key, COUNT, "sees {} frames")
    quantity = QUANTITIES[OF_HEAT.get(key, key)]
    return Heat(key, quantity.kind, f"{{}} {quantity.heading_of(analysis)}")


def _amounts(analysis: Analysis, units: Sequence[Iterations], heat: str) -> list[int]:
    """The quantity that shades each box, over all its layers."""
    values, join = _values(analysis, heat)
    of_layer = dict(zip((layer.path for layer in analysis.layers), values, strict=True))
    return [join([of_layer[layer.path] for iteration in iterations for layer in iteration]) for iterations in units]


def _values(analysis: Analysis, heat: str) -> tuple[Iterable[int], Callable[[Sequence[int]], int]]:
    """The quantity of every layer, and how those of several are put together."""
    if heat == FIELD_T:
        return map(_frames, analysis.layers), max
    quantity = QUANTITIES[OF_HEAT.get(heat, heat)]
    return quantity.of_layers(analysis), quantity.join


def _frames(layer: LayerRecord) -> int:
    return layer.field.clipped.get("T", 0) if layer.field else 0


def _edges(analysis: Analysis, units: Sequence[Iterations]) -> list[Edge]:
    box_of = {each.name: each.name for each in analysis.inputs}
    box_of |= {
        layer.path: iterations[0][0].path for iterations in units for iteration in iterations for layer in iteration
    }
    edges = {
        Edge(box_of[path], box_of[layer.path], str(analysis.graph.shape(path)))
        for layer in analysis.layers
        for path in layer.inputs
        if box_of[path] != box_of[layer.path]
    }
    order = {key: number for number, key in enumerate(dict.fromkeys(box_of.values()))}
    return sorted(edges, key=lambda edge: (order[edge.target], order[edge.source], edge.label))
