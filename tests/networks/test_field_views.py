"""The three views of a receptive field in every bundled network."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archcalc
from archcalc.analysis.time_fusion import time_fusion
from archcalc.core.reads import Taps
from archcalc.core.window import Window
from archcalc.drawings.field import field_path
from archcalc.drawings.temporal_effect import TemporalEffect, reads_all, temporal_effect
from archcalc.spec.library import bundled_networks
from archcalc.tables.layers import layer_table
from archcalc.tables.options import TableOptions
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


STATED = ("swin3d_t", "timesformer_b", "mvit_v1_b", "x3d_xs", "slow_fusion", "late_fusion", "c3d", "convnet_lstm")


@pytest.mark.parametrize("name", STATED)
def test_statements_about_time_do_not_contradict_one_another(name: str) -> None:
    analysis = archcalc.analyze(archcalc.load(name))
    clip, fusion, ring = analysis.inputs[0], time_fusion(analysis), field_path(analysis).whole_clip
    assert fusion is not None
    assert (ring and ring.path) == fusion.whole_clip
    assert ring is None or ring.frames >= clip.shape["T"], "a ring stands where the field holds the clip"
    windows = field_path(analysis, "window").whole_clip
    assert windows is None or windows.frames >= clip.shape["T"]
    first = analysis.layers[0].inputs
    for layer in analysis.layers:
        field = layer.fields[clip.name]
        if layer.inputs == first and temporal_effect(analysis, [layer]) is TemporalEffect.GLOBAL:
            assert field.clipped["T"] == clip.shape["T"], f"{layer.path} sees all frames"


def test_a_dilated_window_as_long_as_the_clip_does_not_see_all_frames() -> None:
    dilated, plain = Window(3, 1, 2, 2, 2).taps(), Window(3, 1, 1, 1).taps()
    assert not reads_all(dilated, 3, 3)
    assert [reads_all(plain, 3, size) for size in range(4)] == [False, False, True, True]


@given(
    ends=st.lists(st.tuples(st.integers(-9, 9), st.integers(-1, 9)), min_size=1, max_size=4),
    move=st.integers(0, 4),
    step=st.integers(1, 2),
    frames=st.integers(2, 7),
    size=st.integers(1, 20),
)
def test_whether_a_position_reads_all_frames_is_what_looking_at_each_says(
    ends: list[tuple[int, int]], move: int, step: int, frames: int, size: int
) -> None:
    taps = Taps(tuple(first for first, _ in ends), tuple(first + more for first, more in ends), move, step)
    expected = any(set(range(frames)) <= set(taps.at(position)) for position in range(size))
    assert reads_all(taps, frames, size) == expected


def test_a_line_below_the_table_names_what_the_field_rests_on() -> None:
    assert basis("c3d") == basis("slow_fusion") == basis("r3d_18") == []
    assert basis("swin3d_t") == [
        "field: all that attention reads (T first in stage1.block0.attention, H and W first in stage4.block0.attention)"
        "; windows alone: --rf window"
    ]
    assert basis("efficientnet_b0") == [
        "field: all that a gate reads (H and W first in row1.0.body.se.multiply); windows alone: --rf window"
    ]


def basis(name: str) -> list[str]:
    table = layer_table(archcalc.analyze(archcalc.load(name)), TableOptions())
    return [remark for remark in table.remarks if remark.startswith("field:")]
