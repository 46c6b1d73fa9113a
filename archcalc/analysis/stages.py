"""The layers of a network as the stages of a paper's table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from archcalc.analysis.kernels import layer_text, output_text
from archcalc.analysis.side_branches import side_layers
from archcalc.graph import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from archcalc.analysis.records import Analysis, LayerRecord
    from archcalc.core.scopes import Scope
    from archcalc.graph import NetworkGraph, Part

    Describe = Callable[[LayerRecord], str | None]
    Entry = tuple[str, int]


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
    alone = len({graph.part(layer.path, depth).path for layer in stage.layers}) == 1
    return _listed(_entries(graph, stage.layers, depth if alone else 0, describe, inside=False))


def _entries(
    graph: NetworkGraph, layers: Sequence[LayerRecord], level: int, describe: Describe, *, inside: bool
) -> list[Entry]:
    """Return the parts one level below `level`; equal scopes, and layers outside of brackets, are counted."""
    entries: list[Entry] = []
    for part, group in groupby(layers, key=lambda layer: graph.part(layer.path, level + 1)):
        members = list(group)
        if isinstance(part, Node):
            text = describe(members[0])
            _append(entries, [(text, 1)] if text else [], counted=not inside)
        else:
            _append(entries, _scope(graph, members, level + 1, describe), counted=True)
    return entries


def _append(entries: list[Entry], more: list[Entry], *, counted: bool) -> None:
    for text, times in more:
        if counted and entries and entries[-1][0] == text:
            entries[-1] = (text, entries[-1][1] + times)
        else:
            entries.append((text, times))


def _scope(graph: NetworkGraph, layers: list[LayerRecord], level: int, describe: Describe) -> list[Entry]:
    """A scope in brackets, unless it holds one thing only."""
    inner = _entries(graph, layers, level, describe, inside=True)
    return inner if len(inner) < 2 else [(f"[{_listed(inner)}]", 1)]


def _listed(entries: list[Entry]) -> str:
    return "; ".join(f"{text} ×{times}" if times > 1 else text for text, times in entries)
