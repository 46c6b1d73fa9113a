"""Multi-head attention over axes of a grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, ClassVar

from archcalc.core.messages import counted
from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, TOKENS_PASS_BY, AxisReads, TokenFlow, WholeAxisRead
from archcalc.core.shape import CHANNEL, Shape
from archcalc.core.terms import Arithmetic, Parameters, Terms, term, total
from archcalc.ops.arguments import GridAxes, Layers, Sizes, one_of
from archcalc.ops.axes import require_axes
from archcalc.ops.base import (
    Inputs,
    MixedChannels,
    Windowless,
    by_axis,
    per_axis,
    require_at_least,
    require_window_size,
)
from archcalc.ops.biases import PROJECTIONS, Biases, has_bias
from archcalc.ops.heads import ProjectHeads, head_channels
from archcalc.ops.linear import linear
from archcalc.ops.relative import RELATIVE_POSITIONS, RelativePosition
from archcalc.ops.sequence_tape import Blocks, attended, from_sequences, hidden_pairs, to_sequences
from archcalc.ops.sequences import Sequences, Span, block_span, places, pooled_sequences
from archcalc.ops.traits import Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Held, Tape

__all__ = ["Attention", "ProjectHeads"]

ALL_MIXED = TokenFlow(kept=True, to_grid=True, from_grid=True)

MOST_KEPT = 1024
"""Attentions whose sequences are kept: more than any network has that differ."""


@dataclass(frozen=True, kw_only=True)
class Attention(Windowless, MixedChannels):
    """Multi-head attention over some axes, separately at every position of the other axes, including the projections.

    Example: `attention: {over: [T, H, W], heads: 8}`, and in windows that are shifted
    `attention: {over: [T, H, W], heads: 3, window: [8, 7, 7], shift: [4, 3, 3], relative_position: table}`.

    The input's C channels become `out` queries, keys and values (C by default), which `heads` share; an output
    projection takes `out` to `out`. A class token attends like any position, which needs all axes and no window;
    `class_token: copy` gives each sequence a copy of it and averages the copies afterwards.
    A `window` as large as its axis covers it and is not shifted; otherwise the axis is padded at its end to whole
    windows, before the projections. Layers under `query`, `key` and `value` act on the projected heads.
    `residual_query` adds the queries of the grid to the result. `bias: [query, value, output]` names the projections
    that have a bias.

    Weights: 3 * C * out + out * out, as many biases as outputs; `relative_position: table` has (2 * window - 1) per
    axis and head, and an index of window * window pairs as a buffer; `decomposed` has (2 * size - 1) * channels of a
    head per axis. Multiply-accumulates: for G sequences of L positions, padding and copies included,
    G * L * 3 * C * out, 2 * G * L * L * out and G * L * out * out; `decomposed` adds one product per query, axis, key
    of that axis and channel. Elementwise: an addition per bias and output, one multiplication per query element for
    the scale, 5 operations per affinity for the softmax, one per affinity for a table, for each decomposed axis and
    for the mask of shifted windows, one addition per element for `residual_query`, and one operation per element and
    copy for averaging tokens. Saved for backward: what the projections read, queries, keys, values, their sums and a
    float32 per query and head, as attention is fused; where the bias is learned (`relative_position`), or the channels
    of a head do not lie together, it is not fused and saves scaled queries and keys, values and the affinities after
    softmax, `decomposed` the queries once more for every axis.
    Reference: Vaswani et al. 2017 (arXiv:1706.03762); torchvision's mvit and swin_transformer.
    """

    title: ClassVar[str] = "Attention"
    traits: ClassVar[Traits] = Traits(
        family=Family.ATTENTION, storage=Storage.OWN, weights=True, whole_axis="attention", join=Join.NONE
    )

    over: GridAxes
    heads: int
    out: int | None = None
    bias: Biases = True
    class_token: Annotated[str, one_of("attend", "copy")] = "attend"
    window: Sizes | None = None
    shift: Sizes = 0
    relative_position: Annotated[str, one_of("table", "decomposed")] | None = None
    query: Layers = ()
    key: Layers = ()
    value: Layers = ()
    residual_query: bool = False

    def __post_init__(self) -> None:
        require_at_least(1, "heads", self.heads)
        require_at_least(1, "out", self.out)
        require_window_size("window", self.window)
        require_at_least(0, "shift", self.shift)
        windows = per_axis(self.window, self.over, "window") if self.window is not None else ()
        shifts = per_axis(self.shift, self.over, "shift")
        if any(shifts) and self.window is None:
            raise OperatorError("a shift without a window", "a window to shift", argument="shift")
        for window, shift in zip(windows, shifts, strict=False):
            if shift >= window:
                raise OperatorError(f"shift {shift} of a window of {window}", "less than the window", argument="shift")

    @property
    def positions(self) -> RelativePosition:
        """The kind of relative positions."""
        return RELATIVE_POSITIONS[self.relative_position]

    def projection(self, which: str) -> ProjectHeads:
        """Return the projection of queries, keys or values, `query`, `key` or `value`, before further layers."""
        return ProjectHeads(heads=self.heads, out=self.out, bias=has_bias(self.bias, which))

    def output_shape(self, inputs: Inputs) -> Shape:
        """`out` channels on the grid, and with the tokens, of the queries."""
        self.positions.check(self.sequences(inputs))
        self._head_channels(inputs)
        return Shape.of({**inputs[0].sizes, CHANNEL: self._widths(inputs)[2]}, tokens=inputs[0].tokens)

    def sequences(self, inputs: Inputs) -> Sequences:
        """What attends to what; OperatorError when that does not fit."""
        return _sequences(self, inputs)

    def cut(self, inputs: Inputs) -> Sequences:
        """Return the same, worked out anew."""
        if len(inputs) == 3:
            return self._pooled_sequences(*inputs)
        if len(inputs) != 1:
            raise OperatorError(f"{len(inputs)} inputs", "one, or queries, keys and values", argument="from")
        shape = inputs[0]
        if shape.heads != 1:
            raise OperatorError(f"attention on the heads of another, {shape}", "a tensor without heads")
        require_axes(shape, self.over, argument="over")
        if shape.tokens and self.class_token == "attend":
            self._check_attends(shape)
        return Sequences(self._spans(shape), places(shape, self.over), shape.tokens, shape.tokens)

    def _check_attends(self, shape: Shape) -> None:
        if self.window is None and set(self.over) == set(shape.grid):
            return
        inside = "a window" if self.window is not None else ", ".join(self.over)
        raise OperatorError(
            f"a class token in an attention over {inside} of a grid with the axes {', '.join(shape.grid)}",
            "attention over all of them without a window",
            argument="class_token",
            hint="`class_token: copy`, or `select: {tokens: grid}` first",
        )

    def _spans(self, shape: Shape) -> tuple[Span, ...]:
        windows: tuple[int, ...] = tuple(shape[axis] for axis in self.over)
        if self.window is not None:
            windows = per_axis(self.window, self.over, "window")
        shifts = per_axis(self.shift, self.over, "shift")
        axes = zip(self.over, windows, shifts, strict=True)
        return tuple(block_span(axis, shape[axis], window, shift) for axis, window, shift in axes)

    def _pooled_sequences(self, query: Shape, key: Shape, value: Shape) -> Sequences:
        require_axes(query, self.over, argument="over")
        if self.window is not None or self.class_token == "copy":
            argument = "class_token" if self.window is None else "window"
            raise OperatorError(
                f"'{argument}' with layers for queries, keys or values", "attention without it", argument=argument
            )
        if query.tokens or key.tokens:
            self._check_attends(query)
        sequences = pooled_sequences(self.over, self.heads, query, key, value)
        if self.residual_query and query.channels != value.channels:
            raise OperatorError(
                f"queries of {query.channels} added to values of {value.channels} channels",
                "as many in both",
                argument="residual_query",
            )
        return sequences

    def _widths(self, inputs: Inputs) -> tuple[int, int, int]:
        """Channels of queries, of the values' sum and of the output, all heads together."""
        if len(inputs) == 3:
            query, result = (self.heads * shape.channels for shape in (inputs[0], inputs[2]))
            return query, result, result if self.out is None else self.out
        out = inputs[0].channels if self.out is None else self.out
        return out, out, out

    def _head_channels(self, inputs: Inputs) -> int:
        return head_channels(self._widths(inputs)[0], self.heads)

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Along the axes attended over its own window or all; pooled queries read themselves, other axes do as well."""
        if axis not in self.over or (len(inputs) == 3 and input_index == 0):
            return POINTWISE
        if len(inputs) == 3:
            return WholeAxisRead.ALL
        return next(span for span in self.sequences(inputs).spans if span.axis == axis).reads()

    def depends_on_index(self, inputs: Inputs, axis: str) -> bool:
        """Relative positions depend on the place in a window; windows that repeat along the axis have the same ones."""
        if self.relative_position is None:
            return False
        return any(span.axis == axis and span.blocks == 1 for span in self.sequences(inputs).spans)

    def token_flow(self, input_index: int, inputs: Inputs) -> TokenFlow:
        """Tokens and grid see each other, except among pooled queries."""
        return TOKENS_PASS_BY if len(inputs) == 3 and input_index == 0 else ALL_MIXED

    def parameters(self, inputs: Inputs) -> Parameters:
        """Weights and biases of the projections, and relative positions."""
        _, result, out = self._widths(inputs)
        weights: Terms = (term("output weights", out=out, result=result),)
        biases: Terms = (term("output biases", out=out),) if has_bias(self.bias, "output") else ()
        if len(inputs) == 1:
            channels = inputs[0].channels
            weights = (term("query, key and value weights", projections=3, out=out, **{"in": channels}), *weights)
            biases = (*self._projection_biases(out), *biases)
        relative = self.positions.parameters(self.sequences(inputs), self.heads, self._head_channels(inputs))
        return relative._replace(weights=weights + relative.weights, biases=biases)

    def biased(self) -> list[str]:
        """Return which of queries, keys and values have a bias."""
        return [each for each in PROJECTIONS[:3] if has_bias(self.bias, each)]

    def _projection_biases(self, out: int) -> Terms:
        names = self.biased()
        listed = " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
        return (term(f"{listed} biases", projections=len(names), out=out),) if names else ()

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Projections and products, and the elementwise operations listed above."""
        products = self._products(inputs)
        relative = self.positions.macs(self.sequences(inputs), self.heads, self._head_channels(inputs))
        attended = ("scaled_dot_product_attention", total(products))
        return Arithmetic(
            macs=self._macs(inputs, products, relative),
            elementwise=self._elementwise(inputs),
            fused=(attended, ("einsum", total(relative))) if relative else (attended,),
        )

    def _products(self, inputs: Inputs) -> Terms:
        """Affinities and the sum that they weigh, which PyTorch works out in one operation."""
        each, (query, result, _) = self.sequences(inputs), self._widths(inputs)
        pairs = {"groups": each.groups, "queries": each.queries, "keys": each.keys}
        return (
            term("queries with keys", **pairs, channels=query),
            term("affinities with values", **pairs, channels=result),
        )

    def _macs(self, inputs: Inputs, products: Terms, relative: Terms) -> Terms:
        each, (_, result, out) = self.sequences(inputs), self._widths(inputs)
        asked = {"groups": each.groups, "queries": each.queries}
        projections: Terms = ()
        if len(inputs) == 1:
            factors = {"groups": each.groups, "positions": each.queries, "in": inputs[0].channels, "out": out}
            projections = (term("queries, keys and values", projections=3, **factors),)
        return (
            *projections,
            *products,
            *relative,
            term("output projection", **asked, result=result, out=out),
        )

    def _elementwise(self, inputs: Inputs) -> Terms:
        each, (query, result, out) = self.sequences(inputs), self._widths(inputs)
        asked = {"groups": each.groups, "queries": each.queries}
        affinities = {"heads": self.heads, **asked, "keys": each.keys}
        terms = [term("scaled queries", **asked, channels=query)]
        terms += self.positions.additions(each, self.heads)
        terms += [term("mask of shifted windows", **affinities)] if each.shifted else []
        terms += [term("softmax", **affinities, operations=5)]
        if self.residual_query:
            terms += [term("queries added", groups=each.groups, queries=each.query_cells, channels=result)]
        if len(inputs) == 1 and (names := self.biased()):
            terms += [term("bias additions", projections=len(names), **asked, out=out)]
        terms += [term("bias additions", **asked, out=out)] if has_bias(self.bias, "output") else []
        if self.class_token == "copy" and each.query_tokens:
            terms += [term("averaged tokens", tokens=each.query_tokens, copies=each.groups, out=out)]
        return tuple(terms)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate sequences, projections, bias and sums; save them, and affinities only where they are not fused."""
        recorded = self._of_itself if len(inputs) == 1 else self._of_three
        return recorded(tape, inputs, given)

    def _of_itself(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        (held,), out = given, self._widths(inputs)[2]
        blocks = Blocks.of(inputs[0], self.sequences(inputs).spans)
        rows = to_sequences(tape, held, blocks)
        parts = self._joined_biases(tape, out)
        projected = linear(tape, rows, 3 * out)
        tape.drop(*parts)
        if rows.storage != held.grid.storage:
            tape.drop(rows)
        heads = projected.unflatten(2, (3, self.heads, out // self.heads)).permute(2, 0, 3, 1, 4)
        queries = keys = values = heads.select(0)
        return self._finished(tape, inputs, (queries, keys, values), blocks)

    def _joined_biases(self, tape: Tape, out: int) -> list[Strided]:
        """Allocate zeros for the projections without a bias, and all biases in a row, unless it is all or none."""
        missing = 3 - len(self.biased())
        if missing in (0, 3):
            return []
        return [*(tape.empty((out,)) for _ in range(missing)), tape.empty((3 * out,))]

    def _of_three(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        spans = self.sequences(inputs).spans
        cuts = [Blocks.of(shape, spans, keys=at > 0) for at, shape in enumerate(inputs)]
        three = [self._by_head(tape, held, blocks) for held, blocks in zip(given, cuts, strict=True)]
        return self._finished(tape, inputs, (three[0], three[1], three[2]), cuts[0])

    def _by_head(self, tape: Tape, held: Held, blocks: Blocks) -> Strided:
        rows = to_sequences(tape, held, blocks)
        heads = rows.unflatten(0, (rows.sizes[0] // (self.heads * blocks.groups), self.heads, blocks.groups))
        return tape.replaced(rows, tape.flatten(heads.transpose(1, 2), 0, 1))

    def _finished(self, tape: Tape, inputs: Inputs, three: tuple[Strided, Strided, Strided], blocks: Blocks) -> Held:
        queries, keys, values = three
        bias = self._bias(tape, inputs, queries, blocks)
        sums = attended(tape, queries, keys, values, bias)
        if self.residual_query:
            grid = sums.narrow(2, blocks.length)
            added = tape.elementwise(grid, queries.narrow(2, blocks.length))
            joined = tape.cat([sums.narrow(2, inputs[0].tokens), added], 2)
            tape.drop(added, sums)
            sums = joined
        rows = tape.replaced(sums, tape.flatten(sums.transpose(1, 2), 2, 3))
        if bias is not None:
            tape.drop(bias)
        return from_sequences(tape, linear(tape, rows, self._widths(inputs)[2]), blocks, inputs[0].tokens)

    def _bias(self, tape: Tape, inputs: Inputs, queries: Strided, blocks: Blocks) -> Strided | None:
        sequences = self.sequences(inputs)
        if self.relative_position is None and not sequences.shifted:
            return None
        grid = queries.narrow(2, sequences.query_cells)
        bias = self.positions.recorded(tape, sequences, grid)
        if sequences.shifted:
            hidden = hidden_pairs(tape, blocks, queries.sizes[0] // blocks.groups)
            masked = tape.elementwise(hidden.detached(), bias)
            tape.save(hidden, when=bias.requires_grad)
            tape.drop(hidden, bias)
            bias = masked
        tokens = inputs[0].tokens
        return tape.replaced(bias, tape.pad(bias, ((tokens, 0), (tokens, 0))))

    def summary(self, inputs: Inputs) -> str:
        """The axes, the heads, window and shift, and channels where they change."""
        each, (_, result, out) = self.sequences(inputs), self._widths(inputs)
        channels = inputs[0].channels if len(inputs) == 1 else result
        parts = [",".join(self.over), counted(self.heads, "head")]
        parts += [f"{channels}->{out}"] if channels != out else []
        if self.window is not None:
            parts += [f"window {by_axis(tuple(span.query for span in each.spans))}"]
        if each.shifted:
            parts += [f"shift {by_axis(tuple(span.shift for span in each.spans))}"]
        return ", ".join(parts)


@lru_cache(maxsize=MOST_KEPT)
def _sequences(attention: Attention, inputs: Inputs) -> Sequences:
    """Kept because sizes, fields, parameters, arithmetic and memory of one layer all ask for it."""
    return attention.cut(inputs)
