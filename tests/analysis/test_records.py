"""Results as Python shows them, and layers asked for by a path that does not exist."""

from __future__ import annotations

import pytest

import archcalc

SPEC = archcalc.load("slow_fusion")
ANALYSIS = archcalc.analyze(SPEC)
PARAMS = (12 * 3 * 27 + 12) + (24 * 12 * 27 + 24)


def test_results_show_themselves_in_a_short_line() -> None:
    shown = [repr(each) for each in (SPEC, SPEC.graph, ANALYSIS, ANALYSIS.layers[0])]
    assert shown == [
        "<Spec slow_fusion: clip 3x20x64x64; 4 layers; {}>",
        "<NetworkGraph slow_fusion: 4 layers>",
        f"<Analysis of slow_fusion: 4 layers, {PARAMS:,} params, 89,579,520 MACs>",
        f"<LayerRecord conv3d: Conv3D (3x3x3, 3->12), 12x20x64x64, {12 * 3 * 27 + 12} params>",
    ]


def test_the_name_of_a_layer_is_the_end_of_its_path() -> None:
    assert [each.name for each in ANALYSIS.layers[:2]] == [each.path for each in ANALYSIS.layers[:2]]
    assert archcalc.analyze(archcalc.load("r3d_18")).layer("layer1.0.conv1").name == "conv1"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("conv3", "did you mean conv3d, conv3d_2?"),
        ("pool", "did you mean max_pool3d"),
        ("nosuch", "no layer 'nosuch' in slow_fusion"),
        ("x" * 100_000, "no layer"),
    ],
)
def test_an_unknown_layer_is_a_key_error_with_the_nearest_paths(path: str, said: str) -> None:
    with pytest.raises(KeyError, match="no layer") as caught:
        ANALYSIS.layer(path)
    assert said in str(caught.value)
