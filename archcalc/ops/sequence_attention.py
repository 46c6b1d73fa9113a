"""Attention along one axis: causal, in a sliding window, with rotary positions, with grouped keys and values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, AxisReads, Taps, WholeAxisRead
from archcalc.core.terms import Terms, term
from archcalc.ops.arguments import GridAxis
from archcalc.ops.axes import require_axes
from archcalc.ops.base import Inputs, require_at_least, single
from archcalc.ops.folding import folded
from archcalc.ops.grouped_attention import GroupedAttention, Pairs
from archcalc.ops.linear import linear

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Held, Tape

ROTARY_OPERATIONS = 3
"""Per element of queries and keys: two multiplications and one addition."""


@dataclass(frozen=True, kw_only=True)
class SequenceAttention(GroupedAttention):
    """Multi-head attention along one axis, separately at every position of the other axes, with its projections.

    Example: `sequence_attention: {heads: 8, causal: true, rotary: true}` along T, as in a language model.
    `causal`: each position attends to itself and all before. `window: w` is a sliding window of w positions: the
    position and the w - 1 before it if causal, otherwise w has to be odd and as many lie before as after. `kv_heads`:
    heads of keys and values, each shared by several heads of queries (grouped-query attention; 1 is multi-query).
    `rotary`: queries and keys are rotated by angles that depend on their position, without parameters.
    `head_channels` is C / heads and `out` is C unless given. `bias` may name the projections that have one:
    `bias: [query, key, value]`.

    Weights, with Q = heads * head_channels and K = kv_heads * head_channels: C * Q, 2 * C * K and Q * out, as many
    biases as outputs. Multiply-accumulates: one per weight and position, and 2 * Q for every pair of positions, masked
    pairs too, as FlopCounterMode counts them. Elementwise: an addition per bias and output, one multiplication per
    query element, 5 operations per affinity for the softmax and one for the mask of a window, 3 per rotated element.
    Saved for backward: what the projections read, queries, keys, values, their sums, a float32 per query and head, and
    the mask of a window.
    Reference: torch.nn.functional.scaled_dot_product_attention; Ainslie et al. 2023 (arXiv:2305.13245), Su et al. 2021
    (arXiv:2104.09864).
    """

    title: ClassVar[str] = "SequenceAttention"

    over: GridAxis = "T"
    causal: bool = False
    window: int | None = None
    rotary: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require_at_least(1, "window", self.window)
        if self.window is not None and not self.causal and self.window % 2 == 0:
            raise OperatorError(f"window {self.window}", "an odd number, or causal: true", argument="window")

    @property
    def reach(self) -> tuple[int, int]:
        """Return how many positions before and after itself a position attends to in a window."""
        window = self.window or 1
        return (window - 1, 0) if self.causal else (window // 2, window // 2)

    def pairs(self, inputs: Inputs) -> Pairs:
        """Return a sequence for each position of the other axes; OperatorError without the axis."""
        shape = single(inputs)
        require_axes(shape, (self.over,), argument="over")
        if self.rotary and self.channels_of_head(shape) % 2:
            found = f"rotary positions on heads of {self.channels_of_head(shape)} channels"
            raise OperatorError(found, "an even number of channels", argument="rotary")
        length = shape[self.over]
        masked = self.causal or self.window is not None
        return Pairs(shape.cells // length, length, length, masked)

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Along its axis the window, the past or everything; each position reads itself along the others."""
        del inputs, input_index
        if axis != self.over:
            return POINTWISE
        if self.window is not None:
            before, after = self.reach
            return Taps((-before,), (after,))
        return WholeAxisRead.PAST if self.causal else WholeAxisRead.SELF_AND_ALL

    def depends_on_index(self, inputs: Inputs, axis: str) -> bool:
        """Return whether the place along the axis matters: how much came before, or its distance to all others."""
        del inputs
        return axis == self.over and self.window is None and (self.causal or self.rotary)

    def more_operations(self, inputs: Inputs) -> Terms:
        """Return those of rotary positions and of the mask of a window."""
        each, (query, key, _) = self.pairs(inputs), self.widths(inputs)
        rotated = term("rotated", positions=inputs[0].cells, channels=query + key, operations=ROTARY_OPERATIONS)
        masked = {"heads": self.heads, "groups": each.groups, "queries": each.queries, "keys": each.keys}
        mask = term("mask of the window", **masked)
        return (rotated,) * self.rotary + (mask,) * (self.window is not None)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate projections, rotated and repeated heads, a mask and sums; save them, affinities not."""
        query, key, out = self.widths(inputs)

        def step(inner: Strided) -> Strided:
            rows = tape.contiguous(inner.transpose(1, 2))
            queries = self._rotated(tape, self.split(linear(tape, rows, query), self.heads))
            keys = self._rotated(tape, self.split(linear(tape, rows, key), self.shared_heads))
            values = self.with_all_heads(tape, self.split(linear(tape, rows, key), self.shared_heads))
            three = (queries, self.with_all_heads(tape, keys), values)
            bias = None if self.window is None else _band(tape, rows.sizes[1])
            return self.finished(tape, three, bias, out).transpose(1, 2)

        return folded(tape, given[0], inputs[0], (self.over,), step)

    def _rotated(self, tape: Tape, heads: Strided) -> Strided:
        if not self.rotary:
            return heads
        length, channels = heads.sizes[2:]
        angles, cosines, sines = (tape.empty((length, channels // 2)) for _ in range(3))
        tape.save(cosines, sines)
        half = heads.narrow(3, channels // 2)
        first = tape.elementwise(half)
        temporaries = [tape.elementwise(half) for _ in range(2)]
        second = tape.elementwise(*temporaries)
        tape.drop(*temporaries)
        joined = tape.cat([first, second], 3)
        made = tape.replaced(joined, tape.contiguous(joined))
        tape.drop(angles, cosines, sines, first, second)
        return tape.replaced(heads, made)

    def summary(self, inputs: Inputs) -> str:
        """Return the axis, the heads, and what the mask and positions are."""
        parts = [self.over, *self.head_summary(inputs)]
        parts += ["causal"] * self.causal
        parts += [f"window {self.window}"] * (self.window is not None)
        parts += ["rotary"] * self.rotary
        return ", ".join(parts)


def _band(tape: Tape, length: int) -> Strided:
    """Record the mask of a window: which pairs are seen as bools, then what is added to the affinities."""
    pairs = (length, length)
    ones, lower = tape.empty(pairs, itemsize=1), tape.empty(pairs, itemsize=1)
    tape.drop(ones)
    seen = tape.empty(pairs, itemsize=1)
    tape.drop(lower)
    mask = tape.empty(pairs)
    tape.drop(seen)
    return mask
