"""Multi-head attention over axes of a grid."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from archcalc.pytorch.modules.axes import grid_sizes
from archcalc.pytorch.modules.blocks import Blocks
from archcalc.pytorch.modules.features import Features, token_count
from archcalc.pytorch.modules.padding import padded


def has_bias(bias: bool | Sequence[str], projection: str) -> bool:
    """Return whether a projection has a bias: all of them, none, or those that are named."""
    return bias if isinstance(bias, bool) else projection in bias


class PartlyBiasedLinear(nn.Linear):
    """A linear map to parts of one size, some of which have a bias."""

    def __init__(self, channels: int, out: int, *, biased: Sequence[bool]) -> None:
        super().__init__(channels, len(biased) * out, bias=False)
        self.biased = tuple(biased)
        self.biases = nn.Parameter(torch.zeros(sum(biased), out))

    def forward(self, x: Tensor) -> Tensor:
        """Return all parts in one dimension."""
        given = iter(self.biases)
        parts = [next(given) if each else x.new_zeros(self.biases.shape[1]) for each in self.biased]
        return functional.linear(x, self.weight, torch.cat(parts))


class ProjectHeads(nn.Linear):
    """A linear map of the channels, whose outputs are dealt out to heads; heads lie in the batch."""

    def __init__(self, channels: int, out: int, *, heads: int, bias: bool = True) -> None:
        super().__init__(channels, out, bias=bias)
        self.heads = heads

    def forward(self, x: Tensor) -> Tensor:
        """Return batch times heads, channels of a head, positions."""
        projected = super().forward(x.movedim(1, -1)).movedim(-1, 1)
        return torch.unflatten(projected, 1, (self.heads, -1)).flatten(0, 1)


class SequenceAttention(nn.Module):
    """Affinities of queries and keys, and the sums of values that they weigh.

    `window` says by axis how far attention looks: 1 is the position itself, None the whole axis.
    """

    def __init__(
        self,
        heads: int,
        window: Sequence[int | None],
        shift: Sequence[int] | None,
        relative_position: nn.Module | None,
        *,
        residual_query: bool,
    ) -> None:
        super().__init__()
        self.heads = heads
        self.window = tuple(window)
        self.shift = (0,) * len(self.window) if shift is None else tuple(shift)
        self.residual_query = residual_query
        self.relative_position = relative_position

    def blocks(self, x: Tensor | Features) -> Blocks:
        """Return how the grid of a tensor is cut."""
        grid = x.grid if isinstance(x, Features) else x
        return Blocks(grid_sizes(grid), self.window, self.shift)

    def sequences(self, x: Tensor | Features, blocks: Blocks) -> Tensor:
        """Return batch * blocks, position, channels; every sequence begins with a copy of the tokens."""
        if not isinstance(x, Features):
            return blocks.cut(x)
        cells = blocks.cut(x.grid)
        tokens = x.tokens.transpose(1, 2).unsqueeze(1).expand(-1, blocks.groups, -1, -1)
        return torch.cat([tokens.flatten(0, 1), cells], 1)

    def joined(self, sequences: Tensor, blocks: Blocks, tokens: int) -> Tensor | Features:
        """Return the grid, and the mean of the copies of the tokens."""
        grid = blocks.join(sequences[:, tokens:])
        if not tokens:
            return grid
        copies = torch.unflatten(sequences[:, :tokens], 0, (-1, blocks.groups))
        return Features(grid, copies.mean(1).transpose(1, 2))

    def attend(self, queries: Tensor, keys: Tensor, values: Tensor, blocks: Blocks, tokens: int) -> Tensor:
        """From batch * blocks, heads, position, channels of a head to batch * blocks, position, channels."""
        bias = self.bias(queries, blocks, tokens)
        sums = functional.scaled_dot_product_attention(queries, keys, values, bias)
        if self.residual_query:
            sums = torch.cat([sums[:, :, :tokens], sums[:, :, tokens:] + queries[:, :, tokens:]], 2)
        return sums.transpose(1, 2).flatten(2)

    def bias(self, queries: Tensor, blocks: Blocks, tokens: int) -> Tensor | None:
        """Return what is added to the affinities; tokens have no position, and see and are seen by all."""
        hidden = blocks.hidden(queries.device)
        if self.relative_position is None and hidden is None:
            return None
        bias = queries.new_zeros(1, 1, 1, 1)
        if self.relative_position is not None:
            bias = self.relative_position(queries[:, :, tokens:], blocks.block).to(queries.dtype)
        if hidden is not None:
            samples = queries.shape[0] // blocks.groups
            hidden = hidden.unsqueeze(0).expand(samples, -1, -1, -1).flatten(0, 1).unsqueeze(1)
            bias = torch.where(hidden, float("-inf"), bias)
        return padded(bias, (tokens, 0, tokens, 0))


class SelfAttention(SequenceAttention):
    """Multi-head self-attention with its projections."""

    def __init__(
        self,
        channels: int,
        out: int,
        *,
        heads: int,
        window: Sequence[int | None],
        shift: Sequence[int] | None = None,
        relative_position: nn.Module | None = None,
        bias: bool | Sequence[str] = True,
        residual_query: bool = False,
    ) -> None:
        super().__init__(heads, window, shift, relative_position, residual_query=residual_query)
        biased = [has_bias(bias, each) for each in ("query", "key", "value")]
        if any(biased) and not all(biased):
            self.qkv: nn.Linear = PartlyBiasedLinear(channels, out, biased=biased)
        else:
            self.qkv = nn.Linear(channels, 3 * out, bias=all(biased))
        self.proj = nn.Linear(out, out, bias=has_bias(bias, "output"))

    def forward(self, x: Tensor | Features) -> Tensor | Features:
        """Cut into sequences, project, attend, project, put together."""
        blocks, tokens = self.blocks(x), token_count(x)
        projected = torch.unflatten(self.qkv(self.sequences(x, blocks)), -1, (3, self.heads, -1))
        queries, keys, values = projected.permute(2, 0, 3, 1, 4)
        sums = self.attend(queries, keys, values, blocks, tokens)
        return self.joined(self.proj(sums), blocks, tokens)


class HeadAttention(SequenceAttention):
    """Multi-head attention of queries, keys and values that were projected before; heads lie in the batch."""

    def __init__(
        self,
        channels: int,
        out: int,
        *,
        heads: int,
        window: Sequence[int | None],
        relative_position: nn.Module | None = None,
        bias: bool | Sequence[str] = True,
        residual_query: bool = False,
    ) -> None:
        super().__init__(heads, window, None, relative_position, residual_query=residual_query)
        self.proj = nn.Linear(channels, out, bias=has_bias(bias, "output"))

    def forward(self, query: Tensor | Features, key: Tensor | Features, value: Tensor | Features) -> Tensor | Features:
        """Take the heads out of the batch, attend, project, put together."""
        blocks, tokens = self.blocks(query), token_count(query)
        queries, keys, values = (self.by_head(each) for each in (query, key, value))
        sums = self.attend(queries, keys, values, blocks, tokens)
        return self.joined(self.proj(sums), blocks, tokens)

    def by_head(self, x: Tensor | Features) -> Tensor:
        """Return batch * blocks, heads, position, channels of a head."""
        blocks = self.blocks(x)
        sequences = torch.unflatten(self.sequences(x, blocks), 0, (-1, self.heads, blocks.groups))
        return sequences.transpose(1, 2).flatten(0, 1)
