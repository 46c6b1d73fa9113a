"""Receptive fields of the analysis compared with what probes show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from archcalc.core.problem import Unavailable
from archcalc.measure.claims import first_difference, telling, telling_windows
from archcalc.measure.dependence.moves import moves
from archcalc.measure.dependence.reached import reached
from archcalc.measure.dependence.sample import Sample, sample_of
from archcalc.measure.dependence.unbounded import Extents, extents
from archcalc.results.verification import CheckResult, Disagreement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archcalc.analysis.receptive_field import TensorField
    from archcalc.analysis.tensor_values import InputAxis
    from archcalc.core.clipped_extents import ClippedExtents
    from archcalc.core.field import AxisField
    from archcalc.core.interval import Interval
    from archcalc.graph import NetworkGraph
    from archcalc.measure.dependence.extent import Extent
    from archcalc.measure.dependence.reached import Ends

REFERENCE = "probes"
MOST_WORK = 10**10
"""Probes times positions of all layers on an axis: some minutes."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of comparing fields on one axis: disagreements, how many layers were compared, and what was not.

    `sampled` says which positions were probed where these are not all.
    """

    wrong: list[Disagreement]
    layers: int
    silent: tuple[str, ...] = ()
    sampled: tuple[str, ...] = ()


def field_disagreements(
    graph: NetworkGraph, fields: Mapping[str, TensorField]
) -> tuple[list[Disagreement], list[CheckResult]]:
    """Return every layer whose field is another than probes show, on every axis of every input, and what was probed."""
    compared = [
        compare(graph, fields, (name, axis))
        for name, given in graph.inputs.items()
        for axis in given.shape.grid
        for compare in (clipped_disagreements, full_disagreements)
    ]
    what = "receptive fields, full, of windows and clipped, on each axis"
    numbers = sum(each.layers for each in compared)
    silent = tuple(text for each in compared for text in each.silent)
    sampled = tuple(text for each in compared for text in each.sampled)
    wrong = [disagreement for each in compared for disagreement in each.wrong]
    return wrong, [CheckResult(REFERENCE, what, numbers, silent, sampled)]


def require_little_work(graph: NetworkGraph, fields: Mapping[str, TensorField]) -> None:
    """Raise Unavailable, before anything is built, where probes of an axis would take too long."""
    for name, given in graph.inputs.items():
        for axis in given.shape.grid:
            size, sample = given.shape[axis], clipped_sample(graph, fields, (name, axis))
            longer = size + 2 * overhang({path: fields[path] for path in graph.nodes}, (name, axis), size)
            positions = sum(node.shape.get(axis) for node in graph.nodes.values())
            work = len(sample.positions) * positions * (size + longer) // size
            if work > MOST_WORK:
                raise Unavailable(
                    f"{graph.name}: probes on {axis} of {name}, which has {size:,} positions, take {work:,} steps; "
                    f"verify takes at most {MOST_WORK:,}, a smaller --input shows the same"
                )


def clipped_sample(graph: NetworkGraph, fields: Mapping[str, TensorField], key: InputAxis) -> Sample:
    """Return the positions of an input that are probed for what each position of each layer reads."""
    name, axis = key
    hulls = dict.fromkeys(each.clipped for path in graph.nodes for each in fields[path].axis_fields(key))
    period = moves(graph, name, axis).unit
    return sample_of(graph.inputs[name].shape[axis], period, [telling(each) for each in hulls])


def clipped_disagreements(graph: NetworkGraph, fields: Mapping[str, TensorField], key: InputAxis) -> Compared:
    """Compare what each position of each layer reads, on one axis of one input."""
    name, axis = key
    sample = clipped_sample(graph, fields, key)
    wrong: list[Disagreement] = []
    for path, seen in reached(graph, name, axis, sample).items():
        for part, ends, claimed in (
            ("", seen.grid, fields[path].grid.get(key)),
            (" of tokens", seen.tokens, fields[path].tokens.get(key)),
        ):
            if ends is not None:
                hull = None if claimed is None else claimed.clipped
                wrong += _first(path, f"clipped field{part} on {axis} of {name}", hull, ends, sample)
    return Compared(wrong, len(graph.nodes), sampled=_sampled(f"{axis} of {name}", sample))


def _first(
    path: str, what: str, claimed: ClippedExtents | None, found: Ends, sample: Sample, margin: int = 0
) -> Iterator[Disagreement]:
    """Yield the first position where probes show something else than claimed, if there is one."""
    position = first_difference(claimed, found, sample, margin)
    if position is None:
        return
    analytic = claimed.at(position) if claimed is not None and position < len(claimed) else None
    measured = found.at(position)
    moved = measured and (measured[0] - margin, measured[1] - margin)
    shown = _interval(moved) + ("" if sample.complete else " of those probed")
    yield Disagreement(path, f"{what}, position {position}", _interval(analytic), shown, REFERENCE)


def _sampled(where: str, sample: Sample) -> tuple[str, ...]:
    return () if sample.complete else (f"{where}: {sample}",)


def _interval(ends: Interval | None) -> str:
    return "nothing" if ends is None else f"{ends[0]} to {ends[1]}"


def full_disagreements(graph: NetworkGraph, fields: Mapping[str, TensorField], key: InputAxis) -> Compared:
    """Compare the fields on an unbounded input, on one axis of one input.

    As much room on either side as the claimed windows need is enough where all is well. Where it is not, or where that
    cuts something short, the widest window is given, and always more than before; what is cut short even then is wider
    than claimed.
    """
    name, axis = key
    size = graph.inputs[name].shape[axis]
    claims = {path: fields[path] for path in graph.nodes}
    widest = max((claimed_window(each, key) or 0 for each in claims.values()), default=0)
    ends = _telling(claims, key, size)
    distinct = list(dict.fromkeys(ends.values()))
    least = max(widest // 2 + 1, overhang(claims, key, size))
    for margin in (least, max(widest, least + 1)):
        found = extents(graph, name, axis, margin, distinct)
        sized = {path: found.probed(claim) for path, claim in ends.items()}
        measured = {path: extent for path, extent in found.by_path.items() if extent is not None}
        wrong = [
            each
            for path, extent in measured.items()
            for each in _full(path, claims[path], extent, found, key, sized=sized[path])
        ]
        if not wrong and not found.cut_short:
            break
    unlike = [path for path, extent in found.by_path.items() if extent is None]
    silent = [f"no full field on {axis} of {name} for {path}, which has no equal on a larger input" for path in unlike]
    unsized = [path for path in measured if not sized[path]]
    if unsized:
        silent.append(f"no size of full fields on {axis} of {name} for {len(unsized):,} layers: too many ends to probe")
    sampled = _sampled(f"{axis} of {name} on a larger input", found.sample)
    return Compared(wrong, len(measured) - len(unsized), tuple(silent), sampled)


def _telling(claims: Mapping[str, TensorField], key: InputAxis, size: int) -> dict[str, frozenset[int]]:
    """Return by layer the positions of the input, and around it, that tell the size of its full field from others."""

    @cache
    def one(field: AxisField) -> set[int]:
        return telling_windows(field, size) | (set() if field.whole is None else telling(field.whole))

    return {path: frozenset().union(*map(one, each.axis_fields(key))) for path, each in claims.items()}


def overhang(claims: Mapping[str, TensorField], key: InputAxis, size: int) -> int:
    """Return how far the claimed windows of real positions reach over either end of an axis at most."""
    fields = {claim.grid[key] for claim in claims.values() if key in claim.grid}
    hulls = filter(None, (window.over(len(field)) for field in fields for window in field.windows))
    return max((max(-first, last - size + 1) for first, last in hulls), default=0)


def claimed_full(field: TensorField, key: InputAxis) -> int:
    """The full field of the analysis: the larger of grid and tokens."""
    return max((each.full_size for each in field.axis_fields(key)), default=0)


def claimed_window(field: TensorField, key: InputAxis) -> int | None:
    """The field of windows in the analysis, None where nothing comes through windows: tokens see through none."""
    return field.grid[key].window_size if key in field.grid else None


def _full(
    path: str, claimed: TensorField, extent: Extent, found: Extents, key: InputAxis, *, sized: bool
) -> Iterator[Disagreement]:
    name, axis = key
    where = f"on {axis} of {name}"
    aligned = key not in claimed.grid or claimed.grid[key].aligned
    sizes = claimed_full(claimed, key), extent.full(aligned=aligned)
    windows = claimed_window(claimed, key), extent.window(aligned=aligned)
    whole = any(each.sees_all for each in claimed.axis_fields(key)), extent.sees_all
    if _differ(sizes, sized=sized):
        yield Disagreement(path, f"full field {where}", str(sizes[0]), str(sizes[1]), REFERENCE)
    elif sizes[0] and whole[0] != whole[1]:  # a layer that sees all of nothing shows nothing
        yield Disagreement(path, f"sees all {where}", str(whole[0]), str(whole[1]), REFERENCE)
    if _differ(windows, sized=sized):
        yield Disagreement(path, f"field of windows {where}", _size(windows[0]), _size(windows[1]), REFERENCE)
    if extent.depends is not None:
        real = _real(claimed.grid.get(key))
        yield from _first(path, f"full field {where}", real, extent.depends, found.sample, found.margin)


def _differ(sizes: tuple[int | None, int | None], *, sized: bool) -> bool:
    """Whether a size is not the claimed one; one whose ends were not all probed may be larger than is seen."""
    claimed, measured = sizes
    if sized or claimed is None or measured is None:
        return claimed != measured
    return measured > claimed


def _real(claimed: AxisField | None) -> ClippedExtents | None:
    """What real positions depend on; None where the claim is that this is nothing."""
    return None if claimed is None or not (claimed.windows or claimed.sees_all) else claimed.real


def _size(size: int | None) -> str:
    return "none" if size is None else str(size)
