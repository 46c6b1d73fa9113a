"""Multi-head attention with four projections, whose heads may share keys and values."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from archcalc.pytorch.modules.attention import has_bias


class GroupedAttention(nn.Module):
    """The projections of queries, keys, values and sums, and attention between them."""

    def __init__(
        self,
        channels: int,
        memory: int,
        out: int,
        *,
        heads: int,
        kv_heads: int,
        head_channels: int,
        values: int | None = None,
        bias: bool | Sequence[str] = True,
    ) -> None:
        super().__init__()
        self.heads, self.kv_heads = heads, kv_heads
        self.query = nn.Linear(channels, heads * head_channels, bias=has_bias(bias, "query"))
        self.key = nn.Linear(memory, kv_heads * head_channels, bias=has_bias(bias, "key"))
        self.value = nn.Linear(values or memory, kv_heads * head_channels, bias=has_bias(bias, "value"))
        self.proj = nn.Linear(heads * head_channels, out, bias=has_bias(bias, "output"))

    def split(self, rows: Tensor, heads: int) -> Tensor:
        """Return batch, heads, positions, channels of a head."""
        return torch.unflatten(rows, -1, (heads, -1)).transpose(1, 2)

    def with_all_heads(self, shared: Tensor) -> Tensor:
        """Return keys or values once for each head of the queries."""
        many = self.heads // self.kv_heads
        return shared if many == 1 else shared.repeat_interleave(many, 1)


class SequenceSelfAttention(GroupedAttention):
    """Self-attention of a sequence (batch, channels, positions)."""

    def __init__(
        self,
        channels: int,
        out: int,
        *,
        heads: int,
        kv_heads: int,
        head_channels: int,
        bias: bool | Sequence[str] = True,
        causal: bool = False,
        window: int | None = None,
        rotary: bool = False,
    ) -> None:
        sizes = {"heads": heads, "kv_heads": kv_heads, "head_channels": head_channels}
        super().__init__(channels, channels, out, bias=bias, **sizes)
        self.causal, self.window, self.rotary = causal, window, rotary

    def forward(self, x: Tensor) -> Tensor:
        """Project, rotate, attend, project."""
        rows = x.transpose(1, 2).contiguous()
        queries = self.split(self.query(rows), self.heads)
        if self.rotary:
            queries = rotated(queries)
        keys = self.split(self.key(rows), self.kv_heads)
        if self.rotary:
            keys = rotated(keys)
        values = self.with_all_heads(self.split(self.value(rows), self.kv_heads))
        keys = self.with_all_heads(keys)
        mask = None if self.window is None else band(queries, self.window, causal=self.causal)
        causal = self.causal and mask is None
        sums = functional.scaled_dot_product_attention(queries, keys, values, mask, is_causal=causal)
        made: Tensor = self.proj(sums.transpose(1, 2).flatten(2))
        return made.transpose(1, 2)


class CrossAttention(GroupedAttention):
    """Attention of all positions of one tensor (batch, channels, axes) to all positions of another."""

    def forward(self, x: Tensor, *memory: Tensor) -> Tensor:
        """Return the attended positions of a grid, projected before and after; `memory` has keys, and then values."""
        rows, *others = (each.unsqueeze(-1).flatten(2).transpose(1, 2).contiguous() for each in (x, *memory))
        queries = self.split(self.query(rows), self.heads)
        keys = self.split(self.key(others[0]), self.kv_heads)
        values = self.with_all_heads(self.split(self.value(others[-1]), self.kv_heads))
        keys = self.with_all_heads(keys)
        sums = functional.scaled_dot_product_attention(queries, keys, values)
        made: Tensor = self.proj(sums.transpose(1, 2).flatten(2)).transpose(1, 2)
        return torch.unflatten(made, 2, x.shape[2:]) if x.dim() > 2 else made.squeeze(2)


def rotated(heads: Tensor) -> Tensor:
    """Rotate pairs of channels by angles that grow with the position (batch, heads, positions, channels)."""
    length, half = heads.shape[2], heads.shape[3] // 2
    rates = 10_000.0 ** (torch.arange(half, dtype=heads.dtype, device=heads.device) / -half)
    angles = torch.outer(torch.arange(length, dtype=heads.dtype, device=heads.device), rates)
    cosines, sines = angles.cos(), angles.sin()
    first, second = heads.chunk(2, -1)
    joined = torch.cat([first * cosines - second * sines, second * cosines + first * sines], -1)
    return joined.contiguous()


def band(queries: Tensor, window: int, *, causal: bool) -> Tensor:
    """Return what is added to affinities so that positions attend to a window around them, or up to them."""
    length = queries.shape[2]
    before, after = (window - 1, 0) if causal else (window // 2, window // 2)
    seen = torch.ones(length, length, dtype=torch.bool, device=queries.device).tril(after).triu(-before)
    return torch.where(seen, queries.new_zeros(()), float("-inf"))
