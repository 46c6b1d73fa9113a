"""Which networks archcalc list shows: by name, family, task and size."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli.main import main
from archcalc.spec.library import bundled_networks
from archcalc.spec.metadata import plain, read_metadata
from archcalc.tables.network_choice import Range, Sizes, called
from archcalc.tables.networks import NetworkRow, network_rows

ROWS = network_rows(bundled_networks())
TASKS = {
    "classification", "detection", "features", "forecasting", "generation", "illustration", "language modeling",
    "pose estimation", "segmentation", "speech recognition",
}  # fmt: skip


def names(*arguments: str) -> list[str]:
    result = CliRunner().invoke(main, ["list", *arguments, "--format", "csv"])
    assert result.exit_code == 0, result.output
    return [line.partition(",")[0] for line in result.stdout.splitlines()[1:]]


def refusal(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["list", *arguments])
    assert result.exit_code == 2, result.output
    return result.stderr


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("resnet3d", ["r3d_18", "r3d_34", "resnet3d"]),
        ("R3D", ["r3d_18", "r3d_34", "resnet3d"]),
        ("c2d", ["c2d_r50"]),
        ("R(2+1)D", ["r2plus1d_18", "r2plus1d_34", "r2plus1d_r50"]),
        ("googlenet", ["inception_v1"]),
        ("resnet-50", ["resnet"]),
        ("i3d", ["i3d", "i3d_r50"]),
        ("deeplab", ["deeplabv3_r50"]),
        ("unet", ["nnunet", "unet3d"]),
        ("mixture", []),
        ("", []),
    ],
)
def test_networks_are_found_by_other_names(asked: str, found: list[str]) -> None:
    assert sorted(row.name for row in called(ROWS, asked)) == found


def test_a_part_of_a_name_is_enough_where_nothing_is_called_so() -> None:
    assert {row.name for row in called(ROWS, "shuffle")} == {"shufflenet_v2"}
    assert {row.name for row in called(ROWS, "swin3d")} == {"swin3d_t", "swin3d_s", "swin3d_b"}


def test_other_names_are_other_names() -> None:
    own = {plain(each.name) for each in bundled_networks()}
    shared = set()
    for each in bundled_networks():
        others = [plain(name) for name in read_metadata(each.path).other_names]
        assert len({plain(each.name), *others}) == len(others) + 1, each.name
        shared |= own.intersection(others)
    assert shared == {"i3d", "resnet3d", "slowfast"}, "names of networks that others have as well"


def test_a_spec_is_found_by_its_other_name_if_only_one_has_it() -> None:
    assert archcalc.load("GoogLeNet").name == "inception_v1"
    with pytest.raises(archcalc.SpecError, match="did you mean r3d_18 or r3d_34 or resnet3d"):
        archcalc.load("R3D")


def test_the_tasks_are_few() -> None:
    assert {row.task for row in ROWS} == TASKS


def test_family_and_task() -> None:
    assert names("--family", "text") == ["clip_text", "gpt2", "llama"]
    assert names("--family", "volume", "--task", "classification") == ["volume_mri"]
    assert set(names("--family", "video")) > set(names("--family", "3-D networks")) > {"c3d", "i3d"}
    assert names("unet", "--task", "segmentation") == ["nnunet", "unet3d"]


def test_sizes() -> None:
    small = names("--family", "detection and segmentation", "--params", "..10M")
    assert small == ["detr", "yolov8"]
    assert names("--family", "text", "--macs", "1G..10G") == ["clip_text"]
    assert names("--family", "ways to fuse time", "--field", "30") == ["slow_fusion"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing_like_it",), "no bundled network 'nothing_like_it'"),
        (("--family", "3D networks"), "did you mean '3-D networks'?"),
        (("--task", "speech"), "no task 'speech'; expected one of classification"),
        (("--params", "small"), "--params: 'small'"),
        (("--macs", "1G..2G..3G"), "--macs: '1G..2G..3G' is no range"),
        (("--field", ".."), "--field: '..' is no range"),
    ],
)
def test_what_is_not_there_is_said(arguments: tuple[str, ...], said: str) -> None:
    assert said in refusal(*arguments)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [("1M..2M", 1_000_000, 2_000_001), ("..1.5 G", 1_500_000_000, 1_500_000_001), ("16..", 16, 15), ("7", 7, 8)],
)
def test_ranges_include_their_ends(text: str, inside: int, outside: int) -> None:
    assert Range.parse(text).holds(inside)
    assert not Range.parse(text).holds(outside)
    assert not Range.parse(text).holds(None)


def test_a_network_without_time_is_in_no_range_of_frames() -> None:
    row = NetworkRow("image", "2-D backbones", "", params=5, macs=5)
    assert Sizes(Range(1, 9), Range(1, 9)).hold(row)
    assert not Sizes(field=Range(None, 9)).hold(row)
