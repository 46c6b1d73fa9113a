"""The numbers that a report's script needs: for every layer what each position reads, and the derivation, kept small.

Texts stand in one list and are named by their numbers. What positions read stands in a list too, since layers that act
position by position read the same: both ends by output position, as differences in runs, and the gaps between them.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from archcalc.core.problem import UsageError
from archcalc.core.runs import Runs, expanded
from archcalc.page.report.every_position import MOST_BITS, EveryPosition, runs_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.core.clipped_extents import ClippedExtents
    from archcalc.core.field import AxisField
    from archcalc.core.read_trace import ReadTrace
    from archcalc.explain.explanation import Section
    from archcalc.page.networks import Network

NOTHING = (0, -1)
MOST_GAPS = 200
"""Positions of one layer whose gaps are listed; more would make the file large."""
MOST_VALUES = 1_000_000
"""Ends of positions that do not move evenly; each is written."""


def report_data(network: Network) -> dict[str, Any]:
    """Return what the script of a report needs of a network."""
    analysis, kept = network.whole(), Kept()
    layers = []
    for layer in analysis.layers:
        fields = {
            name: {axis: kept.field(network, layer.path, name, axis, field) for axis, field in axes.items()}
            for name, axes in analysis.tensor_fields[layer.path].by_input().items()
        }
        sections = [kept.section(each) for each in analysis.explain(layer.path).sections]
        shape = {axis: layer.shape[axis] for axis in layer.shape.grid}
        layers.append([layer.path, shape, fields, sections])
    inputs = [[each.name, {axis: each.shape[axis] for axis in each.shape.grid}, each.fps] for each in analysis.inputs]
    return {"inputs": inputs, "layers": layers, "fields": kept.fields, "texts": list(kept.texts)}


class Kept:
    """Texts and reads, each once."""

    def __init__(self) -> None:
        self.texts: dict[str, int] = {}
        self.fields: list[list[Any]] = []
        self._numbers: dict[tuple[int, int], int] = {}
        self._masks = EveryPosition()
        self._left = MOST_VALUES

    def text(self, text: str) -> int:
        """Return the number of a text."""
        return self.texts.setdefault(text, len(self.texts))

    def section(self, section: Section) -> list[Any]:
        """Return a heading and its steps, by the numbers of their texts."""
        steps = [[self.text(str(each)) for each in (step.what, step.expression, step.result, step.remark)]
                 for step in section.steps]  # fmt: skip
        return [self.text(section.heading), steps]

    def field(self, network: Network, path: str, name: str, axis: str, field: AxisField) -> int:
        """Return the number of what the positions of a layer read of an input along an axis."""
        trace = None if network.whole().graph.imported else network.traces[path].grid.get((name, axis))
        key = (id(field), id(trace))
        if key not in self._numbers:
            self._numbers[key] = len(self.fields)
            self.fields.append(self._described(field, trace, network.whole().graph.inputs[name].shape[axis]))
        return self._numbers[key]

    def _described(self, field: AxisField, trace: ReadTrace | None, size: int) -> list[Any]:
        masks = None if trace is None or trace.size * size > MOST_BITS else self._masks.of(trace)
        return [*self._ends(field.clipped), *self._ends(field.real), [] if masks is None else _gaps(masks)]

    def _ends(self, extents: ClippedExtents) -> list[list[list[int]]]:
        return [self._in_runs(runs, end) for runs, end in zip(extents.runs, NOTHING, strict=True)]

    def _in_runs(self, ends: Runs, nothing: int) -> list[list[int]]:
        """Return the first value and the differences, equal ones as [difference, how many]."""
        found: list[list[int]] = []
        before = 0
        for count, values, jump in ends.counted():
            if len(values) == 1:
                first, step = (int(values[0]), jump) if isfinite(values[0]) else (nothing, 0)
                _add(found, first - before, 1)
                _add(found, step, count - 1)
                before = first + (count - 1) * step
                continue
            self._left -= count
            if self._left < 0:
                raise UsageError(
                    f"a report on positions that read in patterns, more than {MOST_VALUES:,} of them; expected fewer,"
                    " such as those of a shorter --input"
                )
            for value in expanded((values, jump), count):
                end = int(value) if isfinite(value) else nothing
                _add(found, end - before, 1)
                before = end
        return found


def _add(runs: list[list[int]], difference: int, count: int) -> None:
    if runs and runs[-1][0] == difference:
        runs[-1][1] += count
    elif count:
        runs.append([difference, count])


def _gaps(masks: Sequence[int]) -> list[list[Any]]:
    """Return the positions that read with gaps, each with the runs that it reads."""
    runs = ((position, runs_of(mask)) for position, mask in enumerate(masks) if _has_gap(mask))
    return [[position, found] for position, found in runs][:MOST_GAPS]


def _has_gap(mask: int) -> bool:
    filled = mask | (mask - 1)  # with all bits below the lowest one set, a mask without gaps is one less than a power
    return bool(mask) and filled & (filled + 1) != 0
