"""Multi-head attention over axes of a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from archcalc.nn.padding import padded
from archcalc.nn.relative import Decomposed, Table
from archcalc.nn.sequences import Cut, by_axis, cut_of, from_sequences, to_sequences

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.nn.features import Features
    from archcalc.ops.attention import Attention
    from archcalc.ops.base import Inputs


class Attended(nn.Module):
    """What all attention has in common: affinities, their sum over values, and the output projection."""

    def __init__(self, cut: Cut, heads: int, relative: nn.Module | None, *, residual: bool) -> None:
        super().__init__()
        self.cut = cut
        self.heads = heads
        self.residual = residual
        self.relative_position = relative

    def attend(self, queries: Tensor, keys: Tensor, values: Tensor, tokens: int) -> Tensor:
        """From batch * groups, heads, position, channels of a head to batch * groups, position, channels."""
        bias = self.bias(queries, tokens)
        sums = functional.scaled_dot_product_attention(queries, keys, values, bias)
        if self.residual:
            sums = torch.cat([sums[:, :, :tokens], sums[:, :, tokens:] + queries[:, :, tokens:]], 2)
        return sums.transpose(1, 2).flatten(2)

    def bias(self, queries: Tensor, tokens: int) -> Tensor | None:
        """What is added to the affinities; tokens have no place, and see and are seen by all."""
        hidden = self.cut.hidden(queries.device)
        if self.relative_position is None and hidden is None:
            return None
        bias = queries.new_zeros(1, 1, 1, 1)
        if self.relative_position is not None:
            bias = self.relative_position(queries[:, :, tokens:]).to(queries.dtype)
        if hidden is not None:
            samples = queries.shape[0] // self.cut.groups
            hidden = hidden.unsqueeze(0).expand(samples, -1, -1, -1).flatten(0, 1).unsqueeze(1)
            bias = torch.where(hidden, float("-inf"), bias)
        return padded(bias, (tokens, 0, tokens, 0))


class SelfAttention(Attended):
    """Attention of a tensor to itself, with its projections inside."""

    def __init__(
        self, widths: tuple[int, int], cut: Cut, heads: int, relative: nn.Module | None, *, bias: bool, residual: bool
    ) -> None:
        super().__init__(cut, heads, relative, residual=residual)
        channels, out = widths
        self.qkv = nn.Linear(channels, 3 * out, bias=bias)
        self.proj = nn.Linear(out, out, bias=bias)

    def forward(self, features: Features) -> Features:
        """Cut into sequences, projected, attended, projected, put together."""
        projected = torch.unflatten(self.qkv(to_sequences(features, self.cut)), -1, (3, self.heads, -1))
        queries, keys, values = projected.permute(2, 0, 3, 1, 4)
        sums = self.attend(queries, keys, values, features.token_count)
        return from_sequences(self.proj(sums), self.cut, features.token_count)


class HeadAttention(Attended):
    """Attention of queries, keys and values that were projected before and went through layers of their own."""

    def __init__(
        self,
        widths: tuple[int, int],
        cuts: tuple[Cut, Cut],
        heads: int,
        relative: nn.Module | None,
        *,
        bias: bool,
        residual: bool,
    ) -> None:
        super().__init__(cuts[0], heads, relative, residual=residual)
        self.asked = cuts[1]
        self.proj = nn.Linear(*widths, bias=bias)

    def forward(self, query: Features, key: Features, value: Features) -> Features:
        """Heads taken out of the batch, attended, projected, put together."""
        sums = self.attend(
            self.by_head(query, self.cut),
            self.by_head(key, self.asked),
            self.by_head(value, self.asked),
            query.token_count,
        )
        return from_sequences(self.proj(sums), self.cut, query.token_count)

    def by_head(self, features: Features, cut: Cut) -> Tensor:
        """Batch * groups, heads, position, channels of a head."""
        sequences = torch.unflatten(to_sequences(features, cut), 0, (-1, self.heads, cut.groups))
        return sequences.transpose(1, 2).flatten(0, 1)


def attention(operator: Attention, inputs: Inputs) -> nn.Module:
    """Attention of one tensor to itself, or of queries to keys and values."""
    if len(inputs) == 1:
        return _self_attention(operator, inputs[0])
    return _head_attention(operator, *inputs)


def _self_attention(operator: Attention, shape: Shape) -> nn.Module:
    out = operator.out or shape.channels
    cut = cut_of(operator, shape)
    relative = _relative(operator, shape, cut, cut, out // operator.heads)
    widths = (shape.channels, out)
    return SelfAttention(widths, cut, operator.heads, relative, bias=operator.bias, residual=operator.residual_query)


def _head_attention(operator: Attention, query: Shape, key: Shape, value: Shape) -> nn.Module:
    cuts = cut_of(operator, query), cut_of(operator, key)
    relative = _relative(operator, query, *cuts, query.channels)
    width = operator.heads * value.channels
    return HeadAttention(
        (width, operator.out or width),
        cuts,
        operator.heads,
        relative,
        bias=operator.bias,
        residual=operator.residual_query,
    )


def _relative(operator: Attention, shape: Shape, asking: Cut, asked: Cut, channels: int) -> nn.Module | None:
    if operator.relative_position is None:
        return None
    windows = by_axis(operator, shape)
    over = [at for at, axis in enumerate(shape.grid) if axis in windows]
    queries, keys = ([cut.block[at] for at in over] for cut in (asking, asked))
    if operator.relative_position == "table":
        return Table(tuple(windows.values()), queries, operator.heads)
    return Decomposed(tuple(windows), queries, keys, channels)
