"""Modules that others wrote, recorded: their numbers are those of our specs of the same networks."""

from __future__ import annotations

from collections import Counter

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")
pytest.importorskip("pytorchvideo", reason="needs the originals: pip install 'archcalc[test]'")

from torch import nn

import archcalc
from archcalc.tracing.inputs import ModuleInput
from archcalc.tracing.loading import construct
from archcalc.tracing.module import import_module
from tests.originals.pairs import FULL

COMPARED = (
    "r3d_18", "mc3_18", "r2plus1d_18", "s3d", "x3d_s", "x3d_m", "slowfast_r50_4x16", "slowfast", "c2d_r50", "i3d_r50",
    "slow_r50", "csn_r101", "r2plus1d_r50",
)  # fmt: skip
"""All but transformers, whose attention is one layer of a spec and several of a module."""
OUTSIDE = ("conv3d", "linear", "layer_norm", "gelu", "add")
"""Layers that a spec and a module both have, outside of attention."""


class Fed(nn.Module):
    """An original that is given our clip."""

    def __init__(self, network, feed) -> None:
        super().__init__()
        self.network = network
        self.feed = feed

    def forward(self, clip):
        return self.network(self.feed(clip))


def products(analysis, *kinds):
    """The multiply-accumulates and fields of the layers that have any, however they are called."""
    return Counter(
        (each.macs, *(tuple(each.field.sizes(kind).items()) for kind in kinds)) for each in analysis.layers if each.macs
    )


@pytest.mark.parametrize("pair", [each for each in FULL if each.spec in COMPARED], ids=str)
def test_a_recorded_original_has_the_numbers_of_our_spec(pair):
    spec = pair.load()
    (clip,) = spec.graph.inputs.values()
    network = Fed(construct(pair.original, pair.spec, {}), pair.feed)
    given = ModuleInput("clip", "".join(clip.shape.axes), tuple(clip.shape.sizes.values()))
    ours, recorded = archcalc.analyze(spec), archcalc.analyze(import_module(network, [given]))
    assert recorded.totals.params == ours.totals.params
    assert recorded.totals.macs == ours.totals.macs
    assert products(recorded, "full", "clipped") == products(ours, "full", "clipped")
    assert recorded.totals.saved_bytes == pytest.approx(ours.totals.saved_bytes, rel=0.01)


@pytest.mark.parametrize("name", ["mvit_v1_b", "mvit_v2_s", "swin3d_t"])
def test_a_recorded_transformer_has_the_layers_of_our_spec(name):
    """Parameters, multiply-accumulates, shapes and all three fields, of each layer, though no other size shows more."""
    (pair,) = [each for each in FULL if each.spec == name]
    spec = pair.load()
    (clip,) = spec.graph.inputs.values()
    given = ModuleInput("clip", "".join(clip.shape.axes), tuple(clip.shape.sizes.values()))
    ours = archcalc.analyze(spec)
    recorded = archcalc.analyze(import_module(construct(pair.original, name, {}), [given]))
    assert (recorded.totals.params, recorded.totals.macs) == (ours.totals.params, ours.totals.macs)
    theirs = Counter(numbers(each) for each in recorded.layers)
    assert not Counter(numbers(each) for each in ours.layers if is_outside_attention(each)) - theirs
    pooled = Counter(numbers(each)[:-1] for each in recorded.layers)  # the class token stands aside
    assert not Counter(numbers(each)[:-1] for each in ours.layers if each.op == "conv3d") - pooled


def is_outside_attention(layer):
    return layer.op in OUTSIDE and ".attention" not in layer.path


def numbers(layer):
    fields = (tuple(layer.field.sizes(kind).items()) for kind in ("full", "window", "clipped"))
    shape = str(layer.shape).removesuffix("x1x1x1")  # a mean drops its axes in a module
    return (layer.params, layer.macs, *fields, tuple(layer.field.sees_all.items()), shape)
