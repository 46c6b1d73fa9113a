import pytest
import torch
from torch import nn

import archcalc
from archcalc.core.interval import Interval
from archcalc.tracing.masks import EMPTY
from archcalc.tracing.windows import Line, pattern


def line(reads: list[Interval | None]) -> Line:
    ends = [(-each[0], each[1]) if each else (EMPTY, EMPTY) for each in reads]
    return Line(tuple(first for first, _ in ends), tuple(last for _, last in ends))


def chain(positions: int, extent: int, left: int) -> list[Interval | None]:
    """A kernel of 3 with a stride of 2 that leaves out the last positions, then a kernel of 3 with padding."""
    inner = [(2 * at, 2 * at + 2) for at in range((extent - left - 3) // 2 + 1)]
    seen = [inner[max(0, at - 1) : at + 2] for at in range(len(inner))]
    found: list[Interval | None] = [(each[0][0], each[-1][1]) for each in seen]
    return found[:positions]


@pytest.mark.parametrize("left", [0, 1])
def test_a_window_is_found_where_the_last_positions_of_an_input_are_left_out(left):
    found = pattern(line(chain(99, 41 + left, left)), 41 + left)
    assert found is not None
    assert found.at(7) == (2 * 7 - 2, 2 * 7 + 4)


def test_ends_that_do_not_move_evenly_are_no_window():
    reads = chain(99, 41, 0)
    reads[9] = (0, 40)
    assert pattern(line(reads), 41) is None


def test_positions_that_read_nothing_are_no_window():
    assert pattern(line([None, None]), 9) is None


def test_full_fields_of_layers_without_padding_are_known():
    model = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.Conv2d(4, 4, (1, 7), padding=(0, 3)), nn.MaxPool2d(3, 2))
    sizes = archcalc.from_module(model, image="3x30x30").layers[-1].fields["image"].by_axis
    assert (sizes["H"].full, sizes["W"].full) == (3 + 2 * 2, 3 + 2 * 6 + 2 * 2)


class WithNoTokens(nn.Module):
    """Patches after registers of which there are none."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 4, 4, 4)
        self.registers = nn.Parameter(torch.rand(1, 0, 4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(torch.cat([self.registers, self.patches(x).flatten(2).transpose(1, 2)], 1))


def test_an_empty_segment_is_no_part_of_a_tensor():
    sizes = archcalc.from_module(WithNoTokens(), image="3x16x16").layers[-1].fields["image"].by_axis
    assert (sizes["H"].clipped, sizes["W"].clipped) == (4, 4)
