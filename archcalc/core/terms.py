"""Counts kept as sums of named products, so that a number can be shown with the arithmetic it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Term(NamedTuple):
    """One product of a count: what it counts, and its factors with their names."""

    what: str
    factors: tuple[tuple[str, int], ...]

    @property
    def value(self) -> int:
        """The product of the factors."""
        product = 1
        for _, factor in self.factors:
            product *= factor
        return product


Terms = tuple[Term, ...]


def term(what: str, **factors: int) -> Term:
    """Return a term whose factors are named by keyword; an underscore in a name becomes a space."""
    return Term(what, tuple([(name.replace("_", " "), value) for name, value in factors.items()]))


def total(terms: Iterable[Term]) -> int:
    """The sum of the products."""
    found = 0
    for each in terms:
        found += each.value
    return found


class Parameters(NamedTuple):
    """What a layer stores: learned weights and biases, and buffers that training fills but no gradient reaches.

    `idle` are the learned ones that one position does not use, as those of experts that are not chosen. `integers` are
    the buffers that do not have the type of the network, such as positions, each with the bytes of one of its numbers.
    """

    weights: Terms = ()
    biases: Terms = ()
    buffers: Terms = ()
    idle: Terms = ()
    integers: tuple[tuple[Term, int], ...] = ()

    @property
    def learned(self) -> Terms:
        """Return the terms of weights, then of biases."""
        return self.weights + self.biases

    @property
    def typed_buffers(self) -> int:
        """Return how many numbers of buffers have the type of the network."""
        return total(self.buffers) - total(each for each, _ in self.integers)

    @property
    def integer_bytes(self) -> int:
        """Return the bytes of the other buffers, which are the same in a network of any type."""
        return sum(each.value * size for each, size in self.integers)


class Arithmetic(NamedTuple):
    """What a layer computes for one sample, in separate parts.

    `macs` are multiply-accumulates of convolutions, linear maps, attention products and recurrent matrices; a bias is
    not one. `elementwise` counts single operations. `fused` says how many of the multiply-accumulates happen inside one
    operation of PyTorch that is not the module of a layer, by its name (`scaled_dot_product_attention`, `matmul`), for
    which some conventions have no rule. `unknown` names operations with an unknown number of multiply-accumulates.
    """

    macs: Terms = ()
    elementwise: Terms = ()
    fused: tuple[tuple[str, int], ...] = ()
    unknown: tuple[str, ...] = ()


NO_PARAMETERS = Parameters()
NO_ARITHMETIC = Arithmetic()
