"""Parameters of a class: the constants in which its uses differ; constants that are always equal share one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.pytorch.source.names import variable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.graph import NetworkGraph
    from archcalc.pytorch.expressions import Const, Plain
    from archcalc.pytorch.source.class_body import ClassBody
    from archcalc.pytorch.source.tree import Part

IN, OUT, EITHER = ("in", "in_channels"), ("out", "out_channels", "hidden"), ("channels",)
DEPTH_AXES = {"T", "D"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a constructor: its name, its type, and its value in every use of the class."""

    name: str
    type: str
    values: tuple[Plain, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """A constant of a class: its layer and argument, and its value in every use."""

    attribute: str
    place: str
    constant: Const
    values: tuple[Plain, ...]

    @property
    def key(self) -> tuple[tuple[str, Plain], ...]:
        """The values with their types, so that 1 and True differ."""
        return tuple((type(value).__name__, value) for value in self.values)

    @property
    def hint(self) -> str:
        """What the constant means, for the name of its parameter."""
        return self.constant.hint

    @property
    def texts(self) -> tuple[str, str]:
        """A short and a long name, from the names of the layer and the argument."""
        argument = "in" if self.hint in IN else "out" if self.hint in OUT else self.hint
        return f"{self.attribute}_{argument}".strip("_"), f"{self.place}_{argument}".strip("_")


def slots(bodies: Sequence[ClassBody]) -> list[Slot]:
    """Return the constants of a class, in their order."""
    uses = [body.constants() for body in bodies]
    return [
        Slot(attribute, place, constant, tuple(use[at][1][1].value for use in uses))
        for at, (attribute, (place, constant)) in enumerate(uses[0])
    ]


def parameters(graph: NetworkGraph, bodies: Sequence[ClassBody], found: Sequence[Slot]) -> dict[object, Parameter]:
    """Return the parameters by the key of their slots, channels first; slots that never change have none."""
    groups: dict[object, list[Slot]] = {}
    for slot in found:
        if len(set(slot.key)) > 1:
            groups.setdefault(slot.key, []).append(slot)
    ends = _channels(graph, [body.part for body in bodies])
    wished = Counter(
        wish for group in groups.values() for wish in {_first(group).texts[0], *(slot.hint for slot in group)}
    )
    named: dict[object, Parameter] = {}
    for key, group in sorted(groups.items(), key=lambda each: each[0] not in ends):
        taken = {each.name for each in named.values()}
        name = _name(group, ends.get(key, ""), wished, taken)
        named[key] = Parameter(name, _type(group[0].values), group[0].values)
    return named


def _channels(graph: NetworkGraph, parts: Sequence[Part]) -> dict[object, str]:
    """Return names for the channels of the only input and of the only output, by the key of their slots."""
    ends: dict[object, str] = {}
    for paths, name in ((lambda part: list(part.inputs), "in_channels"), (lambda part: part.outputs, "out_channels")):
        tensors = [paths(part) for part in parts]
        if all(len(each) == 1 for each in tensors):
            key = tuple(("int", graph.shape(each[0]).channels) for each in tensors)
            ends[key] = "channels" if key in ends else name
    return ends


def _name(group: Sequence[Slot], end: str, wished: Counter[str], taken: set[str]) -> str:
    hints = {slot.hint for slot in group}
    if end and hints.intersection((*IN, *OUT, *EITHER)):
        return variable(end, taken)
    slot = _first(group)
    short, long = slot.texts
    plain = slot.hint and slot.hint not in (*IN, *OUT, *EITHER)
    wishes = [slot.hint] if plain else []
    if plain and wished[slot.hint] > 1 and {each.constant.axis for each in group} <= DEPTH_AXES:
        wishes = [f"{slot.hint}_{slot.constant.axis.lower()}", *wishes]
    wishes += [long, short] if wished[short] > 1 else [short, long]
    free = [wish for wish in wishes if variable(wish, ()) not in taken]
    return variable(free[0] if free else wishes[-1], taken)


def _first(group: Sequence[Slot]) -> Slot:
    """Return the slot that names a parameter: the outputs of a layer if there are any."""
    return min(group, key=lambda each: each.hint not in OUT)


def _type(values: Sequence[Plain]) -> str:
    types = {type(value).__name__ for value in values if value is not None}
    name = types.pop() if len(types) == 1 else "float" if types <= {"int", "float"} else "object"
    return f"{name} | None" if None in values else name
