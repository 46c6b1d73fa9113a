"""Products with padding, counted by convolving ones with ones: a zero of padding adds nothing to the sum."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional

import archcalc
from archcalc.analysis.padding import axis_taps, padding_macs
from archcalc.core.window import TransposedWindow, Window

small = st.integers(1, 5)


@settings(max_examples=60)
@given(
    st.builds(Window, kernel=st.integers(1, 7), stride=small, before=st.integers(0, 6), after=st.integers(0, 6),
              dilation=small, ceil_mode=st.just(False)),
    st.integers(1, 20),
)  # fmt: skip
def test_products_inside_are_the_sum_of_a_convolution_of_ones(window: Window, positions: int) -> None:
    outputs = window.size(positions)
    assume(outputs > 0)
    padded = functional.pad(torch.ones(1, 1, positions), (window.before, window.after))
    weight = torch.ones(1, 1, window.kernel, requires_grad=True)
    sums = functional.conv1d(padded, weight, stride=window.stride, dilation=window.dilation)
    (by_weight,) = torch.autograd.grad(sums.sum(), weight)  # how many ones each weight has met
    taps = axis_taps(window, positions, outputs)
    assert (taps.inside, taps.all) == (sums.sum().item(), window.kernel * sums.numel())
    assert (taps.used, taps.kernel) == (by_weight.count_nonzero().item(), window.kernel)


NETWORKS = [("c3d", "3x16x112x112"), ("x3d_s", "3x5x32x32"), ("r2plus1d_18", "3x9x30x33")]


@pytest.mark.parametrize(("name", "sizes"), NETWORKS)
def test_padded_macs_of_networks_are_those_of_convolutions_of_ones(name: str, sizes: str) -> None:
    analysis = archcalc.analyze(archcalc.load(name, inputs=f"clip={sizes}"))
    found = padding_macs(analysis.graph, {layer.path: layer.macs for layer in analysis.layers})
    compared = 0
    for node in analysis.graph.nodes.values():
        if node.op != "conv3d":
            assert found[node.path] == 0
            continue
        share = share_by_ones(node.typed.inputs[0].sizes, analysis.layer(node.path).windows or {})
        assert found[node.path] == round(share * analysis.layer(node.path).macs)
        compared += 1
    assert compared >= 8


def share_by_ones(sizes: dict[str, int], windows: Mapping[str, Window | TransposedWindow]) -> float:
    """The share of padding among the products of a 3-D convolution."""
    used = [window for axis in "THW" if isinstance(window := windows[axis], Window)]
    ones = torch.ones(1, 1, *(sizes[axis] for axis in "THW"), dtype=torch.float64)
    kernel = torch.ones(1, 1, *(each.kernel for each in used), dtype=torch.float64)
    sides = [side for each in reversed(used) for side in (each.before, each.after)]
    sums = functional.conv3d(functional.pad(ones, sides), kernel, stride=[each.stride for each in used],
                             dilation=[each.dilation for each in used])  # fmt: skip
    return 1 - sums.sum().item() / (sums.numel() * prod(each.kernel for each in used))
