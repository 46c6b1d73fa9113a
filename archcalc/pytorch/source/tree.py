"""The layers of a network as a tree of parts, each of which becomes a class, a chain or a list."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from archcalc.core.scopes import BlockScope, Scope, ScopeKind
from archcalc.ops.activation import Identity
from archcalc.ops.resample import Interpolate
from archcalc.pytorch.source.names import singular

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from archcalc import graph
    from archcalc.graph import NetworkGraph, Node

ATTEND = "attend"
"""The name of an attention in the scope that also holds the layers of its lists."""


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """One layer; `given` says whether its name was written or follows from its operator.

    `iteration` is the iteration without a name that it lies in, None outside a repeat.
    """

    name: str
    node: Node
    given: bool
    iteration: Scope | None = None

    @property
    def path(self) -> str:
        """The path of the layer."""
        return self.node.path


@dataclass(slots=True, eq=False)
class Part:
    """Layers that belong together: the network, a call of a block, or a named scope.

    `title` is what a class of it is named after; `is_list` says that it holds the iterations of a repeat; `inputs` are
    the tensors it reads from outside with what to call them, `outputs` those of its own that are read outside.
    `iteration` is the iteration without a name that it lies in, None outside a repeat.
    """

    kind: str
    name: str
    title: str
    path: str
    children: list[Part | Leaf]
    given: bool = True
    is_list: bool = False
    iteration: Scope | None = None
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)

    def leaves(self) -> list[Leaf]:
        """Return all layers inside, in order."""
        return [leaf for child in self.children for leaf in (child.leaves() if isinstance(child, Part) else [child])]

    @property
    def height(self) -> int:
        """The number of nested levels of parts, itself included."""
        return 1 + max((child.height for child in self.children if isinstance(child, Part)), default=0)

    def parts(self) -> list[Part]:
        """Return all parts inside, inner ones first, then this part."""
        inner = [part for child in self.children if isinstance(child, Part) for part in child.parts()]
        return [*inner, self]


def network_tree(graph: NetworkGraph, name: str) -> tuple[Part, dict[str, str]]:
    """The tree of a network without its identities, and the tensors it gives by name."""
    nodes, results = without_identities(graph)
    inside = _Inside({node.path: node for node in nodes}, graph.tree())
    root = Part("network", name, name, "", inside.children(graph.scope))
    _connect(root, {node.path: node for node in nodes}, results)
    root.inputs = {each: each for each in graph.inputs}
    return root, results


def without_identities(graph: NetworkGraph) -> tuple[list[Node], dict[str, str]]:
    """Return the layers without identities, each reading what an identity reads instead; and the outputs."""
    same: dict[str, str] = {}
    nodes = []
    for node in graph.nodes.values():
        reads = node.inputs[:1] if isinstance(node.operator, Interpolate) else node.inputs
        inputs = tuple(same.get(path, path) for path in reads)
        if isinstance(node.operator, Identity):
            same[node.path] = inputs[0]
        else:
            nodes.append(replace(node, inputs=inputs))
    outputs = graph.outputs or {"output": list(graph.nodes)[-1]}
    return nodes, {name: same.get(path, path) for name, path in outputs.items()}


@dataclass(frozen=True, slots=True)
class _Inside:
    """What lies in the scopes of a network, identities left out. `nodes` are the layers by path."""

    nodes: Mapping[str, Node]
    tree: Mapping[Scope, Sequence[graph.Part]]

    def children(self, scope: Scope) -> list[Part | Leaf]:
        """Return the layers and parts in a scope; structures without a name make none of their own."""
        return _numbered(list(self._each(scope)))

    def _each(self, scope: Scope, iteration: Scope | None = None) -> Iterator[Part | Leaf]:
        for part in self.tree[scope]:
            if not isinstance(part, Scope):
                if part.path in self.nodes:
                    yield _leaf(self.nodes[part.path], scope, iteration)
            elif isinstance(part, BlockScope) or part.is_named:
                children = self.children(part)
                if children:
                    made = _block(part, children) if isinstance(part, BlockScope) else self._scope(part, children)
                    made.iteration = iteration
                    yield made
            else:
                yield from self._each(part, part if part.kind is ScopeKind.ITERATION else iteration)

    def _scope(self, scope: Scope, children: list[Part | Leaf]) -> Part:
        """Return the part of a scope with a name; one that holds only the call of a block is that call."""
        name = scope.name or ""
        only = children[0]
        if len(children) == 1 and isinstance(only, Part) and only.kind == "block" and not only.given:
            only.name, only.path, only.given = name, scope.path, True
            return only
        attention = self.nodes[scope.path] if scope.kind is ScopeKind.ATTENTION else None
        shown = name if attention is None or attention.named else attention.op
        is_list = scope.kind is ScopeKind.REPEAT
        return Part("scope", shown, _title(scope, name), scope.path, children, is_list=is_list)


def _leaf(node: Node, scope: Scope, iteration: Scope | None) -> Leaf:
    if node.path == scope.path:
        return Leaf(ATTEND, node, given=True)
    return Leaf(node.name if node.named else node.op, node, node.named, iteration)


def _block(scope: BlockScope, children: list[Part | Leaf]) -> Part:
    inputs = {path: name for name, path in scope.inputs}
    name = scope.name or scope.block
    return Part("block", name, scope.block, scope.path, children, given=scope.is_named, inputs=inputs)


def _title(scope: Scope, name: str) -> str:
    if scope.kind is ScopeKind.LAYER_LIST:
        return "head_projection"
    if scope.kind is ScopeKind.ITERATION and scope.parent is not None:
        return singular(scope.parent.name or "")
    return name.rstrip("0123456789_") or name


def _numbered(children: list[Part | Leaf]) -> list[Part | Leaf]:
    """Number the blocks without a name of which there are several."""
    unnamed = [child.name for child in children if isinstance(child, Part) and not child.given]
    counts: dict[str, int] = {}
    for child in children:
        if isinstance(child, Part) and not child.given and unnamed.count(child.name) > 1:
            counts[child.title] = counts.get(child.title, 0) + 1
            child.name = f"{child.title}_{counts[child.title]}"
    return children


def _connect(root: Part, nodes: Mapping[str, Node], results: Mapping[str, str]) -> None:
    readers: dict[str, list[str]] = {path: [] for path in nodes}
    for node in nodes.values():
        for path in node.inputs:
            readers.setdefault(path, []).append(node.path)
    for part in root.parts():
        leaves = part.leaves()
        own = {leaf.path for leaf in leaves}
        read = dict.fromkeys(path for leaf in leaves for path in leaf.node.inputs if path not in own)
        called = {path: name for path, name in part.inputs.items() if path in read}
        part.inputs = called | {path: path.rpartition(".")[2] for path in read if path not in called}
        part.outputs = [path for path in _paths(leaves) if _leaves(path, readers, own, results)]
        if leaves and not part.outputs:
            part.outputs = [leaves[-1].path]


def _paths(leaves: Iterable[Leaf]) -> list[str]:
    return [leaf.path for leaf in leaves]


def _leaves(path: str, readers: Mapping[str, list[str]], own: set[str], results: Mapping[str, str]) -> bool:
    return path in results.values() or any(reader not in own for reader in readers[path])
