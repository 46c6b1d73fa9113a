"""Which bundled networks tests build."""

from __future__ import annotations

from archcalc.spec.library import bundled_networks
from archcalc.tables.networks import network_rows
from tests.pytorch.representatives import affordable, kinds, representatives


def test_every_kind_of_layer_of_every_bundled_network_is_in_one_that_is_built() -> None:
    built = {kind for name in representatives() for kind in kinds(name)}
    assert all(kinds(each.name) <= built for each in bundled_networks())


def test_all_networks_of_video_are_built_and_others_that_add_something() -> None:
    video = {row.name for row in network_rows(bundled_networks()) if row.group == "video"}
    assert video <= set(representatives())
    assert {"yolov8", "gpt2", "unet3d"} <= set(representatives())
    assert not {"resnet_v1_101", "resnet_v1_152", "resnext"} & set(representatives())


def test_those_that_are_run_are_small_or_of_video_or_images() -> None:
    left = set(representatives()) - set(affordable())
    assert {"gpt2", "llama", "unet3d", "vnet"} <= left
    assert {"c3d", "vit_b_16", "yolov8", "tcn", "wavenet"} <= set(affordable())
