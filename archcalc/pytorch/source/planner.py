"""Plans what the class of each part of a network makes and does, those inside first."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from archcalc.core.problem import UsageError
from archcalc.pytorch.source.bodies import Item, is_chain
from archcalc.pytorch.source.expressions import Argument, Call, Const, Many, Name, call
from archcalc.pytorch.source.layers import written_layer
from archcalc.pytorch.source.names import attribute
from archcalc.pytorch.source.tree import Leaf, Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archcalc.graph import NetworkGraph, Node
    from archcalc.pytorch.source.expressions import Expr
    from archcalc.pytorch.source.written import Run


class Planner:
    """Writes the bodies of parts, those inside first; `modules` is what makes each part that has its turn behind it."""

    def __init__(self, graph: NetworkGraph) -> None:
        self.graph = graph
        self.modules: dict[Part, Call] = {}
        self.attributes: dict[Part | Leaf, str] = {}

    def items(self, part: Part) -> list[Item]:
        """What a part makes and does, layer by layer."""
        names = _FreeNames()
        return [self._item(part, child, names) for child in part.children]

    def in_sequence(self, part: Part, items: Sequence[Item]) -> bool:
        """Make a part of a path an nn.Sequential, if all it does is a chain of modules; whether it is."""
        if part.kind != "scope" or not is_chain(part, items):
            return False
        numbered = is_list(items)
        modules = [(item.attribute, item.alone) for item in items if item.alone is not None]
        if numbered:
            self.modules[part] = Call("nn.Sequential", tuple(Argument("", each) for each in _runs_together(modules)))
            self.attributes.update({child: f"[{at}]" for at, child in enumerate(part.children)})
        else:
            named = tuple(Argument(name, module) for name, module in modules)
            self.modules[part] = call("nn.Sequential", Call("OrderedDict", named))
        return True

    def _item(self, part: Part, child: Part | Leaf, names: _FreeNames) -> Item:
        name = names.take(child.name)
        self.attributes[child] = name
        if isinstance(child, Part):
            return self._part(part, child, name)
        written = written_layer(self.graph, self.graph.nodes[child.path])
        owner = _owner(part, child.node)
        module, run, alone = written.module, written.run, written.alone
        if owner is not None and module is not None:
            lent, alone = self._reference(part, owner), None
            if self._same_work(child.node, owner.node):
                module, run = None, lambda _, reads: written.run(lent, reads)
            else:
                module = call("Borrower", Name(lent), without_memory(module))
        return Item(name, module, run, child.node.inputs, (child.path,), child.given, alone)

    def _part(self, part: Part, child: Part, name: str) -> Item:
        module: Call | None = self.modules[child]
        alone = module if len(child.inputs) == len(child.outputs) == 1 else None
        runs, owner = name, self._lender(part, child)
        if owner is not None:
            module, alone, runs = None, None, self.attributes[owner]
        reads = tuple(child.inputs)
        return Item(name, module, _runs(f"self.{runs}"), reads, tuple(child.outputs), child.given, alone)

    def _lender(self, part: Part, child: Part) -> Part | None:
        """The part beside a child whose weights it uses, all of them, if it uses any."""
        own = {leaf.path: leaf for leaf in part.leaves()}
        inside = {leaf.path for leaf in child.leaves()}
        borrowing = [leaf for leaf in child.leaves() if leaf.node.owner in own and leaf.node.owner not in inside]
        if not borrowing:
            return None
        owners = {str(leaf.node.owner) for leaf in borrowing}
        for other in part.children[: part.children.index(child)]:
            if not isinstance(other, Part) or self.modules[other] != self.modules[child]:
                continue
            if owners <= {leaf.path for leaf in other.leaves()} and self._all_borrow(child):
                return other
        leaf = borrowing[0]
        raise UsageError(
            f"{leaf.path} uses weights of {leaf.node.owner}; source can be written for a block that is used twice"
            " with the same arguments, or for a layer whose weights lie beside it"
        )

    def _all_borrow(self, part: Part) -> bool:
        nodes = [self.graph.nodes[leaf.path] for leaf in part.leaves()]
        return all(node.owner for node in nodes if node.operator.parameters(self.graph.input_shapes(node)).learned)

    def _reference(self, part: Part, leaf: Leaf) -> str:
        """How a class of a part calls a layer somewhere in it."""
        names, here = ["self"], part
        while leaf not in here.children:
            here = next(child for child in here.children if isinstance(child, Part) and leaf in child.leaves())
            names.append(self.attributes[here])
        return ".".join([*names, self.attributes[leaf]]).replace(".[", "[")

    def _same_work(self, node: Node, owner: Node) -> bool:
        mine, theirs = (self.graph.input_shapes(self.graph.nodes[each.path]) for each in (node, owner))
        return node.operator == owner.operator and mine == theirs


def _owner(part: Part, node: Node) -> Leaf | None:
    """The layer in a part whose weights another layer uses, if it does."""
    if node.owner is None:
        return None
    return next((leaf for leaf in part.leaves() if leaf.path == node.owner), None)


def without_memory(module: Call) -> Call:
    """A module whose own weights take no memory, as others come in their place."""
    own = module.function.startswith(("nn.", "SameConv", "PaddedConv"))
    device = (Argument("device", Const("meta")),) if own else ()
    return Call(module.function, (*module.arguments, *device))


def _runs(module: str) -> Run:
    return lambda _, reads: call(module, *map(Name, reads))


class _FreeNames:
    """Gives each layer of a part an attribute of its own; which number comes next is kept, not searched for."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._counts: dict[str, int] = {}

    def take(self, name: str) -> str:
        """Return the attribute for a name, with a number where it is taken."""
        free, count = attribute(name, ()), self._counts.get(name, 1)
        while free in self._taken:
            count += 1
            free = attribute(f"{name}_{count}", ())
        self._counts[name] = count
        self._taken.add(free)
        return free


def is_list(items: Iterable[Item]) -> bool:
    """Whether numbers are all that the names of the items are."""
    return all(item.attribute.lstrip("_").isdigit() for item in items)


def _runs_together(modules: Iterable[tuple[str, Expr]]) -> list[Expr]:
    """Equal modules in a row as one expression that makes them all."""
    together = [(module, len(list(run))) for module, run in groupby(module for _, module in modules)]
    return [Many(module, Const(count, "depth")) if count > 1 else module for module, count in together]
