"""Uncompressed video: how many frames and bytes it is, as filmed and as a network gets it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from archcalc.core.problem import UsageError
from archcalc.core.shape import Shape

# Digits are bounded: Fraction would work out 1e999999999 to the last of them.
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{0,9}|/[0-9]{1,9})?|\.[0-9]{1,9}")
_SIZE = re.compile(r"([0-9]{1,9})x([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip of `frames` frames at a frame rate, with `itemsize` bytes per value."""

    shape: Shape
    fps: Fraction
    itemsize: int

    @property
    def frames(self) -> int:
        """The size of T."""
        return self.shape["T"]

    @property
    def seconds(self) -> Fraction:
        """How long the frames last."""
        return self.frames / self.fps

    @property
    def bytes(self) -> int:
        """All values of all frames."""
        return self.shape.elements * self.itemsize

    @property
    def bytes_per_second(self) -> Fraction:
        """The data rate of playing it."""
        return self.bytes / self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """The known facts about a video and about the clip taken from it; None is unknown or not done.

    Sizes are width and height in pixels. `frames` is the number of frames of the clip, which without sampling is
    the whole video.
    """

    size: tuple[int, int]
    fps: Fraction | None = None
    duration: Fraction | None = None
    frames: int | None = None
    sample_fps: Fraction | None = None
    resize: tuple[int, int] | None = None
    channels: int = 3
    itemsize: int = 1


@dataclass(frozen=True, slots=True)
class Stages:
    """A video as filmed, and what is left of it after sampling and after resizing, where that is done."""

    raw: Clip
    sampled: Clip | None
    resized: Clip | None


def stages(footage: Footage) -> Stages:
    """Every stage of a clip; UsageError when what is known is too little or contradicts itself."""
    _check_counts(footage)
    fps, duration = _timing(footage)
    raw = _clip(footage, whole_frames(fps, duration), fps)
    sampled = _sampled(footage, raw, duration)
    resized = _resized(sampled or raw, footage.resize) if footage.resize else None
    return Stages(raw, sampled, resized)


def whole_frames(fps: Fraction, duration: Fraction) -> int:
    """Frames in a time, the last one only if it is complete; UsageError when there is none."""
    frames = fps * duration // 1
    if frames < 1:
        raise UsageError(
            f"{plain_number(duration)} s at {plain_number(fps)} fps; expected the time of at least one frame"
        )
    return frames


def parse_number(text: str) -> Fraction:
    """`30`, `29.97` or `30000/1001`, exactly; UsageError for anything else, zero too."""
    try:
        number = Fraction(text) if _NUMBER.fullmatch(text) else Fraction(0)
    except ZeroDivisionError:
        number = Fraction(0)
    if number <= 0:
        raise UsageError(f"{text!r}; expected a number above 0, such as 30, 29.97 or 30000/1001")
    return number


def parse_size(text: str) -> tuple[int, int]:
    """`640x480` as width and height; UsageError for anything else."""
    match = _SIZE.fullmatch(text)
    size = (int(match[1]), int(match[2])) if match else None
    if size is None or min(size) < 1:
        raise UsageError(f"{text!r}; expected WIDTHxHEIGHT in pixels, such as 640x480")
    return size


def plain_number(value: Fraction) -> str:
    """Return a number as text: integers in full, others with at most three decimals."""
    if value.denominator == 1:
        return f"{value.numerator:,}"
    return f"{float(value):,.3f}".rstrip("0").rstrip(".") if value >= 1 else f"{float(value):.3g}"


def _check_counts(footage: Footage) -> None:
    for what, count in (("frames", footage.frames), ("channels", footage.channels)):
        if count is not None and count < 1:
            raise UsageError(f"{count} {what}; expected at least 1")


def _timing(footage: Footage) -> tuple[Fraction, Fraction]:
    """Frame rate and length of the video: two of rate, length and frames give the third."""
    fps, duration, frames = footage.fps, footage.duration, footage.frames
    if duration is None and frames is not None and (rate := footage.sample_fps or fps):
        duration = frames / rate
    if fps is None and duration is not None and frames is not None and footage.sample_fps is None:
        fps = frames / duration
    if fps is None or duration is None:
        expected = "fps of the video with its duration or frames, or duration with frames"
        raise UsageError(f"{_known(footage)}; expected {expected}")
    return fps, duration


def _known(footage: Footage) -> str:
    named = (("fps", footage.fps), ("duration", footage.duration), ("sample fps", footage.sample_fps))
    known = [f"{name} {plain_number(value)}" for name, value in named if value is not None]
    if footage.frames is not None:
        known.append(f"frames {footage.frames}")
    return "only " + ", ".join(known) if known else "nothing about time"


def _clip(footage: Footage, frames: int, fps: Fraction) -> Clip:
    width, height = footage.size
    return Clip(Shape.of({"C": footage.channels, "T": frames, "H": height, "W": width}), fps, footage.itemsize)


def _resized(clip: Clip, size: tuple[int, int]) -> Clip:
    return Clip(clip.shape.resized({"W": size[0], "H": size[1]}), clip.fps, clip.itemsize)


def _sampled(footage: Footage, raw: Clip, duration: Fraction) -> Clip | None:
    """Return the clip sampled at a frame rate, or with a number of frames spread evenly over the video."""
    frames, rate = footage.frames, footage.sample_fps
    if rate is None:
        if frames is None or frames == raw.frames:
            return None
        rate = frames / duration
    if rate > raw.fps:
        asked = f"{plain_number(rate)} frames sampled from each second"
        raise UsageError(
            f"{asked} of a video with {plain_number(raw.fps)} fps; expected at most the frames of the video"
        )
    if frames is None:
        return _clip(footage, whole_frames(rate, duration), rate)
    if frames / rate > duration:
        asked = f"{frames} frames at {plain_number(rate)} fps last {plain_number(frames / rate)} s"
        raise UsageError(f"{asked}; expected at most the {plain_number(duration)} s of the video")
    return _clip(footage, frames, rate)
