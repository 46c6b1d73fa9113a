"""What a drawing of growing receptive fields says in words: which layers it names, and what is short of a goal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.drawings.field import Target
from archcalc.render.cells import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archcalc.drawings.field import FieldPath, FieldPoint

MOST_LABELS = 14
LONGEST = 40


def verdict(path: FieldPath, target: Target) -> str:
    """Where a target is reached and what came before; or what is missing at the end."""
    reached, short = path.reached(target), path.last_short_of(target)
    goal = target.words(path.across)
    if reached is None:
        return f"short of {goal} by {_missing(path.points[-1], target)}"
    before = f"; {short_path(short.path)} is short by {_missing(short, target)}" if short else ""
    return f"{goal} reached at {short_path(reached.path)} ({sizes(reached, path)}){before}"


def sizes(point: FieldPoint, path: FieldPath) -> str:
    """The field of a layer along the axes of the input: frames alone for a sequence."""
    return Target(point.frames, point.height, point.width).words(path.across)


def _missing(point: FieldPoint, target: Target) -> str:
    frames, height, width = point.short_of(target)
    pixels = str(max(height, width)) if min(height, width) in (0, max(height, width)) else f"{height} and {width}"
    said = [f"{frames} frames" if frames != 1 else "1 frame"] * (frames > 0)
    return ", ".join([*said, "1 pixel" if pixels == "1" else f"{pixels} pixels"][: len(said) + (pixels != "0")])


def legend_lines(path: FieldPath, target: Target | None) -> list[str]:
    """Return what a legend says of a network: its input, from where the clip is seen, and how far the target is."""
    rate = f" at {path.fps:g} frames per second" if path.fps else ""
    whole = "no output sees the whole clip"
    if path.whole_clip is not None:
        whole = f"whole clip seen from {short_path(path.whole_clip.path)} on (ring)"
    said = f"{short_path(path.name)}, {path.extent.words(path.across)}{rate}: {whole}"
    return [said] if target is None else [said, verdict(path, target)]


VIEWS = {
    "full": "full: all that an output depends on in an endless input, so that it may be larger than the input",
    "window": "window: along windows alone, without global operations",
    "clipped": "clipped: what an output really reads, without padding",
}


def explained(paths: Sequence[FieldPath], target: Target | None, *, by_depth: bool) -> list[str]:
    """Return what the marks and lines of a drawing mean, and the kinds of field."""
    goal = " and of the target" if target is not None and by_depth else ""
    said = ["Marks: layers in which the field grows", f"dashes: the size of the input{goal}"]
    if any(path.whole_clip for path in paths):
        said.append("ring: from here on an output reads every frame")
    if target is not None and not by_depth:
        said.append("cross: the target")
    return ["; ".join(said) + ".", *(f"{VIEWS[view]}." for view in dict.fromkeys(path.view for path in paths))]


def worth_naming(paths: Sequence[FieldPath]) -> Iterator[FieldPoint]:
    """The last of each path and where the clip is seen, then the others, far ones first."""
    for path in paths:
        first = [path.points[-1]] + ([path.whole_clip] if path.whole_clip else [])
        rest = [point for point in reversed(path.points[1:-1]) if point != path.whole_clip]
        yield from dict.fromkeys([*first, *rest[:: max(1, -(-len(rest) // MOST_LABELS))]])


def short_path(path: str) -> str:
    """The end of a long path says most; it is cut off between segments where that is possible."""
    words = one_line(path)
    if len(words) <= LONGEST:
        return words
    end = words[1 - LONGEST :]
    return "…" + (end.partition(".")[2] or end)
