"""Positions of the input, and of layers, that no output of the network depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.positions import Positions
from archcalc.core.window import Window
from archcalc.lint.finding import Observation, Rule
from archcalc.lint.needed import needed_positions
from archcalc.lint.network import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.core.shape import Shape
    from archcalc.lint.finding import Figure
    from archcalc.lint.needed import Needed
    from archcalc.lint.network import Network

MOST_GAPS = 10


def _check(network: Network) -> Iterator[Observation]:
    if network.graph.imported is not None:
        return  # what a recorded layer reads position by position is not known
    needed = needed_positions(network.graph)
    for name in network.graph.inputs:
        yield from _of_input(network, name, needed)
    for path in network.graph.nodes:
        yield from _of_layer(network, path, needed)


def _of_input(network: Network, name: str, needed: dict[str, Needed]) -> Iterator[Observation]:
    shape = network.graph.inputs[name].shape
    for axis, found in _left_out(shape, needed.get(name, {})).items():
        message = f"no output reads {counted(found.number, axis)} of {shape[axis]:,}: {found.positions}"
        yield Observation(name, axis, message, _figures(shape, axis, found))
    yield from _read_by_few(network, name)


def _of_layer(network: Network, path: str, needed: dict[str, Needed]) -> Iterator[Observation]:
    """Yield the positions of a layer that are lost right after it, where all that reads it is needed whole."""
    shape, readers = network.graph.shape(path), network.readers[path]
    if path not in needed or not readers:
        return
    for axis, found in _left_out(shape, needed[path]).items():
        whole = all(
            reader.path not in needed or axis not in _left_out(reader.shape, needed[reader.path]) for reader in readers
        )
        if whole and found.number < shape[axis]:
            by = " and ".join(reader.path for reader in readers)
            message = f"{by} leaves out {counted(found.number, axis)} of {shape[axis]:,}: {found.positions}"
            yield Observation(path, axis, message, _figures(shape, axis, found))


class LeftOut(NamedTuple):
    """How many positions of an axis are left out, and which, as text."""

    number: int
    positions: str


def _left_out(shape: Shape, needed: Needed) -> dict[str, LeftOut]:
    """Return the positions that are not needed, by axis; axes of which all are needed are left out."""
    found = {axis: left_out(needed.get(axis, Positions(())), shape[axis]) for axis in shape.grid}
    return {axis: each for axis, each in found.items() if each.number}


def left_out(positions: Positions, size: int) -> LeftOut:
    """Return the positions below `size` that are not in a set."""
    count = size - positions.count
    if count == 0:
        return LeftOut(0, "")
    inside = bytearray(size)
    for run in positions.runs:
        inside[run.start : run.stop : run.step] = b"\1" * len(run)
    gaps: list[range] = []
    end = 0
    while len(gaps) < MOST_GAPS and (start := inside.find(0, end)) >= 0:
        end = inside.find(1, start)
        end = size if end < 0 else end
        gaps.append(range(start, end))
    more = " and more" if inside.find(0, end) >= 0 else ""
    return LeftOut(count, str(Positions.of(gaps)) + more)


def _figures(shape: Shape, axis: str, found: LeftOut) -> dict[str, Figure]:
    size = shape[axis]
    return {"never_read": found.number, "of": size, "share": found.number / size, "positions": found.positions}


def _read_by_few(network: Network, name: str) -> Iterator[Observation]:
    """Yield the ends of an input that its first windows read less than half as often as the middle."""
    shape = network.graph.inputs[name].shape
    for axis in shape.grid:
        readers = network.readers[name]
        window = (network.records[readers[0].path].windows or {}).get(axis) if len(readers) == 1 else None
        ends, middle = window_reads(window, shape[axis]) if isinstance(window, Window) else (0, 0)
        if 0 < ends < middle / 2:
            path = readers[0].path
            windows = "1 window" if ends == 1 else f"{ends} windows"
            message = f"{path} reads an end of {axis} in {windows}, positions in the middle in {middle}"
            yield Observation(name, axis, message, {"ends": ends, "middle": middle, "layer": path})


def window_reads(window: Window, size: int) -> tuple[int, int]:
    """Return in how many windows an end of an axis lies (the end with fewer), and the most that a position has."""
    outputs = window.size(size)
    first, last, middle = (_windows_with(window, position, outputs) for position in (0, size - 1, size // 2))
    nearby = [_windows_with(window, (size // 2 + each) % size, outputs) for each in range(window.stride)]
    return min(first, last), max(middle, *nearby)


def _windows_with(window: Window, position: int, outputs: int) -> int:
    taps = (position + window.before - window.dilation * j for j in range(window.kernel))
    return sum(each % window.stride == 0 and 0 <= each // window.stride < outputs for each in taps)


NEVER_READ = Rule(
    "AC104",
    "never_read",
    "frames or pixels that no output reads",
    "Strides that do not divide what is left of an axis, crops and subsampling leave positions out. If no output"
    " depends on a position of the input, its pixels are loaded and decoded for nothing; if a layer computes positions"
    " that what follows leaves out, they are computed for nothing. Without padding, the ends of a clip are also read by"
    " fewer windows than its middle.",
    "Choose an input size that the strides divide, add padding at the end, or load fewer frames.",
    "Counted backward from the outputs, axis by axis; modules that were recorded are not judged.",
    _check,
)
