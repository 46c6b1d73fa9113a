"""The sizes of a video clip as a table: as filmed, sampled, resized."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from archcalc.core.clip import plain_number
from archcalc.tables.table import BYTES, COUNT, EXTENT, SHORT_COUNT, TEXT, Cell, Column, Extent, Table, Total

if TYPE_CHECKING:
    from archcalc.core.clip import Clip, Stages

# Lectures say GB and mean now 10^9, now 2^30 bytes: a reader finds their figure in one of the two columns.
COLUMNS = (
    Column("stage", "stage", TEXT),
    Column("frames", "frames", COUNT),
    Column("size", "size WxH", EXTENT),
    Column("seconds", "seconds", EXTENT),
    Column("bytes", "bytes", SHORT_COUNT),
    Column("binary_bytes", "binary", BYTES),
    Column("bytes_per_second", "per second", BYTES),
)


def clip_table(stages: Stages, dtype: str) -> Table:
    """A row for each stage; below, all bytes of each, and how many times those of a later stage the raw ones are."""
    named = {"raw": stages.raw, "sampled": stages.sampled, "resized": stages.resized}
    clips = {name: clip for name, clip in named.items() if clip is not None}
    rows = tuple(_row(name, clip) for name, clip in clips.items())
    sizes = tuple(Total(f"{name} bytes", clip.bytes, COUNT) for name, clip in clips.items())
    ratios = tuple(Total(f"raw / {name}", _times(stages.raw, clip), TEXT) for name, clip in clips.items())[1:]
    title = f"video of {_size(stages.raw)} at {plain_number(stages.raw.fps)} fps"
    return Table(title, (_frame(stages.raw, dtype),), COLUMNS, rows, sizes + ratios)


def _row(name: str, clip: Clip) -> tuple[Cell, ...]:
    seconds = Extent({"T": plain_number(clip.seconds)})
    return name, clip.frames, _size(clip), seconds, clip.bytes, clip.bytes, round(clip.bytes_per_second)


def _size(clip: Clip) -> Extent:
    return Extent({axis: clip.shape[axis] for axis in ("W", "H")})


def _frame(raw: Clip, dtype: str) -> str:
    factors = (raw.shape["W"], raw.shape["H"], raw.shape.channels, raw.itemsize)
    product = " * ".join(map(str, factors))
    return f"a frame: {product} = {raw.bytes // raw.frames:,} bytes (width, height, channels, bytes of {dtype})"


def _times(raw: Clip, clip: Clip) -> str:
    ratio = Fraction(raw.bytes, clip.bytes)
    return f"{plain_number(ratio if ratio < 1000 else Fraction(round(ratio)))} times"
