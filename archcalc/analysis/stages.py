"""The layers of a network as the stages of a paper's table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from archcalc.analysis.kernels import layer_text, output_text
from archcalc.analysis.paths import path_to_depth
from archcalc.analysis.side_branches import side_layers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from archcalc.analysis.records import Analysis, LayerRecord

    Describe = Callable[[LayerRecord], str | None]
    Entry = tuple[str, int]


NONE = -2  # the network's inputs, and layers that join several stages, are in none


@dataclass
class Stage:
    """Neighbours of one output size: what they are, their layers in order, and that size."""

    output: str
    units: list[str] = field(default_factory=list)
    layers: list[LayerRecord] = field(default_factory=list)


def stages(analysis: Analysis, depth: int) -> list[tuple[str, str, str]]:
    """Name, layers and output size of each stage; the first `depth` segments of a path make a stage.

    The turns of a repeat count apart, since a network may change its size from turn to turn. What joins a stage reads
    from it alone, so that paths side by side stay apart. Layers that a paper would not name make no stage of their own.
    """
    aside = side_layers(analysis.graph)

    def describe(layer: LayerRecord) -> str | None:
        if layer.path in aside:
            return None
        return layer_text(analysis, layer, with_stride=layer.path.count(".") <= depth)

    found = _merged(analysis, depth, describe)
    turns = Counter(repeat_of(unit) for stage in found for unit in stage.units)
    return [
        (", ".join(unit_names(stage.units, turns)), _layers(stage, depth, describe), stage.output) for stage in found
    ]


def _merged(analysis: Analysis, depth: int, describe: Describe) -> list[Stage]:
    found: list[Stage] = []
    stage_of: dict[str, int] = {}
    for unit, group in groupby(analysis.layers, key=lambda layer: unit_of(layer.path, depth)):
        layers = list(group)
        own = {layer.path for layer in layers}
        sources = {stage_of.get(path, NONE) for layer in layers for path in layer.inputs if path not in own}
        if not any(describe(layer) for layer in layers):
            stage_of.update(dict.fromkeys(own, sources.pop() if len(sources) == 1 else NONE))
            continue
        output = output_text(layers[-1].shape)
        if sources != {len(found) - 1} or found[-1].output != output:
            found.append(Stage(output))
        found[-1].units.append(unit)
        found[-1].layers += layers
        stage_of.update(dict.fromkeys(own, len(found) - 1))
    return found


def unit_of(path: str, depth: int) -> str:
    """The stage a layer is in, with the number of its turn where the stage is a repeat."""
    segments = path.split(".")
    turn = len(segments) > depth + 1 and segments[depth].isdigit()
    return ".".join(segments[: depth + turn])


def repeat_of(unit: str) -> str:
    """The repeat that a unit is a turn of, if it is one."""
    scope, _, last = unit.rpartition(".")
    return scope if last.isdigit() else ""


def unit_names(units: Sequence[str], turns: Mapping[str, int]) -> list[str]:
    """Names in order; some turns of a repeat as `blocks.3-13`, all of them as `layer1`."""
    names: list[str] = []
    for repeat, group in groupby(units, key=repeat_of):
        members = list(group)
        if not repeat:
            names += members
        elif len(members) == turns[repeat]:
            names.append(repeat)
        else:
            last = members[-1].rpartition(".")[2]
            names.append(members[0] + (f"-{last}" if len(members) > 1 else ""))
    return names


def _layers(stage: Stage, depth: int, describe: Describe) -> str:
    alone = len({path_to_depth(layer.path, depth) for layer in stage.layers}) == 1
    return _listed(_entries(stage.layers, depth if alone else 0, describe, inside=False))


def _entries(layers: Sequence[LayerRecord], level: int, describe: Describe, *, inside: bool) -> list[Entry]:
    """What stands side by side at one level of the paths; equal scopes, and layers outside of brackets, are counted."""
    entries: list[Entry] = []
    for path, group in groupby(layers, key=lambda layer: path_to_depth(layer.path, level + 1)):
        members = list(group)
        if len(members) == 1 and members[0].path == path:
            text = describe(members[0])
            _append(entries, [(text, 1)] if text else [], counted=not inside)
        else:
            _append(entries, _scope(members, level + 1, describe), counted=True)
    return entries


def _append(entries: list[Entry], more: list[Entry], *, counted: bool) -> None:
    for text, times in more:
        if counted and entries and entries[-1][0] == text:
            entries[-1] = (text, entries[-1][1] + times)
        else:
            entries.append((text, times))


def _scope(layers: list[LayerRecord], level: int, describe: Describe) -> list[Entry]:
    """A scope in brackets, unless it holds one thing only."""
    inner = _entries(layers, level, describe, inside=True)
    return inner if len(inner) < 2 else [(f"[{_listed(inner)}]", 1)]


def _listed(entries: list[Entry]) -> str:
    return "; ".join(f"{text} ×{times}" if times > 1 else text for text, times in entries)
