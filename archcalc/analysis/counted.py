"""What quantities are read from: an analysis, or the counts of a network without one. For type checkers alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.core.terms import Parameters
    from archcalc.graph import NetworkGraph


class CountedLayer(Protocol):
    """A layer with its counts: a record of an analysis, or counts that are computed when they are read."""

    @property
    def parameters(self) -> Parameters:
        """Return the parameters that the layer owns."""

    @property
    def params(self) -> int:
        """Return the number of learned weights and biases."""

    @property
    def buffers(self) -> int:
        """Return how many numbers the buffers hold."""

    @property
    def cost(self) -> int:
        """Return the cost by the convention."""


class CountedNetwork(Protocol):
    """A network with its counts: an analysis, or one that computes them when they are read."""

    @property
    def graph(self) -> NetworkGraph:
        """Return the layers as a graph."""

    @property
    def layers(self) -> Sequence[CountedLayer]:
        """Return the layers with their counts, in order."""

    @property
    def totals(self) -> object:
        """Return the numbers that only a network has, as attributes."""

    @property
    def dtype(self) -> str:
        """Return the type of the numbers."""
