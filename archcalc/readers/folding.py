"""Finds residual connections and repetitions in a list of layers, which make a spec short."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archcalc.readers.network import ReadLayer

LONGEST_PERIOD = 12
"""Longest list of layers, at one level, for which repetitions are looked for."""
LEAST_SAVED = 2
"""Lines that a repetition has to save."""


@dataclass(frozen=True, slots=True)
class Single:
    """A layer as it is."""

    layer: ReadLayer

    @property
    def key(self) -> str:
        """What others call its output."""
        return self.layer.key

    @property
    def layers(self) -> tuple[ReadLayer, ...]:
        """Return the one layer, as a repeat returns several."""
        return (self.layer,)


@dataclass(frozen=True, slots=True)
class Residual:
    """A body whose output is added to its input; `layer` is the addition."""

    layer: ReadLayer
    body: tuple[Item, ...]

    @property
    def key(self) -> str:
        """What others call its output."""
        return self.layer.key

    @property
    def layers(self) -> tuple[ReadLayer, ...]:
        """The layers inside, the addition last."""
        return (*_layers(self.body), self.layer)


@dataclass(frozen=True, slots=True)
class Repeat:
    """Items that follow each other several times."""

    times: int
    body: tuple[Item, ...]
    key: str
    layers: tuple[ReadLayer, ...]


Item = Single | Residual | Repeat


def folded(layers: Sequence[ReadLayer], inputs: Sequence[str], outputs: Iterable[str]) -> tuple[Item, ...]:
    """Return the layers with residual connections and repetitions folded.

    Args:
        layers: all layers of the network, in order.
        inputs: the names of its inputs; the first is what its first layer receives.
        outputs: keys of layers that the network returns.
    """
    readers = _readers(layers)
    for key in outputs:
        readers[key].add("")
    items = _residuals(layers, inputs[0], readers)
    return _repeats(items, inputs[0], readers)


def _layers(items: Iterable[Item]) -> tuple[ReadLayer, ...]:
    return tuple(layer for item in items for layer in item.layers)


def _readers(layers: Sequence[ReadLayer]) -> dict[str, set[str]]:
    """Return the keys of the layers that read each tensor."""
    readers: dict[str, set[str]] = defaultdict(set)
    for layer in layers:
        for key in layer.inputs:
            readers[key].add(layer.key)
    return readers


def _residuals(layers: Sequence[ReadLayer], first: str, readers: dict[str, set[str]]) -> tuple[Item, ...]:
    items: list[Item] = []
    for layer in layers:
        start = _body_start(items, layer, first, readers) if layer.operator == "add" else None
        if start is None:
            items.append(Single(layer))
        else:
            items[start:] = [Residual(layer, tuple(items[start:]))]
    return tuple(items)


def _body_start(items: list[Item], add: ReadLayer, first: str, readers: dict[str, set[str]]) -> int | None:
    """Return where the body of an addition begins: after the other tensor that it adds; None if there is no body.

    Nothing outside of the body may read from inside, and the body may read nothing outside but its input.
    """
    if len(add.inputs) != 2 or not items or items[-1].key not in add.inputs or len(set(add.inputs)) == 1:
        return None
    outer = next(key for key in add.inputs if key != items[-1].key)
    inside: set[str] = {add.key}
    read: set[str] = set()
    for start in range(len(items) - 1, -1, -1):
        for layer in items[start].layers:
            inside.add(layer.key)
            read.update(layer.inputs)
        if outer == (items[start - 1].key if start else first):
            closed = all(readers[layer.key] <= inside for layer in _layers(items[start:]))
            return start if closed and read <= inside | {outer} else None
    return None


def _repeats(items: Sequence[Item], before: str, readers: dict[str, set[str]]) -> tuple[Item, ...]:
    """Fold equal neighbors, inside residual connections too; `before` is what the first item receives."""
    folded_items = [
        Residual(item.layer, _repeats(item.body, _before(items, index, before), readers))
        if isinstance(item, Residual)
        else item
        for index, item in enumerate(items)
    ]
    shapes = [
        _shape(item, _before(items, index, before), readers, _after(items, index))
        for index, item in enumerate(folded_items)
    ]
    result: list[Item] = []
    start = 0
    while start < len(folded_items):
        period, times = _best(folded_items, shapes, start)
        if times > 1:
            end = start + period * times
            whole = folded_items[start:end]
            result.append(Repeat(times, tuple(whole[:period]), whole[-1].key, _layers(whole)))
            start = end
        else:
            result.append(folded_items[start])
            start += 1
    return tuple(result)


def _before(items: Sequence[Item], index: int, before: str) -> str:
    return items[index - 1].key if index else before


def _after(items: Sequence[Item], index: int) -> frozenset[str]:
    """Return the keys of the layers in the next item, which may read this one without its name."""
    return frozenset(layer.key for layer in items[index + 1].layers) if index + 1 < len(items) else frozenset()


def _shape(item: Item, before: str, readers: dict[str, set[str]], after: frozenset[str]) -> object:
    """Return what two items have in common if one can stand for the other; None for an item that needs its name."""
    if isinstance(item, Repeat):
        return None if (inside := _shapes(item.body, before, readers)) is None else ("repeat", item.times, inside)
    if item.layer.named or item.layer.note or not readers[item.key] <= after:
        return None
    arguments = repr(sorted(item.layer.arguments.items()))
    if isinstance(item, Single):
        return (item.layer.operator, arguments) if item.layer.inputs == (before,) else None
    inside = _shapes(item.body, before, readers, item.layer.key)
    return None if inside is None else ("residual", inside)


def _shapes(items: Sequence[Item], before: str, readers: dict[str, set[str]], adds: str = "") -> object:
    shapes = []
    for index, item in enumerate(items):
        after = _after(items, index) or frozenset({adds})
        shapes.append(_shape(item, _before(items, index, before), readers, after))
    return None if None in shapes else tuple(shapes)


def _best(items: Sequence[Item], shapes: Sequence[object], start: int) -> tuple[int, int]:
    """Return the period and the times of the repetition from an item on that saves most lines, (1, 1) if none does."""
    best, saved = (1, 1), LEAST_SAVED - 1
    for period in range(1, min(LONGEST_PERIOD, (len(items) - start) // 2) + 1):
        pattern = shapes[start : start + period]
        if None in pattern:
            break
        times = 1
        while shapes[start + period * times : start + period * (times + 1)] == pattern:
            times += 1
        lines = sum(_lines(item) for item in items[start : start + period])
        gain = lines * (times - 1) - 3
        if gain > saved:
            best, saved = (period, times), gain
    return best


def _lines(item: Item) -> int:
    """Return about how many lines an item takes."""
    if isinstance(item, Single):
        return 1
    return 2 + sum(_lines(each) for each in item.body)
