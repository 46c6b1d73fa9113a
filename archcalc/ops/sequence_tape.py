"""The memory of attention: sequences cut from a grid, affinities fused or not, and sequences joined to a grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING

from archcalc.core.strided import broadcast_strides
from archcalc.core.tape import INDEX_BYTES, Held
from archcalc.ops.folding import FIRST

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Tape
    from archcalc.ops.sequences import Span

BOOL_BYTES = 1
STATISTICS_BYTES = 4
"""Fused attention keeps a float32 for each query and head: the logarithm of the softmax's sum."""


@dataclass(frozen=True)
class Blocks:
    """How a grid is cut: its sizes, the block of each axis (1 where attention does not work), and what is rolled."""

    sizes: tuple[int, ...]
    block: tuple[int, ...]
    shifted: bool

    @classmethod
    def of(cls, shape: Shape, spans: tuple[Span, ...], *, keys: bool = False) -> Blocks:
        """Return the cut of a tensor for the spans of its queries, or of its keys."""
        by_axis = {span.axis: span.key if keys else span.query for span in spans}
        block = tuple([by_axis.get(axis, 1) for axis in shape.grid])
        return cls(tuple([shape[axis] for axis in shape.grid]), block, any(span.shift for span in spans))

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """Return the blocks by axis."""
        return tuple([-(-n // block) for n, block in zip(self.sizes, self.block, strict=True)])

    @cached_property
    def groups(self) -> int:
        """Return the sequences of a sample."""
        return prod(self.counts)

    @cached_property
    def length(self) -> int:
        """Return the positions of a sequence."""
        return prod(self.block)


def to_sequences(tape: Tape, held: Held, blocks: Blocks) -> Strided:
    """Record the cut of a tensor: batch * groups, positions (tokens first), channels."""
    cells = _cut(tape, held.grid, blocks)
    if held.tokens is None:
        return cells
    batch, channels, count = held.tokens.sizes
    copies = held.tokens.transpose(1, 2).unsqueeze(1).expand(batch, blocks.groups, count, channels)
    copied = tape.flatten(copies, 0, 1)
    joined = tape.cat([copied, cells], 1)
    tape.drop(copied, cells)
    return joined


def _cut(tape: Tape, grid: Strided, blocks: Blocks) -> Strided:
    ends = tuple((0, count * b - n) for count, b, n in zip(blocks.counts, blocks.block, blocks.sizes, strict=True))
    whole = rolled = tape.pad(grid, ends)
    if blocks.shifted:
        rolled = tape.kernel(whole, whole.sizes)
    parts, axes = rolled, len(blocks.block)
    for at, block in enumerate(blocks.block):
        dim = FIRST + 2 * at
        parts = parts.unflatten(dim, (parts.sizes[dim] // block, block))
    outer = [FIRST + 2 * at for at in range(axes)]
    parts = parts.permute(0, *outer, *(dim + 1 for dim in outer), 1)
    first = tape.flatten(parts, 0, axes)
    second = tape.flatten(first, 1, axes)
    for each in (first, rolled, whole):
        if each.storage != second.storage:
            tape.drop(each)
    return second


def from_sequences(tape: Tape, sequences: Strided, blocks: Blocks, tokens: int) -> Held:
    """Record the way back to a grid; tokens are the mean of their copies."""
    count = sequences.sizes[1] - tokens
    grid = _joined(tape, sequences.narrow(1, count), blocks)
    if not tokens:
        return Held(grid)
    batch = sequences.sizes[0] // blocks.groups
    mean = tape.empty((batch, tokens, sequences.sizes[2]), requires_grad=True)
    return Held(grid, mean.transpose(1, 2))


def _joined(tape: Tape, sequences: Strided, blocks: Blocks) -> Strided:
    axes = len(blocks.block)
    batch = sequences.sizes[0] // blocks.groups
    grid = sequences.unflatten(1, blocks.block).unflatten(0, (batch, *blocks.counts))
    pairs = [dim for at in range(1, axes + 1) for dim in (at, axes + at)]
    grid = grid.permute(0, 2 * axes + 1, *pairs)
    for at in range(axes):
        grid = _next(tape, sequences, grid, tape.flatten(grid, FIRST + at, FIRST + at + 1))
    if blocks.shifted:
        grid = _next(tape, sequences, grid, tape.kernel(grid, grid.sizes))
    for at, size in enumerate(blocks.sizes):
        grid = grid.narrow(FIRST + at, size)
    return grid


def _next(tape: Tape, kept: Strided, old: Strided, new: Strided) -> Strided:
    return new if old.storage == kept.storage else tape.replaced(old, new)


def hidden_pairs(tape: Tape, blocks: Blocks, batch: int) -> Strided:
    """Record which positions of shifted blocks must not see which: a bool for each pair of every sequence."""
    codes = tape.empty((1, 1, *(c * b for c, b in zip(blocks.counts, blocks.block, strict=True))), itemsize=INDEX_BYTES)
    cut = tape.empty((blocks.groups, blocks.length), itemsize=INDEX_BYTES)
    pairs = tape.empty((blocks.groups, blocks.length, blocks.length), itemsize=BOOL_BYTES)
    tape.drop(codes, cut)
    if batch == 1:
        return pairs.unsqueeze(1)
    copied = tape.empty((batch * blocks.groups, 1, blocks.length, blocks.length), itemsize=BOOL_BYTES)
    tape.drop(pairs)
    return copied


def attended(tape: Tape, queries: Strided, keys: Strided, values: Strided, bias: Strided | None) -> Strided:
    """Record scaled_dot_product_attention: fused on a CPU unless the bias is learned or channels are not contiguous."""
    rows = all(each.strides[3] == 1 and each.sizes[3] == queries.sizes[3] for each in (queries, keys, values))
    learned = bias is not None and bias.requires_grad and tape.training
    return (_fused if rows and not learned else _plain)(tape, queries, keys, values, bias)


def _fused(tape: Tape, queries: Strided, keys: Strided, values: Strided, bias: Strided | None) -> Strided:
    groups, heads, length, _ = queries.sizes
    grad = any(each.requires_grad for each in (queries, keys, values))
    sums = tape.empty(queries.sizes, broadcast_strides(queries.sizes, [queries]), requires_grad=grad)
    logarithms = tape.empty((groups, length, heads), itemsize=STATISTICS_BYTES)
    tape.save(queries, keys, values, sums, logarithms, *(() if bias is None else (bias,)), when=grad)
    tape.drop(logarithms)
    return sums


def _plain(tape: Tape, queries: Strided, keys: Strided, values: Strided, bias: Strided | None) -> Strided:
    groups, heads, length, _ = queries.sizes
    grad = any(each.requires_grad for each in (queries, keys, values))
    scaled, others = tape.elementwise(queries), tape.elementwise(keys.transpose(2, 3))
    rows, columns = tape.flatten(scaled, 0, 1), tape.flatten(others, 0, 1)
    affinities = tape.empty((groups, heads, length, keys.sizes[2]), requires_grad=grad)
    tape.save(rows, columns, when=grad)
    tape.replaced(rows, scaled)
    tape.drop(columns, others)
    weights = tape.empty(affinities.sizes, requires_grad=affinities.requires_grad)
    tape.drop(affinities)
    added = tape.flatten(values, 0, 1)
    tape.save(weights, added, when=grad or (bias is not None and bias.requires_grad))
    sums = tape.empty((groups, heads, length, values.sizes[3]), requires_grad=grad)
    tape.drop(scaled, weights)
    tape.replaced(added, values)
    return sums
