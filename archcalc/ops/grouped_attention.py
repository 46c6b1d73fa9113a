"""What attention along a sequence and attention to another tensor share: projections, heads in groups, sums."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.messages import counted
from archcalc.core.problem import OperatorError
from archcalc.core.terms import Arithmetic, Parameters, Terms, term, total
from archcalc.ops.axes import require_no_tokens
from archcalc.ops.base import Inputs, MixedChannels, TokensPass, Windowless, require_at_least
from archcalc.ops.biases import PROJECTIONS, Biases, has_bias
from archcalc.ops.heads import head_channels
from archcalc.ops.linear import linear
from archcalc.ops.sequence_tape import attended
from archcalc.ops.traits import Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Tape


@dataclass(frozen=True, slots=True)
class Pairs:
    """How many sequences there are, the queries and the keys of each, and whether a mask hides some of the pairs."""

    groups: int
    queries: int
    keys: int
    masked: bool


@dataclass(frozen=True, kw_only=True)
class GroupedAttention(Windowless, MixedChannels, TokensPass):
    """Multi-head attention whose heads may share keys and values, with four linear projections."""

    traits: ClassVar[Traits] = Traits(
        family=Family.ATTENTION, storage=Storage.OWN, weights=True, whole_axis="attention", join=Join.NONE
    )

    heads: int
    kv_heads: int | None = None
    head_channels: int | None = None
    out: int | None = None
    bias: Biases = True

    def __post_init__(self) -> None:
        for argument in ("heads", "kv_heads", "head_channels", "out"):
            require_at_least(1, argument, getattr(self, argument))
        if self.heads % self.shared_heads:
            found = f"{self.shared_heads} heads of keys and values for {self.heads} heads of queries"
            raise OperatorError(found, "a number that divides the heads", argument="kv_heads")

    @abstractmethod
    def pairs(self, inputs: Inputs) -> Pairs:
        """Return what attends to what."""

    @abstractmethod
    def more_operations(self, inputs: Inputs) -> Terms:
        """Return elementwise operations in addition to scale, softmax and biases."""

    @property
    def shared_heads(self) -> int:
        """Return the heads of keys and values."""
        return self.heads if self.kv_heads is None else self.kv_heads

    def channels_of_head(self, shape: Shape) -> int:
        """Return the channels of one head, for queries from a tensor of this shape."""
        if self.head_channels is not None:
            return self.head_channels
        return head_channels(shape.channels, self.heads)

    def widths(self, inputs: Inputs) -> tuple[int, int, int]:
        """Return the channels of queries, of keys and of the output."""
        each = self.channels_of_head(inputs[0])
        return self.heads * each, self.shared_heads * each, self.out or inputs[0].channels

    def output_shape(self, inputs: Inputs) -> Shape:
        """Return `out` channels on the grid of the queries."""
        for shape in inputs:
            require_no_tokens(shape, self.title)
        self.pairs(inputs)
        return inputs[0].with_channels(self.widths(inputs)[2])

    def sources(self, inputs: Inputs) -> tuple[Shape, Shape, Shape]:
        """Return the tensors that queries, keys and values are projected from: one, two or three different ones."""
        return inputs[0], inputs[min(1, len(inputs) - 1)], inputs[-1]

    def parameters(self, inputs: Inputs) -> Parameters:
        """Return weights and biases of the projections of queries, keys, values and sums."""
        query, key, out = self.widths(inputs)
        queries, keys, values = (shape.channels for shape in self.sources(inputs))
        weights = (
            term("query weights", queries=query, **{"in": queries}),
            term("key weights", keys=key, **{"in": keys}),
            term("value weights", values=key, **{"in": values}),
            term("output weights", out=out, sums=query),
        )
        biases = (
            term("query biases", queries=query),
            term("key biases", keys=key),
            term("value biases", values=key),
            term("output biases", out=out),
        )
        pairs = zip(PROJECTIONS, biases, strict=True)
        return Parameters(weights, tuple(each for name, each in pairs if has_bias(self.bias, name)))

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Return projections and products over all pairs, masked ones too, and the elementwise operations."""
        products = self._products(inputs)
        return Arithmetic(
            macs=(*self._projections(inputs), *products),
            elementwise=self._elementwise(inputs),
            fused=(("scaled_dot_product_attention", total(products)),),
        )

    def _products(self, inputs: Inputs) -> Terms:
        each, query = self.pairs(inputs), self.widths(inputs)[0]
        pairs = {"groups": each.groups, "queries": each.queries, "keys": each.keys}
        too = ", masked pairs too" if each.masked else ""
        return (
            term(f"queries with keys{too}", **pairs, channels=query),
            term(f"affinities with values{too}", **pairs, channels=query),
        )

    def _projections(self, inputs: Inputs) -> Terms:
        query, key, out = self.widths(inputs)
        queries, keys, values = self.sources(inputs)
        both: Terms = (term("keys and values", projections=2, positions=keys.cells, out=key, **{"in": keys.channels}),)
        if keys.channels != values.channels:
            pairs = {"keys": keys, "values": values}
            both = tuple(
                term(name, positions=shape.cells, out=key, **{"in": shape.channels}) for name, shape in pairs.items()
            )
        return (
            term("queries", positions=queries.cells, out=query, **{"in": queries.channels}),
            *both,
            term("output projection", positions=queries.cells, out=out, sums=query),
        )

    def _elementwise(self, inputs: Inputs) -> Terms:
        each, (query, key, out) = self.pairs(inputs), self.widths(inputs)
        positions, asked = inputs[0].cells, inputs[-1].cells
        affinities = {"heads": self.heads, "groups": each.groups, "queries": each.queries, "keys": each.keys}
        terms = [term("scaled queries", positions=positions, channels=query), *self.more_operations(inputs)]
        terms += [term("softmax", **affinities, operations=5)]
        own = query * has_bias(self.bias, "query") + out * has_bias(self.bias, "output")
        terms += [term("bias additions of queries and outputs", positions=positions, channels=own)] if own else []
        shared = has_bias(self.bias, "key") + has_bias(self.bias, "value")
        added = term("bias additions of keys and values", projections=shared, positions=asked, channels=key)
        terms += [added] if shared else []
        return tuple(terms)

    def split(self, rows: Strided, heads: int) -> Strided:
        """Return projected rows (batch, positions, channels) by head: batch, heads, positions, channels of a head."""
        return rows.unflatten(2, (heads, rows.sizes[2] // heads)).transpose(1, 2)

    def with_all_heads(self, tape: Tape, shared: Strided) -> Strided:
        """Allocate copies of keys or values for the heads that share them."""
        if self.shared_heads == self.heads:
            return shared
        batch, _, length, channels = shared.sizes
        return tape.replaced(shared, tape.empty((batch, self.heads, length, channels), requires_grad=True))

    def finished(self, tape: Tape, three: tuple[Strided, ...], bias: Strided | None, out: int) -> Strided:
        """Record the sums of values and their projection: batch, positions, out."""
        queries, keys, values = three
        sums = attended(tape, queries, keys, values, bias)
        rows = tape.flatten(sums.transpose(1, 2), 2, 3)
        return linear(tape, rows, out)

    def head_summary(self, inputs: Inputs) -> list[str]:
        """Return the heads, and what is not the usual: shared keys, channels that change."""
        parts = [counted(self.heads, "head")]
        parts += [f"{self.shared_heads} for keys"] * (self.shared_heads != self.heads)
        out = self.widths(inputs)[2]
        parts += [f"{inputs[0].channels}->{out}"] * (out != inputs[0].channels)
        return parts
