"""What every bundled network promises: the name of its file; as a video classifier an input `clip` and `classes`."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.spec.library import Bundled, bundled_networks
from archcalc.spec.metadata import read_metadata

WITHOUT_CLASSES = ("early_fusion", "late_fusion", "slow_fusion")
"""As the lecture's tables have them: they end at the global pool."""
OF_VIDEO = ("ways to fuse time", "3-D networks", "factorized and mixed", "several paths", "sequences and attention")

NETWORKS = bundled_networks()
CLASSIFIERS = [
    each.name for each in NETWORKS if read_metadata(each.path).family in OF_VIDEO and each.name not in WITHOUT_CLASSES
]


@pytest.mark.parametrize("network", NETWORKS, ids=lambda each: each.name)
def test_a_network_is_called_as_its_file_and_says_where_it_comes_from(network: Bundled) -> None:
    spec = archcalc.load(network.name)
    assert (spec.name, bool(spec.title), bool(spec.source)) == (network.name, True, True)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_video_classifier_takes_a_clip_and_gives_scores_of_its_classes(name: str) -> None:
    spec = archcalc.load(name, classes=7)
    assert "clip" in spec.graph.inputs
    (output,) = spec.graph.outputs.values()
    assert spec.graph.shape(output).sizes["C"] == 7
    assert all(size == 1 for axis, size in spec.graph.shape(output).sizes.items() if axis != "C")
