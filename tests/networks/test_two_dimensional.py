"""Networks on 2-D backbones: parameters as sums of what their papers list, and where time comes in."""

from __future__ import annotations

import pytest

import archcalc

INCEPTION = 6_624_904 - 1025 * 1000  # torchvision's googlenet without its last layer
FLOW_STEM = 64 * (20 - 3) * 7 * 7  # twenty channels of optical flow where an image has three


def analysis(name: str, inputs: str | None = None, **parameters: object) -> archcalc.Analysis:
    return archcalc.analyze(archcalc.load(name, inputs=inputs or (), **parameters))


def frames(network: archcalc.Analysis, path: str, of: str = "clip") -> int:
    return network.layer(path).fields[of].full["T"]


def cnn_m(channels: int, classes: int) -> int:
    """CNN-M-2048 as its table says."""
    convolutions = (
        (96 * channels * 7 * 7 + 96) + (256 * 96 * 5 * 5 + 256)
        + (512 * 256 * 3 * 3 + 512) + 2 * (512 * 512 * 3 * 3 + 512)
    )  # fmt: skip
    return convolutions + (512 * 6 * 6 * 4096 + 4096) + (4096 * 2048 + 2048) + (2048 * classes + classes)


def lstm(read: int, hidden: int, gates: int) -> int:
    return gates * (hidden * read + hidden * hidden + 2 * hidden)


@pytest.mark.parametrize(
    ("name", "parameters", "params"),
    [
        ("cnn_m_2048", {}, cnn_m(3, 1000)),
        ("two_stream", {}, cnn_m(3, 101) + cnn_m(2 * 10, 101)),
        ("two_stream", {"backbone": "inception_v1", "classes": 400}, 2 * INCEPTION + FLOW_STEM + 2 * 1025 * 400),
        ("two_stream_i3d", {}, 2 * 12_689_984 - 64 * 343),
        ("convnet_lstm", {}, INCEPTION + 2 * 1024 + lstm(1024, 512, 4) + 513 * 400),
        ("convnet_gru", {}, INCEPTION + 2 * 1024 + lstm(1024, 512, 3) + 513 * 400),
        ("fused_3d", {}, 2 * INCEPTION + FLOW_STEM + (512 * 2048 * 27 + 512) + 513 * 400),
    ],
)
def test_parameters_are_those_of_the_parts(name: str, parameters: dict[str, object], params: int) -> None:
    assert analysis(name, None, **parameters).totals.params == params


def test_the_gates_of_s3d_g_are_a_square_of_weights_each() -> None:
    gated = [64, 192, 128, 32, 192, 96, 208, 48, 224, 64, 256, 64, 288, 64, 320, 128, 320, 128, 384, 128]
    extra = sum(channels * channels + channels for channels in gated)
    assert analysis("s3d_g").totals.params == 8_320_048 + extra


def test_a_gate_lets_every_frame_reach_every_moment() -> None:
    plain, gated = analysis("s3d"), analysis("s3d_g")
    first = "Conv3d_1a_7x7.temporal.relu", "Conv3d_1a_7x7.gate.multiply"
    assert [plain.layer(first[0]).field.sees_all["T"], gated.layer(first[1]).field.sees_all["T"]] == [False, True]  # type: ignore[union-attr]


def test_one_frame_and_ten_of_flow() -> None:
    network = analysis("two_stream")
    assert frames(network, "spatial_scores") == 1
    assert frames(network, "temporal.conv1", "flow") == 10
    assert network.layer("temporal.conv1").shape.sizes.get("T") is None
    assert "temporal.norm2" not in {layer.path for layer in network.layers}


def test_recurrence_sees_the_clip_at_its_end_only() -> None:
    network = analysis("convnet_lstm")
    assert (frames(network, "global_avg_pool"), frames(network, "lstm")) == (1, 25)


def test_2d_streams_are_joined_in_time_once() -> None:
    network = analysis("fused_3d")
    seen = [(frames(network, path), frames(network, path, "flow")) for path in ("concat", "fuse", "max_pool3d")]
    assert seen == [(1, 1), (3, 3), (5, 5)]


def test_motion_reaches_appearance_and_never_the_other_way() -> None:
    network = analysis("st_resnet")
    assert set(network.layer("conv2.injected").fields) == {"clip", "flow"}
    assert set(network.layer("motion_scores.fc").fields) == {"flow"}
    growth = [frames(network, f"conv{stage}.seen") for stage in (2, 3, 4, 5)]
    assert growth == [3, 5, 7, 9]


def test_time_is_a_side_of_a_cube_for_efficientnet3d() -> None:
    network = analysis("efficientnet3d_b0", "clip=3x224x224x224")
    assert all(layer.shape["T"] == layer.shape["H"] for layer in network.layers if "T" in layer.shape.axes)
