"""How attention cuts grids into sequences: windows, places, and the tokens that go with them."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from archcalc.core.messages import counted
from archcalc.core.problem import OperatorError
from archcalc.core.reads import AxisReads, WholeAxisRead
from archcalc.core.shape import CHANNEL
from archcalc.core.window import block_taps, block_window

if TYPE_CHECKING:
    from archcalc.core.shape import Shape


@dataclass(frozen=True, slots=True)
class Span:
    """One axis that attention works over: `query` positions of a sequence look at `key` ones.

    `window` is what learned relative positions are made for. The axis is cut into `blocks`, whose borders lie at
    `shift` and every `query` positions from there; the last one may reach over the end, into padding.
    """

    axis: str
    query: int
    key: int
    window: int
    blocks: int = 1
    shift: int = 0

    def reads(self) -> AxisReads:
        """Its own block; an axis of one block is read as a whole."""
        return block_taps(self.query, self.shift) if self.blocks > 1 else WholeAxisRead.SELF_AND_ALL


def block_span(axis: str, n: int, window: int, shift: int) -> Span:
    """The blocks of an axis of `n`; a window that covers it is cut to `n` and not shifted."""
    if window >= n:
        return Span(axis, n, n, window)
    return Span(axis, window, window, window, block_window(n, window).size(n), shift)


@dataclass(frozen=True, slots=True)
class Sequences:
    """Sequences of an attention: how many of them, and what each holds.

    `places` counts the positions of the axes that attention does not work over. Tokens are part of every sequence.
    """

    spans: tuple[Span, ...]
    places: int
    query_tokens: int = 0
    key_tokens: int = 0

    @property
    def groups(self) -> int:
        """How many sequences: one for each block at each place."""
        return self.places * prod(span.blocks for span in self.spans)

    @property
    def query_cells(self) -> int:
        """Grid positions that ask, per sequence."""
        return prod(span.query for span in self.spans)

    @property
    def key_cells(self) -> int:
        """Grid positions that are asked, per sequence."""
        return prod(span.key for span in self.spans)

    @property
    def queries(self) -> int:
        """All that ask, tokens too."""
        return self.query_cells + self.query_tokens

    @property
    def keys(self) -> int:
        """All that are asked, tokens too."""
        return self.key_cells + self.key_tokens

    @property
    def shifted(self) -> bool:
        """Whether blocks are moved, so that some hold ends that must not see each other."""
        return any(span.shift for span in self.spans)


def places(shape: Shape, over: tuple[str, ...]) -> int:
    """Positions of the axes that attention does not work over."""
    return prod(shape[axis] for axis in shape.grid if axis not in over)


def pooled_sequences(over: tuple[str, ...], heads: int, query: Shape, key: Shape, value: Shape) -> Sequences:
    """What queries that were pooled on their own look at; OperatorError when the three do not fit."""
    for what, shape in (("queries", query), ("keys", key), ("values", value)):
        if shape.heads != heads:
            raise OperatorError(f"{what} of {counted(shape.heads, 'head')}", f"{heads}, as 'heads' says")
    if query.channels != key.channels:
        raise OperatorError(f"queries of {query.channels} and keys of {key.channels} channels", "as many in both")
    if key.without((CHANNEL,)) != value.without((CHANNEL,)):
        raise OperatorError(f"keys of {key} and values of {value}", "the same grid in both")
    same = [axis for axis in query.grid if axis not in over]
    if key.grid != query.grid or any(query[axis] != key[axis] for axis in same):
        raise OperatorError(
            f"queries of {query} and keys of {key}",
            f"the same axes in both, of sizes that differ along {', '.join(over)} only",
        )
    spans = tuple(Span(axis, query[axis], key[axis], max(query[axis], key[axis])) for axis in over)
    return Sequences(spans, places(query, over), query.tokens, key.tokens)
