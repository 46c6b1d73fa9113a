"""Every kind of drawing, how it is asked for, and the bytes of one: for files and for notebooks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from os import fspath
from pathlib import PurePath
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from archcalc.core.problem import Unavailable, UsageError
from archcalc.drawings.color import BY_TIME, COLORS
from archcalc.drawings.field import VIEWS, check_target, field_path, parse_target
from archcalc.drawings.graph import graph_drawing, heats
from archcalc.drawings.graph_join import joined
from archcalc.drawings.kernels import kernels_drawing
from archcalc.drawings.planes import planes_drawing
from archcalc.drawings.unroll import parse_frames, unroll_drawing
from archcalc.drawings.volume import volume_drawing
from archcalc.render.alt import alt
from archcalc.render.dot import ORIENTATIONS, dot_text
from archcalc.render.files import STANDARD_OUTPUT, write_bytes
from archcalc.render.mermaid import mermaid_text
from archcalc.render.palette import THEMES
from archcalc.render.svg_field import BY, field_svg
from archcalc.render.svg_graph import graph_svg
from archcalc.render.svg_kernels import kernels_svg
from archcalc.render.svg_picture import svg_picture
from archcalc.render.svg_planes import planes_svg
from archcalc.render.svg_unroll import unroll_svg
from archcalc.render.svg_volume import volume_svg
from archcalc.render.tikz import tikz_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from os import PathLike

    from archcalc.analysis.records import Analysis

TEXTS = {".dot": dot_text, ".mmd": mermaid_text}
PICTURES = (".svg", ".png", ".pdf", ".tex")
FORMATS = tuple(ending[1:] for ending in (*PICTURES, *TEXTS))
UNROLLED = ("time", "space")


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of all kinds; which of them a kind takes, it says itself."""

    depth: int | None = None
    heat: str | None = None
    color: str = BY_TIME
    orientation: str = "down"
    target: str | None = None
    by: str = "space"
    rf: str = "full"
    axis: str = "time"
    frames: str | None = None
    theme: str = "light"
    fit: str | None = None
    snippet: bool = False


CHOICES: dict[str, tuple[str, ...]] = {
    "color": COLORS,
    "orientation": tuple(ORIENTATIONS),
    "by": BY,
    "rf": VIEWS,
    "axis": UNROLLED,
    "theme": tuple(THEMES),
}


def choices(name: str) -> tuple[str, ...] | None:
    """Return the values that an option may have, None where it is not one of a few."""
    return heats() if name == "heat" else CHOICES.get(name)


TYPES: dict[str, tuple[type, str]] = {
    "depth": (int, "a number of path segments"),
    "target": (str, "a text, TxHxW or T"),
    "frames": (str, "a text, FIRST:END"),
    "fit": (str, "a text, WIDTH:HEIGHT"),
    "snippet": (bool, "True or False"),
}
OPTIONAL = ("depth", "heat", "target", "frames", "fit")


@dataclass(frozen=True, slots=True)
class DiagramKind:
    """A kind of drawing: its function, options besides the theme, file formats, and number of networks."""

    draw: Callable[[Sequence[Analysis], Asked, str], bytes]
    options: tuple[str, ...] = ()
    endings: tuple[str, ...] = PICTURES
    several: bool = False


def _graph(analyses: Sequence[Analysis], asked: Asked, ending: str) -> bytes:
    depth = 1 if asked.depth is None else asked.depth
    drawing = joined([graph_drawing(each, depth, asked.heat, asked.color) for each in analyses])
    if ending not in TEXTS:
        return _picture(graph_svg(drawing, asked.theme, asked.orientation, _ratio(asked.fit)), asked, ending)
    if asked.fit is not None:
        raise UsageError(f"fit {asked.fit} of a file *{ending}, which others lay out; use {', '.join(PICTURES)}")
    return TEXTS[ending](drawing, asked.theme, asked.orientation).encode()


def _picture(text: str, asked: Asked, ending: str) -> bytes:
    """An SVG of our own in the format of an ending."""
    if ending == ".tex":
        return tikz_text(text, snippet=asked.snippet).encode()
    return svg_picture(text, ending[1:])


def _kernels(analyses: Sequence[Analysis], asked: Asked, ending: str) -> bytes:
    drawings = [kernels_drawing(each, asked.depth) for each in analyses]
    return _picture(kernels_svg(drawings, asked.theme, asked.color, _ratio(asked.fit)), asked, ending)


def _field(analyses: Sequence[Analysis], asked: Asked, ending: str) -> bytes:
    target = None if asked.target is None else parse_target(asked.target)
    paths = [field_path(each, asked.rf, asked.depth) for each in analyses]
    if target is not None:
        check_target(target, paths)
    return _picture(field_svg(paths, target, asked.by, asked.theme), asked, ending)


def _unroll(analyses: Sequence[Analysis], asked: Asked, ending: str) -> bytes:
    if asked.axis == "space":
        if asked.depth is not None:
            raise UsageError("depth with axis space; it draws a few planes, and depth combines rows of frames")
        if asked.frames is not None:
            raise UsageError(f"frames {asked.frames} with axis space; it draws planes of one frame")
        return _picture(planes_svg(planes_drawing(analyses[0]), asked.theme), asked, ending)
    frames = None if asked.frames is None else parse_frames(asked.frames)
    return _picture(unroll_svg(unroll_drawing(analyses[0], asked.depth, frames), asked.theme), asked, ending)


def _volume(analyses: Sequence[Analysis], asked: Asked, ending: str) -> bytes:
    drawings = [volume_drawing(each, asked.rf, asked.depth) for each in analyses]
    return _picture(volume_svg(drawings, asked.theme, _ratio(asked.fit), asked.color), asked, ending)


def _ratio(fit: str | None) -> float | None:
    """The width of a page divided by its height, as in `16:9`; UsageError for anything else."""
    if fit is None:
        return None
    sides = re.fullmatch(r"(\d{1,4}(?:\.\d+)?):(\d{1,4}(?:\.\d+)?)", fit)
    ratio = float(sides[1]) / float(sides[2]) if sides and float(sides[2]) else 0.0
    if not 0.1 <= ratio <= 10:
        raise UsageError(f"fit {fit!r}; expected WIDTH:HEIGHT, such as 16:9, one at most 10 times the other")
    return ratio


KINDS = {
    "graph": DiagramKind(_graph, ("depth", "heat", "color", "orientation", "fit"), (*PICTURES, *TEXTS), several=True),
    "kernels": DiagramKind(_kernels, ("depth", "color", "fit"), several=True),
    "field": DiagramKind(_field, ("depth", "target", "by", "rf"), several=True),
    "unroll": DiagramKind(_unroll, ("depth", "axis", "frames")),
    "volume": DiagramKind(_volume, ("depth", "rf", "color", "fit"), several=True),
}


def drawn(kind: str, analyses: Sequence[Analysis], asked: Asked, path: str) -> bytes:
    """A drawing as the ending of a path says.

    Raises:
        UsageError: there is no such kind, or it is not drawn so.
        Unavailable: what draws it is missing, or the picture would be too large.
    """
    check(kind, path, len(analyses))
    return KINDS[kind].draw(analyses, asked, _ending(path))


def check(kind: str, path: str, networks: int) -> None:
    """Raise UsageError for an unknown kind, or if the kind does not support the file format or several networks."""
    chosen = _kind(kind)
    if _ending(path) not in chosen.endings:
        raise UsageError(f"{path}; {kind} needs a file name that ends in {', '.join(chosen.endings)}")
    if networks > 1 and not chosen.several:
        raise UsageError(f"{networks} networks; {kind} draws only one")


def _ending(path: str) -> str:
    return PICTURES[0] if path in STANDARD_OUTPUT else PurePath(path).suffix


class Diagram:
    """A drawing, which a notebook shows.

    `.save("net.svg")` writes a file: .png, .pdf and .tex as well, for graphs .dot and .mmd. `.svg` is the picture as
    text, `.alt` what it shows in words.
    """

    def __init__(self, kind: str, analyses: Sequence[Analysis], options: dict[str, object]) -> None:
        self._kind, self._analyses = kind, tuple(analyses)
        self._asked = asked_of(kind, options)
        self._svg, self._missing = "", ""
        try:
            self._svg = drawn(kind, analyses, self._asked, "a.svg").decode()
        except Unavailable as error:  # it may still be saved in another format, such as .dot
            self._missing = str(error)

    def __repr__(self) -> str:
        names = ", ".join(each.name for each in self._analyses)
        return self._missing or f"<archcalc diagram of {self._kind}: {names}>"

    @property
    def alt(self) -> str:
        """What the picture shows, in sentences for who cannot see it."""
        return alt(self._kind, [each.title or each.name for each in self._analyses], self._svg)

    @property
    def svg(self) -> str:
        """The picture.

        Raises:
            Unavailable: what draws it is not installed.
        """
        if self._missing:
            raise Unavailable(self._missing)
        return self._svg

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """The picture, or what is missing to draw it: a cell shows a line then, and no traceback."""
        if not self._svg:
            return {"text/plain": repr(self)}
        described = f'<svg role="img" aria-label={quoteattr(self.alt)} '
        picture = self._svg[self._svg.index("<svg ") :].replace(' role="img"', "", 1)
        return {"text/plain": repr(self), "image/svg+xml": picture.replace("<svg ", described, 1)}

    def save(self, path: str | PathLike[str]) -> None:
        """Write to a file whose ending says how: .svg, .png, .pdf, .tex (TikZ); .dot and .mmd (Mermaid) for graphs.

        Raises:
            UsageError: the ending is none of these.
            OutputError: the file cannot be written.
            Unavailable: what draws this format is not installed, or the picture would be too large.
        """
        write_bytes(fspath(path), drawn(self._kind, self._analyses, self._asked, fspath(path)))


def asked_of(kind: str, options: dict[str, object]) -> Asked:
    """The options of a kind, checked; UsageError for one that it does not take or a value that is none."""
    known = ("theme", *_kind(kind).options, "snippet")
    for name, value in options.items():
        if name not in known:
            raise UsageError(f"no option {name!r} of kind {kind}; it takes {', '.join(known)}")
        if value is not None or name not in OPTIONAL:
            _check_value(name, value)
    return Asked(**options)  # type: ignore[arg-type]  # checked above, by name


def _check_value(name: str, value: object) -> None:
    known = choices(name)
    if known is not None and value not in known:
        raise UsageError(f"{name} {value!r}; expected one of {', '.join(known)}")
    if name in TYPES and not isinstance(value, TYPES[name][0]):
        raise UsageError(f"{name} {value!r}; expected {TYPES[name][1]}")
    if name == "depth" and isinstance(value, int) and value < 1:
        raise UsageError(f"a depth of {value}; expected at least 1")


def _kind(kind: str) -> DiagramKind:
    if kind not in KINDS:
        raise UsageError(f"no kind {kind!r}; expected one of {', '.join(KINDS)}")
    return KINDS[kind]
