"""The growth of receptive fields as a plot: frames against pixels, or both over depth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.core.problem import UsageError
from archcalc.render.cells import one_line
from archcalc.render.palette import SERIES, THEMES
from archcalc.render.plot import figure_bytes, plotting
from archcalc.render.plot_labels import label_spots

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from archcalc.drawings.field import FieldPath, FieldPoint, Target
    from archcalc.render.palette import Theme

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
STROKES = ("-", "--", "-.", ":", "-", "--", "-.", ":")
MOST_PATHS = len(MARKERS)
MOST_LABELS = 14
LONGEST = 40
BY = ("space", "depth")


def field_picture(paths: Sequence[FieldPath], target: Target | None, by: str, theme: str, output_format: str) -> bytes:
    """Paths of frames against pixels (`by` space), or frames and pixels over layers (`by` depth), as svg, png or pdf.

    Raises:
        UsageError: more networks than can be distinguished.
        Unavailable: matplotlib is not installed.
    """
    if len(paths) > MOST_PATHS:
        raise UsageError(
            f"{len(paths)} specs; expected at most {MOST_PATHS}, which can be distinguished in one drawing"
        )
    with plotting(THEMES[theme]):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9, 6.4 + 0.22 * len(paths) * (2 if target else 1)), layout="constrained")
        draw = _over_depth if by == "depth" else _against_space
        draw(figure, paths, target, theme)
        return figure_bytes(figure, output_format)


def verdict(path: FieldPath, target: Target) -> str:
    """Where a target is reached and what came before; or what is missing at the end."""
    reached, short = path.reached(target), path.last_short_of(target)
    if reached is None:
        return f"short of {target} by {_missing(path.points[-1], target)}"
    before = f"; {_short(short.path)} is short by {_missing(short, target)}" if short else ""
    return f"{target} reached at {_short(reached.path)} ({reached.frames}x{reached.height}x{reached.width}){before}"


def _missing(point: FieldPoint, target: Target) -> str:
    frames, height, width = point.short_of(target)
    pixels = str(max(height, width)) if min(height, width) in (0, max(height, width)) else f"{height} and {width}"
    said = [f"{frames} frames" if frames != 1 else "1 frame"] * (frames > 0)
    return ", ".join([*said, "1 pixel" if pixels == "1" else f"{pixels} pixels"][: len(said) + (pixels != "0")])


def _against_space(figure: Figure, paths: Sequence[FieldPath], target: Target | None, theme: str) -> None:
    axes, colors = figure.add_subplot(), THEMES[theme]
    for number, path in enumerate(paths):
        across, up = [point.frames for point in path.points], [point.pixels for point in path.points]
        axes.plot(across, up, **_style(number, theme), label=_legend(path, target))
        if path.whole_clip is not None:
            _ring(axes, path.whole_clip.frames, path.whole_clip.pixels, colors)
    for extent in dict.fromkeys(path.extent for path in paths):
        _extent(axes, extent, colors)
    if target is not None:
        axes.plot(target.frames, max(target.height, target.width), marker="x", ms=11, mew=2.5, color=colors.text, ls="")
    _limits(axes, paths, target)
    axes.set(xlabel=_axis("time, frames", paths), ylabel=_axis(_across(paths), paths))
    _whole_numbers(axes)
    _seconds(axes, paths)
    _settle(figure)
    _label(axes, paths, target, colors)


def _limits(axes: Axes, paths: Sequence[FieldPath], target: Target | None) -> None:
    goals = [path.extent for path in paths] + ([target] if target else [])
    across = [goal.frames for goal in goals] + [point.frames for path in paths for point in path.points]
    up = [max(goal.height, goal.width) for goal in goals] + [point.pixels for path in paths for point in path.points]
    axes.set_xlim(0, 1.12 * max(across))
    axes.set_ylim(0, 1.1 * max(up))


def _extent(axes: Axes, extent: Target, colors: Theme) -> None:
    side = max(extent.height, extent.width)
    axes.plot([0, extent.frames, extent.frames], [side, side, 0], color=colors.line, lw=1, ls=(0, (5, 4)), zorder=1)


def _axis(what: str, paths: Sequence[FieldPath]) -> str:
    views = " and ".join(dict.fromkeys(path.view for path in paths))
    return f"receptive field in {what} ({views})"


def _across(paths: Sequence[FieldPath]) -> str:
    """Return what the other axes than T are: space, unless an input has others than H and W."""
    axes = list(dict.fromkeys(path.across for path in paths))
    return "space, pixels" if axes == [("H", "W")] else " and ".join(" or ".join(each) for each in axes) + ", positions"


def _whole_numbers(axes: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))


def _ring(axes: Axes, across: float, up: float, colors: Theme) -> None:
    axes.plot(across, up, marker="o", ms=15, mfc="none", mec=colors.text, mew=1.6, ls="", zorder=5)


def _seconds(axes: Axes, paths: Sequence[FieldPath]) -> None:
    """Seconds along the upper edge, where all networks see as many frames of one."""
    rates = {path.fps for path in paths}
    (rate, *others) = rates
    if others or rate is None:
        axes.spines.top.set_visible(False)
        return
    second = axes.secondary_xaxis("top", functions=(lambda frames: frames / rate, lambda seconds: seconds * rate))  # type: ignore[operator]
    second.set_xlabel(f"seconds, at {rate:g} frames per second")


def _label(axes: Axes, paths: Sequence[FieldPath], target: Target | None, colors: Theme) -> None:
    lines = [[(float(point.frames), float(point.pixels)) for point in path.points] for path in paths]
    marks: list[tuple[tuple[float, float], str]] = []
    for extent in dict.fromkeys(path.extent for path in paths):
        side = float(max(extent.height, extent.width))
        lines.append([(0, side), (extent.frames, side), (extent.frames, 0)])
        marks.append(((float(extent.frames), side), f"input {extent}"))
    if target is not None:
        goal = (float(target.frames), float(max(target.height, target.width)))
        lines.append([goal])
        marks.append((goal, f"target {target}"))
    named = dict.fromkeys(
        ((float(point.frames), float(point.pixels)), _short(point.path)) for point in _worth_naming(paths)
    )
    label_spots(axes, [*marks, *named], lines, 8.5, colors.text)


def _worth_naming(paths: Sequence[FieldPath]) -> Iterator[FieldPoint]:
    """The last of each path and where the clip is seen, then the others, far ones first."""
    for path in paths:
        first = [path.points[-1]] + ([path.whole_clip] if path.whole_clip else [])
        rest = [point for point in reversed(path.points[1:-1]) if point != path.whole_clip]
        yield from dict.fromkeys([*first, *rest[:: max(1, -(-len(rest) // MOST_LABELS))]])


def _over_depth(figure: Figure, paths: Sequence[FieldPath], target: Target | None, theme: str) -> None:
    colors = THEMES[theme]
    time = figure.add_subplot(2, 1, 1)
    space = figure.add_subplot(2, 1, 2, sharex=time)
    for axes, sizes, what in ((time, "frames", "time, frames"), (space, "pixels", _across(paths))):
        for number, path in enumerate(paths):
            depth = [point.number for point in path.points] + [path.layers]
            seen = [getattr(point, sizes) for point in path.points]
            label = _legend(path, target) if axes is time else None
            axes.plot(depth, [*seen, seen[-1]], drawstyle="steps-post", markevery=list(range(len(seen))), label=label,
                      **_style(number, theme))  # fmt: skip
            if path.whole_clip is not None:
                _ring(axes, path.whole_clip.number, getattr(path.whole_clip, sizes), colors)
        axes.set_ylabel(_axis(what, paths))
        axes.spines.top.set_visible(False)
        axes.set_ylim(bottom=0)
        _mark_levels(axes, _levels(paths, target, sizes), colors)
    _whole_numbers(space)
    space.set_xlabel("layer, in the order they are written")
    _settle(figure)


def _mark_levels(axes: Axes, levels: Sequence[tuple[int, str]], colors: Theme) -> None:
    """Draw labeled lines across a panel, and move labels up that would overlap."""
    gap = 0.055 * max([axes.get_ylim()[1], *(level for level, _ in levels)])
    axes.set_ylim(top=max(axes.get_ylim()[1], *(1.05 * level for level, _ in levels)))
    height = -gap
    for level, words in sorted(levels):
        height = max(float(level), height + gap)
        axes.axhline(level, color=colors.line, lw=1, ls=(0, (5, 4)), zorder=1)
        axes.annotate(words, (1, height), xycoords=("axes fraction", "data"), xytext=(4, -3),
                      textcoords="offset points", size=8.5, annotation_clip=False)  # fmt: skip


def _levels(paths: Sequence[FieldPath], target: Target | None, sizes: str) -> list[tuple[int, str]]:
    """Lines across a panel, those of one height under one name."""
    names: dict[int, list[str]] = {}
    for extent in dict.fromkeys(path.extent for path in paths):
        names.setdefault(_size(extent, sizes), []).append("input")
    if target is not None:
        names.setdefault(_size(target, sizes), []).append("target")
    return [(level, f"{' and '.join(dict.fromkeys(what))} {level}") for level, what in names.items()]


def _size(goal: Target, sizes: str) -> int:
    return goal.frames if sizes == "frames" else max(goal.height, goal.width)


def _settle(figure: Figure) -> None:
    """The legend under the axes, and the layout as it will be, so that labels can be measured."""
    legend = figure.legend(loc="outside lower left", frameon=False, fontsize=9)
    for text in legend.get_texts():
        text.set_parse_math(False)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")


def _legend(path: FieldPath, target: Target | None) -> str:
    rate = f" at {path.fps:g} frames per second" if path.fps else ""
    whole = f"whole clip seen from {_short(path.whole_clip.path)} on (ring)" if path.whole_clip else (
        "no output sees the whole clip")  # fmt: skip
    said = f"{_short(path.name)}, {path.extent}{rate}: {whole}"
    words = said if target is None else f"{said}\n {verdict(path, target)}"
    return " " + words  # matplotlib leaves out a legend that begins with an underscore


def _short(path: str) -> str:
    """The end of a long path says most; it is cut off between segments where that is possible."""
    words = one_line(path)
    if len(words) <= LONGEST:
        return words
    end = words[1 - LONGEST :]
    return "…" + (end.partition(".")[2] or end)


def _style(number: int, theme: str) -> dict[str, Any]:
    color = SERIES[theme][number % len(SERIES[theme])]
    thick, large = 3 - number / 3, 8 - number / 2  # what is drawn later lets what lies under it be seen
    return {"color": color, "marker": MARKERS[number], "ls": STROKES[number], "ms": large, "lw": thick, "zorder": 3}
