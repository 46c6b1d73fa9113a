"""What the expansion of a layer depends on: the names in its formulas, and the tensors that it names."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from archcalc.spec.formula import Formula, FormulaError, Template, compile_text
from archcalc.spec.model import Branches, Call, Repeat, Residual
from archcalc.spec.text import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.spec.model import Common, Entries, Layer
    from archcalc.spec.text import Node


class Names(NamedTuple):
    """Names in formulas, of variables or tensors, and names of tensors that are written as they are."""

    in_formulas: tuple[str, ...]
    tensors: tuple[str, ...]


class Dependencies:
    """Finds the names that layers read; each layer is looked at once."""

    def __init__(self) -> None:
        self._known: dict[int, Names | None] = {}

    def of(self, layer: Layer) -> Names | None:
        """Return the names that a layer may read, structures and arguments included.

        None where they are not known before formulas are evaluated, and for layers that share weights.
        """
        key = id(layer)
        if key not in self._known:
            self._known[key] = _names(layer)
        return self._known[key]


def of_entries(entries: Entries) -> tuple[str, ...]:
    """Return the names in the formulas of plain data, such as the sizes of inputs."""
    return tuple(dict.fromkeys(each.name for each in _of_entries(entries) if each.formula))


class _Unknown(Exception):
    """A formula says which tensor is read, or weights are shared with another layer."""


class _Read(NamedTuple):
    name: str
    formula: bool


def _names(layer: Layer) -> Names | None:
    try:
        reads = dict.fromkeys(_of_layer(layer))
    except (_Unknown, FormulaError):
        return None
    in_formulas = tuple(each.name for each in reads if each.formula)
    return Names(in_formulas, tuple(each.name for each in reads if not each.formula and each.name not in in_formulas))


def _of_layer(layer: Layer) -> Iterator[_Read]:
    yield from _of_common(layer.common)
    if isinstance(layer, Call):
        yield from _in_formulas(layer.word)
        yield from _of_entries(layer.arguments)
    elif isinstance(layer, Residual):
        yield from _of_layers((*layer.body, *layer.shortcut))
    elif isinstance(layer, Branches):
        yield from _in_formulas(layer.merge)
        for name, path in layer.paths:
            yield from _in_formulas(name)
            yield from _of_layers(path)
    else:
        yield from _of_layers(layer.layers)
        if isinstance(layer, Repeat):
            yield from (*_in_formulas(layer.times), *_in_formulas(layer.table), *_in_formulas(layer.index))
            yield from _of_entries(layer.each)


def _of_layers(layers: tuple[Layer, ...]) -> Iterator[_Read]:
    for layer in layers:
        yield from _of_layer(layer)


def _of_common(common: Common) -> Iterator[_Read]:
    if common.share is not None:
        raise _Unknown
    yield from (*_in_formulas(common.name), *_in_formulas(common.when))
    if common.source is not None:
        yield from _tensors(common.source)


def _of_entries(entries: Entries) -> Iterator[_Read]:
    """Yield what arguments read, those of the layers in an attention included."""
    for key, node in entries:
        if key.value == "share":
            raise _Unknown
        yield from _in_formulas(key)
        yield from _tensors(node) if key.value in ("from", "like") else _of_node(node)


def _of_node(node: Node) -> Iterator[_Read]:
    if isinstance(node, Scalar):
        yield from _in_formulas(node)
    elif isinstance(node, Mapping):
        yield from _of_entries(node.entries)
    else:
        for item in node.items:
            yield from _of_node(item)


def _tensors(node: Node) -> Iterator[_Read]:
    if isinstance(node, Mapping):
        return
    for each in (node,) if isinstance(node, Scalar) else node.items:
        if not isinstance(each, Scalar) or "$" in str(each.value):
            raise _Unknown
        yield _Read(str(each.value).partition(".")[0], formula=False)


def _in_formulas(node: Scalar | None) -> Iterator[_Read]:
    if node is None or not isinstance(node.value, str):
        return
    compiled = compile_text(node.value)
    parts = compiled.parts if isinstance(compiled, Template) else (compiled,)
    for part in parts:
        if isinstance(part, Formula):
            yield from (_Read(each.id, formula=True) for each in ast.walk(part.tree) if isinstance(each, ast.Name))
