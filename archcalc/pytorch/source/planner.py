"""Plans the statements of the class of each part of a network, inner parts first."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from archcalc.core.problem import UsageError
from archcalc.pytorch.expressions import MODULE, Argument, Call, Const, Input, Name, Repeat, call, simplified
from archcalc.pytorch.operators.table import layer_code
from archcalc.pytorch.source.class_body import Statement, is_chain
from archcalc.pytorch.source.names import attribute
from archcalc.pytorch.source.tree import Leaf, Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archcalc.graph import NetworkGraph, Node
    from archcalc.pytorch.expressions import Expr


class Planner:
    """Writes the bodies of parts, inner parts first; `modules` has the call that creates each part that was planned."""

    def __init__(self, graph: NetworkGraph) -> None:
        self.graph = graph
        self.modules: dict[Part, Call] = {}
        self.attributes: dict[Part | Leaf, str] = {}

    def items(self, part: Part) -> list[Statement]:
        """Return the statements of a part, layer by layer."""
        names = _FreeNames()
        return [self._item(part, child, names) for child in part.children]

    def in_sequence(self, part: Part, items: Sequence[Statement]) -> bool:
        """Make a scope an nn.Sequential if it only runs a chain of modules, and return whether it does."""
        if part.kind != "scope" or not is_chain(part, items):
            return False
        numbered = part.is_list
        modules = [(item.attribute, item.as_module) for item in items if item.as_module is not None]
        if numbered:
            self.modules[part] = Call(
                Name("nn.Sequential"), tuple(Argument("", each) for each in _runs_together(modules))
            )
            self.attributes.update({child: f"[{at}]" for at, child in enumerate(part.children)})
        else:
            named = tuple(Argument(name, module) for name, module in modules)
            self.modules[part] = call("nn.Sequential", Call(Name("OrderedDict"), named))
        return True

    def _item(self, part: Part, child: Part | Leaf, names: _FreeNames) -> Statement:
        name = names.take(child.name)
        self.attributes[child] = name
        if isinstance(child, Part):
            return self._part(part, child, name)
        node = self.graph.nodes[child.path]
        code = layer_code(node.operator, self.graph.input_shapes(node))
        module, as_module, called = code.module, code.as_module, f"self.{name}"
        owner = _owner(part, node)
        if owner is not None and module is not None:
            tied, as_module = self._reference(part, owner), None
            if self._same_work(node, owner.node):
                module, called = None, tied
            else:
                module = call("TiedLayer", Name(tied), module)
        run, reads, gives = simplified(code.run), child.node.inputs, (child.path,)
        return Statement(name, module, run, called, reads, gives, child.given, as_module, child.iteration)

    def _part(self, part: Part, child: Part, name: str) -> Statement:
        module: Call | None = self.modules[child]
        as_module = module if len(child.inputs) == len(child.outputs) == 1 else None
        called, owner = name, self._owner_of(part, child)
        if owner is not None:
            module, as_module, called = None, None, self.attributes[owner]
        reads, run = tuple(child.inputs), call(MODULE, *map(Input, range(len(child.inputs))))
        gives, called = tuple(child.outputs), f"self.{called}"
        return Statement(name, module, run, called, reads, gives, child.given, as_module, child.iteration)

    def _owner_of(self, part: Part, child: Part) -> Part | None:
        """Return the sibling whose weights a part uses, if it uses weights of another part."""
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
            " with the same arguments, or for a layer whose weights lie in the same class"
        )

    def _all_borrow(self, part: Part) -> bool:
        nodes = [self.graph.nodes[leaf.path] for leaf in part.leaves()]
        return all(node.owner for node in nodes if node.operator.parameters(self.graph.input_shapes(node)).learned)

    def _reference(self, part: Part, leaf: Leaf) -> str:
        """Return the expression for a layer inside a part."""
        names, here = ["self"], part
        while leaf not in here.children:
            here = next(child for child in here.children if isinstance(child, Part) and leaf in child.leaves())
            names.append(self.attributes[here])
        return ".".join([*names, self.attributes[leaf]]).replace(".[", "[")

    def _same_work(self, node: Node, owner: Node) -> bool:
        mine, theirs = (self.graph.input_shapes(self.graph.nodes[each.path]) for each in (node, owner))
        return node.operator == owner.operator and mine == theirs


def _owner(part: Part, node: Node) -> Leaf | None:
    """Return the layer in a part whose weights another layer uses, if there is one."""
    if node.owner is None:
        return None
    return next((leaf for leaf in part.leaves() if leaf.path == node.owner), None)


class _FreeNames:
    """Gives each layer of a part a unique attribute. The next number of each name is stored, not searched."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._counts: dict[str, int] = {}

    def take(self, name: str) -> str:
        """Return the attribute for a name, with a number if it is taken."""
        free, count = attribute(name, ()), self._counts.get(name, 1)
        while free in self._taken:
            count += 1
            free = attribute(f"{name}_{count}", ())
        self._counts[name] = count
        self._taken.add(free)
        return free


def _runs_together(modules: Iterable[tuple[str, Expr]]) -> list[Expr]:
    """Return the modules, each run of equal ones as one expression."""
    together = [(module, len(list(run))) for module, run in groupby(module for _, module in modules)]
    return [Repeat(module, Const(count, "depth")) if count > 1 else module for module, count in together]
