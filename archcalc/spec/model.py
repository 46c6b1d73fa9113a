"""The typed model of a spec, before any formula is evaluated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from archcalc.core.problem import Location
    from archcalc.spec.choices import Choices
    from archcalc.spec.text import Node, Scalar

Entries = tuple[tuple["Scalar", "Node"], ...]


class Common(NamedTuple):
    """The keys that every layer, block call and structure may have in addition to its arguments."""

    location: Location
    name: Scalar | None = None
    source: Node | None = None
    when: Scalar | None = None
    note: Scalar | None = None
    share: Scalar | None = None


class Call(NamedTuple):
    """An operator or a block, with arguments; the word itself may be a formula."""

    word: Scalar
    arguments: Entries
    common: Common


class Residual(NamedTuple):
    """Two chains from the same tensor, added; an empty shortcut is the identity."""

    body: tuple[Layer, ...]
    shortcut: tuple[Layer, ...]
    common: Common


class Branches(NamedTuple):
    """Several chains from the same tensor, merged; an empty one is the identity."""

    merge: Scalar
    paths: tuple[tuple[Scalar | None, tuple[Layer, ...]], ...]
    common: Common


class Group(NamedTuple):
    """A chain of layers."""

    layers: tuple[Layer, ...]
    common: Common


@dataclass(frozen=True, slots=True, eq=False)
class Repeat:
    """A repeated chain of layers: `times` iterations, or one iteration for each row of the columns in `each`.

    `table` is the formula that gives the columns where `each` is one.
    """

    layers: tuple[Layer, ...]
    times: Scalar | None
    each: Entries
    table: Scalar | None
    index: Scalar | None
    common: Common


Layer = Call | Residual | Branches | Group | Repeat


class Parameter(NamedTuple):
    """A parameter of a block or a spec; without a default it is required. `choices` are None if it may be anything."""

    name: str
    default: Node | None
    location: Location
    choices: Choices | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A named chain of layers with parameters.

    `inputs` are the names of its tensors when it declares them; `outputs` map a name to the layer that gives it.
    `home` is the document whose blocks it may call.
    """

    name: str
    parameters: tuple[Parameter, ...]
    let: Entries
    inputs: tuple[str, ...]
    outputs: Entries
    layers: tuple[Layer, ...]
    location: Location
    home: Document

    @property
    def declared(self) -> set[str]:
        """Names of its parameters and of what it works out under `let`."""
        return {parameter.name for parameter in self.parameters} | {str(key.value) for key, _ in self.let}


@dataclass(eq=False)
class Document:
    """One file: a spec, or a library of blocks.

    `blocks` are those it defines; `imported` those that its `use` brought in, by name.
    """

    name: str
    location: Location
    blocks: dict[str, Block] = field(default_factory=dict)
    imported: dict[str, Block] = field(default_factory=dict)
    use: tuple[Scalar, ...] = ()
    main: Block | None = None
    inputs: Entries = ()
    views: Node | None = None
    published: Node | None = None
    lint: Node | None = None
    title: str = ""
    source: str = ""

    def block(self, name: str) -> Block | None:
        """The block of that name that this document sees."""
        return self.blocks.get(name) or self.imported.get(name)

    @property
    def visible_blocks(self) -> list[str]:
        """Names of all blocks that this document sees."""
        return [*self.blocks, *self.imported]
