"""The scopes of layers as a tree: the network, its blocks, repeats, iterations and structures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archcalc.core.problem import Location


class ScopeKind(StrEnum):
    """What a scope is: a network, a structure of a spec, or a module of a network that no spec describes."""

    NETWORK = "network"
    BLOCK = "block"
    GROUP = "group"
    REPEAT = "repeat"
    ITERATION = "iteration"
    RESIDUAL = "residual"
    SHORTCUT = "shortcut"
    BRANCHES = "branches"
    BRANCH = "branch"
    ATTENTION = "attention"
    LAYER_LIST = "layer list"
    MODULE = "module"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Scope:
    """A group of layers. A scope knows its parent; a graph lists what is inside.

    The paths of its layers begin with `path`; a scope without a name has the path of its parent. `index` counts
    iterations of a repeat and branches, from 0, with or without names. `location` is where it was written: the
    call, the structure, or the row of an iteration. Compared by identity.
    """

    kind: ScopeKind
    path: str = ""
    parent: Scope | None = None
    index: int | None = None
    location: Location | None = None

    def __repr__(self) -> str:
        """Return the kind and the path, in a line."""
        return f"<Scope {self.kind} {self.path!r}>"

    @property
    def is_named(self) -> bool:
        """Return whether it adds a segment to the paths of its layers."""
        return self.parent is not None and len(self.path) != len(self.parent.path)

    @property
    def name(self) -> str | None:
        """Return the segment that it adds to the paths of its layers; None for a scope without a name."""
        if self.parent is None or not self.is_named:
            return None
        return self.path.removeprefix(f"{self.parent.path}.") if self.parent.path else self.path

    def path_of(self, segment: str | None) -> str:
        """Return the path of something of that name in this scope; its own for what has no name."""
        if segment is None:
            return self.path
        return f"{self.path}.{segment}" if self.path else segment

    def chain(self) -> Iterator[Scope]:
        """Yield this scope, then those around it; the network comes last."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    @property
    def depth(self) -> int:
        """Return how many segments it adds to the paths of its layers, with the scopes around it."""
        return sum(each.is_named for each in self.chain())

    @property
    def repeat(self) -> Scope | None:
        """Return the repeat that this is an iteration of, if it is one."""
        around = self.parent if self.kind is ScopeKind.ITERATION else None
        return around if around is not None and around.kind is ScopeKind.REPEAT else None

    @property
    def iterations(self) -> tuple[Scope, ...]:
        """Return the iterations among this scope and its ancestors, the outermost first."""
        return tuple(each for each in self.chain() if each.kind is ScopeKind.ITERATION)[::-1]

    @property
    def calls(self) -> tuple[BlockScope, ...]:
        """Return the block calls among this scope and its ancestors, the outermost first."""
        return tuple(each for each in self.chain() if isinstance(each, BlockScope))[::-1]

    def at_depth(self, depth: int) -> Scope | None:
        """Return the scope on this chain that adds segment number `depth` to paths; None where there are fewer.

        The network is at depth 0.
        """
        chain = tuple(self.chain())
        named = [each for each in chain if each.is_named]
        if not depth:
            return chain[-1]
        return named[-depth] if depth <= len(named) else None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BlockScope(Scope):
    """The call of a block: `block` is the name of the block, `definition` is where it was defined.

    `inputs` are the names of its inputs, each with the path of the tensor that it was given.
    """

    block: str = ""
    inputs: tuple[tuple[str, str], ...] = ()
    definition: Location | None = None


def module_scopes(paths: Iterable[str], network: Scope) -> dict[str, Scope]:
    """Return the scope of each layer of a network of modules, by the dotted paths of the layers.

    A module with numbered submodules, such as `nn.ModuleList` and `nn.Sequential`, is a repeat, and these are its
    iterations. A layer that has layers below its path is in the scope of that path.
    """
    layers = list(paths)
    around = {prefix for path in layers for prefix in _prefixes(path)}
    repeats = {prefix.rpartition(".")[0] for prefix in around if prefix.rpartition(".")[2].isdigit()}
    scopes = {"": network}
    for path in layers:
        for prefix in (*_prefixes(path), *([path] if path in around else [])):
            if prefix not in scopes:
                scopes[prefix] = _module(prefix, scopes, is_repeat=prefix in repeats)
    return {path: scopes[path if path in around else path.rpartition(".")[0]] for path in layers}


def _prefixes(path: str) -> Iterator[str]:
    """Yield `a` and `a.b` of `a.b.c`."""
    at = path.find(".")
    while at >= 0:
        yield path[:at]
        at = path.find(".", at + 1)


def _module(path: str, scopes: dict[str, Scope], *, is_repeat: bool) -> Scope:
    around, _, name = path.rpartition(".")
    if name.isdigit():
        return Scope(ScopeKind.ITERATION, path, scopes[around], int(name))
    return Scope(ScopeKind.REPEAT if is_repeat else ScopeKind.MODULE, path, scopes[around])
