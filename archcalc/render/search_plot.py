"""Plots of searches and sweeps, written by the SVG writer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.problem import UsageError
from archcalc.render.cells import cell_text
from archcalc.render.svg_picture import svg_picture
from archcalc.render.svg_plot import HUES, PALE, Axis, Series, plot
from archcalc.tables.search import counts_text, value_cell
from archcalc.tables.table import BYTES, COUNT, SHORT_COUNT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.render.svg import Point
    from archcalc.results.search import FigureKind, FoundDesign, SearchResult, SweepResult

FORMATS = ("svg", "png")
FRONT = "#000000"
_HUES = [each for each in HUES if each != FRONT]


def plot_format(path: str) -> str:
    """Return the format that the ending of a file names; UsageError where there is none."""
    ending = path.rpartition(".")[2].lower()
    if ending not in FORMATS:
        raise UsageError(f"--plot {path}; expected a file that ends in .svg or .png")
    return ending


def search_plot(result: SearchResult, axes: tuple[str, str], output_format: str) -> bytes:
    """Return the designs of a search: misses in gray, answers by group, the front as a line of steps."""
    across, up = (_axis(result.figures, label) for label in axes)
    misses = [(each.across, each.up) for each in result.points if not each.answers]
    groups: dict[str, list[Point]] = {}
    for each in result.points:
        if each.answers:
            groups.setdefault(each.group, []).append((each.across, each.up))
    series = [Series(f"misses a requirement ({len(misses):,})", misses, PALE, 2.2)] if misses else []
    named = [*result.by, *(name for name in groups if name not in result.by)]
    series += [
        Series(f"{_group(result, name)} ({len(groups[name]):,})", groups[name], _HUES[place % len(_HUES)])
        for place, name in enumerate(name for name in named if name in groups)
    ]
    front = [point for each in result.front if (point := _point(each, axes)) is not None]
    if len(result.goals) > 1 and front:
        series.append(Series(f"front ({len(front):,})", sorted(front), FRONT, steps=True))
    if not series:
        raise UsageError("--plot without any design that can be built")
    subtitle = counts_text(result) + (f"; input {', '.join(result.inputs)}" if result.inputs else "")
    return svg_picture(plot(result.title or result.name, subtitle, across, up, series), output_format)


def _group(result: SearchResult, name: str) -> str:
    """Return what a group is called: `late`, and `group 16` where the value alone says nothing."""
    return f"{result.group} {name}" if name and not name[0].isalpha() else name or "answers"


def sweep_plot(result: SweepResult, output_format: str) -> bytes:
    """Return the first quantity of a sweep over its rows, a line for each value of the other dimensions."""
    first = result.rows or result.names[0]
    kind = next(each for each in result.figures if each.label == result.shown[0])
    places = _places([each.values[first] for each in result.designs])
    lines: dict[str, list[Point]] = {}
    others = [name for name in result.names if name != first]
    for design, across in zip(result.designs, places, strict=True):
        figure = _number(design.quantities.get(kind.label))
        if figure is not None:
            name = ", ".join(f"{each} {value_cell(design.values[each])}" for each in others)
            lines.setdefault(name, []).append((across, figure))
    if not lines:
        raise UsageError("--plot without any design that can be built")
    series = [
        Series(name, sorted(points), HUES[place % len(HUES)], joined=True)
        for place, (name, points) in enumerate(lines.items())
    ]
    names = {place: str(value_cell(design.values[first])) for place, design in zip(places, result.designs, strict=True)}
    across_axis = Axis(first, lambda value: names.get(value, f"{value:g}" if _numeric(result, first) else ""))
    title, subtitle = result.title or result.name, f"{kind.heading} of {result.spec}"
    return svg_picture(plot(title, subtitle, across_axis, _axis(result.figures, kind.label), series), output_format)


def _axis(figures: Sequence[FigureKind], label: str) -> Axis:
    kind = next((each for each in figures if each.label == label), None)
    if kind is None:
        return Axis(label, lambda value: f"{value:g}")
    return Axis(kind.heading, lambda value: _text(value, kind.kind))


def _text(value: float, kind: str) -> str:
    if kind == BYTES and value == int(value):
        return cell_text(int(value), BYTES)
    if kind in (COUNT, SHORT_COUNT):
        for power, unit in ((12, " T"), (9, " G"), (6, " M"), (3, " K")):
            if abs(value) >= 10**power:
                return f"{value / 10**power:.6g}{unit}"
    return f"{value:g}"


def _point(found: FoundDesign, axes: tuple[str, str]) -> Point | None:
    across, up = (_number(found.quantities.get(label)) for label in axes)
    return None if across is None or up is None else (across, up)


def _number(figure: object) -> float | None:
    if isinstance(figure, dict):
        figure = next(iter(figure.values()), None)
    return figure if isinstance(figure, (int, float)) else None


def _places(values: Sequence[object]) -> list[float]:
    """Return numbers as they are, and other values by their order."""
    if all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in values):
        return [float(each) for each in values]  # type: ignore[arg-type]
    order = {text: float(place) for place, text in enumerate(dict.fromkeys(map(repr, values)))}
    return [order[repr(each)] for each in values]


def _numeric(result: SweepResult, name: str) -> bool:
    values = (each.values[name] for each in result.designs)
    return all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in values)
