"""The convolutions and receptive fields of the articles, and the ways to fuse time, by what their texts say of them."""

from __future__ import annotations

import pytest

import archcalc


def analysis(name: str, inputs: str | None = None, **parameters: object) -> archcalc.Analysis:
    return archcalc.analyze(archcalc.load(name, inputs=inputs or (), **parameters))


def frames_seen(network: archcalc.Analysis, path: str) -> int:
    field = network.layer(path).field
    assert field is not None
    assert field.full["T"] == field.clipped["T"], "nothing is padded"
    return field.full["T"]


def test_a_clip_of_four_frames_is_seen_in_three_layers() -> None:
    network = analysis("field_temporal")
    layers = ("conv1", "conv2", "conv3")
    assert [frames_seen(network, path) for path in layers] == [2, 3, 4]
    assert [network.layer(path).shape["T"] for path in layers] == [3, 2, 1]


def test_two_layers_see_five_pixels() -> None:
    network = analysis("field_spatial")
    fields = [layer.field.full for layer in network.layers if layer.field is not None]
    assert fields == [{"H": 3, "W": 3}, {"H": 5, "W": 5}]
    assert str(network.layer("layer2").shape) == "1x1x1"


@pytest.mark.parametrize(
    ("name", "weights", "maps"),
    [
        ("conv_image_gray", 1 * 3 * 3, None),
        ("conv_image_color", 3 * 3 * 3, None),
        ("conv_video_gray_l2", 1 * 2 * 3 * 3, 4 - 2 + 1),
        ("conv_video_gray_l3", 1 * 3 * 3 * 3, 4 - 3 + 1),
        ("conv_video_color", 3 * 2 * 3 * 3, 4 - 2 + 1),
    ],
)
def test_one_convolution(name: str, weights: int, maps: int | None) -> None:
    layer = analysis(name).layer("conv")
    assert layer.params == weights + 1
    assert layer.shape.sizes.get("T") == maps


def test_a_kernel_may_be_longer_than_wide() -> None:
    layer = analysis("anisotropic_4x3x3").layer("conv")
    assert (layer.params, layer.shape["T"]) == (64 * 3 * 4 * 3 * 3 + 64, 16 - 4 + 1)


def test_clapping_hands_are_seen_for_one_second_and_about_300_pixels() -> None:
    network = analysis("clapping_hands")
    field = network.layer("conv5b.conv").field
    assert field is not None
    assert field.full["T"] / 25 == 1.0
    assert field.full["H"] == field.full["W"] == pytest.approx(300, rel=0.01)


def test_a_step_of_the_volume_is_as_long_as_the_gap_between_slices_before_kernels_are_cubes() -> None:
    network = analysis("volume_mri")
    after = network.layer("pool2").field
    assert after is not None
    assert after.jump == {"D": 1, "H": 4, "W": 4}, "3.0 x 3.6 x 3.6 mm"
    assert network.layer("conv2").params == 32 * 16 * 1 * 3 * 3 + 32
    assert network.layer("conv3").params == 64 * 32 * 3 * 3 * 3 + 64


def test_the_background_is_one_frame_of_all_frames() -> None:
    network = analysis("background_subtraction", "clip=3x31x24x32")
    background = network.layer("median.background")
    assert (str(background.shape), frames_seen(network, "median.background")) == ("3x1x24x32", 31)
    assert str(network.layer("moving").shape) == "3x31x24x32"
    assert network.totals.params == 0


# Karpathy's C(96,11,3)-N-P-C(256,5,1)-N-P-C(384,3,1)-C(384,3,1)-C(256,3,1)-P-FC(4096)-FC(4096), weights and biases.
BEHIND_CONV1 = (
    (256 * 96 * 5 * 5 + 256) + (384 * 256 * 3 * 3 + 384) + (384 * 384 * 3 * 3 + 384) + (256 * 384 * 3 * 3 + 256)
)
SCORES = (4096 * 4096 + 4096) + (487 * 4096 + 487)


def fc6(positions: int) -> int:
    return 4096 * 256 * positions + 4096


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("karpathy_single_frame", (96 * 3 * 11 * 11 + 96) + BEHIND_CONV1 + fc6(7 * 7) + SCORES),
        ("karpathy_early", (96 * 3 * 10 * 11 * 11 + 96) + BEHIND_CONV1 + fc6(7 * 7) + SCORES),
        ("karpathy_late", (96 * 3 * 11 * 11 + 96) + BEHIND_CONV1 + fc6(2 * 7 * 7) + SCORES),
        (
            "karpathy_slow",
            (96 * 3 * 4 * 11 * 11 + 96)
            + BEHIND_CONV1 + 256 * 96 * 5 * 5 + 384 * 256 * 3 * 3  # two frames deep instead of one
            + fc6(7 * 7) + SCORES,
        ),
        ("karpathy_multires", 2 * (96 * 3 * 11 * 11 + 96 + BEHIND_CONV1) + fc6(2 * 7 * 7) + SCORES),
    ],
)  # fmt: skip
def test_parameters_of_karpathys_networks(name: str, params: int) -> None:
    assert analysis(name).totals.params == params


def test_karpathys_networks_join_time_where_they_say() -> None:
    frames = {
        name: [frames_seen(analysis(f"karpathy_{name}"), path) for path in paths]
        for name, paths in {
            "single_frame": ["tower.conv1.conv", "pool5.max_pool2d"],
            "early": ["tower.conv1.conv", "pool5.max_pool2d"],
            "late": ["tower.conv1.conv", "pool5.max_pool2d"],
            "slow": ["tower.conv1.conv", "tower.conv2.conv", "tower.conv3.conv"],
        }.items()
    }
    assert frames == {"single_frame": [1, 1], "early": [10, 10], "late": [1, 1], "slow": [4, 6, 10]}


def test_karpathys_single_frame_network_costs_as_much_for_every_frame() -> None:
    one, ten = (analysis("karpathy_single_frame", f"clip=3x{frames}x170x170").totals for frames in (1, 10))
    assert (ten.params, ten.macs) == (one.params, 10 * one.macs)


def test_features_or_scores_may_be_fused() -> None:
    scores, features = analysis("single_frame"), analysis("late_fusion_fc")
    assert scores.layer("head").shape["T"] == 20
    assert frames_seen_by_the_last(scores) == frames_seen_by_the_last(features) == 20
    assert features.layer("fc").params == 128 * 24 * 20 * 4 * 4 + 128


def frames_seen_by_the_last(network: archcalc.Analysis) -> int:
    field = network.layers[-1].field
    assert field is not None
    return field.clipped["T"]
