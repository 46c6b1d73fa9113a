"""The three views of a receptive field in every bundled network."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.spec.library import bundled_networks
from tests.conftest import unordered_views

NAMES = [each.name for each in bundled_networks()]


@pytest.mark.parametrize("name", NAMES)
def test_no_field_is_smaller_than_its_windows_or_what_is_really_read(name: str) -> None:
    assert not unordered_views(archcalc.analyze(archcalc.load(name)))


@pytest.mark.parametrize(
    ("name", "path", "full", "window"),
    [
        # Patches of two frames; attention in windows of eight of them sees all eight: 16 frames.
        ("swin3d_t", "stage1.block0.attention", (16, 28, 28), (2, 28, 28)),
        # One frame and 16 pixels a patch; attention over time at each place, then over space.
        ("timesformer_b", "blocks.0.temporal.attention", (8, 16, 16), (1, 16, 16)),
        # Patches of 3x7x7 by 2x4x4, eight in time, 56 in space, the last of them up to 55 * 4 - 3 + 6 = 223. Keys are
        # pooled by 3x3x3, by one in time and by eight in space: on T from -1 - 2 to 7 * 2 + 1 + 2, on H from -3 - 4.
        ("mvit_v1_b", "blocks.0.attention", (17 + 3 + 1, 223 + 7 + 1, 223 + 7 + 1), (3, 7, 7)),
        # Windows of 7 by 7x7, 13 in time and 40 in space by 4: 7 + 12 * 1 and 7 + 39 * 4.
        ("x3d_s", "res2.block0.se.multiply", (19, 163, 163), (7, 7, 7)),
    ],
)
def test_global_operations_of_known_networks(
    name: str, path: str, full: tuple[int, ...], window: tuple[int, ...]
) -> None:
    field = archcalc.analyze(archcalc.load(name)).layer(path).field
    assert field is not None
    assert (tuple(field.full.values()), tuple(field.window.values())) == (full, window)
