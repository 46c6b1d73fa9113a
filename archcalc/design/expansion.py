"""Expansion that remembers layers: what depends on nothing that changed is taken over as it was."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from archcalc.design.dependencies import Dependencies, of_entries
from archcalc.spec.context import UNKNOWN, Outputs, Tensor
from archcalc.spec.expand import MOST_LAYERS, Expander, Shared

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from archcalc.core.problem import Location
    from archcalc.graph import GraphBuilder, NetworkInput, Node, TypedOperators
    from archcalc.spec.context import EvaluationContext, Value
    from archcalc.spec.diagnostics import Diagnostics
    from archcalc.spec.model import Entries, Layer

MOST_REMEMBERED = 100_000
"""Layers, those inside structures and blocks counted at each level, that are remembered at once."""


class _Remembered(NamedTuple):
    """What the expansion of a layer did: its value, the nodes it added, the names it defined, and what it counted.

    `counts` are the numbers of unnamed layers by path before and after; `work` is how it changed the work that is left,
    `stacked` how many layers the nodes count as beyond one each.
    """

    value: Value
    nodes: dict[str, Node]
    names: tuple[tuple[str, Value, Location | None, tuple[int, int]], ...]
    counts: tuple[tuple[str, int, int], ...]
    work: int
    stacked: int


class Memory:
    """What expansions of one text remember of each other; forgotten as a whole when it is too much."""

    def __init__(self) -> None:
        self.shared = Shared()
        self.dependencies = Dependencies()
        self.typed: TypedOperators = {}
        self.layers: dict[Hashable, _Remembered] = {}
        self.tensors: dict[Tensor, Tensor] = {}
        self.alive: set[int] = set()
        self.inputs: dict[Hashable, Mapping[str, NetworkInput]] = {}
        self.input_names: tuple[str, ...] | None = None
        self.size = 0

    def forget(self) -> None:
        """Forget all that depends on parameters."""
        for kept in (self.typed, self.layers, self.tensors, self.alive, self.shared.operators, self.inputs):
            kept.clear()
        self.size = 0

    def add(self, key: Hashable, remembered: _Remembered) -> None:
        """Keep a layer for later specs."""
        self.layers[key] = remembered
        self.size += 1 + len(remembered.nodes)

    def identity(self, tensor: Tensor) -> int:
        """Return a number that equal tensors have in common."""
        if id(tensor) in self.alive:
            return id(tensor)
        kept = self.tensors.setdefault(tensor, tensor)
        self.alive.add(id(kept))
        return id(kept)


class RememberingExpander(Expander):
    """Expands as its base does; a layer whose names, input and place are as before is taken over."""

    def __init__(
        self, builder: GraphBuilder, problems: Diagnostics, memory: Memory, watch: Callable[[Node], None] | None = None
    ) -> None:
        """Begin an expansion; `watch` is called with every node, in order, and may raise to end the expansion."""
        super().__init__(builder, problems, memory.shared)
        self._memory = memory
        self._counted: list[tuple[str, int]] = []
        self._watch = watch
        self._watched = 0

    def declared(self, entries: Entries, context: EvaluationContext) -> Mapping[str, NetworkInput]:
        """Return the inputs as the spec declares them; those that read the same variables are read once."""
        kept = self._memory
        if kept.input_names is None:
            kept.input_names = of_entries(entries)
        variables = tuple(_comparable(context.variables.get(name)) for name in kept.input_names)
        if variables not in kept.inputs:
            found = super().declared(entries, context)
            if len(self.problems):
                return found
            kept.inputs[variables] = found
        return kept.inputs[variables]

    def layer(self, layer: Layer, context: EvaluationContext, here: Value) -> Value:
        """One layer, call or structure, and its name if it has one."""
        key = self._key(layer, context, here)
        found = self._memory.layers.get(key) if key is not None else None
        if found is not None and self._fits(found):
            value = self._taken_over(found, context)
        elif key is not None:
            value = self._expanded(key, layer, context, here)
        else:
            value = super().layer(layer, context, here)
        if self._watch is not None:
            self._show_added(self._watch)
        return value

    def _show_added(self, watch: Callable[[Node], None]) -> None:
        nodes, added = self.builder.graph.nodes, self.added
        while self._watched < len(added):
            watch(nodes[added[self._watched]])
            self._watched += 1

    def _key(self, layer: Layer, context: EvaluationContext, here: Value) -> Hashable | None:
        names = self._memory.dependencies.of(layer)
        if names is None or context.cursor is not None:
            return None
        variables = context.variables
        parts: list[Hashable] = [id(layer), context.scope.path, context.active, self._identity(here)]
        for name in names.in_formulas:
            if name in variables:
                parts.append(_comparable(variables[name]))
            else:
                parts.append(self._tensor_identity(name, context))
        for name in names.tensors:
            parts.append(self._tensor_identity(name, context))
        return None if UNKNOWN in parts else tuple(parts)

    def _tensor_identity(self, name: str, context: EvaluationContext) -> Hashable:
        if name == "here":
            return 0
        value = context.input if name == "input" else context.names.find(name)
        return None if value is None else self._identity(value)

    def _identity(self, value: Value) -> Hashable:
        if isinstance(value, Tensor):
            return self._memory.identity(value)
        if isinstance(value, Outputs):
            return tuple((name, self._identity(each)) for name, each in value.by_name.items())
        return UNKNOWN

    def _fits(self, found: _Remembered) -> bool:
        """Whether a layer can be taken over: its paths are free, and unnamed layers get the same numbers."""
        for path, before, _ in found.counts:
            if self._counts.get(path, 0) != before:
                return False
        if len(self.added) + self._stacked + len(found.nodes) + found.stacked > MOST_LAYERS:
            return False
        return self.builder.graph.nodes.keys().isdisjoint(found.nodes)

    def _taken_over(self, found: _Remembered, context: EvaluationContext) -> Value:
        start = len(self.added)
        self.builder.graph.nodes.update(found.nodes)
        self.added.extend(found.nodes)
        self._stacked += found.stacked
        for path, before, after in found.counts:
            self._counted.append((path, before))
            self._counts[path] = after
        names = context.names
        for name, value, place, (first, end) in found.names:
            names.names[name] = value
            names.layers[name] = (start + first, start + end)
            if place is not None:
                names.places[name] = place
        self.evaluator.work.take_over(len(found.nodes), found.work)
        return found.value

    def _expanded(self, key: Hashable, layer: Layer, context: EvaluationContext, here: Value) -> Value:
        start, named, counted = len(self.added), len(context.names.names), len(self._counted)
        left, stacked, problems = self.evaluator.work.left, self._stacked, len(self.problems)
        value = super().layer(layer, context, here)
        if len(self.problems) == problems and value is not UNKNOWN:
            nodes = self.builder.graph.nodes
            added = {path: nodes[path] for path in self.added[start:]}
            remembered = _Remembered(
                value, added, self._defined(context, named, start), self._counted_since(counted),
                self.evaluator.work.left - left, self._stacked - stacked,
            )  # fmt: skip
            self._memory.add(key, remembered)
        return value

    def _defined(
        self, context: EvaluationContext, before: int, start: int
    ) -> tuple[tuple[str, Value, Location | None, tuple[int, int]], ...]:
        names = context.names
        if len(names.names) == before:
            return ()
        return tuple(
            (name, value, names.places.get(name), _moved(names.layers.get(name, (start, start)), -start))
            for name, value in islice(names.names.items(), before, None)
        )

    def _counted_since(self, mark: int) -> tuple[tuple[str, int, int], ...]:
        if len(self._counted) == mark:
            return ()
        before: dict[str, int] = {}
        for path, count in self._counted[mark:]:
            before.setdefault(path, count)
        return tuple((path, count, self._counts[path]) for path, count in before.items())

    def segment(self, name: str | None, word: str, context: EvaluationContext) -> str:
        """The name that a layer adds to its path; numbers that are used up are noted."""
        if name is None:
            path = context.scope.path_of(word)
            self._counted.append((path, self._counts.get(path, 0)))
        return super().segment(name, word, context)


def _moved(layers: tuple[int, int], by: int) -> tuple[int, int]:
    return layers[0] + by, layers[1] + by


def _comparable(value: object) -> Hashable:
    """Return a value that is equal for equal values of one type alone, at every level: 1 is neither 1.0 nor true."""
    kind = value.__class__
    if kind is int or kind is str:
        return value
    if isinstance(value, (list, tuple)):
        return (list, *map(_comparable, value))
    if isinstance(value, dict):
        return (dict, *((key, _comparable(each)) for key, each in value.items()))
    return (kind, value)
