"""How many layers a part of a spec comes to at least, known before any of them is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.messages import is_whole
from archcalc.ops import OPS
from archcalc.spec.model import Branches, Call, Group, Residual
from archcalc.spec.text import Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.spec.model import Block, Document, Layer, Repeat


MOST_CALLS = 100  # blocks inside blocks; more are refused


class LeastLayers:
    """Counts layers that no condition can leave out; what a formula decides counts as none."""

    def __init__(self) -> None:
        self._blocks: dict[int, int] = {}
        self._depth = 0

    def of(self, layers: Iterable[Layer], document: Document) -> int:
        """Return how many layers there are at least, where `document` says what the names of blocks mean."""
        return sum(self._layer(layer, document) for layer in layers if layer.common.when is None)

    def _layer(self, layer: Layer, document: Document) -> int:
        if isinstance(layer, Call):
            return self._call(layer, document)
        if isinstance(layer, Residual):
            return 1 + self.of(layer.body, document) + self.of(layer.shortcut, document)
        if isinstance(layer, Branches):
            return 1 + sum(self.of(path, document) for _, path in layer.paths)
        inside = self.of(layer.layers, document)
        return inside if isinstance(layer, Group) else inside * _least_iterations(layer)

    def _call(self, layer: Call, document: Document) -> int:
        word = layer.word.value
        if not isinstance(word, str) or "$" in word:
            return 0
        block = None if word in OPS else document.block(word)
        return self._block(block) if block is not None else int(word in OPS)

    def _block(self, block: Block) -> int:
        key = id(block)
        if key not in self._blocks:
            self._blocks[key] = 0  # for a block that calls itself, which is refused elsewhere
            self._depth += 1
            if self._depth <= MOST_CALLS:
                self._blocks[key] = self.of(block.layers, block.home)
            self._depth -= 1
        return self._blocks[key]


def _least_iterations(layer: Repeat) -> int:
    if layer.times is not None:
        times = layer.times.value
        return max(0, int(times)) if is_whole(times) else 0
    columns = [len(node.items) for _, node in layer.each if isinstance(node, Sequence)]
    return min(columns, default=0)
