"""What names mean at one location of a spec: tensors, parameters, loop variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.scopes import BlockScope, Scope, ScopeKind
from archcalc.spec.formula import FormulaError

if TYPE_CHECKING:
    from archcalc.core.problem import Location
    from archcalc.core.shape import Shape
    from archcalc.spec.model import Block, Document


class DependsOnError(Exception):
    """A value depends on something that was already reported; no second problem is added for it."""


class Tensor(NamedTuple):
    """The output of a layer, or a network input."""

    path: str
    shape: Shape


class Unknown:
    """The output of a layer that failed."""


UNKNOWN = Unknown()


class Outputs(NamedTuple):
    """The values of a block with several outputs."""

    by_name: Mapping[str, Value]


Value = Tensor | Unknown | Outputs


@dataclass(slots=True, eq=False)
class Namespace:
    """Names of tensors, visible in this namespace and in those inside it."""

    parent: Namespace | None = None
    names: dict[str, Value] = field(default_factory=dict)
    places: dict[str, Location] = field(default_factory=dict)
    layers: dict[str, tuple[int, int]] = field(default_factory=dict)
    """For each named call, the range of layers it added, by their place in the network."""
    incomplete: bool = False
    """Whether something failed here that might have given further names."""
    path: str = ""
    """The path of the layers that have these names."""
    inside: dict[str, Namespace] = field(default_factory=dict)
    """The names inside named blocks, structures and iterations, for paths."""
    end: Value | None = None
    """What an iteration or a path of branches gives."""

    def chain(self) -> Iterator[Namespace]:
        """Yield this namespace, then the enclosing ones."""
        names: Namespace | None = self
        while names is not None:
            yield names
            names = names.parent

    def opened(self, name: str, path: str, parent: Namespace | None = None) -> Namespace:
        """Return a new namespace for what is inside a named block, structure or iteration."""
        self.inside[name] = inside = Namespace(parent, path=path)
        return inside

    def find(self, name: str) -> Value | None:
        """Return the tensor with a name, the innermost first; None if there is none."""
        return next((each.names[name] for each in self.chain() if name in each.names), None)

    def visible(self) -> Iterator[str]:
        """Yield all visible names, the nearest first."""
        return (name for each in self.chain() for name in reversed(each.names))


class ShareCursor:
    """Yields, in order, the layers whose weights the layers of a sharing block call use."""

    def __init__(self, owners: list[str]) -> None:
        self._owners = owners
        self._next = 0

    def take(self) -> str | None:
        """Return the next owner; None if the other call has no more layers with weights."""
        owner = self._owners[self._next] if self._next < len(self._owners) else None
        self._next += 1
        return owner

    @property
    def left(self) -> int:
        """Return the number of owners that were not used."""
        return len(self._owners) - self._next


class EvaluationContext(NamedTuple):
    """The context in which expansion evaluates formulas: scope, names, variables, and the input of the block."""

    scope: Scope
    names: Namespace
    variables: Mapping[str, object]
    input: Value
    document: Document
    active: tuple[Block, ...] = ()
    cursor: ShareCursor | None = None

    @property
    def calls(self) -> Related:
        """Return the locations of the enclosing block calls and iterations, the innermost first."""
        return places_around(self.scope)

    def inside(
        self,
        kind: ScopeKind,
        name: str | None,
        location: Location,
        index: int | None = None,
        variables: Mapping[str, object] | None = None,
    ) -> EvaluationContext:
        """Return the context inside a new scope, with a new namespace if the scope has a name, and more variables."""
        path = self.scope.path_of(name)
        return self._replace(
            scope=Scope(kind, path, self.scope, index, location),
            names=self.names if name is None else self.names.opened(name, path, self.names),
            variables={**self.variables, **variables} if variables else self.variables,
        )


Related = tuple[tuple["Location", str], ...]


def places_around(scope: Scope) -> Related:
    """Return where the calls of blocks and the rows of iterations around a place were written, the innermost first."""
    said = ((each.location, _said_of(each)) for each in scope.chain())
    return tuple((location, text) for location, text in said if location is not None and text)


def _said_of(scope: Scope) -> str:
    """Return what a problem says of a scope around it; nothing of structures that its path names or its place shows."""
    if isinstance(scope, BlockScope):
        return f"in block {scope.block!r}, called here"
    if scope.kind is ScopeKind.ITERATION and scope.parent is not None and scope.location != scope.parent.location:
        return f"in iteration {scope.index}, with this value"
    return ""


class Sizes(dict[str, int]):
    """The sizes of a tensor by axis, for formulas."""


class FormulaNames(Mapping[str, object]):
    """All names of a context as formulas see them; an unknown tensor raises DependsOnError."""

    def __init__(self, context: EvaluationContext, here: Value) -> None:
        self._context = context
        self._here = here

    def __getitem__(self, name: str) -> object:
        if name in self._context.variables:
            return self._context.variables[name]
        value = self._tensor(name)
        if value is None:
            self._explain(name)
            raise KeyError(name)
        return seen_by_formula(value)

    def _explain(self, name: str) -> None:
        """FormulaError for a name that has a value, but later or elsewhere."""
        block, main = self._context.active[-1], self._context.document.main
        if name in block.declared:
            raise FormulaError(f"{name!r} before it has a value", "names that are defined before it")
        if main is not None and block is not main and name in main.declared:
            hint = f"pass it: parameters: {{{name}: required}}"
            raise FormulaError(f"{name!r}, a name of the spec, inside a block", "names of the block", hint)

    def _tensor(self, name: str) -> Value | None:
        if name == "here":
            return self._here
        return self._context.input if name == "input" else self._context.names.find(name)

    def __iter__(self) -> Iterator[str]:
        yield from self._context.variables
        yield from ("input", "here")
        yield from self._context.names.visible()

    def __len__(self) -> int:
        return sum(1 for _ in self)


def seen_by_formula(value: Value) -> object:
    """Return a tensor as its sizes by axis, several outputs as a mapping; raise DependsOnError if it is unknown."""
    if isinstance(value, Unknown):
        raise DependsOnError
    if isinstance(value, Outputs):
        return {name: seen_by_formula(each) for name, each in value.by_name.items()}
    return Sizes(value.shape.sizes)
