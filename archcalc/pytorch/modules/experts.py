"""Mixture of experts: a router sends each position to a few of several feed-forward networks."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional


def sizes_by_expert(chosen: Tensor, experts: int) -> list[int]:
    """Return how many rows each expert gets; equal parts where tensors hold no numbers."""
    if chosen.is_meta or type(chosen) is not Tensor:
        each, more = divmod(chosen.numel(), experts)
        return [each + (at < more) for at in range(experts)]
    counts: list[int] = torch.bincount(chosen.flatten(), minlength=experts).tolist()
    return counts


class Expert(nn.Module):
    """A perceptron with one hidden layer, whose activation may be multiplied by a second linear layer."""

    def __init__(self, channels: int, hidden: int, *, gated: bool, activation: str, bias: bool) -> None:
        super().__init__()
        self.activation = activation
        self.up = nn.Linear(channels, hidden, bias=bias)
        self.gate = nn.Linear(channels, hidden, bias=bias) if gated else None
        self.down = nn.Linear(hidden, channels, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return as many rows as are given."""
        activation: Callable[[Tensor], Tensor] = getattr(functional, self.activation)
        hidden = activation(self.up(x))
        if self.gate is not None:
            hidden = hidden * self.gate(x)
        made: Tensor = self.down(hidden)
        return made


class MixtureOfExperts(nn.Module):
    """Experts of which a router chooses some for each position, and weighs what they return; channels are last."""

    def __init__(
        self,
        channels: int,
        hidden: int,
        *,
        experts: int,
        active: int,
        gated: bool = False,
        activation: str = "gelu",
        bias: bool = False,
    ) -> None:
        super().__init__()
        self.active = active
        self.router = nn.Linear(channels, experts, bias=False)
        options = {"gated": gated, "bias": bias}
        self.experts = nn.ModuleList(Expert(channels, hidden, activation=activation, **options) for _ in range(experts))

    def route(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return the weights and the numbers of the experts of each row."""
        scores, chosen = self.router(rows).topk(self.active, -1)
        return scores.softmax(-1), chosen

    def forward(self, x: Tensor) -> Tensor:
        """Return the weighted sums of the outputs of the chosen experts."""
        rows = x.reshape(-1, x.shape[-1])
        weights, chosen = self.route(rows)
        order = chosen.flatten().argsort(stable=True)
        sources = order.div(self.active, rounding_mode="floor")
        taken = rows[sources]
        parts = torch.split(taken, sizes_by_expert(chosen, len(self.experts)))
        made = [expert(part) for expert, part in zip(self.experts, parts, strict=True)]
        weighed = torch.cat(made) * weights.flatten()[order].unsqueeze(1)
        return torch.zeros_like(rows).index_add_(0, sources, weighed).view(x.shape)
