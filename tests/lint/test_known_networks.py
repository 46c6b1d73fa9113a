"""What docs/rules.md says of bundled networks is what the rules find in them."""

from __future__ import annotations

from functools import lru_cache

import pytest

import archcalc
from archcalc.lint.finding import Finding


@lru_cache
def found(name: str, rule: str) -> tuple[Finding, ...]:
    return archcalc.analyze(archcalc.load(name)).lint(select=[rule])


def test_c3d() -> None:
    assert [(each.path, each.axis) for each in found("c3d", "unproductive")] == [("conv5a", "T"), ("conv5b", "T")]
    assert [(each.path, each.axis) for each in found("c3d", "border")] == [("conv4a", "T")]
    assert found("c3d", "padding")[-1].figures["share"] == pytest.approx(0.144, abs=0.0005)


@pytest.mark.parametrize(("name", "count"), [("r3d_18", 6), ("r2plus1d_18", 6), ("x3d_l", 94), ("slowfast", 4)])
def test_kernels_without_context(name: str, count: int) -> None:
    assert len(found(name, "unproductive")) == count


def test_weights_that_never_meet_a_frame() -> None:
    dead = found("resnet3d", "dead")
    assert [each.figures["share"] for each in dead] == pytest.approx([1 / 3, 2 / 3, 2 / 3])
    assert all(each.path.startswith("layer4.") and each.axis == "T" for each in dead)


def test_frames_and_pixels_that_nobody_reads() -> None:
    late, alexnet = found("karpathy_late", "never_read")[0], found("alexnet_v2", "never_read")[0]
    assert (late.path, late.figures["positions"], late.figures["of"]) == ("clip", "1 to 14", 16)
    assert (alexnet.path, alexnet.figures["positions"]) == ("image", "219 to 223")


def test_channels_of_r2plus1d() -> None:
    middle = {each.figures.get("out_channels") for each in found("r2plus1d_18", "tensor_core")} - {None}
    assert middle == {45, 230, 460, 921}


def test_linear_pairs_and_biases() -> None:
    stem = found("x3d_s", "linear_pair")[0].figures
    assert (stem["weights"], stem["merged_weights"]) == (768, 3240)
    assert len(found("nonlocal_r50", "bias_before_norm")) == 5
