"""The 2-D backbones and those of torchvision: counts at full size, output under their weights at a smaller one."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")
pytest.importorskip("pytorchvideo", reason="needs the originals: pip install 'archcalc[test]'")

import archcalc
from tests.originals.counting import differences, ours_and_theirs
from tests.originals.importing import quietly, torchvision_video
from tests.originals.pairs import Original, Pair
from tests.originals.state import TOLERANCE, moved


@dataclass(frozen=True)
class ImagePair(Pair):
    """A pair whose input is an image."""

    def load(self) -> archcalc.Spec:
        """Our spec."""
        return archcalc.load(self.spec, inputs=() if self.clip is None else f"image={self.clip}")


def image_network(name: str, **arguments: object) -> Original:
    """An image network of torchvision, with nothing downloaded."""
    torchvision_video()
    return lambda: getattr(quietly("torchvision.models"), name)(weights=None, **arguments)


GOOGLENET = {"aux_logits": False, "init_weights": False}
FULL = [
    ImagePair("inception_v1", image_network("googlenet", **GOOGLENET)),
    ImagePair("vgg16", image_network("vgg16")),
    ImagePair("efficientnet_b0", image_network("efficientnet_b0")),
]
# Not VGG: its dense layers fit an image of 224 pixels alone, and twice 138 M random weights are much for a test.
SMALL = [
    ImagePair("inception_v1", image_network("googlenet", **GOOGLENET), clip="3x75x90"),
    ImagePair("efficientnet_b0", image_network("efficientnet_b0"), clip="3x65x90"),
]


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
