"""Reads and reached positions of random networks, between any two tensors: the package against brute force."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

import archcalc

from .channels import ByChannel, shifts_channels
from .comparison import analysis_of
from .dependence import Hull, Marks, hull, lengths_along, mark, reached
from .network import Network, flatten, render
from .random_channels import random_channels
from .random_networks import random_network
from .random_stacks import random_stacks

SEEDS = range(150)
PAIRS, PLACES = 4, 4
"""So many pairs of tensors of a network, and so many positions of each, are asked for."""


@dataclass(frozen=True)
class Pair:
    """A tensor, a layer that depends on it, and by axis the marks of the tensor's positions on those of the layer."""

    source: str
    layer: str
    marks: dict[str, Marks]


def pairs(network: Network, rng: Random) -> Iterator[Pair]:
    """Some pairs of tensors, the first an input or a layer that the specification names."""
    nodes, sizes = flatten(network), {name: shape.sizes for name, shape in network.inputs.items()}
    written = [node.path for node in nodes if node.written]
    for _ in range(PAIRS):
        source = rng.choice([*network.inputs, *written])
        later = [path for path in written if path != source and path in reached(nodes, source)]
        if not later:
            continue
        layer = rng.choice(later)
        axes = sizes.get(source) or [axis for axis in "THW" if lengths_along(network, axis)[source] is not None]
        yield Pair(source, layer, {axis: marks_of(network, source, layer, axis) for axis in axes})


def marks_of(network: Network, source: str, layer: str, axis: str) -> Marks:
    """For every position of a layer the positions of an earlier tensor that it depends on, by any of its channels."""
    if not shifts_channels(network):
        others = [node for node in flatten(network) if node.path != source]
        return mark(others, lengths_along(network, axis), axis, source)[layer]
    search = ByChannel(network, source, axis, {})
    search.nodes.pop(source, None)  # a tensor that no node makes reads itself
    channels, count = range(search.counts[layer]), search.lengths[layer] or 1
    seen = [frozenset().union(*(search.reads((layer, each, index)) for each in channels)) for index in range(count)]
    return [sum(1 << position for position in each) for each in seen]


def own_axes(analysis: archcalc.Analysis, path: str) -> dict[str, int]:
    """The axes of a tensor with their sizes."""
    shape = analysis.graph.shape(path)
    return {axis: shape[axis] for axis in shape.grid}


def wrong_reads(analysis: archcalc.Analysis, pair: Pair, rng: Random) -> Iterator[str]:
    """Positions of the layer for which the package and brute force give different ends."""
    sizes = own_axes(analysis, pair.layer)
    for axis, marks in pair.marks.items():
        for position in rng.sample(range(len(marks)), min(PLACES, len(marks))):
            at = {axis: position} if axis in sizes else {}
            found = analysis.reads(pair.layer, at, of=pair.source).ends[axis]
            if found != ends(hull(marks[position])):
                yield f"{pair.layer} {at} reads of {pair.source}: {found}, by brute force {hull(marks[position])}"
        everything = analysis.reads(pair.layer, of=pair.source).ends[axis]
        joined = 0
        for mask in marks:
            joined |= mask
        if everything != ends(hull(joined)):
            yield f"{pair.layer} reads of {pair.source}: {everything}, by brute force {hull(joined)}"


def ends(found: Hull | None) -> tuple[int, int] | None:
    """Both ends as the package gives them."""
    return None if found is None else (found.lo, found.hi)


def wrong_reaches(analysis: archcalc.Analysis, pair: Pair, rng: Random) -> Iterator[str]:
    """Positions of the source for which the package and brute force find different positions of the layer."""
    sizes = own_axes(analysis, pair.source)
    for axis, size in sizes.items():
        for position in [None, *rng.sample(range(size), min(PLACES, size))]:
            at = {} if position is None else {axis: position}
            expected = {each: dependent(marks, at.get(each)) for each, marks in pair.marks.items()}
            answer = analysis.reached_from(pair.source, at).get(pair.layer)
            found = {each: set(place.positions) for each, place in answer.axes.items()} if answer else {}
            if found != (expected if all(expected.values()) else {}):
                yield f"{pair.source} {at} reaches of {pair.layer}: {found}, by brute force {expected}"


def dependent(marks: Marks, position: int | None) -> set[int]:
    """The positions that depend on one position, or on any."""
    return {at for at, mask in enumerate(marks) if (mask if position is None else mask >> position & 1)}


def disagreements(network: Network, analysis: archcalc.Analysis, seed: int) -> list[str]:
    """Everything on which the two differ."""
    rng = Random(seed)
    return [
        text
        for pair in pairs(network, rng)
        for text in (*wrong_reads(analysis, pair, rng), *wrong_reaches(analysis, pair, rng))
    ]


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("drawn", [random_channels, random_stacks])
def test_queries_agree_where_channels_differ(drawn: Callable[[int], Network], seed: int, tmp_path: Path) -> None:
    network = drawn(seed)
    found = disagreements(network, analysis_of(network, tmp_path), seed)
    assert not found, "\n".join([*found, render(network)])


@pytest.mark.parametrize("seed", SEEDS)
def test_queries_agree_with_brute_force(seed: int, tmp_path: Path) -> None:
    network = random_network(seed)
    found = disagreements(network, analysis_of(network, tmp_path), seed)
    assert not found, "\n".join([*found, render(network)])
