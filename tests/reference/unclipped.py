"""What an infinite input would show: the `window` and `full` receptive fields.

The field of windows is found in two ways that share only the table of taps.

`enlarged_field` runs the marker on a network whose inputs are so much longer that a stretch in the middle knows nothing
of the borders. `unbounded_field` follows the taps of single outputs backwards over tensors without ends. That also
answers where branches move at different speeds, so that a longer input no longer fits: there the field grows without
end, and the largest over the outputs that the tensor really has is taken.

What an operation reads as a whole (`Operation.window_taps` leaves it out) has no end on an infinite input. What hangs
on such an operation keeps the extent of its windows, where it has any, and is marked `endless`. What it depends on in
all, `everything` says: an operation on a whole axis reads the positions that the axis has, each with all that it sees
of the infinite input; from there on tensors have ends, and what lies outside them reads nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm

from .channel_moves import ChannelRange, Half
from .dependence import Hull, Lengths, hull, lengths_along, mark, operands_of, reached
from .network import Network, Node, flatten
from .operation import DoesNotFitError, Tap


@dataclass(frozen=True)
class Motion:
    """How a tensor moves over one input along one axis.

    `jump` is the number of input positions for one step of the tensor, None where branches of different jumps met, 0
    where every position sees the same. `period` is a number of input positions by which the taps of everything up to
    here repeat; at a jump of 0 they repeat after `outputs_at_rest` positions of the tensor. `sees_all` says that some
    operation on the way reads an axis as a whole, `endless` that this is so or that one reads a position that does not
    move with the output, `windows` that some way leads through no whole axis, `cut` that channels were left out on the
    way, so that branches whose jumps differ, or one that reads a whole axis, may not meet after all.
    """

    jump: Fraction | None
    period: int
    endless: bool = False
    windows: bool = True
    sees_all: bool = False
    outputs_at_rest: int = 1
    cut: bool = False

    @property
    def aligned(self) -> bool:
        """Whether one jump holds for the whole tensor."""
        return self.jump is not None

    @property
    def outputs(self) -> int:
        """How many positions of the tensor make up a period."""
        return int(self.period / self.jump) if self.jump else self.outputs_at_rest


def motions(network: Network, source: str, axis: str) -> dict[str, Motion]:
    """The motion of every tensor that hangs on the input."""
    nodes, lengths = flatten(network), lengths_along(network, axis)
    known = {source: Motion(Fraction(1), 1)}
    for node in nodes:
        if any(path in known for path in node.inputs) and not node.operation.reads_nothing:
            known[node.path] = motion_after(node, lengths, axis, known)
    return known


def motion_after(node: Node, lengths: Lengths, axis: str, known: Mapping[str, Motion]) -> Motion:
    """The motion of one tensor from those it takes: those read through a window decide its jump."""
    operands = operands_of(node, lengths)
    outputs, advance = node.operation.step(axis, operands)
    windowed = {at for index in range(outputs) for at, _ in node.operation.window_taps(axis, index, operands)}
    taken = {at: known[path] for at, path in enumerate(node.inputs) if path in known}
    moving = {at: motion for at, motion in taken.items() if at in windowed and motion.windows}
    whole, fixed = node.operation.whole(axis, operands), node.operation.fixed(axis, operands)
    after = Motion(
        Fraction(1),
        1,
        whole or bool(fixed) or any(motion.endless for motion in taken.values()),
        bool(moving),
        whole or any(motion.sees_all for motion in taken.values()),
        cut=isinstance(node.operation, (ChannelRange, Half)) or any(motion.cut for motion in taken.values()),
    )
    if not moving:
        return after
    jumps = {Fraction(0) if at in fixed else motion.jump for at, motion in moving.items()}
    jump = jumps.pop() if len(jumps) == 1 else None
    if jump is None:
        return replace(after, jump=None)
    if not jump:
        repeats = lcm(*(1 if at in fixed else motion.outputs for at, motion in moving.items()))
        return replace(after, jump=jump, outputs_at_rest=repeats * outputs)
    period = lcm(*(motion.period for motion in moving.values()), (jump * advance).numerator)
    return replace(after, jump=jump * Fraction(advance, outputs), period=period)


@dataclass
class Unbounded:
    """Follows taps backwards over tensors that have a position for every integer."""

    nodes: Mapping[str, Node]
    lengths: Lengths
    axis: str
    source: str

    def __post_init__(self) -> None:
        self.known: dict[tuple[str, int], frozenset[int]] = {}

    def reads(self, path: str, index: int) -> frozenset[int]:
        """The input positions that one position of a tensor reads through windows."""
        if path == self.source:
            return frozenset({index})
        if path not in self.nodes:
            return frozenset()
        if (path, index) not in self.known:
            self.known[path, index] = self.union(self.nodes[path], index)
        return self.known[path, index]

    def union(self, node: Node, index: int) -> frozenset[int]:
        """The union over the taps of one position."""
        operands = operands_of(node, self.lengths)
        taps = node.operation.window_taps(self.axis, index, operands)
        return frozenset().union(*(self.reads(node.inputs[at], i) for at, i in taps))

    def size(self, path: str, index: int) -> int:
        """The size of the hull of what one position reads; 0 for nothing."""
        found = self.reads(path, index)
        return max(found) - min(found) + 1 if found else 0

    def hull_on_input(self, path: str, index: int) -> Hull | None:
        """The hull of one position clipped at the input alone: a wrong idea of a clipped field, kept to be refuted."""
        found = self.reads(path, index)
        if not found:
            return None
        lo, hi = max(min(found), 0), min(max(found), (self.lengths[self.source] or 1) - 1)
        return Hull(lo, hi) if lo <= hi else None


def unbounded(network: Network, source: str, axis: str) -> Unbounded:
    """The network of one axis without ends."""
    nodes = {node.path: node for node in flatten(network)}
    return Unbounded(nodes, lengths_along(network, axis), axis, source)


def unbounded_field(search: Unbounded, path: str, motion: Motion) -> int:
    """The largest hull: over a whole period, or over the real positions where the branches are not aligned."""
    count = motion.outputs if motion.aligned else search.lengths[path] or 1
    return max(search.size(path, index) for index in range(count))


def everything(network: Network, source: str, axis: str, moving: Mapping[str, Motion]) -> dict[str, list[Hull | None]]:
    """For every tensor after an operation on a whole axis: the hull of what each of its positions depends on."""
    nodes, lengths, endless = flatten(network), lengths_along(network, axis), unbounded(network, source, axis)
    known: dict[str, list[frozenset[int]]] = {}

    def depends_on(path: str, index: int) -> frozenset[int]:
        return known[path][index] if path in known else endless.reads(path, index)

    for node in nodes:
        if node.path in moving and moving[node.path].sees_all:
            whole = node.operation.whole_operands(axis, operands_of(node, lengths))
            known[node.path] = [
                frozenset().union(
                    *(depends_on(node.inputs[at], i) for at, i in taps_inside(node, axis, index, lengths)),
                    *(
                        endless.reads(node.inputs[at], i)
                        for at, i in taps_inside(node, axis, index, lengths)
                        if at in whole
                    ),
                )
                for index in range(lengths[node.path] or 1)
            ]
    return {path: [hull_of(found) for found in positions] for path, positions in known.items()}


def taps_inside(node: Node, axis: str, index: int, lengths: Lengths) -> list[Tap]:
    """What one position is wired to, without the taps that lie outside the tensors."""
    taps = node.operation.taps(axis, index, operands_of(node, lengths))
    return [(at, i) for at, i in taps if 0 <= i < (lengths[node.inputs[at]] or 1)]


def hull_of(positions: frozenset[int]) -> Hull | None:
    """The hull of some positions; None for none."""
    return Hull(min(positions), max(positions)) if positions else None


def enlarge(network: Network, axis: str, longer: Mapping[str, int]) -> tuple[list[Node], dict[str, int | None]]:
    """The nodes for inputs of these lengths, and the lengths of all tensors.

    An operation that fixes its output size gets a larger one. What no longer fits is left out with what hangs on it.
    """
    real = lengths_along(network, axis)
    known: dict[str, int | None] = {name: longer.get(name, real[name]) for name in network.inputs}
    nodes: list[Node] = []
    for node in flatten(network):
        try:
            after = operands_of(node, known)
            operation = node.operation.enlarged(axis, operands_of(node, real), after)
            known[node.path] = operation.length(axis, after)
        except (DoesNotFitError, KeyError):
            continue
        nodes.append(Node(node.path, operation, node.inputs, node.written))
    return nodes, known


def growths(network: Network, axis: str, times: int) -> dict[str, int]:
    """Longer lengths for the inputs: by a multiple of every period, in the proportion in which their branches meet."""
    moving = {name: motions(network, name, axis) for name, shape in network.inputs.items() if axis in shape.sizes}
    if not moving:
        return {}
    period = lcm(*(motion.period for known in moving.values() for motion in known.values()))
    first, *others = moving
    rates = {first: Fraction(1)}
    for other in others:
        rates[other] = meeting_rate(flatten(network), moving[first], moving[other])
    period *= lcm(*(rate.denominator for rate in rates.values()))
    return {name: (network.inputs[name].sizes[axis]) + int(rate * period * times) for name, rate in rates.items()}


def meeting_rate(nodes: list[Node], one: Mapping[str, Motion], other: Mapping[str, Motion]) -> Fraction:
    """How many positions of the other input go with one of the first, at the first node where the two meet."""
    for node in nodes:
        mine = [one[path].jump for path in node.inputs if path in one and path not in other]
        theirs = [other[path].jump for path in node.inputs if path in other and path not in one]
        if mine and theirs and mine[0] is not None and theirs[0] is not None:
            return theirs[0] / mine[0]
    return Fraction(1)


def enlarged_field(network: Network, source: str, axis: str, times: int) -> dict[str, int | None]:
    """The largest hull in the middle third of every tensor of the enlarged network.

    None where the tensor does not scale with the input, or where a hull in its middle touches a border of the input.
    """
    longer = growths(network, axis, times)
    nodes, lengths = enlarge(network, axis, longer)
    marks = mark(nodes, lengths, axis, source)
    fields: dict[str, int | None] = {}
    for path in reached(nodes, source) & set(marks):
        length = len(marks[path])
        middle = [hull(mask) for mask in marks[path][length // 3 : length - length // 3]]
        fields[path] = largest_inside([found for found in middle if found is not None], longer[source])
    return fields


def largest_inside(hulls: list[Hull], n: int) -> int | None:
    """The largest of some hulls, None when one touches a border of an input of n positions or there is none."""
    if not hulls or any(found.lo == 0 or found.hi == n - 1 for found in hulls):
        return None
    return max(found.size for found in hulls)
