"""Networks on ResNets: their parameters as sums of what their papers list, and what they do with time."""

from __future__ import annotations

import pytest

import archcalc

DEPTHS = {
    10: [1, 1, 1, 1], 18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3],
    101: [3, 4, 23, 3], 152: [3, 8, 36, 3], 200: [3, 24, 36, 3],
}  # fmt: skip


def analysis(name: str, inputs: str | None = None, **parameters: object) -> archcalc.Analysis:
    return archcalc.analyze(archcalc.load(name, inputs=inputs or (), **parameters))


def frames(network: archcalc.Analysis, path: str) -> int:
    field = network.layer(path).field
    assert field is not None
    return field.full["T"]


def sees_all_frames(network: archcalc.Analysis, path: str) -> bool:
    field = network.layer(path).field
    assert field is not None
    return field.sees_all["T"]


def conv(channels: int, out: int, volume: int) -> int:
    """Weights of a convolution without bias, and the scale and shift of the norm after it."""
    return channels * out * volume + 2 * out


def residual(depth: int, kernel: int, stem: int, classes: int) -> int:
    """Parameters of a ResNet whose kernels hold so many weights per pair of channels."""
    total, channels, wider = conv(3, 64, stem), 64, 1 if depth < 50 else 4
    for blocks, width in zip(DEPTHS[depth], (64, 128, 256, 512), strict=True):
        for _ in range(blocks):
            total += conv(channels, width * wider, 1) if channels != width * wider else 0
            if depth < 50:
                total += conv(channels, width, kernel) + conv(width, width, kernel)
            else:
                total += conv(channels, width, 1) + conv(width, width, kernel) + conv(width, 4 * width, 1)
            channels = width * wider
    return total + channels * classes + classes


@pytest.mark.parametrize("depth", [18, 34, 50, 101, 152])
def test_resnets_of_images(depth: int) -> None:
    assert analysis("resnet", depth=depth).totals.params == residual(depth, 3 * 3, 7 * 7, 1000)


@pytest.mark.parametrize("depth", DEPTHS)
def test_resnets_of_cubes(depth: int) -> None:
    assert analysis("resnet3d", depth=depth).totals.params == residual(depth, 3 * 3 * 3, 7 * 7 * 7, 400)


@pytest.mark.parametrize("name", ["r3d_34", "r3d_18"])
def test_r3d(name: str) -> None:
    assert analysis(name).totals.params == residual(int(name[4:]), 3 * 3 * 3, 3 * 7 * 7, 400)


def test_a_resnet_of_tf_slim_strides_later_and_weighs_the_same() -> None:
    first, last = (analysis("resnet", strided=strided) for strided in ("first", "last"))
    assert first.totals.params == last.totals.params
    assert str(first.layer("layer1.2.relu_3").shape) == "256x56x56"
    assert str(last.layer("layer1.2.relu_3").shape) == "256x28x28"


@pytest.mark.parametrize("name", ["tsm_r50", "tam_r50"])
def test_shifts_and_weights_reach_one_frame_further_a_block(name: str) -> None:
    network = analysis(name)
    last = [f"layer{stage}.{blocks - 1}.relu_3" for stage, blocks in enumerate(DEPTHS[50], 1)]
    assert [frames(network, path) for path in last] == [1 + 2 * blocks for blocks in (3, 7, 13, 16)]


def test_a_shift_costs_nothing_and_weights_little() -> None:
    shifted, weighted = analysis("tsm_r50").totals, analysis("tam_r50").totals
    channels = [(64, 56)] + [(256, 56)] * 3 + [(512, 28)] * 4 + [(1024, 14)] * 6 + [(2048, 7)] * 2
    assert weighted.params - shifted.params == sum(3 * each for each, _ in channels) == 39_360
    assert weighted.macs - shifted.macs == sum(3 * each * 8 * side * side for each, side in channels)


@pytest.mark.parametrize(("switch", "seen"), [(0, [16, 16]), (1, [1, 1]), (2, [3, 3]), (3, [3, 11]), (5, [3, 11])])
def test_mixed_convolutions_stop_looking_along_time(switch: int, seen: list[int]) -> None:
    network = analysis("mc", switch=switch)
    assert [frames(network, path) for path in ("stem.relu", "layer1.1.relu_2")] == seen


def test_reversed_mixed_convolutions_begin_to() -> None:
    network = analysis("rmc", switch=3)
    assert [frames(network, path) for path in ("layer1.1.relu_2", "layer2.0.relu_2")] == [1, 7]


def test_a_non_local_block_lets_every_frame_reach_every_other() -> None:
    network = analysis("nonlocal_r50", backbone="c2d")
    blocks = "res3.block1.relu_3", "res3.nonlocal1.add", "res3.block2.relu_3"
    assert [sees_all_frames(network, path) for path in blocks] == [False, True, True]


def test_five_non_local_blocks_of_known_size() -> None:
    def block(channels: int) -> int:
        half = channels // 2
        return 3 * (channels * half + half) + (half * channels + channels) + 2 * channels

    added = analysis("nonlocal_r50").totals.params - analysis("i3d_r50").totals.params
    assert added == 2 * block(512) + 3 * block(1024) == 7_358_464


def test_the_pathways_of_slowfast_see_different_times() -> None:
    network = analysis("slowfast")
    fast, slow = "fast_res2.block2.relu_3", "slow_stem.relu"
    assert (network.layer(fast).shape["T"], network.layer(slow).shape["T"]) == (32, 8)
    assert (network.layer(fast).shape["C"], frames(network, fast), frames(network, slow)) == (32, 5 + 3 * 2, 1)
    assert frames(network, "fuse1.fused.joined") == 5 + 7 - 1
