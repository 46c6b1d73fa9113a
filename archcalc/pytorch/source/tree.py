"""The layers of a network as a tree: what becomes a class, a chain or a list, and what lies inside."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from archcalc.ops.activation import Identity
from archcalc.ops.resample import Interpolate
from archcalc.pytorch.source.names import singular

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archcalc.core.scopes import BlockScope
    from archcalc.graph import NetworkGraph, Node

ATTEND = "attend"
"""The attention itself, beside the layers of its lists, which lie under its path."""


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """One layer; `name` is its own, or made from its operator, and `given` says which."""

    name: str
    node: Node
    given: bool

    @property
    def path(self) -> str:
        """The path of the layer."""
        return self.node.path


@dataclass(slots=True, eq=False)
class Part:
    """Layers that belong together: the network, a call of a block, or a part of a path.

    `title` is what a class of it is named after; `inputs` are the tensors it reads from outside with what to call them,
    `outputs` those of its own that are read outside.
    """

    kind: str
    name: str
    title: str
    path: str
    children: list[Part | Leaf]
    given: bool = True
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)

    def leaves(self) -> list[Leaf]:
        """All layers inside, in order."""
        return [leaf for child in self.children for leaf in (child.leaves() if isinstance(child, Part) else [child])]

    @property
    def height(self) -> int:
        """How many parts lie inside each other."""
        return 1 + max((child.height for child in self.children if isinstance(child, Part)), default=0)

    def parts(self) -> list[Part]:
        """All parts inside and this one, those inside first."""
        inner = [part for child in self.children if isinstance(child, Part) for part in child.parts()]
        return [*inner, self]


Key: TypeAlias = "tuple[str, str | BlockScope]"


def network_tree(graph: NetworkGraph, name: str) -> tuple[Part, dict[str, str]]:
    """The tree of a network without its identities, and the tensors it gives by name."""
    nodes, results = without_identities(graph)
    root = Part("network", name, name, "", _children([(node, node.scope.calls) for node in nodes], ""))
    _connect(root, {node.path: node for node in nodes}, results)
    root.inputs = {each: each for each in graph.inputs}
    return root, results


def without_identities(graph: NetworkGraph) -> tuple[list[Node], dict[str, str]]:
    """Layers that do something, each reading what an identity before it read; and the outputs likewise."""
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


Placed: TypeAlias = "tuple[Node, tuple[BlockScope, ...]]"
"""A layer with the calls of blocks that are still to be entered."""


def _children(placed: Sequence[Placed], prefix: str) -> list[Part | Leaf]:
    children: list[Part | Leaf] = []
    for (kind, _), group in groupby(placed, lambda each: _key(each, prefix)):
        inside = list(group)
        children.append(_called(inside, prefix) if kind == "call" else _scope(inside, prefix))
    return _numbered(children)


def _key(placed: Placed, prefix: str) -> Key:
    node, calls = placed
    if calls and calls[0].path == prefix:
        return "call", calls[0]
    return "scope", _segment(node.path, prefix)


def _segment(path: str, prefix: str) -> str:
    rest = path.removeprefix(f"{prefix}.") if prefix else path
    return "" if path == prefix else rest.partition(".")[0]


def _called(placed: Sequence[Placed], prefix: str) -> Part:
    """A call of a block that has no name of its own, or the whole of a scope."""
    call = placed[0][1][0]
    inner = [(node, calls[1:]) for node, calls in placed]
    part = Part("block", call.block, call.block, prefix, _children(inner, prefix), given=False)
    part.inputs = {path: name for name, path in call.inputs}
    return part


def _scope(placed: Sequence[Placed], prefix: str) -> Part | Leaf:
    node, _ = placed[0]
    segment = _segment(node.path, prefix)
    path = f"{prefix}.{segment}" if prefix and segment else segment or prefix
    last = placed[-1][0]
    unnamed = last.path == path and (segment == last.op or segment.removeprefix(f"{last.op}_").isdigit())
    if len(placed) == 1 and node.path == path:
        return Leaf(node.op if unnamed else segment or ATTEND, node, given=not unnamed)
    inside = _children(placed, path)
    (only, *others) = inside
    if not others and isinstance(only, Part) and only.kind == "block" and not only.given:
        only.name, only.path, only.given = segment, path, True
        return only
    return Part("scope", last.op if unnamed else segment, _title(segment, prefix, inside), path, inside)


def _title(segment: str, prefix: str, children: Sequence[Part | Leaf]) -> str:
    if isinstance(children[0], Leaf) and children[0].node.op == "project_heads":
        return "head_projection"
    if segment.isdigit():
        return singular(prefix.rpartition(".")[2])
    return segment.rstrip("0123456789_") or segment


def _numbered(children: list[Part | Leaf]) -> list[Part | Leaf]:
    """Blocks without a name get a number each where there are several of them."""
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
