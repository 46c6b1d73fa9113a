"""Our networks have and do what those of torchvision and PyTorchVideo do: parameters, convolutions, arithmetic."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")
pytest.importorskip("pytorchvideo", reason="needs the originals: pip install 'archcalc[test]'")

import torch
from torch import nn

import archcalc
from tests.originals.counting import counts, differences, ours_and_theirs
from tests.originals.pairs import FULL, Pair


@pytest.mark.parametrize("pair", FULL, ids=str)
def test_the_same_parameters_convolutions_and_arithmetic(pair: Pair):
    ours, theirs = ours_and_theirs(pair)
    assert differences(ours, theirs) == []
    assert theirs.convolutions.total() > 0
    totals = archcalc.analyze(pair.load()).totals
    assert (totals.params, totals.macs) == (theirs.params, theirs.macs)


def conv3d(network: nn.Module, name: str) -> nn.Conv3d:
    convolution = network.get_submodule(name)
    assert isinstance(convolution, nn.Conv3d)
    return convolution


def padding_and_dilation(network: nn.Module) -> None:
    convolution = conv3d(network, "layer1.0.conv1")
    convolution.padding, convolution.dilation = (2, 2, 2), (2, 2, 2)


def stride_a_layer_later(network: nn.Module) -> None:
    first, second = (conv3d(network, f"layer2.0.{name}") for name in ("conv1", "conv2"))
    first.stride, second.stride = second.stride, first.stride


def groups(network: nn.Module) -> None:
    convolution = conv3d(network, "layer1.0.conv1")
    convolution.groups = 2
    convolution.weight = nn.Parameter(convolution.weight[:, :32])


def a_bias(network: nn.Module) -> None:
    convolution = conv3d(network, "layer1.0.conv1")
    convolution.bias = nn.Parameter(torch.zeros(64, device="meta"))


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        (padding_and_dilation, ["convolutions"]),
        (stride_a_layer_later, ["convolutions", "macs"]),
        (groups, ["params", "convolutions", "macs"]),
        (a_bias, ["params", "convolutions"]),
    ],
)
def test_a_planted_fault_is_seen(fault: Callable[[nn.Module], None], seen: list[str]):
    (pair,) = (each for each in FULL if each.spec == "r3d_18")
    with torch.device("meta"):
        ours, clip = pair.ours(), pair.input()
    right = counts(ours, clip)
    fault(ours)
    assert differences(counts(ours, clip), right) == seen
