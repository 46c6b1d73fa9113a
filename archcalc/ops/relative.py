"""Learned relative positions of attention: what each kind stores and computes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import prod
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.problem import OperatorError
from archcalc.core.terms import NO_PARAMETERS, Parameters, Term, Terms

if TYPE_CHECKING:
    from archcalc.ops.sequences import Sequences


class RelativePosition(ABC):
    """A kind of relative position; tokens beside the grid have none."""

    multiplies_queries: ClassVar[bool]
    """Whether the gradient is a product with the queries, which autograd then keeps as they are before the scale."""

    @abstractmethod
    def check(self, sequences: Sequences) -> None:
        """OperatorError when queries and keys do not suit it."""

    @abstractmethod
    def parameters(self, sequences: Sequences, heads: int, channels: int) -> Parameters:
        """What it stores."""

    @abstractmethod
    def macs(self, sequences: Sequences, heads: int, channels: int) -> Terms:
        """Products of queries with positions."""

    @abstractmethod
    def additions(self, sequences: Sequences, heads: int) -> Terms:
        """What is added to the affinities."""

    @abstractmethod
    def saved_elements(self, sequences: Sequences, channels: int) -> int:
        """What autograd keeps for it, beside the queries."""


class NoPosition(RelativePosition):
    """No relative positions."""

    multiplies_queries: ClassVar[bool] = False

    def check(self, sequences: Sequences) -> None:
        """Suits all."""

    def parameters(self, sequences: Sequences, heads: int, channels: int) -> Parameters:
        """None at all."""
        del sequences, heads, channels
        return NO_PARAMETERS

    def macs(self, sequences: Sequences, heads: int, channels: int) -> Terms:
        """None at all."""
        del sequences, heads, channels
        return ()

    def additions(self, sequences: Sequences, heads: int) -> Terms:
        """None at all."""
        del sequences, heads
        return ()

    def saved_elements(self, sequences: Sequences, channels: int) -> int:
        """Nothing."""
        del sequences, channels
        return 0


class Table(RelativePosition):
    """A number per head for every distance inside the window (Liu et al. 2021, arXiv:2103.14030)."""

    multiplies_queries: ClassVar[bool] = False

    def check(self, sequences: Sequences) -> None:
        """Queries and keys must lie on one grid."""
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
        return Parameters(weights=(Term("relative positions", (*distances, ("heads", heads))),), buffers=(index,))

    def macs(self, sequences: Sequences, heads: int, channels: int) -> Terms:
        """None: entries are looked up."""
        del sequences, heads, channels
        return ()

    def additions(self, sequences: Sequences, heads: int) -> Terms:
        """One per affinity between grid positions."""
        return (Term("relative positions", cell_pairs(sequences, heads)),)

    def saved_elements(self, sequences: Sequences, channels: int) -> int:
        """Nothing: the index is a buffer."""
        del sequences, channels
        return 0


class Decomposed(RelativePosition):
    """A vector for every distance along each axis, multiplied with the query (Li et al. 2022, arXiv:2112.01526)."""

    multiplies_queries: ClassVar[bool] = True

    def check(self, sequences: Sequences) -> None:
        """Suits all."""

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

    def saved_elements(self, sequences: Sequences, channels: int) -> int:
        """The vector of every pair of query and key along each axis."""
        return sum(span.query * span.key * channels for span in sequences.spans)


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
