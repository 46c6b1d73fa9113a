"""One name for one thing: parameters of bundled networks mean the same in each of them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

import archcalc
from archcalc.spec.library import bundled_networks

OTHER_NAMES = {
    "classes": ("num_classes", "n_classes", "labels", "categories"),
    "depth": ("layers", "num_layers", "n_layers", "blocks", "num_blocks"),
    "width": ("base_width", "base_channels", "width_multiplier", "width_mult", "filters"),
    "frames": ("num_frames", "n_frames", "clip_length", "length"),
    "heads": ("num_heads", "n_heads"),
    "dropout": ("drop", "drop_rate", "dropout_rate"),
}
"""The name of each thing, and what papers and libraries call it too."""


def is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


IS_OF_ITS_KIND = {
    "classes": is_whole,
    "frames": is_whole,
    "depth": lambda value: is_whole(value) or isinstance(value, str),  # a published depth may have a letter: 50d
    "depths": lambda value: isinstance(value, list) and all(map(is_whole, value)),
    "width": lambda value: isinstance(value, (int, float)) or str(value).startswith("$"),  # one that follows a size
}


def parameters(path: Any) -> dict[str, Any]:
    """The parameters of a spec with their defaults."""
    written = yaml.safe_load(path.read_text("utf-8")).get("parameters") or {}
    return {
        name: value["default"] if isinstance(value, dict) and "default" in value else value
        for name, value in written.items()
    }


NETWORKS = {network.name: parameters(network.path) for network in bundled_networks()}


def test_no_network_has_another_name_for_a_thing_that_has_one() -> None:
    meant = {other: name for name, others in OTHER_NAMES.items() for other in others}
    found = [f"{network}: {name}, elsewhere {meant[name]}"
             for network, own in NETWORKS.items() for name in own if name in meant]  # fmt: skip
    assert not found


def test_a_name_means_the_same_kind_of_thing_everywhere() -> None:
    found = [f"{network}: {name}: {own[name]!r}" for network, own in NETWORKS.items()
             for name, is_one in IS_OF_ITS_KIND.items() if name in own and not is_one(own[name])]  # fmt: skip
    assert not found


@pytest.mark.parametrize("network", [network for network, own in NETWORKS.items() if "frames" in own])
def test_the_clip_is_as_long_as_frames_say(network: str) -> None:
    frames = NETWORKS[network]["frames"]
    lengths = [archcalc.load(network, frames=each).graph.inputs["clip"].shape["T"] for each in (frames, 2 * frames)]
    assert lengths[1] == 2 * lengths[0]
    assert lengths[0] % frames == 0, "a network may read every so many frames of the clip"
