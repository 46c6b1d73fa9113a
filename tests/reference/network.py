"""A network as plain data, its rendering as a specification, and the flat list of nodes that the reference runs.

A network is an ordered list of items. A layer takes the tensors that it names, or, naming none, what came before it. A
structure hands the tensor it received to each of its paths and merges what comes out; an empty path is the identity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

from .operation import AXES, DoesNotFitError, Operands, Operation
from .others import Merge
from .whole import Attend


@dataclass(frozen=True)
class Layer:
    """One named operation; without inputs it takes what came before it."""

    name: str
    operation: Operation
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Structure:
    """`residual` (two paths, body and shortcut, added) or `branches` (any paths, any merge)."""

    kind: str
    merge: str
    paths: tuple[tuple[Item, ...], ...]
    name: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class PooledAttention:
    """Attention over some axes with layers of its own for queries, keys and values."""

    name: str
    over: tuple[str, ...]
    heads: int
    lists: tuple[tuple[Item, ...], tuple[Item, ...], tuple[Item, ...]]
    """Of the queries, the keys and the values."""


Item: TypeAlias = Layer | Structure | PooledAttention


@dataclass(frozen=True)
class Shape:
    """Channels and the lengths of the axes that a tensor has."""

    channels: int
    sizes: Mapping[str, int]

    def along(self, axis: str) -> int | None:
        """The length of one axis, None where it is absent."""
        return self.sizes.get(axis)


@dataclass(frozen=True)
class Network:
    """Inputs by name, and the items in the order they are written."""

    inputs: Mapping[str, Shape]
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Node:
    """An operation in its place: its path, and the paths of the tensors it takes.

    The merge of a structure has the path of the structure, and where that has no name one of the reference's own.
    """

    path: str
    operation: Operation
    inputs: tuple[str, ...]
    written: bool = True
    """Whether a layer of the specification has this path and shape; the merge of a structure, a head's part do not."""


@dataclass
class Flattening:
    """Walks the items, resolving what each one takes."""

    nodes: list[Node] = field(default_factory=list)

    def walk(self, items: Sequence[Item], received: str, prefix: str, written: bool = True) -> str:
        """Append the nodes of the items; the path of the last tensor comes back."""
        for item in items:
            match item:
                case Layer():
                    node = Node(prefix + item.name, item.operation, item.inputs or (received,), written)
                case Structure():
                    node = self.merge(item, received, prefix)
                case PooledAttention():
                    node = self.attend(item, received, prefix)
            self.nodes.append(node)
            received = node.path
        return received

    def merge(self, item: Structure, received: str, prefix: str) -> Node:
        """Append the nodes of all paths; the node that merges them comes back."""
        source = item.source or received
        inside = prefix if item.name is None else f"{prefix}{item.name}."
        ends = tuple(self.walk(path, source, inside) for path in item.paths)
        path = f"{prefix}~{len(self.nodes)}" if item.name is None else prefix + item.name
        return Node(path, Merge(item.merge, strict=item.kind == "residual"), ends, written=False)

    def attend(self, item: PooledAttention, received: str, prefix: str) -> Node:
        """Append the nodes of the lists, which see the channels of one head; the attention comes back."""
        inside = f"{prefix}{item.name}."
        ends = tuple(self.walk(layers, received, inside, written=False) for layers in item.lists)
        return Node(prefix + item.name, Attend(over=item.over), ends)


def flatten(network: Network) -> list[Node]:
    """Every operation in the order of the specification."""
    flattening = Flattening()
    flattening.walk(network.items, next(iter(network.inputs)), "")
    return flattening.nodes


def shapes(network: Network) -> dict[str, Shape]:
    """The shape of every tensor by path; DoesNotFitError where the network is not valid."""
    known = dict(network.inputs)
    for node in flatten(network):
        known[node.path] = shape_after(node.operation, [known[path] for path in node.inputs])
    return known


def shape_after(operation: Operation, operands: Sequence[Shape]) -> Shape:
    """The shape that an operation makes of its operands."""
    sizes: dict[str, int] = {}
    for axis in AXES:
        along: Operands = tuple(shape.along(axis) for shape in operands)
        length = operation.length(axis, along)
        if length is not None:
            sizes[axis] = length
    if any(length < 1 for length in sizes.values()):
        raise DoesNotFitError(f"nothing is left: {sizes}")
    return Shape(operation.channels(tuple(shape.channels for shape in operands)), sizes)


def render(network: Network, name: str = "random") -> str:
    """The network as the text of a specification."""
    document = {
        "archcalc": 1,
        "name": name,
        "inputs": {key: {"C": shape.channels, **shape.sizes} for key, shape in network.inputs.items()},
        "layers": list(written(network.items)),
    }
    return yaml.safe_dump(document, sort_keys=False, default_flow_style=None, width=118)


def written(items: Sequence[Item]) -> Iterator[dict[str, object]]:
    """The items as plain data."""
    for item in items:
        match item:
            case Layer():
                yield written_layer(item)
            case Structure():
                yield written_structure(item)
            case PooledAttention():
                yield written_attention(item)


def written_layer(layer: Layer) -> dict[str, object]:
    """One layer: its operation with name, from and arguments."""
    op, arguments = layer.operation.spec()
    head: dict[str, object] = {"name": layer.name}
    if layer.inputs:
        head["from"] = layer.inputs[0] if len(layer.inputs) == 1 else list(layer.inputs)
    return {op: head | arguments}


def written_structure(structure: Structure) -> dict[str, object]:
    """One structure with its paths."""
    head: dict[str, object] = {} if structure.name is None else {"name": structure.name}
    if structure.source is not None:
        head["from"] = structure.source
    paths = [list(written(path)) for path in structure.paths]
    if structure.kind == "residual":
        body, shortcut = paths
        return {"residual": head | {"body": body} | ({"shortcut": shortcut} if shortcut else {})}
    return {"branches": head | {"merge": structure.merge, "paths": paths}}


def written_attention(attention: PooledAttention) -> dict[str, object]:
    """One attention with those of its lists that are not empty."""
    head: dict[str, object] = {"name": attention.name, "over": list(attention.over), "heads": attention.heads}
    lists = zip(("query", "key", "value"), attention.lists, strict=True)
    return {"attention": head | {name: list(written(items)) for name, items in lists if items}}
