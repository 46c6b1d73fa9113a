"""The fvcore conventions compared with fvcore itself, on networks built from the same specs."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence

import pytest

import archcalc
from archcalc.spec.inputs import InputOverride
from archcalc.spec.load import Spec, load_spec
from tests.analysis.test_conventions import RULES, UNKNOWN
from tests.conftest import Load
from tests.pytorch.representatives import affordable

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")
pytest.importorskip("fvcore", reason="needs fvcore: pip install 'archcalc[torch]'")

import torch

from archcalc.measure.fvcore_counts import HAS_MACS, Everything, einsum_macs, smallest
from archcalc.pytorch.network import Network

SMALL = {"r3d_18": "clip=3x8x32x32", "late_fusion": "clip=3x4x32x32", "swin3d_t": "clip=3x4x32x32"}
LARGER = {
    "c3d": "clip=3x16x32x32", "r2plus1d_18": "clip=3x8x32x32",
    "slowfast_r50_4x16": "clip=3x32x64x64", "x3d_s": "clip=3x4x64x64", "mvit_v1_b": "clip=3x4x32x32",
    "mvit_v2_s": "clip=3x4x32x32", "timesformer_b": "clip=3x2x32x32",
}  # fmt: skip
CONVENTIONS = ["fvcore", "fvcore-train"]
MANY_AXES = "- attention: {over: [T, H, W], heads: 1, relative_position: decomposed}"


def counted(spec: Spec, network: Network, *, training: bool, rounded: bool = False) -> tuple[int, set[str]]:
    """What fvcore counts for one sample, and the operations with multiply-accumulates that it does not know."""
    network.train(training)
    samples = 2 if training else 1  # batch norm in training refuses one value per channel
    clips = tuple(torch.zeros(samples, *each.shape.sizes.values()) for each in spec.graph.inputs.values())
    logging.getLogger("fvcore").setLevel(logging.ERROR)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # importing fvcore warns, and so does tracing
        from fvcore.nn import FlopCountAnalysis

        # All layers are outputs: tracing leaves out what no output needs.
        analysis = FlopCountAnalysis(Everything(network), clips)
        analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
        if not rounded:
            analysis.set_op_handle("aten::einsum", einsum_macs)
        total, unknown = analysis.total(), analysis.unsupported_ops()
    assert total % samples == 0
    return int(total) // samples, {name.removeprefix("aten::") for name in HAS_MACS if name in unknown}


def ours(spec: Spec, convention: str) -> tuple[int, set[str]]:
    """Our count, and the operations that it says it leaves out."""
    analysis = archcalc.analyze(spec, convention=convention)
    return analysis.totals.cost, {each.operation for layer in analysis.layers for each in layer.uncounted}


def assert_equal_to_fvcore(spec: Spec, conventions: Sequence[str] = CONVENTIONS) -> None:
    """Compare the counts of some conventions on one built network."""
    network = Network(spec.graph)
    for convention in conventions:
        assert ours(spec, convention) == counted(spec, network, training=convention == "fvcore-train")


@pytest.mark.parametrize("name", SMALL)
def test_our_count_is_fvcores(name: str) -> None:
    assert_equal_to_fvcore(archcalc.load(name, inputs=SMALL[name]))


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGER)
def test_our_count_is_fvcores_on_larger_inputs(name: str) -> None:
    assert_equal_to_fvcore(archcalc.load(name, inputs=LARGER[name]))


@pytest.mark.slow
@pytest.mark.parametrize("name", affordable())
def test_our_count_is_fvcores_on_every_bundled_network(name: str) -> None:
    def reload(sizes: Mapping[str, InputOverride]) -> Spec:
        return load_spec(name, {}, dict(sizes))

    # What norms count in training is compared on the networks above, and by operator below.
    assert_equal_to_fvcore(smallest(load_spec(name, {}, {}), reload), ["fvcore"])


@pytest.mark.parametrize("layer", [*RULES, *UNKNOWN])
def test_rules_by_operator(layer: str, layers: Load) -> None:
    assert_equal_to_fvcore(layers(f"- {layer}"))


def test_another_convention_has_another_count() -> None:
    spec = archcalc.load("r3d_18", inputs="clip=3x8x32x32")
    assert ours(spec, "fvcore-train") != counted(spec, Network(spec.graph), training=False)


def test_fvcore_rounds_products_of_many_axes(layers: Load) -> None:
    spec = layers(MANY_AXES)
    network = Network(spec.graph)
    exact, rounded = (counted(spec, network, training=False, rounded=each)[0] for each in (False, True))
    assert 0 < abs(exact - rounded) < 1e-3 * exact
