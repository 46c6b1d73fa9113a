"""Footage and its clips: frames, rates and bytes worked out by hand, and what is refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from archcalc.core.clip import Footage, parse_number, parse_size, plain_number, stages, whole_frames
from archcalc.core.problem import UsageError

SIZE = (640, 480)
PIXELS = 640 * 480


Number = int | Fraction


def footage(
    fps: Number | None = None, duration: Number | None = None, sample_fps: Number | None = None, **known: Any
) -> Footage:
    exact = [None if each is None else Fraction(each) for each in (fps, duration, sample_fps)]
    return Footage(size=SIZE, fps=exact[0], duration=exact[1], sample_fps=exact[2], **known)


def test_a_clip_holds_the_bytes_of_its_frames() -> None:
    found = stages(footage(fps=30, duration=60))
    assert (found.raw.frames, found.raw.seconds, found.raw.fps) == (30 * 60, Fraction(60), Fraction(30))
    assert found.raw.bytes == 3 * 30 * 60 * PIXELS
    assert found.raw.bytes_per_second == 3 * 30 * PIXELS
    assert dict(found.raw.shape.items) == {"C": 3, "T": 30 * 60, "H": 480, "W": 640}
    assert (found.sampled, found.resized) == (None, None)


def test_resizing_follows_sampling() -> None:
    found = stages(footage(fps=30, duration=60, sample_fps=5, resize=(112, 96), channels=1, itemsize=4))
    assert found.sampled is not None
    assert found.resized is not None
    assert (found.sampled.frames, found.sampled.fps, found.sampled.bytes) == (5 * 60, Fraction(5), 4 * 5 * 60 * PIXELS)
    assert dict(found.resized.shape.items) == {"C": 1, "T": 5 * 60, "H": 96, "W": 112}
    assert found.resized.bytes == 4 * 5 * 60 * 96 * 112
    unsampled = stages(footage(fps=30, duration=2, resize=(112, 96)))
    assert unsampled.resized is not None
    assert unsampled.resized.frames == 60


@pytest.mark.parametrize(
    ("known", "raw", "sampled"),
    [
        ({"fps": 25, "frames": 50}, (50, 25), None),
        ({"duration": 4, "frames": 50}, (50, Fraction(50, 4)), None),
        ({"fps": 25, "duration": 4, "frames": 100}, (100, 25), None),
        ({"fps": 25, "duration": 4, "frames": 16}, (100, 25), (16, 4)),  # spread over the video
        ({"fps": 25, "duration": 4, "sample_fps": 5}, (100, 25), (20, 5)),
        ({"fps": 25, "frames": 16, "sample_fps": 5}, (80, 25), (16, 5)),
        ({"fps": 25, "duration": 4, "frames": 16, "sample_fps": 5}, (100, 25), (16, 5)),
        ({"fps": 25, "duration": 4, "sample_fps": 25}, (100, 25), (100, 25)),
        ({"fps": 25, "duration": 4, "frames": 20, "sample_fps": 5}, (100, 25), (20, 5)),
        ({"fps": 10, "duration": Fraction(1, 10), "frames": 1}, (1, 10), None),
    ],
)
def test_two_of_rate_length_and_frames_give_the_third(
    known: dict[str, Any], raw: tuple[int, Fraction], sampled: tuple[int, Fraction] | None
) -> None:
    found = stages(footage(**known))
    assert (found.raw.frames, found.raw.fps) == raw
    assert (None if found.sampled is None else (found.sampled.frames, found.sampled.fps)) == sampled


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({}, "nothing about time; expected fps"),
        ({"fps": 30}, "only fps 30; expected"),
        ({"frames": 16}, "only frames 16; expected"),
        ({"duration": 2, "sample_fps": 5, "frames": 10}, "only duration 2, sample fps 5, frames 10; expected"),
        ({"fps": 30, "duration": 60, "frames": 0}, "0 frames; expected at least 1"),
        ({"fps": 30, "duration": 60, "channels": 0}, "0 channels; expected at least 1"),
        ({"fps": 30, "duration": 60, "sample_fps": 31}, "31 frames sampled from each second of a video with 30 fps"),
        ({"fps": 30, "duration": 2, "frames": 61}, "30.5 frames sampled from each second of a video with 30 fps"),
        (
            {"fps": 30, "duration": 2, "frames": 11, "sample_fps": 5},
            "11 frames at 5 fps last 2.2 s; expected at most the 2 s of the video",
        ),
        ({"fps": 30, "duration": Fraction(1, 60)}, "0.0167 s at 30 fps; expected the time of at least one frame"),
        ({"fps": 30, "duration": 1, "sample_fps": Fraction(1, 2)}, "1 s at 0.5 fps; expected the time of"),
    ],
)
def test_what_is_missing_or_contradicts_itself(known: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        stages(footage(**known))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("fps", "duration", "frames"), [("30000/1001", "1001/30", 1000), ("30", "1/30", 1), ("30", "0.0999", 2)]
)
def test_the_last_frame_counts_if_it_is_complete(fps: str, duration: str, frames: int) -> None:
    assert whole_frames(Fraction(fps), Fraction(duration)) == frames


@pytest.mark.parametrize(
    ("text", "number"),
    [("30", 30), ("29.97", Fraction(2997, 100)), ("30000/1001", Fraction(30000, 1001)), (".5", Fraction(1, 2))],
)
def test_numbers_are_exact(text: str, number: Fraction) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize("text", ["", "0", "0/5", "5/0", "-1", "1e9", "1" * 10, "nan", "1/2/3", " 3"])
def test_other_numbers_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="expected a number above 0"):
        parse_number(text)


def test_sizes_are_width_and_height() -> None:
    assert parse_size("640x480") == (640, 480)
    assert parse_size("1x1") == (1, 1)
    for text in ("", "640", "0x480", "640x0", "640x480x3", "-1x2", "axb"):
        with pytest.raises(UsageError, match="expected WIDTHxHEIGHT"):
            parse_size(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(1234567), "1,234,567"),
        (Fraction(5, 2), "2.5"),
        (Fraction(30000, 1001), "29.97"),
        (Fraction(12345679, 10), "1,234,567.9"),
        (Fraction(1, 3), "0.333"),
        (Fraction(1, 60), "0.0167"),
        (Fraction(10001, 10000), "1"),
    ],
)
def test_numbers_as_text(value: Fraction, text: str) -> None:
    assert plain_number(value) == text
