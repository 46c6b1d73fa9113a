"""Exact figures of the bundled networks: those their authors' code or papers give, and closed forms of others."""

from __future__ import annotations

import pytest

import archcalc

TORCHVISION = "torchvision 0.21.0, weights metadata (num_params, _ops)"
ZOO = "PyTorchVideo model zoo"
EXACT = [
    ("r3d_18", {}, None, 33_371_472, 40_696_553_472, TORCHVISION),
    ("mc3_18", {}, None, 11_695_440, 43_342_635_008, TORCHVISION),
    ("r2plus1d_18", {}, None, 31_505_325, 40_519_080_960, TORCHVISION),
    ("c3d", {"classes": 487}, None, 79_991_015, 38_548_959_232, "facebookarchive/C3D, conv3d_deepnetA_sport1m"),
    ("c3d", {"classes": 101}, None, 78_409_573, None, "the same with 101 classes"),
    ("c3d_unpadded", {"classes": 487}, None, 65_310_951, None, "the lecture's C3D, pool5 to 1x3x3"),
    ("s3d", {}, "clip=3x16x224x224", 8_320_048, 17_978_771_456, TORCHVISION),
    ("inception_v1", {}, None, 6_624_904, 1_498_376_192, f"{TORCHVISION} of googlenet: 1.498 G"),
    ("vgg16", {}, None, 138_357_544, 15_470_264_320, f"{TORCHVISION}: 15.47 G"),
    ("efficientnet_b0", {}, None, 5_288_548, 385_814_752, f"{TORCHVISION}: 0.386 G"),
    ("mvit_v1_b", {}, None, 36_610_672, 70_599_407_808, TORCHVISION),
    ("mvit_v2_s", {}, None, 34_537_744, 64_223_815_872, TORCHVISION),
    ("swin3d_t", {}, None, 28_158_070, 43_882_229_760, TORCHVISION),
    ("swin3d_s", {}, None, 49_816_678, 82_841_284_608, TORCHVISION),
    ("swin3d_b", {}, None, 88_048_984, 140_666_617_856, TORCHVISION),
    ("timesformer_b", {"classes": 174}, None, 121_392_558, None, "arXiv:2102.05095, 121.4 M"),
    ("timesformer_b", {}, None, 121_566_352, None, "facebookresearch/TimeSformer"),
    ("c2d_r50", {}, None, 24_327_632, None, ZOO),
    ("i3d_r50", {}, None, 28_043_472, None, ZOO),
    ("slow_r50", {}, None, 32_454_096, 54_520_840_192, ZOO),
    ("slowfast", {}, None, 34_566_488, 65_711_652_864, f"{ZOO}, R50 8x8"),
    ("slowfast", {"depth": 101}, None, 62_826_968, None, f"{ZOO}, R101 8x8"),
    ("csn_r101", {}, None, 22_213_776, None, ZOO),
    ("r2plus1d_r50", {}, None, 28_107_600, None, ZOO),
    ("x3d_xs", {}, None, 3_794_274, 605_256_512, "facebookresearch/SlowFast MODEL_ZOO.md"),
    ("x3d_m", {}, None, 3_794_274, 4_732_468_736, "facebookresearch/SlowFast MODEL_ZOO.md"),
    ("x3d_l", {}, None, 6_153_384, 18_367_710_176, "facebookresearch/SlowFast MODEL_ZOO.md"),
    ("nonlocal_r50", {}, None, 28_043_472 + 7_358_464, None, "I3D R50 and five blocks, as in mmaction2"),
    ("nonlocal_r50", {"backbone": "c2d"}, None, 24_327_632 + 7_358_464, None, "C2D R50 and five blocks"),
    ("resnet", {"depth": 18}, None, 11_689_512, 1_814_073_344, f"{TORCHVISION}: 1.814 G"),
    ("resnet", {"depth": 34}, None, 21_797_672, None, f"{TORCHVISION}"),
    ("resnet", {}, None, 25_557_032, 4_089_184_256, f"{TORCHVISION}: 4.089 G"),
    ("resnet", {"depth": 101}, None, 44_549_160, 7_801_405_440, f"{TORCHVISION}: 7.801 G"),
    ("resnet", {"depth": 152}, None, 60_192_808, None, f"{TORCHVISION}"),
    ("tsm_r50", {"classes": 1000}, "clip=3x1x224x224", 25_557_032, 4_089_184_256, "a shift costs nothing"),
    ("tam_r50", {"classes": 1000}, None, 25_557_032 + 39_360, None, "three weights for each channel of sixteen inputs"),
    ("blvnet_tam", {"classes": 174}, None, 25_020_142, None, "25.02 M, counted from IBM/bLVNet-TAM"),
    ("mc", {"switch": 3}, None, 11_695_440, 43_342_635_008, "mc3_18"),
    ("mc", {"switch": 6}, None, 33_371_472, 40_696_553_472, "r3d_18: no group is 2-D"),
    ("rmc", {"switch": 2}, None, 33_371_472 - 64 * 3 * 49 * 2, None, "r3d_18 with a stem of 2-D"),
    ("x3d_s", {}, "clip=3x13x160x160", 3_794_274, 1_962_892_112, "facebookresearch/SlowFast MODEL_ZOO.md"),
    ("slowfast_r50_4x16", {}, "clip=3x32x256x256", 34_480_216, 36_101_963_776, "PyTorchVideo model zoo, 36.102 G"),
]


def analysis(name: str, inputs: str | None = None, **parameters: object) -> archcalc.Analysis:
    return archcalc.analyze(archcalc.load(name, inputs=inputs or (), **parameters))


@pytest.mark.parametrize(("name", "parameters", "inputs", "params", "macs", "source"), EXACT)
def test_published_counts(
    name: str, parameters: dict[str, object], inputs: str | None, params: int, macs: int | None, source: str
) -> None:
    totals = analysis(name, inputs, **parameters).totals
    assert totals.params == params, source
    assert macs is None or totals.macs == macs, source


@pytest.mark.parametrize("classes", [1, 7, 51, 174, 400, 700])
@pytest.mark.parametrize(
    ("name", "features", "reference"),
    [
        ("c3d", 4096, 77_995_776),
        ("c3d_unpadded", 4096, 63_315_712),
        ("r3d_18", 512, 33_371_472 - 513 * 400),
        ("mc3_18", 512, 11_695_440 - 513 * 400),
        ("r2plus1d_18", 512, 31_505_325 - 513 * 400),
        ("slow_r50", 2048, 32_454_096 - 2049 * 400),
        ("csn_r101", 2048, 22_213_776 - 2049 * 400),
        ("x3d_s", 2048, 3_794_274 - 2049 * 400),
        ("slowfast_r50_4x16", 2304, 34_480_216 - 2305 * 400),
        ("mvit_v1_b", 768, 36_610_672 - 769 * 400),
        ("swin3d_t", 768, 28_158_070 - 769 * 400),
        ("timesformer_b", 768, 121_392_558 - 769 * 174),
        ("i3d", 1024, 12_689_984 - 1025 * 400),
        ("i3d_flow", 1024, 12_689_984 - 64 * 343 - 1025 * 400),
        ("s3d", 1024, 8_320_048 - 1025 * 400),
        ("inception_v1", 1024, 6_624_904 - 1025 * 1000),
        ("vgg16", 4096, 138_357_544 - 4097 * 1000),
        ("efficientnet_b0", 1280, 5_288_548 - 1281 * 1000),
    ],
)
def test_other_numbers_of_classes(name: str, features: int, reference: int, classes: int) -> None:
    assert analysis(name, classes=classes).totals.params == reference + (features + 1) * classes


@pytest.mark.parametrize("name", ["r3d_18", "mc3_18", "r2plus1d_18"])
def test_cost_is_linear_in_frames_when_sizes_divide(name: str) -> None:
    one, two, four = (analysis(name, f"clip=3x{frames}x112x112").totals.macs for frames in (8, 16, 32))
    head = 512 * 400
    assert (two - head, four - head) == (2 * (one - head), 4 * (one - head))


def test_receptive_fields_of_c3d() -> None:
    layers = {layer.path: layer for layer in analysis("c3d").layers}
    expected = {
        "conv1a": (3, 3), "pool1": (3, 4), "conv2a": (5, 8), "pool2": (6, 10), "conv3b": (14, 26),
        "pool3": (16, 30), "conv4b": (32, 62), "pool4": (36, 70), "conv5b": (68, 134), "pool5": (76, 150),
    }  # fmt: skip
    for path, (frames, pixels) in expected.items():
        field = layers[path].field
        assert field is not None
        assert field.full == {"T": frames, "H": pixels, "W": pixels}, path


def test_receptive_fields_of_i3d() -> None:
    layers = {layer.path: layer for layer in analysis("i3d").layers}
    expected = {"MaxPool3d_2a_3x3": (7, 11), "MaxPool3d_3a_3x3": (11, 27), "MaxPool3d_4a_3x3": (23, 75),
                "MaxPool3d_5a_2x2": (67, 251), "Logits.AvgPool": (107, 571)}  # fmt: skip
    for path, (frames, pixels) in expected.items():
        field = layers[path].field
        assert field is not None
        assert field.full == {"T": frames, "H": pixels, "W": pixels}, path


def test_conventions_of_the_model_zoo() -> None:
    """PyTorchVideo's rows are fvcore's count in training mode."""
    slowfast = archcalc.analyze(archcalc.load("slowfast_r50_4x16"), convention="fvcore-train").totals.cost
    x3d = archcalc.analyze(archcalc.load("x3d_s", inputs="clip=3x13x182x182"), convention="fvcore-train").totals.cost
    assert (round(slowfast / 1e9, 2), round(x3d / 1e9, 2)) == (36.69, 2.96)
