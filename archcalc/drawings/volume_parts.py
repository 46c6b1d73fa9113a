"""A network cut into parts whose feature maps keep one size."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from archcalc.analysis.kernels import layer_text
from archcalc.analysis.side_branches import side_layers
from archcalc.analysis.stages import iteration_counts, part_names
from archcalc.core.shape import CHANNEL
from archcalc.graph import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from archcalc.analysis.records import Analysis, LayerRecord
    from archcalc.core.shape import Shape
    from archcalc.graph import NetworkGraph
    from archcalc.graph import Part as GraphPart

MOST_SIZES = 3
"""A scope that passes through more sizes than a block does is opened."""
MOST_NAMES = 2


@dataclass
class Part:
    """An input, or neighboring layers of one size, with the numbers of the parts that they read, main line first.

    A `closed` part has been read by another part and gets no more layers.
    """

    name: str
    shape: Shape
    sources: list[int] = field(default_factory=list)
    layers: list[LayerRecord] = field(default_factory=list)
    units: list[GraphPart] = field(default_factory=list)
    unnamed: list[GraphPart] = field(default_factory=list)
    closed: bool = False

    def reading(self, source: Part) -> list[LayerRecord]:
        """The layers that read a source, themselves or through others."""
        reading = {layer.path for layer in source.layers} or {source.name}
        found = []
        for layer in self.layers:
            if not reading.isdisjoint(layer.inputs):
                reading.add(layer.path)
                found.append(layer)
        return found


def parts(analysis: Analysis, depth: int | None = None) -> list[Part]:
    """The inputs, then a part for each run of layers that keeps T, H and W; of vectors, for each number of channels.

    A block counts by what it leaves, so that a convolution within it that strides before the next does makes no part. A
    join that does little more than join is put to what reads it. Scopes are opened down to `depth` at most.
    """
    found = _merged(_grown(analysis, depth), _is_thin_join)
    found = _merged(found, _is_enlarging)
    _name(found)
    return found


def _grown(analysis: Analysis, most: int | None) -> list[Part]:
    found = [Part(each.name, each.shape) for each in analysis.inputs]
    origin = {each.name: [number] for number, each in enumerate(analysis.inputs)}
    aside = side_layers(analysis.graph)
    waiting: dict[str, list[LayerRecord]] = {}
    for unit, layers in _units(analysis.graph, analysis.layers, 1, most):
        read = _read(layers)
        main = [path for path in read if path not in waiting] or read
        sources = list(dict.fromkeys(number for path in main for number in origin[path]))
        carried = [layer for path in read for layer in waiting.get(path, ())]
        if all(layer.path in aside for layer in layers):
            origin.update({layer.path: sources for layer in layers})
            waiting.update({layer.path: [*carried, *layers] for layer in layers})
            continue
        if len(sources) != 1 or not _continues(found[sources[0]], layers):
            found.append(_started(found, sources, layers[-1].shape))
            sources = [len(found) - 1]
        part = found[sources[0]]
        part.shape = layers[-1].shape
        named = any(layer_text(analysis, layer, with_stride=False) for layer in layers)
        (part.units if named else part.unnamed).append(unit)
        part.layers += [*{layer.path: layer for layer in carried}.values(), *layers]
        origin.update({layer.path: sources for layer in layers})
    return found


def _started(found: Sequence[Part], sources: Sequence[int], shape: Shape) -> Part:
    """A new part; of what it joins, what has its size comes first."""
    for source in sources:
        found[source].closed = True
    return Part("", shape, sorted(sources, key=lambda number: _grid(found[number].shape) != _grid(shape)))


def _units(
    graph: NetworkGraph, layers: Sequence[LayerRecord], depth: int, most: int | None
) -> Iterator[tuple[GraphPart, list[LayerRecord]]]:
    """Parts of the network, each with its layers; what passes through more sizes than a block does is opened."""
    for unit, group in groupby(layers, key=lambda layer: graph.stage(layer.path, depth)):
        members = list(group)
        opened = not isinstance(unit, Node) and depth != most
        if opened and len({_grid(layer.shape) for layer in members}) > MOST_SIZES:
            yield from _units(graph, members, depth + 1, most)
        else:
            yield unit, members


def _read(layers: Sequence[LayerRecord]) -> list[str]:
    own = {layer.path for layer in layers}
    return list(dict.fromkeys(path for layer in layers for path in layer.inputs if path not in own))


def _continues(part: Part, layers: Sequence[LayerRecord]) -> bool:
    """Whether layers that read a part keep its size."""
    shape = layers[-1].shape
    if part.closed or not part.layers or _grid(part.shape) != _grid(shape):
        return False
    reshaped_only = not part.units
    same = shape.channels == part.shape.channels or not any(layer.macs for layer in layers)
    return bool(_grid(shape)) or same or reshaped_only


def _grid(shape: Shape) -> tuple[tuple[str, int], ...]:
    """Sizes of the grid; nothing where a single position is left."""
    return () if shape.cells == 1 else tuple(item for item in shape.items if item[0] != CHANNEL)


def _merged(found: Sequence[Part], is_thin: Callable[[Sequence[Part], int, Part], bool]) -> list[Part]:
    """Parts with each thin one put in front of the only part that reads it, numbered anew."""
    readers = Counter(source for part in found for source in part.sources)
    into = {
        source: number
        for number, part in enumerate(found)
        for source in part.sources
        if readers[source] == 1 and is_thin(found, source, part)
    }
    for join, number in into.items():
        part, thin = found[number], found[join]
        others = [source for source in part.sources if source != join and source not in thin.sources]
        part.sources, part.layers = [*thin.sources, *others], thin.layers + part.layers
        part.units, part.unnamed = thin.units + part.units, thin.unnamed + part.unnamed
    kept = [number for number in range(len(found)) if number not in into]
    new = {old: place for place, old in enumerate(kept)}
    for old in kept:
        found[old].sources = [new[source] for source in found[old].sources]
    return [found[old] for old in kept]


def _is_enlarging(found: Sequence[Part], number: int, reader: Part) -> bool:
    """Whether a part does little more than enlarge another one, for a part that joins it with a third of its size."""
    part = found[number]
    if len(part.sources) != 1 or len(reader.sources) < 2 or _grid(part.shape) != _grid(reader.shape):
        return False
    few = sum(layer.macs > 0 or layer.windows is not None for layer in part.layers) < 2
    return few and part.shape.cells > found[part.sources[0]].shape.cells > 1


def _is_thin_join(found: Sequence[Part], number: int, reader: Part) -> bool:
    """Whether a part joins others to the size of one of them, by one layer with a kernel at most."""
    part = found[number]
    if len(reader.sources) > 1 or len(part.sources) < 2 or _grid(part.shape) != _grid(found[part.sources[0]].shape):
        return False
    return sum(layer.macs > 0 or layer.windows is not None for layer in part.layers) < 2


def _name(found: Sequence[Part]) -> None:
    """By the units that a paper would name; by all there are where it would name none."""
    iterations = iteration_counts(unit for part in found for unit in part.units)
    for part in found:
        if part.layers:
            names = part_names(part.units or part.unnamed, iterations)
            few = len(names) <= MOST_NAMES
            part.name = ", ".join(text for _, text in names) if few else _span(names[0][0], names[0][1], names[-1][1])


def _span(part: GraphPart, first: str, last: str) -> str:
    """`spatial.pool2 to conv5`: a scope that both are in is said once."""
    around = part.scope if isinstance(part, Node) else part.parent
    return f"{first} to {last.removeprefix(around.path + '.') if around and around.path else last}"
