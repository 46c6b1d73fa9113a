"""The growth of the receptive field of a network, in frames and pixels, layer by layer, compared with a goal."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from archcalc.core.problem import UsageError
from archcalc.drawings.box_edges import box_edges, extent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archcalc.analysis.records import Analysis
    from archcalc.drawings.box_edges import Edges
    from archcalc.graph import NetworkInput

TIME = "T"
VIEWS = ("full", "window", "clipped")
_TARGET = re.compile(r"([0-9]{1,6})(?:x([0-9]{1,6})x([0-9]{1,6}))?")


@dataclass(frozen=True, slots=True)
class Target:
    """A field that is wanted: frames, and pixels along H and W, which are 1 where only time matters."""

    frames: int
    height: int
    width: int

    def __str__(self) -> str:
        return f"{self.frames}x{self.height}x{self.width}"

    def words(self, across: tuple[str, ...]) -> str:
        """The sizes along T and these axes: `96x64` for a spectrogram, `4096` for a sequence."""
        if self.height == self.width == 1:
            return str(self.frames)
        return str(self) if len(across) > 1 else f"{self.frames}x{max(self.height, self.width)}"


@dataclass(frozen=True, slots=True)
class FieldPoint:
    """A layer in which the field grows: its place among all layers, from 1, and what it has seen."""

    path: str
    number: int
    frames: int
    height: int
    width: int

    @property
    def pixels(self) -> int:
        """Return the longer of height and width."""
        return max(self.height, self.width)

    def short_of(self, target: Target) -> tuple[int, int, int]:
        """What is missing along T, H and W."""
        missing = (target.frames - self.frames, target.height - self.height, target.width - self.width)
        return max(0, missing[0]), max(0, missing[1]), max(0, missing[2])


@dataclass(frozen=True, slots=True)
class FieldPath:
    """The growth of one network's field in its input with the most frames.

    `points` are the layers that have seen more than every one before them, the input first; `layers` is how many layers
    there are. `across` are the axes of the input besides T. `whole_clip` is the first layer of which an output has
    really read every frame.
    """

    name: str
    view: str
    extent: Target
    across: tuple[str, ...]
    fps: float | None
    points: tuple[FieldPoint, ...]
    layers: int
    whole_clip: FieldPoint | None

    def reached(self, target: Target) -> FieldPoint | None:
        """The first layer whose field is as large as the target on every axis."""
        return next((point for point in self.points if not any(point.short_of(target))), None)

    def last_short_of(self, target: Target) -> FieldPoint | None:
        """The last layer, in the order of growth, that has not reached it."""
        return next((point for point in reversed(self.points) if any(point.short_of(target))), None)


def parse_target(text: str) -> Target:
    """`25x300x300`, or `25` for frames alone; UsageError for anything else."""
    match = _TARGET.fullmatch(text.strip())
    sizes = [] if match is None else [int(size) for size in match.groups(default="1")]
    if not all(sizes) or not sizes:
        raise UsageError(
            f"--target {text!r}; expected frames x height x width, such as 25x300x300, or frames, such as 25"
        )
    return Target(*sizes)


def check_target(target: Target, paths: Iterable[FieldPath]) -> None:
    """Raise UsageError if a target of pixels is set for a network without them."""
    for path in paths:
        if not path.across and max(target.height, target.width) > 1:
            raise UsageError(f"--target {target}; {path.name} has frames alone, expected such as {target.frames}")


def field_path(analysis: Analysis, view: str = "full", depth: int | None = None) -> FieldPath:
    """The growth of the field: of all that a position depends on, of windows alone, or of what is really read.

    With `depth` each part at this depth of the paths has one point, the last in which the field grows.

    Raises:
        UsageError: no such view, or no input with T and at most two other axes.
    """
    if view not in VIEWS:
        raise UsageError(f"no view {view!r} of a receptive field; expected one of {', '.join(VIEWS)}")
    timed = [each for each in analysis.inputs if TIME in each.shape and len(each.shape.grid) <= 3]
    if not timed:
        raise UsageError(f"{analysis.name} has no input with frames, whose fields this drawing shows")
    source = max(timed, key=lambda each: each.shape[TIME])
    edges = box_edges(source.shape.grid)
    seen = list(_seen(analysis, source, view, edges))
    whole_clip = _whole_clip(analysis, source, seen)
    return FieldPath(
        name=analysis.name,
        view=view,
        extent=Target(*extent(source.shape.sizes, edges)),
        across=tuple(axis for axis in source.shape.grid if axis != TIME),
        fps=source.fps,
        points=tuple(_of_parts(analysis, _growing(seen), depth)),
        layers=len(analysis.layers),
        whole_clip=whole_clip if whole_clip is None else next(_of_parts(analysis, [whole_clip], depth)),
    )


def _of_parts(analysis: Analysis, points: Iterable[FieldPoint], depth: int | None) -> Iterator[FieldPoint]:
    """The last point of each part, called as the part is."""
    if depth is None:
        yield from points
        return

    def part(point: FieldPoint) -> str:
        return analysis.graph.stage(point.path, depth).path if point.number else point.path

    for path, grouped in groupby(points, key=part):
        *_, last = grouped
        yield replace(last, path=path)


def _seen(analysis: Analysis, source: NetworkInput, view: str, edges: Edges) -> Iterator[FieldPoint]:
    yield FieldPoint(source.name, 0, 1, 1, 1)
    for number, layer in enumerate(analysis.layers, start=1):
        if source.name in layer.fields:
            found = layer.fields[source.name].sizes(view)
            sizes = [found.get(axis, 1) for axis in edges]
            known = [size for size in sizes if size is not None]
            if len(known) == len(sizes):
                yield FieldPoint(layer.path, number, *known)


def _growing(seen: list[FieldPoint]) -> Iterator[FieldPoint]:
    """Points that lose nothing against the last one kept, and gain something: side branches see less and drop out."""
    last = None
    for point in seen:
        if last is None or (_dominates(point, last) and not _dominates(last, point)):
            yield point
            last = point


def _dominates(one: FieldPoint, other: FieldPoint) -> bool:
    return one.frames >= other.frames and one.height >= other.height and one.width >= other.width


def _whole_clip(analysis: Analysis, source: NetworkInput, seen: list[FieldPoint]) -> FieldPoint | None:
    """The first point of which an output reads every frame, in this view as well: windows alone may see fewer."""
    frames = source.shape[TIME]
    clipped = {each.path: each.fields[source.name].clipped for each in analysis.layers if source.name in each.fields}
    points = (point for point in seen if point.path in clipped)
    return next((each for each in points if min(each.frames, clipped[each.path].get(TIME, 0)) >= frames), None)
