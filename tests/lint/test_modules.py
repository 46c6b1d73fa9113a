"""Design checks of recorded modules say nothing that the recording does not show."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

from torch import Tensor, nn  # noqa: E402

import archcalc  # noqa: E402


class Adds(nn.Module):
    """A layer whose output meets products of a constant."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("places", torch.ones(10, 3))
        self.project, self.linear = nn.Linear(3, 8), nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        places: Tensor = self.project(self.places)
        moved: Tensor = self.linear(x)
        return moved + places


class Pair(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv1d(8, 8, 3), nn.Conv1d(8, 8, 3)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.second(self.first(x))
        return found


def test_a_sum_with_products_of_constants_is_no_linear_map() -> None:
    assert not archcalc.from_module(Adds(), x="10x8").lint(select=["linear_pair"])


def test_layers_that_are_operators_are_judged_as_in_a_spec() -> None:
    found = archcalc.from_module(Pair(), x="8x16").lint(select=["linear_pair"])
    assert [(each.path, each.figures["first"], each.figures["merged_weights"]) for each in found] == [
        ("second", "first", 8 * 8 * 5)
    ]
