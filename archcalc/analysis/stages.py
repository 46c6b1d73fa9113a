"""The layers of a network as the stages of a paper's table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from archcalc.analysis.alternating import alternating
from archcalc.analysis.connections import PARALLEL, connections, paths_of
from archcalc.analysis.kernels import layer_text, output_text
from archcalc.analysis.side_branches import side_layers
from archcalc.graph import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from archcalc.analysis.connections import Connections
    from archcalc.analysis.records import Analysis, LayerRecord
    from archcalc.core.scopes import Scope
    from archcalc.graph import NetworkGraph, Part

    Describe = Callable[[LayerRecord], str | None]


PERIODS = (2, 3, 4)
"""Numbers of different blocks that alternate and are then written once."""

NONE = -2  # the network's inputs, and layers that join several stages, are in none


@dataclass
class Stage:
    """Neighboring parts of one output size, their layers in order, and that size."""

    output: str
    parts: list[Part] = field(default_factory=list)
    layers: list[LayerRecord] = field(default_factory=list)


class StageRow(NamedTuple):
    """The name of a stage, its layers as a paper writes them, the size of its output, and the paths of the layers."""

    name: str
    layers: str
    output: str
    paths: tuple[str, ...]


def stages(analysis: Analysis, depth: int) -> list[StageRow]:
    """Return the stages of a network; the parts of the network at a depth make the stages.

    Iterations of a repeat are separate parts, because a network may change its size from one to the next. A part
    joins a stage if it reads from that stage only, so parallel branches are separate stages. Layers that a paper
    would not name are no stage.
    """
    graph = analysis.graph
    aside = side_layers(graph)

    def describe(layer: LayerRecord) -> str | None:
        if layer.path in aside:
            return None
        return layer_text(analysis, layer, with_stride=graph.nodes[layer.path].scope.depth <= depth)

    found = _merged(analysis, depth, describe)
    iterations = iteration_counts(part for stage in found for part in stage.parts)
    return [
        StageRow(
            ", ".join(text for _, text in part_names(stage.parts, iterations)),
            _layers(graph, stage, depth, describe),
            stage.output,
            tuple(layer.path for layer in stage.layers),
        )
        for stage in found
    ]


def _merged(analysis: Analysis, depth: int, describe: Describe) -> list[Stage]:
    found: list[Stage] = []
    stage_of: dict[str, int] = {}
    for part, group in groupby(analysis.layers, key=lambda layer: analysis.graph.stage(layer.path, depth)):
        layers = list(group)
        own = {layer.path for layer in layers}
        sources = {stage_of.get(path, NONE) for layer in layers for path in layer.inputs if path not in own}
        if not any(describe(layer) for layer in layers):
            stage_of.update(dict.fromkeys(own, sources.pop() if len(sources) == 1 else NONE))
            continue
        output = output_text(layers[-1].shape)
        if sources != {len(found) - 1} or found[-1].output != output:
            found.append(Stage(output))
        found[-1].parts.append(part)
        found[-1].layers += layers
        stage_of.update(dict.fromkeys(own, len(found) - 1))
    return found


def iteration_counts(parts: Iterable[Part]) -> Counter[Scope]:
    """Return how many iterations of each repeat there are among parts."""
    return Counter(repeat for part in parts if (repeat := _repeat(part)) is not None)


def _repeat(part: Part) -> Scope | None:
    return None if isinstance(part, Node) else part.repeat


def part_names(parts: Sequence[Part], iterations: Mapping[Scope, int]) -> list[tuple[Part, str]]:
    """Return names in order, each with the part that it begins with or names.

    Some iterations of a repeat are named as `blocks.3-13`; all of them, as many as `iterations` says, as `layer1`.
    """
    names: list[tuple[Part, str]] = []
    for repeat, group in groupby(parts, key=_repeat):
        members = list(group)
        first, last = members[0], members[-1]
        if repeat is None:
            names += [(part, part.path) for part in members]
        elif len(members) == iterations[repeat]:
            names.append((repeat, repeat.path))
        else:
            names.append((first, first.path + (f"-{last.name}" if len(members) > 1 else "")))
    return names


def _layers(graph: NetworkGraph, stage: Stage, depth: int, describe: Describe) -> str:
    shown = {layer.path for layer in stage.layers if describe(layer)}
    linked = connections(graph, stage.layers, shown)
    writer = _Writer(graph, describe, linked, frozenset(skip.around for skip in linked.skips))
    alone = len({graph.part(layer.path, depth).path for layer in stage.layers}) == 1
    return _listed(writer.entries(stage.layers, depth if alone else 0, inside=False))


class Entry(NamedTuple):
    """One thing in a list: its text, how often it is repeated, and the paths of its layers.

    Equal neighbors are counted if they are `counted`; `parallel` is a text of parallel paths.
    """

    text: str
    paths: frozenset[str]
    counted: bool
    times: int = 1
    parallel: bool = False

    @property
    def written(self) -> str:
        """Return the text with the number of times."""
        return f"{self.text} ×{self.times}" if self.times > 1 else self.text

    @property
    def is_bracket(self) -> bool:
        """Return whether it is a list in brackets."""
        return self.text.startswith("[")


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the layers of a stage; `around` are the layers whose input is added to their output."""

    graph: NetworkGraph
    describe: Describe
    connections: Connections
    around: frozenset[str | None]

    def entries(self, layers: Sequence[LayerRecord], level: int, *, inside: bool) -> list[Entry]:
        """Return the parts one level below `level`; equal scopes, and layers outside of brackets, are counted."""
        found: list[Entry] = []
        for part, group in groupby(layers, key=lambda layer: self.graph.part(layer.path, level + 1)):
            members = list(group)
            if not isinstance(part, Node):
                found += self._scope(members, level + 1)
            elif text := self._text(members[0]):
                found.append(Entry(text, frozenset((part.path,)), counted=not inside))
        return self._joined(found)

    def _text(self, layer: LayerRecord) -> str | None:
        text = self.describe(layer)
        return f"{text}, + input" if text and layer.path in self.around else text

    def _scope(self, layers: Sequence[LayerRecord], level: int) -> list[Entry]:
        """A scope in brackets, unless it holds one thing only."""
        inner = self.entries(layers, level, inside=True)
        if len(inner) < 2 and not any(each.parallel for each in inner):
            return [each._replace(counted=True) for each in inner]
        return [Entry(f"[{_listed(inner)}]", _paths(inner), counted=True)]

    def _joined(self, found: Sequence[Entry]) -> list[Entry]:
        """Entries in series, equal neighbors counted; parallel paths as one entry."""
        entries: list[Entry] = []
        for paths in paths_of([self._reads(each) for each in found], [each.paths for each in found]):
            parallel = [_counted([found[number] for number in path]) for path in paths]
            entries += parallel[0] if len(paths) == 1 else [_parallel(parallel)]
        return _folded(_counted(entries))

    def _reads(self, entry: Entry) -> frozenset[str]:
        read = (self.connections.reads[path] for path in entry.paths)
        return frozenset().union(*read) - entry.paths


def _paths(entries: Iterable[Entry]) -> frozenset[str]:
    return frozenset().union(*(each.paths for each in entries))


def _counted(entries: Iterable[Entry]) -> list[Entry]:
    """Return equal neighbors as one."""
    found: list[Entry] = []
    for each in entries:
        if found and each.counted and found[-1].text == each.text:
            last = found.pop()
            each = last._replace(times=last.times + each.times, paths=last.paths | each.paths)
        found.append(each)
    return found


def _parallel(paths: Sequence[Sequence[Entry]]) -> Entry:
    texts = [path[0].written if len(path) == 1 else f"[{_listed(path)}]" for path in paths]
    return Entry(f" {PARALLEL} ".join(texts), _paths(each for path in paths for each in path), False, parallel=True)


def _folded(entries: Sequence[Entry]) -> list[Entry]:
    """Return lists in brackets that alternate, such as A, B, C, A, B, C, as one list with the number of times."""
    found: list[Entry] = []
    keys = [(each.text, each.times) if each.is_bracket else None for each in entries]
    for start, period, times in alternating(keys, PERIODS):
        run = entries[start : start + period * times]
        found += run if times == 1 else [Entry(f"[{_listed(run[:period])}]", _paths(run), counted=True, times=times)]
    return found


def _listed(entries: Sequence[Entry]) -> str:
    alone = len(entries) == 1
    return "; ".join(f"({each.text})" if each.parallel and not alone else each.written for each in entries)
