"""A network as a graph of operators, and the builder that checks each operator as it is added."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from archcalc.core.frozen import FrozenDict
from archcalc.core.problem import OperatorError
from archcalc.core.scopes import BlockScope, Scope, ScopeKind
from archcalc.core.shape import CHANNEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx

    from archcalc.core.imported import Imported
    from archcalc.core.problem import Location
    from archcalc.core.shape import Shape
    from archcalc.core.terms import Parameters
    from archcalc.ops.base import Operator


@dataclass(frozen=True, slots=True)
class NetworkInput:
    """One input of a network: its shape, and what a step along its axes means outside.

    `fps` is in frames per second; `spacing` is in millimeters per position, by axis.
    """

    name: str
    shape: Shape
    fps: float | None = None
    spacing: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class TypedOperator:
    """An operator on inputs of given shapes, and the shape it gives.

    One object in a graph for all layers that are alike: what is asked of one holds for all. Compared by identity.
    """

    operator: Operator
    inputs: tuple[Shape, ...]
    shape: Shape

    @cached_property
    def elements(self) -> int:
        """How many numbers the output holds."""
        return self.shape.elements


@dataclass(frozen=True, slots=True)
class Node:
    """One layer: its operator and shapes, its path, and the ordered paths of its inputs.

    `owner` is the path of the layer whose weights it uses, if they are tied. `location` is where it was written, if
    it came from a text. `scope` is the innermost scope that contains it. `named` says that its name was written, and is
    not that of its operator with a count.
    """

    path: str
    op: str
    typed: TypedOperator
    inputs: tuple[str, ...]
    scope: Scope = field(compare=False)
    owner: str | None = None
    location: Location | None = None
    note: str = ""
    named: bool = field(default=True, compare=False)

    @property
    def name(self) -> str:
        """The last segment of the path."""
        return self.path.rpartition(".")[2]

    @property
    def operator(self) -> Operator:
        """Return the operator of the layer."""
        return self.typed.operator

    @property
    def shape(self) -> Shape:
        """The shape it gives."""
        return self.typed.shape


Part = Scope | Node
"""What lies in a scope: another scope, or a layer."""


@dataclass(frozen=True, eq=False, repr=False)
class NetworkGraph:
    """Layers in the order they are written, which is an order they can run in; edges follow from `Node.inputs`.

    Graphs are equal when their layers do the same under the same paths, wherever they were written.
    """

    name: str
    inputs: dict[str, NetworkInput]
    nodes: dict[str, Node] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    scope: Scope = field(default_factory=lambda: Scope(ScopeKind.NETWORK))
    imported: Imported | None = None
    """What was recorded, for a network that comes from a module."""

    def __repr__(self) -> str:
        """The name and how many layers there are, in a line."""
        return f"<NetworkGraph {self.name}: {len(self.nodes)} layers>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NetworkGraph):
            return NotImplemented
        if (self.name, self.inputs, self.outputs) != (other.name, other.inputs, other.outputs):
            return False
        return self._layers() == other._layers() and self._scopes() == other._scopes()

    def __hash__(self) -> int:
        return hash((self.name, len(self.nodes)))

    def _layers(self) -> list[tuple[object, ...]]:
        return [
            (
                each.path,
                each.op,
                each.operator,
                each.typed.inputs,
                each.shape,
                each.inputs,
                each.owner,
                each.note,
            )
            for each in self.nodes.values()
        ]

    def _scopes(self) -> list[tuple[object, ...]]:
        """Return the kind of each scope, with the number of its parent and the paths of what it contains."""
        tree = self.tree()
        numbers: dict[Scope | None, int] = {scope: number for number, scope in enumerate(tree)}
        return [
            (numbers.get(each.parent), each.kind, each.path, each.index, *_call(each), [part.path for part in parts])
            for each, parts in tree.items()
        ]

    def frozen(self) -> NetworkGraph:
        """The same graph, to which no layer can be added."""
        inputs, nodes, outputs = FrozenDict(self.inputs), FrozenDict(self.nodes), FrozenDict(self.outputs)
        return NetworkGraph(self.name, inputs, nodes, outputs, self.scope, self.imported)

    def shape(self, path: str) -> Shape:
        """The shape of a layer's output or of a network input."""
        return self.nodes[path].shape if path in self.nodes else self.inputs[path].shape

    def elements(self, path: str) -> int:
        """How many numbers a layer's output or a network input holds."""
        return self.nodes[path].typed.elements if path in self.nodes else self.inputs[path].shape.elements

    def input_shapes(self, node: Node) -> tuple[Shape, ...]:
        """The shapes a layer reads, in order."""
        return node.typed.inputs

    def part(self, path: str, depth: int | None) -> Part:
        """Return the scope of a layer that adds segment number `depth` to its path, or the layer where none does."""
        node = self.nodes[path]
        return node if depth is None else node.scope.at_depth(depth) or node

    def stage(self, path: str, depth: int) -> Part:
        """Return the part of a layer at a depth; for a repeat, the iteration that contains the layer."""
        scope = self.nodes[path].scope.at_depth(depth + 1)
        if scope is not None and scope.kind is ScopeKind.ITERATION:
            return scope
        return self.part(path, depth)

    def tree(self) -> dict[Scope, list[Part]]:
        """Return the scopes and layers in each scope, in order; a scope that holds no layer is left out."""
        inside: dict[Scope, list[Part]] = {self.scope: []}
        for node in self.nodes.values():
            part: Part = node
            for scope in node.scope.chain():
                known = scope in inside
                inside.setdefault(scope, []).append(part)
                if known:
                    break
                part = scope
        return inside

    def digraph(self) -> networkx.DiGraph[str]:
        """The same as a networkx graph; a layer that reads one tensor twice has one edge there."""
        import networkx

        graph: networkx.DiGraph[str] = networkx.DiGraph(name=self.name)
        graph.add_nodes_from(self.inputs)
        for node in self.nodes.values():
            graph.add_node(node.path, op=node.op)
            graph.add_edges_from((path, node.path) for path in node.inputs)
        return graph

    def unread(self) -> list[str]:
        """Layers that no output of the network depends on, in order."""
        read = set(self.outputs.values())
        for node in reversed(self.nodes.values()):
            if node.path in read:
                read.update(node.inputs)
        return [path for path in self.nodes if path not in read]


def _call(scope: Scope) -> tuple[object, ...]:
    return (scope.block, scope.inputs) if isinstance(scope, BlockScope) else ()


MOST_POSITIONS = 10_000_000
MOST_CHANNELS = 10**9


def check_size(shape: Shape) -> None:
    """OperatorError for a tensor beyond what any network has, whose receptive field would take too long."""
    for axis, size in shape.items:
        most = MOST_CHANNELS if axis == CHANNEL else MOST_POSITIONS
        if size > most:
            raise OperatorError(f"{size:,} positions along {axis}", f"at most {most:,}")


TypedOperators = dict[tuple["Operator", tuple["Shape", ...]], TypedOperator]


class GraphBuilder:
    """Adds layers one by one; each operator is asked for its shape and checks its inputs."""

    def __init__(self, name: str, inputs: dict[str, NetworkInput], typed: TypedOperators | None = None) -> None:
        """Begin a network; `typed` are operators on shapes that are known, to which others are added."""
        self.graph = NetworkGraph(name, inputs)
        self._typed: TypedOperators = {} if typed is None else typed

    def add(
        self,
        path: str,
        op: str,
        operator: Operator,
        inputs: tuple[str, ...],
        *,
        owner: str | None = None,
        location: Location | None = None,
        note: str = "",
        scope: Scope | None = None,
        named: bool = True,
    ) -> Node:
        """Append a layer; OperatorError when inputs do not fit, the path is taken or weights cannot be shared."""
        if path in self.graph.nodes or path in self.graph.inputs:
            raise OperatorError(
                f"a second layer at {path!r}", "a unique path", argument="name", hint="give it another name"
            )
        shapes = tuple(self.graph.shape(source) for source in inputs)
        typed = self._typed_operator(operator, shapes)
        if owner is not None:
            self._check_shared(operator, shapes, owner)
        node = Node(path, op, typed, inputs, scope or self.graph.scope, owner, location, note, named)
        self.graph.nodes[path] = node
        return node

    def _typed_operator(self, operator: Operator, shapes: tuple[Shape, ...]) -> TypedOperator:
        key = (operator, shapes)
        found = self._typed.get(key)
        if found is None:
            shape = operator.output_shape(shapes)
            check_size(shape)
            found = self._typed[key] = TypedOperator(operator, shapes, shape)
        return found

    def _check_shared(self, operator: Operator, shapes: tuple[Shape, ...], owner: str) -> None:
        node = self.graph.nodes[owner]
        same_class = type(node.operator) is type(operator)
        if not same_class and type(node.operator).__name__ not in operator.shares_with:
            found = f"{operator.title} with the weights of {owner!r}, which is {node.operator.title}"
            raise OperatorError(found, "the weights of the same operator", argument="share")
        mine, theirs = operator.parameters(shapes), node.operator.parameters(self.graph.input_shapes(node))
        if mine != theirs and (same_class or _stored_sizes(mine) != _stored_sizes(theirs)):
            raise OperatorError(
                f"weights that differ in shape from those of {owner!r}",
                "the same channels and kernel to share them",
                argument="share",
            )


def _stored_sizes(parameters: Parameters) -> list[tuple[int, ...]]:
    """Return the sizes of each tensor of weights, biases or buffers."""
    terms = parameters.learned + parameters.buffers
    return [tuple(size for _, size in each.factors) for each in terms]
