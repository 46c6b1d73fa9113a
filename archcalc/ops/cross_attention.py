"""Attention of one tensor to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, AxisReads, WholeAxisRead
from archcalc.core.tape import Held
from archcalc.core.terms import Terms
from archcalc.ops.base import IndexIndependent, Inputs
from archcalc.ops.grouped_attention import GroupedAttention, Pairs
from archcalc.ops.linear import linear

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Tape


@dataclass(frozen=True, kw_only=True)
class CrossAttention(GroupedAttention, IndexIndependent):
    """Multi-head attention of every position of one tensor to all positions of another, with its projections.

    Example: `cross_attention: {heads: 8, from: [text, image]}`: queries from `text`, keys and values from `image`. With
    three tensors the values have one of their own, on the grid of the keys: `from: [text, placed, image]`, where
    positions were added to the keys alone. `bias` may name the projections that have one, `[query, value, output]`. The
    output has the axes of the first tensor and `out` channels (its own C unless given). `kv_heads`: heads of keys and
    values, each shared by several heads of queries. `head_channels` is C / heads unless given.

    Weights, with Q = heads * head_channels, K = kv_heads * head_channels, and C and M channels: C * Q, 2 * M * K and
    Q * out, as many biases as outputs. Multiply-accumulates: one per weight and position of the tensor that it reads,
    and 2 * Q for every pair of positions. Elementwise: an addition per bias and output, one multiplication per query
    element, 5 operations per affinity for the softmax.
    Saved for backward: what the projections read, queries, keys, values, their sums and a float32 per query and head.
    Reference: torch.nn.MultiheadAttention with kdim and vdim; Vaswani et al. 2017 (arXiv:1706.03762).
    """

    title: ClassVar[str] = "CrossAttention"

    def pairs(self, inputs: Inputs) -> Pairs:
        """Return one sequence of all positions of each; OperatorError unless two or three tensors fit each other."""
        if len(inputs) not in (2, 3):
            found = "1 input" if len(inputs) == 1 else f"{len(inputs)} inputs"
            expected = "two: a tensor for the queries, and one for keys and values; or three, with one for the values"
            raise OperatorError(found, expected, argument="from")
        _, keys, values = self.sources(inputs)
        if keys.with_channels(values.channels) != values:
            expected = "values at the positions of the keys"
            raise OperatorError(f"keys from {keys} with values from {values}", expected, argument="from")
        return Pairs(1, inputs[0].cells, inputs[1].cells, masked=False)

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Each position its own query, and all keys and values."""
        del inputs, axis
        return WholeAxisRead.ALL if input_index else POINTWISE

    def more_operations(self, inputs: Inputs) -> Terms:
        """Return no operations besides those of the products."""
        del inputs
        return ()

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate projections, repeated heads and sums; save them, affinities not."""
        query, key, out = self.widths(inputs)
        rows = [_rows(tape, held.grid) for held in given]
        queries = self.split(linear(tape, rows[0], query), self.heads)
        keys = self.split(linear(tape, rows[1], key), self.shared_heads)
        values = self.with_all_heads(tape, self.split(linear(tape, rows[-1], key), self.shared_heads))
        three = (queries, self.with_all_heads(tape, keys), values)
        made = self.finished(tape, three, None, out).transpose(1, 2)
        grid = given[0].grid
        return Held(made.unflatten(2, grid.sizes[2:]) if grid.dim > 2 else made.select(2))

    def summary(self, inputs: Inputs) -> str:
        """Return how many positions attend to how many, and the heads."""
        return ", ".join([f"{inputs[0].cells}x{inputs[1].cells}", *self.head_summary(inputs)])


def _rows(tape: Tape, grid: Strided) -> Strided:
    """Return all positions as rows (batch, positions, channels), in order."""
    flat = tape.flatten(grid.unsqueeze(grid.dim), 2, grid.dim)
    return tape.replaced(flat, tape.contiguous(flat.transpose(1, 2)))
