"""A network as classes: parts of equal structure share one, whose parameters are the constants in which they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.core.problem import UsageError
from archcalc.pytorch.expressions import Argument, Call, Const, Name, simplified
from archcalc.pytorch.source.class_body import ClassBody, Loop, is_chain
from archcalc.pytorch.source.forward import forward
from archcalc.pytorch.source.loops import folded, patterns
from archcalc.pytorch.source.names import class_name
from archcalc.pytorch.source.parameters import parameters, slots
from archcalc.pytorch.source.planner import Planner
from archcalc.pytorch.source.tree import network_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from archcalc.core.shape import Shape
    from archcalc.graph import NetworkGraph
    from archcalc.pytorch.expressions import Expr
    from archcalc.pytorch.source.class_body import Statement, Step
    from archcalc.pytorch.source.forward import Forward
    from archcalc.pytorch.source.loops import Pattern
    from archcalc.pytorch.source.parameters import Parameter
    from archcalc.pytorch.source.tree import Part


MOST_PATHS = 2
"""The docstring of a class names at most this many uses."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """An assignment in the constructor: a module to an attribute, or a loop of modules to numbered attributes."""

    attribute: str
    modules: tuple[Expr, ...]
    loop: tuple[int, Expr] | None = None


@dataclass(frozen=True, slots=True)
class SourceClass:
    """One class; `forward` is None if it is a chain that nn.Sequential runs.

    `shapes` are those of the tensors that come in and go out in its first use, `types` what they are; `results` are
    names of outputs where they are given by name.
    """

    name: str
    about: str
    shapes: tuple[tuple[str, ...], tuple[str, ...]]
    types: tuple[tuple[str, ...], tuple[str, ...]]
    parameters: tuple[Parameter, ...]
    made: tuple[Assignment, ...]
    forward: Forward | None
    results: tuple[str, ...] = ()


def network_classes(graph: NetworkGraph, taken: Collection[str]) -> list[SourceClass]:
    """Return the classes of a network in the order of their use, the network last; names in `taken` are not used."""
    if not graph.nodes:
        raise UsageError(f"{graph.name} has no layers, so there is nothing to write")
    root, results = network_tree(graph, graph.name)
    own = class_name(graph.name, taken)
    writer = _Writer(graph, {own, *taken})
    inner = root.parts()[:-1]
    for height in sorted({part.height for part in inner}):
        writer.level([part for part in inner if part.height == height])
    network = writer.written(own, [folded(root, writer.planner.items(root))], results)
    used = dict.fromkeys(writer.names[part] for part in inner if part in writer.names)
    return [*(writer.classes[name] for name in used), network]


class _Writer:
    """Creates classes level by level: parts can be compared when the classes inside them are known."""

    def __init__(self, graph: NetworkGraph, taken: set[str]) -> None:
        self.graph = graph
        self.taken = taken
        self.planner = Planner(graph)
        self.classes: dict[str, SourceClass] = {}
        self.names: dict[Part, str] = {}

    def level(self, parts: Iterable[Part]) -> None:
        """Create classes for parts of one height; a chain in a scope becomes an nn.Sequential instead."""
        plans = [(part, self.planner.items(part)) for part in parts]
        groups: dict[object, list[ClassBody]] = {}
        for body, items in zip(alike(plans), (items for _, items in plans), strict=True):
            if patterns(body) or not self.planner.in_sequence(body.part, items):
                groups.setdefault((_kind(body.part), body.skeleton()), []).append(body)
        for bodies in groups.values():
            self._add(class_name(bodies[0].part.title, self.taken), bodies)

    def _add(self, name: str, bodies: Sequence[ClassBody]) -> None:
        self.taken.add(name)
        self.classes[name] = made = self.written(name, bodies, {})
        for at, body in enumerate(bodies):
            arguments = [Argument(each.name, Const(each.values[at], each.name)) for each in made.parameters]
            self.planner.modules[body.part] = Call(Name(name), tuple(arguments))
            self.names[body.part] = name

    def written(self, name: str, bodies: Sequence[ClassBody], results: Mapping[str, str]) -> SourceClass:
        """Return one class for all bodies; `results` are the named outputs of the network, empty for other classes."""
        first = bodies[0]
        found = slots(bodies)
        named = parameters(self.graph, bodies, found)
        values = iter([Name(named[slot.key].name) if slot.key in named else slot.constant for slot in found])
        filled = first.filled(lambda _: next(values))
        gives = tuple(results.values()) or tuple(first.part.outputs)
        looped = any(isinstance(step, Loop) for step in first.steps)
        chain = looped and not results and is_chain(first.part, first.steps)
        stops = {step: modules[-1] for step, modules in filled if isinstance(step, Loop)}
        reads = tuple(first.part.inputs)
        return SourceClass(
            name,
            _about(bodies),
            (self._each(reads, str), self._each(gives, str)),
            (self._each(reads, _type), self._each(gives, _type)),
            tuple(named.values()),
            tuple(_made(step, modules) for step, modules in filled if modules),
            None if chain else forward(first, gives, stops),
            tuple(results) if len(results) > 1 else (),
        )

    def _each(self, paths: Iterable[str], what: Callable[[Shape], str]) -> tuple[str, ...]:
        return tuple(what(self.graph.shape(path)) for path in paths)


def _kind(part: Part) -> tuple[str, str]:
    """Return what parts must have in common to share a class, because the class is named after it."""
    return part.kind, part.title


def alike(plans: Sequence[tuple[Part, Sequence[Statement]]]) -> list[ClassBody]:
    """Return the bodies of parts; a loop of one iteration is written as the longer loops of the same kind."""
    bodies = [ClassBody(part, tuple(items)) if part.is_list else folded(part, items) for part, items in plans]
    known: dict[tuple[str, str], set[Pattern]] = {}
    for body in bodies:
        known.setdefault(_kind(body.part), set()).update(patterns(body))
    skeletons = {(_kind(body.part), body.skeleton()) for body in bodies if patterns(body)}
    again = [folded(part, items, known[_kind(part)]) for part, items in plans]
    return [
        shorter if (_kind(body.part), shorter.skeleton()) in skeletons else body
        for body, shorter in zip(bodies, again, strict=True)
    ]


def _about(bodies: Sequence[ClassBody]) -> str:
    """Return what a class implements, and where it is used."""
    part = bodies[0].part
    if part.kind == "network":
        return f"The network {part.title}"
    named = ", ".join(dict.fromkeys(body.part.path for body in bodies[:MOST_PATHS] if body.part.path))
    others = f" and {len(bodies) - MOST_PATHS} more" if len(bodies) > MOST_PATHS else ""
    where = f" in {named}{others}" if named else ""
    return f"Block {part.title}{where}" if part.kind == "block" else f"Layers{where}"


def _type(shape: Shape) -> str:
    return "Features" if shape.tokens else "Tensor"


def _made(step: Step, modules: Sequence[Expr]) -> Assignment:
    written = tuple(map(simplified, modules))
    if isinstance(step, Loop):
        return Assignment(step.prefix, written[:-1], (step.start, written[-1]))
    return Assignment(step.attribute, written)
