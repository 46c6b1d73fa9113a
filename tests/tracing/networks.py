"""Small modules, one for each way in which PyTorch code is hard to follow."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class ShiftBySlices(nn.Module):
    """Temporal shift: slices written into zeros."""

    def forward(self, x: Tensor) -> Any:
        out = torch.zeros_like(x)
        out[:, :2, :-1] = x[:, :2, 1:]
        out[:, 2:4, 1:] = x[:, 2:4, :-1]
        out[:, 4:] = x[:, 4:]
        return out


class Slices(nn.Module):
    def forward(self, x: Tensor) -> Any:
        return x[..., ::2, 1:]


class ViewsOfViews(nn.Module):
    """Writes through views of views, and reads of other views afterwards."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        y = torch.zeros(x.shape)
        rows = y.view(x.shape[0], x.shape[1], -1)
        rows[:, :, ::2].copy_(x.flatten(2)[:, :, 1::2])
        y[:, 0].add_(x[:, 1])
        turned = y.transpose(2, 3)
        turned[..., 0] = x[:, :, 0]
        return y + 0, turned, rows


class WriteIntoInput(nn.Module):
    """A write into a copy does not touch what it was copied from; one into a view does."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        copy = x.clone()
        copy[:, :, 1:] += x[:, :, :-1]
        halves = copy.chunk(2, dim=3)
        halves[1].mul_(halves[0])
        return copy * 1, x * 1


class AddedAtIndices(nn.Module):
    """Messages along the edges of a graph whose nodes are frames, added up where they arrive."""

    edges: Tensor

    def __init__(self, *, each_line: bool = False) -> None:
        super().__init__()
        self.each_line = each_line
        self.register_buffer("edges", torch.tensor([[0, 1, 2, 2, 5], [1, 3, 3, 0, 4]]))

    def forward(self, x: Tensor) -> Any:
        source, target = self.edges
        sent = x[:, :, source]
        if self.each_line:
            places = target.view(1, 1, -1).expand(sent.shape)
            return torch.zeros_like(x).scatter_add(2, places, sent)
        return x.index_add(2, target, sent)


class Complex(nn.Module):
    """Halves of the channels as complex numbers, and their squares as real ones."""

    def forward(self, x: Tensor) -> Any:
        real, imaginary = x.chunk(2, 1)
        found = torch.complex(real, imaginary)
        squares = torch.view_as_real(found * found.conj()).sum(-1)
        return squares + torch.view_as_complex(torch.stack([real, imaginary], -1)).abs()


class Spectrum(nn.Module):
    """A product of frequencies along time."""

    def forward(self, x: Tensor) -> Any:
        return torch.fft.irfft(torch.fft.rfft(x) * 2, n=x.shape[-1])


class Remembers(nn.Module):
    """A running mean of what was seen, in a buffer."""

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(4, 4, 3, padding=1)
        self.register_buffer("mean", torch.zeros(1, 4, 16))

    def forward(self, x: Tensor) -> Any:
        self.mean.copy_(0.9 * self.mean + 0.1 * self.conv(x))
        return x + self.mean


class Orthogonal(nn.Module):
    """Weights that are made of others at each run."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(4, 8, 3)
        self.linear = nn.utils.parametrizations.orthogonal(nn.Linear(8, 8))

    def forward(self, x: Tensor) -> Any:
        return self.linear(self.conv(x).transpose(1, 2))


class ReadBeforeWrite(nn.Module):
    """What was computed from a tensor before it was written keeps its field."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        y = x * 2
        before = y + 1
        y[:, :, 0] = x[:, :, -1]
        return before, y + 1


class Twice(nn.Module):
    """A module called twice."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Any:
        return self.conv(torch.relu(self.conv(x)))


class Tied(nn.Module):
    """Two layers with one weight."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(6, 6, bias=False)
        self.second = nn.Linear(6, 6, bias=False)
        self.second.weight = self.first.weight

    def forward(self, x: Tensor) -> Any:
        return self.second(torch.tanh(self.first(x)))


class InLists(nn.Module):
    """Modules in plain lists, which PyTorch does not know of, and in module lists."""

    def __init__(self) -> None:
        super().__init__()
        self.known = nn.ModuleList(nn.Conv2d(3, 3, 3) for _ in range(2))
        self.unknown = [nn.Conv2d(3, 3, 3, bias=False)]

    def forward(self, x: Tensor) -> Any:
        for each in (*self.known, *self.unknown):
            x = each(x)
        return x


class Structured(nn.Module):
    """Inputs as a list or a mapping, outputs as a mapping."""

    def __init__(self) -> None:
        super().__init__()
        self.slow = nn.Conv3d(3, 4, (1, 3, 3))
        self.fast = nn.Conv3d(3, 4, (3, 3, 3))

    def forward(self, clips: list[Tensor] | dict[str, Tensor]) -> dict[str, object]:
        slow, fast = clips.values() if isinstance(clips, dict) else clips
        slow, fast = self.slow(slow), self.fast(fast)
        pooled = functional.max_pool3d(fast, (4, 1, 1))
        return {"joined": torch.cat([slow, pooled], 1), "parts": [slow, fast]}


class Auxiliary(nn.Module):
    """A head that is not used when the network infers."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Conv2d(3, 4, 3)
        self.extra = nn.Linear(4, 5)

    def forward(self, x: Tensor) -> Any:
        x = self.body(x)
        return self.extra(x) if self.training else x


class ValueDecides(nn.Module):
    """A shape that follows from values."""

    def forward(self, x: Tensor) -> Any:
        return x[x > 0.5].sum() + x * 1


class Attention(nn.Module):
    """Attention over rows of patches, causal on demand."""

    def __init__(self, *, causal: bool = False) -> None:
        super().__init__()
        self.qkv = nn.Linear(8, 24)
        self.causal = causal

    def forward(self, x: Tensor) -> Any:
        rows = x.flatten(2).transpose(1, 2)
        query, key, value = self.qkv(rows).chunk(3, dim=-1)
        return functional.scaled_dot_product_attention(query, key, value, is_causal=self.causal)


class Windows(nn.Module):
    """Attention in shifted windows with an additive mask."""

    def __init__(self, size: int = 4, shift: int = 2) -> None:
        super().__init__()
        self.size, self.shift = size, shift
        self.qkv = nn.Linear(4, 12)

    def forward(self, x: Tensor) -> Any:
        n, h, w, c = x.shape
        s = self.size
        x = torch.roll(x, (-self.shift, -self.shift), (1, 2))
        parts = x.view(n, h // s, s, w // s, s, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, s * s, c)
        q, k, v = self.qkv(parts).chunk(3, -1)
        mask = x.new_zeros((h, w))
        for number, rows in enumerate((slice(0, -s), slice(-s, -self.shift), slice(-self.shift, None))):
            for other, columns in enumerate((slice(0, -s), slice(-s, -self.shift), slice(-self.shift, None))):
                mask[rows, columns] = 3 * number + other
        marks = mask.view(h // s, s, w // s, s).permute(0, 2, 1, 3).reshape(-1, s * s)
        different = marks.unsqueeze(1) != marks.unsqueeze(2)
        scores = q @ k.transpose(-1, -2) + torch.zeros(different.shape).masked_fill(different, -100.0)
        parts = scores.softmax(-1) @ v
        x = parts.view(n, h // s, w // s, s, s, c).permute(0, 1, 3, 2, 4, 5).reshape(n, h, w, c)
        return torch.roll(x, (self.shift, self.shift), (1, 2))


class ChannelsLast(nn.Module):
    """A layer on channels in the last dimension."""

    def __init__(self, inside: nn.Module) -> None:
        super().__init__()
        self.inside = inside

    def forward(self, x: Tensor) -> Any:
        return self.inside(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Residual(nn.Module):
    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: Tensor) -> Any:
        return x + self.body(x)


class Gated(nn.Module):
    """Squeeze and excitation."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Conv2d(4, 4, 1)

    def forward(self, x: Tensor) -> Any:
        return x * torch.sigmoid(self.fc(x.mean((2, 3), keepdim=True)))


class Recurrent(nn.Module):
    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.cell = kind(3, 4, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        return self.cell(x.transpose(1, 2))[0]


class Folded(nn.Module):
    """Patches out of an image and back."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        columns = functional.unfold(x, 3, padding=1, stride=2)
        return columns * 1, functional.fold(columns, x.shape[-2:], 3, padding=1, stride=2)


class TurnedInPlace(nn.Module):
    """A tensor that becomes a view of itself."""

    def forward(self, x: Tensor) -> Any:
        y = x + 1
        y.unsqueeze_(2).transpose_(-1, -2)
        return y[..., 1:, :] * 2


class WrittenAtIndices(nn.Module):
    """Elements replaced and added to where constant indices say."""

    def forward(self, x):
        rows, columns = torch.tensor([3, 0]), torch.tensor([1, 2])
        replaced = x.clone()
        replaced[:, :, rows] = x[:, :, 1:3]
        added = x * 1
        added.index_put_((torch.tensor([0]), torch.tensor([1]), rows, columns), x[0, 0, :2, 4], accumulate=True)
        return nn.functional.relu(replaced), nn.functional.relu(added)


class ChosenByValues(nn.Module):
    """Elements whose places the first column of an image says, as integers and as a mask."""

    def forward(self, x):
        column = x[0, 0, :, 0]
        places = (column * 0).long()
        by_integers = x[:, :, places]
        by_two = x[0, :, places, places]
        by_mask = x[:, :, column > -1]
        written = x.clone()
        written[:, :, places] = x
        return by_integers, by_two, by_mask, written
