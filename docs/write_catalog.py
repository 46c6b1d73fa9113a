"""Write the catalog of bundled networks: the page catalog.md, and a small drawing of each network in networks/."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import groupby
from math import log2
from pathlib import Path

import archcalc
from archcalc.analysis.records import Analysis
from archcalc.core.shape import Shape
from archcalc.render.cells import short_count
from archcalc.spec.library import bundled_networks
from archcalc.tables.networks import GROUPS, NetworkRow, network_rows, sized

PAGE = "catalog.md"
FOLDER = "networks"
WIDTH, HEIGHT, MIDDLE, FLOOR = 240, 64, 26, 62
PIXELS, FRAMES = 24.0, 8.0
"""Half the height of the largest picture, and the height of the longest clip."""
PALE_TO_DEEP = ((214, 16), (230, 62), (247, 128))
"""Red, green and blue of few channels and of many."""
MOST = 10.0
"""Sizes up to 2 ** 10 are drawn to scale, logarithmically."""

HEAD = """
# Catalog of bundled networks

This page is written by `make catalog`. Each name is a SPEC of every command: `archcalc table c3d`. `archcalc list` has
the same networks, filters them by `--family`, `--task`, `--params`, `--macs` and `--field`, and finds other names.

The small drawings show the tensors from the input to the output, a step for each run of layers whose outputs have one
size. The height of the blue shape is the number of pixels along H, or of positions along T where there is no H; darker
means more channels. The height of the gray strip below it is the number of frames or slices. Heights are logarithmic.

Parameters and multiply-accumulates (MACs) are those at the input of the spec; `frames` is the full temporal receptive
field of the last layer.
"""


@dataclass(frozen=True, slots=True)
class Step:
    """Layers one after the other whose outputs have one size."""

    pixels: int
    frames: int
    channels: int
    layers: int


def steps(analysis: Analysis) -> list[Step]:
    """Return the runs of layers with the same output, after the input."""
    (first, *_) = analysis.inputs
    sizes = [_sizes(first.shape), *(_sizes(layer.shape) for layer in analysis.layers)]
    return [Step(*size, len(list(run))) for size, run in groupby(sizes)]


def _sizes(shape: Shape) -> tuple[int, int, int]:
    """Pixels along H, or positions along W or T where there is no H; frames or slices beside them; channels."""
    sizes = shape.sizes
    depth = sizes.get("T", sizes.get("D", 1))
    across = sizes.get("H", sizes.get("W"))
    return (depth, 1, sizes["C"]) if across is None else (across, depth, sizes["C"])


def drawing(analysis: Analysis) -> str:
    """Return the SVG of a network: a shape as high as its tensors are large, and a strip as high as they are long."""
    found = steps(analysis)
    whole = sum(_width(step) for step in found)
    parts, x = [], 0.0
    for step in found:
        width = _width(step) * WIDTH / whole
        parts += _step(step, x, width)
        x += width
    shapes = "\n".join(parts)
    label = f"{analysis.name}: from {analysis.inputs[0].shape} to {analysis.layers[-1].shape}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'role="img">\n<title>{label}</title>\n{shapes}\n</svg>\n'
    )


def _width(step: Step) -> float:
    """Long runs are wider, but not as much wider as they are longer."""
    return 1 + log2(step.layers)


def _step(step: Step, x: float, width: float) -> list[str]:
    half, strip = max(1.0, _scaled(step.pixels) * PIXELS), _scaled(step.frames) * FRAMES
    dark = min(1.0, log2(step.channels + 1) / 11)
    color = "#" + "".join(f"{round(light + (deep - light) * dark):02x}" for light, deep in PALE_TO_DEEP)
    rects = [_rect(x, MIDDLE - half, width, 2 * half, color)]
    if strip:
        rects.append(_rect(x, FLOOR - strip, width, strip, "#8a8f98"))
    return rects


def _scaled(size: int) -> float:
    return min(1.0, log2(max(1, size)) / MOST)


def _rect(x: float, y: float, width: float, height: float, color: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{color}"/>'


def catalog_page(rows: list[NetworkRow]) -> str:
    """Return the page: a table for each family."""
    parts = [HEAD.strip()]
    for group, families in GROUPS.items():
        parts.append(f"## {group[0].upper()}{group[1:]}")
        for family in families:
            if len(families) > 1:
                parts.append(f"### {family[0].upper()}{family[1:]}")
            parts.append("\n".join(_table([row for row in rows if row.family == family])))
    return "\n\n".join(parts) + "\n"


def _table(rows: list[NetworkRow]) -> list[str]:
    lines = ["| | network | input | params | MACs | frames | task | source |", "|---|---|---|--:|--:|--:|---|---|"]
    for row in rows:
        others = f"<br>also {', '.join(row.also)}" if row.also else ""
        cells = (
            f"![{row.name}]({FOLDER}/{row.name}.svg)", f"**`{row.name}`**<br>{row.title}{others}", row.inputs,
            _count(row.params), _count(row.macs), "" if row.frames is None else str(row.frames), row.task, row.source,
        )  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return lines


def _count(value: int | None) -> str:
    return short_count(value) if value else "-"


def write(docs: Path) -> None:
    """Draw every network, write the page, and delete drawings of networks that are gone."""
    folder = docs / FOLDER
    folder.mkdir(exist_ok=True)
    rows = [sized(row) for row in network_rows(bundled_networks())]
    for row in rows:
        (folder / f"{row.name}.svg").write_text(drawing(archcalc.analyze(archcalc.load(row.name))), encoding="utf-8")
    for path in set(folder.glob("*.svg")) - {folder / f"{row.name}.svg" for row in rows}:
        path.unlink()
    (docs / PAGE).write_text(catalog_page(rows), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
