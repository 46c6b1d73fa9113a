"""Branches that meet with fields at different places of the input."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from archcalc.lint.finding import Observation, Rule
from archcalc.ops.traits import Family, Join

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from archcalc.graph import Node
    from archcalc.lint.network import Network


class _Branch(NamedTuple):
    path: str
    start: tuple[int, int]
    jump: Fraction

    @property
    def center(self) -> float:
        return sum(self.start) / 2


def _check(network: Network) -> Iterator[Observation]:
    for node in network.graph.nodes.values():
        if len(set(node.inputs)) < 2 or node.operator.traits.family is not Family.ELEMENTWISE:
            continue
        if node.operator.traits.join is Join.GATE:
            continue
        for name, given in network.graph.inputs.items():
            for axis in given.shape.grid:
                branches = _branches(network, node, name, axis)
                yield from _compared(node, branches, name, axis)


def _branches(network: Network, node: Node, name: str, axis: str) -> list[_Branch]:
    """Return the branches that a layer reads position by position, through windows of one rate."""
    found = []
    for path, shape in zip(node.inputs, node.typed.inputs, strict=True):
        field = network.fields(path, axis).get(name) if axis in shape and shape[axis] > 1 else None
        if field is not None and field.start is not None and field.jump is not None:
            found.append(_Branch(path, field.start, field.jump))
    return found


def _compared(node: Node, branches: list[_Branch], name: str, axis: str) -> Iterator[Observation]:
    if len(branches) < 2:
        return
    jumps = sorted({each.jump for each in branches})
    if len(jumps) > 1:
        message = f"branches move at different rates along {axis}: {', '.join(map(str, jumps))} positions of {name}"
        figures = {"slowest": float(jumps[0]), "fastest": float(jumps[-1])}
        yield Observation(node.path, axis, message, figures)
        return
    first, last = (choose(branches, key=lambda each: each.center) for choose in (min, max))
    apart = last.center - first.center
    if apart and not _end_together(branches, axis):
        message = (
            f"branches do not align along {axis}: the fields of {first.path} and {last.path} have their centers"
            f" {apart:g} positions of {name} from each other"
        )
        figures = {"distance": apart, "first_center": first.center, "last_center": last.center}
        yield Observation(node.path, axis, message, {**figures, "first": first.path, "last": last.path})


def _end_together(branches: list[_Branch], axis: str) -> bool:
    """Return whether the newest frames agree, as in causal networks: their fields differ in the past only."""
    return axis == "T" and all(one.start[1] == other.start[1] for one, other in pairwise(branches))


MISALIGNED = Rule(
    "AC105",
    "misaligned",
    "branches that meet although their fields are at different places",
    "A sum, a product or a concatenation puts together what branches compute at the same index. If the fields of the"
    " branches have different centers in the network input (an even kernel, padding on one side, an odd stride), it"
    " mixes features of different places or times. Branches of a causal network, whose newest frames agree, align.",
    "Use odd kernels with symmetric padding, or pad the branches so that their centers agree.",
    "Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks (Distill, 2019), on"
    " alignment.",
    _check,
)
