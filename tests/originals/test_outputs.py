"""Our networks under the originals' weights give the originals' output."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")
pytest.importorskip("pytorchvideo", reason="needs the originals: pip install 'archcalc[test]'")

from torch import nn

from tests.originals.calls import Call
from tests.originals.matching import MismatchError, matched, require_all
from tests.originals.pairs import SMALL, Pair
from tests.originals.state import TOLERANCE, Moved, load, moved


@pytest.mark.parametrize("pair", SMALL, ids=str)
def test_the_same_output_under_the_same_weights(pair: Pair):
    network = moved(pair)
    assert network.output.std() > 0
    assert network.difference() <= TOLERANCE


def exchange_two_layers(network: Moved) -> None:
    first, second = "layer1.0.conv1.weight", "layer1.0.conv2.weight"
    load(network.ours, network.state, {**network.names, first: network.names[second], second: network.names[first]})


def permute_one_weight(network: Moved) -> None:
    weight = network.ours.get_parameter("layer4.1.conv2.weight")
    weight.data = weight.data.roll(1, dims=1)


def another_epsilon(network: Moved) -> None:
    norm = network.ours.get_submodule("layer2.0.batch_norm")
    assert isinstance(norm, nn.BatchNorm3d)
    norm.eps = 1e-3


def forget_one_statistic(network: Moved) -> None:
    network.ours.get_buffer("layer3.0.batch_norm.running_mean").zero_()


@pytest.fixture(scope="module")
def r3d_18() -> Moved:
    (pair,) = (each for each in SMALL if each.spec == "r3d_18")
    return moved(pair)


@pytest.mark.parametrize("fault", [exchange_two_layers, permute_one_weight, another_epsilon, forget_one_statistic])
def test_a_planted_fault_is_seen(fault: Callable[[Moved], None], r3d_18: Moved):
    network = replace(r3d_18, ours=deepcopy(r3d_18.ours))
    assert network.difference() <= TOLERANCE
    fault(network)
    assert network.difference() > 10 * TOLERANCE


def call(name: str, size: int, *sources: int) -> Call:
    return Call("linear", (name,), ((size, size),), frozenset(sources), (), (size,))


# Two branches from one layer, which meet in another.
BRANCHES = [call("stem", 8), call("deep", 8, 0), call("deeper", 8, 1), call("short", 8, 0), call("head", 8, 2, 3)]


def test_branches_are_matched_in_whichever_order_they_run():
    turned = [call("a", 8), call("b", 8, 0), call("c", 8, 0), call("d", 8, 2), call("e", 8, 1, 3)]
    assert matched(BRANCHES, turned) == {"stem": "a", "short": "b", "deep": "c", "deeper": "d", "head": "e"}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(BRANCHES[:-1], id="a layer missing"),
        pytest.param([*BRANCHES[:-1], call("head", 9, 2, 3)], id="another shape"),
        pytest.param([*BRANCHES[:-1], call("head", 8, 2)], id="a branch that leads nowhere"),
        pytest.param([*BRANCHES[:-2], call("short", 8, 1), BRANCHES[-1]], id="a branch from elsewhere"),
    ],
)
def test_networks_that_do_not_correspond(other: list[Call]):
    with pytest.raises(MismatchError, match="no counterpart"):
        matched(BRANCHES, other)


def test_one_weight_used_twice_is_not_two_weights():
    with pytest.raises(MismatchError, match="one is a and b"):
        matched([call("one", 8), call("one", 8, 0)], [call("a", 8), call("b", 8, 0)])
    with pytest.raises(MismatchError, match="two tensors"):
        matched([call("a", 8), call("b", 8, 0)], [call("one", 8), call("one", 8, 0)])


def test_a_weight_that_nothing_reads_is_told():
    with pytest.raises(MismatchError, match=r"read by no call: spare\.weight$"):
        require_all(["head.weight", "spare.weight", "norm.num_batches_tracked"], ["head.weight"])
