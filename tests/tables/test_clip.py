"""Frames and bytes of video, against the figures that lectures print."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from archcalc.core.clip import Footage, Stages, parse_number, parse_size, plain_number, stages
from archcalc.core.problem import UsageError
from archcalc.core.shape import Shape
from archcalc.render.text_table import table_text
from archcalc.tables.clip import COLUMNS, clip_table
from archcalc.tables.table import Cell

SD, HD, SMALL = (640, 480), (1920, 1080), (112, 112)


def video(size: tuple[int, int] = SD, **known: Any) -> Stages:
    """The stages of a video; a text is a number that is read as on the command line."""
    read: dict[str, Any] = {
        name: parse_number(value) if isinstance(value, str) else value for name, value in known.items()
    }
    return stages(Footage(size=size, **read))


def row(of: Stages, stage: str) -> dict[str, Cell]:
    cells = next(cells for cells in clip_table(of, "uint8").rows if cells[0] == stage)
    return dict(zip((column.key for column in COLUMNS), cells, strict=True))


@pytest.mark.parametrize(
    ("size", "expected", "printed"),
    [(SD, 640 * 480 * 3 * 30 * 60, 1.5), (HD, 1920 * 1080 * 3 * 30 * 60, 10)],
)
def test_a_minute_of_raw_video(size: tuple[int, int], expected: int, printed: float) -> None:
    raw = video(size, fps="30", duration="60").raw
    assert (raw.frames, raw.bytes) == (30 * 60, expected)
    assert raw.bytes / 2**30 == pytest.approx(printed, rel=0.05)


def test_the_clip_a_network_gets() -> None:
    clip = video(SMALL, fps="5", frames=16).raw
    assert clip.seconds == Fraction("3.2")
    assert clip.bytes == 16 * 112 * 112 * 3 == 588 * 1024


def test_a_clip_out_of_a_long_video() -> None:
    of = video(HD, fps="30", duration="600", sample_fps="5", frames=16, resize=SMALL)
    assert of.raw.shape == Shape.of({"C": 3, "T": 30 * 600, "H": 1080, "W": 1920})
    assert of.sampled is not None
    assert of.resized is not None
    assert of.sampled.shape == Shape.of({"C": 3, "T": 16, "H": 1080, "W": 1920})
    assert of.resized.bytes == 588 * 1024
    assert of.sampled.seconds == of.resized.seconds == Fraction("3.2")


@pytest.mark.parametrize(
    ("fps", "duration", "frames"),
    [("30", "1.99", 59), ("29.97", "10", 299), ("30000/1001", "1001/1000", 30), ("0.1", "10", 1), ("0.3", "10", 3)],
)
def test_only_whole_frames_count_and_exactly(fps: str, duration: str, frames: int) -> None:
    assert video(fps=fps, duration=duration).raw.frames == frames


def test_two_of_three_give_the_third() -> None:
    assert video(fps="5", duration="3.2").raw == video(fps="5", frames=16).raw == video(duration="3.2", frames=16).raw


def test_frames_and_sampling_rate_give_the_span_of_the_video() -> None:
    of = video(fps="30", sample_fps="5", frames=16)
    assert (of.raw.frames, of.raw.seconds) == (96, Fraction("3.2"))
    assert of.sampled is not None
    assert of.sampled.seconds == Fraction("3.2")


def test_a_sampling_rate_alone_takes_frames_from_the_whole_video() -> None:
    sampled = video(fps="30", duration="10.1", sample_fps="5").sampled
    assert sampled is not None
    assert sampled.frames == 50


def test_fewer_frames_than_the_video_has_are_spread_over_it() -> None:
    sampled = video(fps="30", duration="10", frames=16).sampled
    assert sampled is not None
    assert (sampled.fps, sampled.seconds) == (Fraction(16, 10), Fraction(10))


def test_all_frames_are_no_sample() -> None:
    assert video(fps="30", duration="10", frames=300).sampled is None


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({}, "nothing about time; expected fps of the video with its duration"),
        ({"fps": "30"}, "only fps 30; "),
        ({"duration": "60"}, "only duration 60; "),
        ({"frames": 16}, "only frames 16; "),
        ({"sample_fps": "5", "frames": 16}, "only sample fps 5, frames 16; "),
        ({"fps": "5", "duration": "0.1"}, "0.1 s at 5 fps; expected the time of at least one frame"),
        ({"fps": "5", "duration": "2", "sample_fps": "6"}, "6 frames sampled from each second of a video with 5 fps"),
        ({"fps": "30", "duration": "2", "frames": 61}, "30.5 frames sampled from each second of a video with 30 fps"),
        (
            {"fps": "30", "duration": "2", "sample_fps": "5", "frames": 16},
            "last 3.2 s; expected at most the 2 s of the video",
        ),
        ({"fps": "30", "frames": 0}, "0 frames; expected at least 1"),
        ({"fps": "30", "frames": 1, "channels": 0}, "0 channels; expected at least 1"),
    ],
)
def test_too_little_and_contradictions_are_refused_with_their_values(known: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as error:
        video(**known)
    assert message in str(error.value)


@pytest.mark.parametrize(
    "text", ["", "0", "0.0", "-1", "nan", "inf", "1/0", "1e999999999", "1_000", "9" * 10, " 3", "٣"]
)
def test_numbers_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="a number above 0"):
        parse_number(text)


@pytest.mark.parametrize(
    "text", ["", "640", "640x", "0x480", "640x480x3", "640X480", "-640x480", "6.4x480", "9999999999x1"]
)
def test_sizes_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="WIDTHxHEIGHT"):
        parse_size(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [(Fraction(60), "60"), (Fraction(1800), "1,800"), (Fraction("3.2"), "3.2"), (Fraction(30000, 1001), "29.97"),
     (Fraction(2000001, 1000), "2,000.001"), (Fraction(1, 3000), "0.000333")],
)  # fmt: skip
def test_numbers_for_people(value: Fraction, text: str) -> None:
    assert plain_number(value) == text


def test_rows_agree_with_each_other() -> None:
    of = video(fps="30", duration="60", sample_fps="5", resize=SMALL)
    raw, sampled, resized = (row(of, stage) for stage in ("raw", "sampled", "resized"))
    assert str(raw["size"]) == "640x480"
    assert (raw["bytes"], raw["binary_bytes"]) == (1_658_880_000,) * 2
    assert raw["bytes_per_second"] == 640 * 480 * 3 * 30
    assert sampled["bytes"] == 640 * 480 * 3 * 300
    assert (str(resized["size"]), resized["frames"], str(resized["seconds"])) == ("112x112", 300, "60")


def test_numbers_of_more_bytes_take_more_room() -> None:
    known = Footage(size=SD, fps=Fraction(30), duration=Fraction(1))
    wide = Footage(size=SD, fps=Fraction(30), duration=Fraction(1), channels=1, itemsize=4)
    assert stages(wide).raw.bytes * 3 == stages(known).raw.bytes * 4


def test_both_kinds_of_units_are_printed_and_how_much_smaller_a_clip_is() -> None:
    text = table_text(clip_table(video(fps="30", duration="60", sample_fps="5", frames=16, resize=SMALL), "uint8"), 80)
    assert "1.659 G" in text
    assert "1.545 GiB" in text
    assert "588.0 KiB" in text
    assert "640 * 480 * 3 * 1 = 921,600 bytes" in text
    assert "raw bytes      1,658,880,000 (1.659 G)" in text
    assert "raw / sampled  112.5 times" in text
    assert "raw / resized  2,755 times" in text
