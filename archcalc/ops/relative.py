"""Learned relative positions of attention: what each kind stores and computes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import prod
from typing import TYPE_CHECKING

from archcalc.core.problem import OperatorError
from archcalc.core.strided import Strided, contiguous_strides
from archcalc.core.tape import INDEX_BYTES
from archcalc.core.terms import NO_PARAMETERS, Parameters, Term, Terms

if TYPE_CHECKING:
    from archcalc.core.tape import Tape
    from archcalc.ops.sequences import Sequences, Span

BUFFER = -1
"""The storage of a buffer, which is not the activation of a layer."""


class RelativePosition(ABC):
    """A kind of relative position; tokens have none."""

    @abstractmethod
    def check(self, sequences: Sequences) -> None:
        """OperatorError when queries and keys do not suit it."""

    @abstractmethod
    def parameters(self, sequences: Sequences, heads: int, channels: int) -> Parameters:
        """Return the parameters of the relative positions."""

    @abstractmethod
    def macs(self, sequences: Sequences, heads: int, channels: int) -> Terms:
        """Products of queries with positions."""

    @abstractmethod
    def additions(self, sequences: Sequences, heads: int) -> Terms:
        """What is added to the affinities."""

    @abstractmethod
    def recorded(self, tape: Tape, sequences: Sequences, queries: Strided) -> Strided:
        """Record what is added to the affinities of the grid: 1 or batch * groups, heads, queries, keys."""


class NoPosition(RelativePosition):
    """Attention without relative positions."""

    def check(self, sequences: Sequences) -> None:
        """Accept sequences of any kind."""

    def parameters(self, sequences: Sequences, heads: int, channels: int) -> Parameters:
        """Return no parameters, as there is no table of positions."""
        del sequences, heads, channels
        return NO_PARAMETERS

    def macs(self, sequences: Sequences, heads: int, channels: int) -> Terms:
        """Return no multiply-accumulates, as nothing is multiplied with positions."""
        del sequences, heads, channels
        return ()

    def additions(self, sequences: Sequences, heads: int) -> Terms:
        """Return no additions, as no bias is added to affinities."""
        del sequences, heads
        return ()

    def recorded(self, tape: Tape, sequences: Sequences, queries: Strided) -> Strided:
        """Allocate one zero, which the mask of shifted windows is filled into."""
        del sequences, queries
        return tape.empty((1, 1, 1, 1))


class Table(RelativePosition):
    """A number per head for every distance inside the window (Liu et al. 2021, arXiv:2103.14030)."""

    def check(self, sequences: Sequences) -> None:
        """Raise OperatorError unless queries and keys have the same grid."""
        for span in sequences.spans:
            if span.query != span.key:
                raise OperatorError(
                    f"a table of relative positions between {span.query} queries and {span.key} keys along {span.axis}",
                    "as many of both, or relative_position: decomposed",
                    argument="relative_position",
                )

    def parameters(self, sequences: Sequences, heads: int, channels: int) -> Parameters:
        """(2 * window - 1) per axis and head; a buffer says for every pair of positions which entry is theirs."""
        del channels
        distances = tuple((f"distances {span.axis}", 2 * span.window - 1) for span in sequences.spans)
        positions = prod(span.window for span in sequences.spans)
        index = Term("index of relative positions", (("positions", positions), ("others", positions)))
        return Parameters(
            weights=(Term("relative positions", (*distances, ("heads", heads))),),
            buffers=(index,),
            integers=((index, INDEX_BYTES),),
        )

    def macs(self, sequences: Sequences, heads: int, channels: int) -> Terms:
        """None: entries are looked up."""
        del sequences, heads, channels
        return ()

    def additions(self, sequences: Sequences, heads: int) -> Terms:
        """One per affinity between grid positions."""
        return (Term("relative positions", cell_pairs(sequences, heads)),)

    def recorded(self, tape: Tape, sequences: Sequences, queries: Strided) -> Strided:
        """Allocate an entry per head and pair; save the index where it is a copy, of a part of the window."""
        pairs = (sequences.query_cells, sequences.key_cells)
        if self._part_of_index(sequences).view(pairs) is None:
            index = tape.indices(pairs)
            tape.save(index)
            tape.drop(index)
        entries = tape.empty((*pairs, queries.sizes[1]), requires_grad=True)
        return entries.permute(2, 0, 1).unsqueeze(0)

    @staticmethod
    def _part_of_index(sequences: Sequences) -> Strided:
        """Return the part of the buffer for a grid that is smaller than the window."""
        windows = tuple(span.window for span in sequences.spans) * 2
        part = Strided(BUFFER, windows, contiguous_strides(windows))
        for dim, span in enumerate((*sequences.spans, *sequences.spans)):
            part = part.narrow(dim, span.query)
        return part


class Decomposed(RelativePosition):
    """A vector for every distance along each axis, multiplied with the query (Li et al. 2022, arXiv:2112.01526)."""

    def check(self, sequences: Sequences) -> None:
        """Accept sequences of any kind."""

    def parameters(self, sequences: Sequences, heads: int, channels: int) -> Parameters:
        """(2 * the larger of queries and keys - 1) * channels of a head, by axis, shared over heads."""
        del heads
        return Parameters(weights=tuple(
            Term(f"relative positions {span.axis}", (("distances", 2 * span.window - 1), ("channels", channels)))
            for span in sequences.spans
        ))  # fmt: skip

    def macs(self, sequences: Sequences, heads: int, channels: int) -> Terms:
        """Each query of the grid with the vectors of all keys along each axis."""
        queries = (("heads", heads), ("groups", sequences.groups), ("queries", sequences.query_cells))
        return tuple(
            Term(f"relative positions {span.axis}", (*queries, (f"keys {span.axis}", span.key), ("channels", channels)))
            for span in sequences.spans
        )

    def additions(self, sequences: Sequences, heads: int) -> Terms:
        """One per axis and affinity between grid positions."""
        return (Term("relative positions", (("axes", len(sequences.spans)), *cell_pairs(sequences, heads))),)

    def recorded(self, tape: Tape, sequences: Sequences, queries: Strided) -> Strided:
        """Allocate by axis the products of queries and vectors, and their sums; save queries, vectors and indices."""
        asking = tuple(span.query for span in sequences.spans)
        grid = queries.unflatten(2, asking)
        total: Strided | None = None
        for at, span in enumerate(sequences.spans):
            along = self._along(tape, grid, at, span)
            keys = tuple(span.key if at == other else 1 for other in range(len(asking)))
            spread = along.unflatten(3, keys)
            if total is None:
                total = spread
                continue
            joined = tape.elementwise(total, spread)
            tape.drop(total, along)
            total = joined
        assert total is not None, "attention works over at least one axis"
        return tape.replaced(total, tape.flatten(total, 3, total.dim - 1))

    @staticmethod
    def _along(tape: Tape, grid: Strided, at: int, span: Span) -> Strided:
        """Record an einsum, which is a product of matrices for each position of the axis."""
        channels, axes = grid.sizes[-1], grid.dim - 3
        index = tape.indices((span.query, span.key))
        vectors = tape.empty((span.query, span.key, channels), requires_grad=True)
        others = [2 + other for other in range(axes) if other != at]
        moved = grid.permute(2 + at, 0, 1, *others, grid.dim - 1)
        rows = tape.reshape(moved, (span.query, grid.elements // (span.query * channels), channels))
        products = tape.empty((*rows.sizes[:2], span.key), requires_grad=True)
        tape.save(index, vectors, rows)
        if rows.storage != grid.storage:
            tape.drop(rows)
        tape.drop(index)
        back = products.unflatten(1, tuple(moved.sizes[1:-1]))
        order = [0] * axes
        for place, other in enumerate(others):
            order[other - 2] = 3 + place
        found = tape.flatten(back.permute(1, 2, *order, back.dim - 1), 2, 1 + axes)
        tape.drop(vectors)
        return tape.replaced(products, found)


def cell_pairs(sequences: Sequences, heads: int) -> tuple[tuple[str, int], ...]:
    """Factors of the affinities between grid positions."""
    return (
        ("heads", heads),
        ("groups", sequences.groups),
        ("queries", sequences.query_cells),
        ("keys", sequences.key_cells),
    )


RELATIVE_POSITIONS: dict[str | None, RelativePosition] = {
    None: NoPosition(),
    "table": Table(),
    "decomposed": Decomposed(),
}
