"""The fvcore conventions against fvcore itself, on networks built from the same specs."""

from __future__ import annotations

import logging
import warnings

import pytest

import archcalc

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")
fvcore = pytest.importorskip("fvcore.nn", reason="needs fvcore: pip install 'archcalc[torch]'")

SMALL = [
    ("c3d", "clip=3x16x32x32"),
    ("r3d_18", "clip=3x8x32x32"),
    ("mc3_18", "clip=3x8x32x32"),
    ("r2plus1d_18", "clip=3x8x32x32"),
    ("i3d", "clip=3x16x224x224"),
    ("slowfast_r50_4x16", "clip=3x32x64x64"),
    ("x3d_s", "clip=3x4x64x64"),
    ("late_fusion", "clip=3x4x32x32"),
]


def counted(spec: archcalc.Spec, *, training: bool) -> int:
    from archcalc.nn import build

    network = build(spec).train(training)
    # Two samples: batch norm in training refuses one value per channel.
    clips = tuple(torch.zeros(2, *each.shape.sizes.values()) for each in spec.graph.inputs.values())
    logging.getLogger("fvcore").setLevel(logging.ERROR)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        analysis = (
            fvcore.FlopCountAnalysis(network, clips).unsupported_ops_warnings(False).uncalled_modules_warnings(False)
        )
        total = analysis.total()
    assert total % 2 == 0
    return int(total) // 2


@pytest.mark.parametrize("convention", ["fvcore", "fvcore-train"])
@pytest.mark.parametrize(("name", "inputs"), SMALL, ids=[name for name, _ in SMALL])
def test_our_count_is_fvcores(name: str, inputs: str, convention: str) -> None:
    spec = archcalc.load(name, inputs=inputs)
    ours = archcalc.analyze(spec, convention=convention).totals.cost
    assert ours == counted(spec, training=convention == "fvcore-train")


def test_another_convention_is_told_apart() -> None:
    spec = archcalc.load("r3d_18", inputs="clip=3x8x32x32")
    assert archcalc.analyze(spec, convention="fvcore-train").totals.cost != counted(spec, training=False)
