"""The image networks and those of torchvision: counts at full size, output under their weights at a smaller one."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")
pytest.importorskip("pytorchvideo", reason="needs the originals: pip install 'archcalc[test]'")

import archcalc
from tests.originals.counting import differences, ours_and_theirs
from tests.originals.images import FULL, IN_ORDER, SMALL
from tests.originals.pairs import Pair
from tests.originals.state import TOLERANCE, Moved, moved, moved_in_order


@pytest.mark.parametrize("pair", FULL, ids=str)
def test_the_same_parameters_convolutions_and_arithmetic(pair: Pair):
    ours, theirs = ours_and_theirs(pair)
    assert differences(ours, theirs) == []
    totals = archcalc.analyze(pair.load()).totals
    assert (totals.params, totals.macs) == (theirs.params, theirs.macs)


@pytest.mark.parametrize("pair", SMALL, ids=str)
def test_the_same_output_under_the_same_weights(pair: Pair):
    network = moved(pair)
    assert network.output.std() > 0
    assert network.difference() <= TOLERANCE


@pytest.fixture(params=IN_ORDER, ids=str)
def in_order(request: pytest.FixtureRequest) -> Moved:
    return moved_in_order(request.param)


def test_the_same_output_under_the_same_weights_in_order(in_order: Moved):
    assert in_order.output.std() > 0
    assert in_order.difference() <= TOLERANCE


def test_a_permuted_weight_is_seen(in_order: Moved):
    weight = in_order.ours.get_parameter(next(name for name in in_order.names if name.endswith(".1.fc1.weight")))
    weight.data = weight.data.roll(1, dims=0)
    assert in_order.difference() > 10 * TOLERANCE
