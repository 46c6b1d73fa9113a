"""Branches that meet with fields at different places of the input."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from archcalc.lint.finding import Observation, Rule
from archcalc.ops.traits import Family, Join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.core.quasi_affine import QuasiAffineMap
    from archcalc.graph import Node
    from archcalc.lint.network import Network


MOST_PHASES = 256
"""Patterns of more phases are not compared: their centers would be looked up one by one."""


class _Branch(NamedTuple):
    """A branch, and where its fields lie at output 0: the center and the last position, both averaged over phases."""

    path: str
    jump: Fraction
    phases: int
    center: Fraction
    end: Fraction


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
        if field is not None and len(field.windows) == 1 and field.windows[0].period <= MOST_PHASES:
            found.append(_branch(path, field.windows[0]))
    return [each for each in found if each is not None]


def _branch(path: str, window: QuasiAffineMap) -> _Branch | None:
    """Return a branch as it lies; None if some phase sees nothing."""
    spans = [window.at(position) for position in range(window.period)]
    if None in spans:
        return None
    moved = window.rate * Fraction(window.period - 1, 2)  # how far a period lies after output 0, on average
    first, last = (Fraction(sum(each[side] for each in spans if each), len(spans)) - moved for side in (0, 1))
    return _Branch(path, window.rate, window.period, (first + last) / 2, last)


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
    apart = float(last.center - first.center)
    accepted = jumps[0] / 2 if max(each.phases for each in branches) > 1 else 0
    if apart > accepted and not _end_together(branches, axis):
        message = (
            f"branches do not align along {axis}: the fields of {first.path} and {last.path} have their centers"
            f" {apart:g} position{'' if apart == 1 else 's'} of {name} from each other"
        )
        figures = {"distance": apart, "first_center": float(first.center), "last_center": float(last.center)}
        yield Observation(node.path, axis, message, {**figures, "first": first.path, "last": last.path})


def _end_together(branches: list[_Branch], axis: str) -> bool:
    """Return whether the newest frames agree, as in causal networks: their fields differ in the past only."""
    return axis == "T" and all(one.end == other.end for one, other in pairwise(branches))


MISALIGNED = Rule(
    "AC105",
    "misaligned",
    "branches that meet with fields at different places",
    "A sum, a product or a concatenation puts together what branches compute at the same index. If the fields of the"
    " branches have different centers in the network input (an even kernel, padding on one side, an odd stride), it"
    " mixes features of different places or times. Branches of a causal network, whose newest frames agree, align, and"
    " so do patterns with phases (resampling, windows of attention) whose mean centers differ by half a step at most.",
    "Use odd kernels with symmetric padding, or pad the branches so that their centers agree.",
    "Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks (Distill, 2019), on"
    " alignment.",
    _check,
)
