"""Our MViTs under the weights of torchvision's give their output."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")
pytest.importorskip("pytorchvideo", reason="needs the originals: pip install 'archcalc[test]'")

import torch

from tests.originals.mvit import for_clip, state_by_our_names
from tests.originals.pairs import Pair
from tests.originals.state import BATCH, TOLERANCE, Moved, load, randomised


@pytest.fixture(params=["mvit_v1_b", "mvit_v2_s"])
def network(request: pytest.FixtureRequest) -> Moved:
    pair = Pair(request.param, for_clip(request.param, 6, 64), clip="3x6x64x64")
    torch.manual_seed(0)
    theirs, ours, clip = randomised(pair.theirs()), pair.ours(), pair.input(BATCH)
    state = state_by_our_names(ours, theirs)
    names = {name: name for name in state}
    load(ours, state, names)
    with torch.no_grad():
        return Moved(names, state, ours, clip, theirs(clip))


def test_the_same_output_under_the_same_weights(network: Moved):
    assert network.output.std() > 0
    assert network.difference() <= TOLERANCE


def test_a_permuted_weight_is_seen(network: Moved):
    weight = network.ours.get_parameter("blocks.1.attention.key.conv.weight")
    weight.data = weight.data.roll(1, dims=0)
    assert network.difference() > 10 * TOLERANCE
