"""What names mean at one place of a spec: tensors, parameters, loop variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from archcalc.spec.formula import FormulaError

if TYPE_CHECKING:
    from archcalc.core.problem import Location
    from archcalc.core.shape import Shape
    from archcalc.graph import BlockCall
    from archcalc.spec.model import Block, Document


class Silenced(Exception):
    """What is asked for hangs on something already reported; no second problem is noted for it."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """The output of a layer, or a network input."""

    path: str
    shape: Shape


class Unknown:
    """The output of a layer that failed."""


UNKNOWN = Unknown()


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a block with several outputs gives."""

    by_name: Mapping[str, Value]


Value = Tensor | Unknown | Outputs


@dataclass(slots=True, eq=False)
class Scope:
    """Names of tensors, visible here and in inner scopes, and the path segment they live under."""

    prefix: str = ""
    parent: Scope | None = None
    names: dict[str, Value] = field(default_factory=dict)
    places: dict[str, Location] = field(default_factory=dict)
    layers: dict[str, tuple[int, int]] = field(default_factory=dict)
    """For each named call, the range of layers it added, by their place in the network."""
    incomplete: bool = False
    """Whether something failed here that might have given further names."""

    def child(self, segment: str) -> Scope:
        """An inner scope one path segment deeper."""
        return Scope(self.path(segment), self)

    def path(self, segment: str) -> str:
        """The path of something in this scope."""
        return f"{self.prefix}.{segment}" if self.prefix else segment

    def chain(self) -> Iterator[Scope]:
        """This scope, then those around it."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def find(self, name: str) -> Value | None:
        """The tensor of that name, innermost first."""
        return next((scope.names[name] for scope in self.chain() if name in scope.names), None)

    def visible(self) -> Iterator[str]:
        """All names that can be used here, the nearest first."""
        return (name for scope in self.chain() for name in reversed(scope.names))


class ShareCursor:
    """Hands out, in order, the layers whose weights the layers of a shared block call use."""

    def __init__(self, owners: list[str]) -> None:
        self._owners = owners
        self._next = 0

    def take(self) -> str | None:
        """The next owner; None when the other call had no more layers with weights."""
        owner = self._owners[self._next] if self._next < len(self._owners) else None
        self._next += 1
        return owner

    @property
    def left(self) -> int:
        """How many owners have not been handed out."""
        return len(self._owners) - self._next


@dataclass(frozen=True, slots=True)
class Frame:
    """Where expansion stands: names, values, what the enclosing block received, and how it got here."""

    scope: Scope
    variables: Mapping[str, object]
    input: Value
    document: Document
    active: tuple[Block, ...] = ()
    calls: tuple[tuple[Location, str], ...] = ()
    cursor: ShareCursor | None = None
    blocks: tuple[BlockCall, ...] = ()

    def inside(self, scope: Scope) -> Frame:
        """The same place in an inner scope."""
        return replace(self, scope=scope)

    def binding(self, variables: Mapping[str, object]) -> Frame:
        """The same place with more variables."""
        return replace(self, variables={**self.variables, **variables})


class Sizes(dict[str, int]):
    """Sizes by axis, as a formula sees a tensor."""


class FormulaNames(Mapping[str, object]):
    """All names of a frame as formulas see them; an unknown tensor raises Silenced."""

    def __init__(self, frame: Frame, here: Value) -> None:
        self._frame = frame
        self._here = here

    def __getitem__(self, name: str) -> object:
        if name in self._frame.variables:
            return self._frame.variables[name]
        value = self._tensor(name)
        if value is None:
            self._explain(name)
            raise KeyError(name)
        return seen_by_formula(value)

    def _explain(self, name: str) -> None:
        """FormulaError for a name that has a value, but later or elsewhere."""
        block, main = self._frame.active[-1], self._frame.document.main
        if name in block.declared:
            raise FormulaError(f"{name!r} before it has a value", "names that stand before it")
        if main is not None and block is not main and name in main.declared:
            hint = f"hand it over: parameters: {{{name}: required}}"
            raise FormulaError(f"{name!r}, a name of the spec, inside a block", "names of the block", hint)

    def _tensor(self, name: str) -> Value | None:
        if name == "here":
            return self._here
        return self._frame.input if name == "input" else self._frame.scope.find(name)

    def __iter__(self) -> Iterator[str]:
        yield from self._frame.variables
        yield from ("input", "here")
        yield from self._frame.scope.visible()

    def __len__(self) -> int:
        return sum(1 for _ in self)


def seen_by_formula(value: Value) -> object:
    """A tensor as its sizes by axis, several outputs as a mapping of them; Silenced when it is unknown."""
    if isinstance(value, Unknown):
        raise Silenced
    if isinstance(value, Outputs):
        return {name: seen_by_formula(each) for name, each in value.by_name.items()}
    return Sizes(value.shape.sizes)
