"""Channels that are read together, against each output channel by itself; runs of channels cut into boxes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.core.channels import (
    OWN_CHANNEL,
    AllChannels,
    ChannelDirections,
    ChannelFold,
    ChannelGroups,
    ChannelHalves,
    ChannelNeighbors,
    ChannelPart,
    ChannelPlace,
    ChannelReads,
    ChannelSlices,
    ChannelStatistics,
    boxes,
)
from archcalc.core.reads import POINTWISE, Taps, WholeAxisRead

sizes = st.lists(st.integers(1, 4), min_size=1, max_size=4)


@given(sizes, st.data())
def test_boxes_hold_each_number_of_a_run_once(sizes: list[int], data: st.DataObject) -> None:
    digits = list(product(*map(range, sizes)))
    start = data.draw(st.integers(0, prod(sizes) - 1))
    stop = data.draw(st.integers(start + 1, prod(sizes)))
    found = list(boxes(range(start, stop), sizes))
    assert sorted(each for box in found for each in product(*box)) == digits[start:stop]
    assert len(found) <= 2 * len(sizes) - 1


MOVED = Taps((-1,), (-1,))
SHIFT = ChannelSlices(
    (ChannelPart(range(2), {"T": MOVED}), ChannelPart(range(2, 3), {"T": Taps((1,), (1,))}), ChannelPart(range(3, 12)))
)
CUT = ChannelSlices((ChannelPart(range(8, 12)), ChannelPart(range(4))))
Read = set[tuple[int, str | None]]
"""Input channels, each with how its time is read where that is different."""

KINDS: list[tuple[ChannelReads, int, Callable[[int], Read]]] = [
    (AllChannels(5), 9, lambda _: {(each, None) for each in range(5)}),
    (OWN_CHANNEL, 9, lambda out: {(out, None)}),
    (ChannelGroups(2, 3), 12, lambda out: {(out // 3 * 2 + each, None) for each in range(2)}),
    (ChannelNeighbors(9, 2, 1), 9, lambda out: {(each, None) for each in range(out - 2, out + 2) if 0 <= each < 9}),
    (ChannelHalves(6), 6, lambda out: {(out, None), (out + 6, None)}),
    (ChannelPlace(3, 4), 9, lambda out: {(out - 3, None)} if 3 <= out < 7 else set()),
    (ChannelDirections(4, 3, "T"), 6, lambda out: {(each, "past" if out < 3 else "future") for each in range(4)}),
    (CUT, 8, lambda out: {([8, 9, 10, 11, 0, 1, 2, 3][out], None)}),
    (SHIFT, 12, lambda out: {(out, "(-1,)" if out < 2 else "(1,)" if out == 2 else None)}),
    (
        ChannelStatistics(3, ("T",)),
        12,
        lambda out: {(out, "(0,)")} | {(out // 3 * 3 + each, "all") for each in range(3)},
    ),
]


def time_read(part: ChannelPart) -> str | None:
    read = part.reads.get("T")
    return str(read.first) if isinstance(read, Taps) else None if read is None else read.value


@pytest.mark.parametrize(("reads", "channels", "expected"), KINDS, ids=lambda each: type(each).__name__)
def test_a_run_of_channels_reads_what_its_channels_read(
    reads: ChannelReads, channels: int, expected: Callable[[int], Read]
) -> None:
    for start in range(channels):
        for stop in range(start + 1, channels + 1):
            parts = list(reads.parts(range(start, stop)))
            found = {(each, time_read(part)) for part in parts for each in part.channels}
            assert found == set().union(*map(expected, range(start, stop)))
            assert all(len(part.channels) for part in parts)


@pytest.mark.parametrize("moves", [True, False])
def test_positions_become_channels(moves: bool) -> None:
    """Channel c * 4 * 2 + t * 2 + h of the output is position (t, h) of a block of input channel c."""
    fold = ChannelFold(3, (("T", 4), ("H", 2)), moves)
    whole = {"T": range(4), "H": range(2)}
    for start in range(3 * 4 * 2):
        for stop in range(start + 1, 3 * 4 * 2 + 1):
            found: set[tuple[int, int, int]] = set()
            for part in fold.parts(range(start, stop)):
                own = {axis: part.reads.get(axis) for axis in whole}
                read = [each.at(0) if isinstance(each, Taps) else whole[axis] for axis, each in own.items()]
                found |= {(channel, t, h) for channel in part.channels for t, h in product(*read)}
                moved = {axis: each.move for axis, each in own.items() if isinstance(each, Taps)}
                assert moved == {axis: len(whole[axis]) if moves else 0 for axis in moved}
                assert not any(each.of_whole_axis is moves for each in own.values() if isinstance(each, Taps))
            assert found == {(each // 8, each // 2 % 4, each % 2) for each in range(start, stop)}


@pytest.mark.parametrize(
    ("reads", "facts"),
    [
        (AllChannels(5), (True, True, False)),
        (OWN_CHANNEL, (True, False, False)),
        (ChannelGroups(2, 3), (True, False, False)),
        (ChannelNeighbors(9, 2, 1), (True, False, False)),
        (ChannelStatistics(3, ("T",)), (True, False, False)),
        (ChannelHalves(6), (True, False, False)),
        (ChannelPlace(3, 4), (False, False, False)),
        (ChannelFold(3, (), True), (False, False, False)),
        (ChannelDirections(4, 3, "T"), (False, False, True)),
        (SHIFT, (False, False, True)),
    ],
    ids=lambda each: type(each).__name__,
)
def test_what_reads_all_channels_alike(reads: ChannelReads, facts: tuple[bool, bool, bool]) -> None:
    assert (reads.keeps_alike, reads.mixes, reads.differs) == facts


def test_statistics_read_the_whole_axes() -> None:
    own, group = ChannelStatistics(2, ("T", "H")).parts(range(3, 5))
    assert (own.channels, dict(own.reads)) == (range(3, 5), {"T": POINTWISE, "H": POINTWISE})
    assert (group.channels, dict(group.reads)) == (range(2, 6), {"T": WholeAxisRead.ALL, "H": WholeAxisRead.ALL})
