"""The bundled networks as a table: what there is, and how large it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archcalc.analysis.analyze import Settings, analyze_graph
from archcalc.core.problem import SpecError
from archcalc.spec.load import load_spec
from archcalc.spec.metadata import read_metadata
from archcalc.tables.table import COUNT, NAME, SECONDS, SHORT_COUNT, TEXT, Cell, Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archcalc.analysis.records import Analysis
    from archcalc.spec.library import Bundled

FAMILIES = (
    "basics",
    "ways to fuse time",
    "3-D networks",
    "factorized and mixed",
    "several paths",
    "sequences and attention",
    "2-D backbones",
    "image transformers",
    "volumes",
)
"""The groups of the list in their order. Which one a network belongs to, its spec says under `family`."""
OTHERS = "others"


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """One network of the list; sizes where they were asked for, a problem where they could not be had."""

    name: str
    family: str
    title: str
    inputs: str = ""
    params: int | None = None
    macs: int | None = None
    frames: int | None = None
    seconds: float | None = None
    problem: str = ""


def network_rows(networks: Iterable[Bundled]) -> list[NetworkRow]:
    """A row for each network, family by family."""
    headings = ((each.name, read_metadata(each.path)) for each in networks)
    rows = [NetworkRow(name, said.family or OTHERS, said.title) for name, said in headings]
    return sorted(rows, key=lambda row: (_place(row.family), row.family, row.name))


def _place(family: str) -> int:
    return FAMILIES.index(family) if family in FAMILIES else len(FAMILIES)


def sized(row: NetworkRow) -> NetworkRow:
    """The row with the sizes of its network, or with what is wrong with its spec."""
    try:
        analysis = analyze_graph(load_spec(row.name, {}, {}).graph, Settings())
    except SpecError as error:
        more = len(error.problems) - 1
        problem = f"{error.problems[0]}" + (f" (and {more} more)" if more else "")
        return replace(row, problem=problem)
    inputs = ", ".join(str(each.shape) for each in analysis.inputs)
    frames, seconds = _seen(analysis)
    return replace(row, inputs=inputs, params=analysis.totals.params, macs=analysis.totals.macs, frames=frames,
                   seconds=seconds)  # fmt: skip


def _seen(analysis: Analysis) -> tuple[int | None, float | None]:
    """Frames and seconds of the input of which the last layer sees most."""
    frames = {name: _frames(analysis, name) for name in analysis.layers[-1].fields}
    known = {name: seen for name, seen in frames.items() if seen is not None}
    if not known:
        return None, None
    widest = max(known, key=lambda name: known[name])
    fps = next(each.fps for each in analysis.inputs if each.name == widest)
    return known[widest], round(known[widest] / fps, 2) if fps else None


def _frames(analysis: Analysis, name: str) -> int | None:
    """The field of the last layer in time."""
    return analysis.layers[-1].fields[name].full.get("T")


NETWORK = Column("name", "network", NAME)
FAMILY = Column("family", "family", TEXT)
TITLE = Column("title", "title", TEXT)
SIZES = (
    Column("input", "input", TEXT),
    Column("params", "params", SHORT_COUNT),
    Column("macs", "MACs", SHORT_COUNT),
    Column("field_frames", "frames", COUNT),
    Column("field_seconds", "seconds", SECONDS),
)


def networks_table(rows: Sequence[NetworkRow], *, sizes: bool, titles: bool, grouped: bool) -> Table:
    """The list as a table: by family under headings, for people, or with the family as a column, for programs."""
    columns = (NETWORK, *(() if grouped else (FAMILY,)), *(SIZES if sizes else ()), *((TITLE,) if titles else ()))
    sections = tuple((at, row.family) for at, row in enumerate(rows) if at == 0 or rows[at - 1].family != row.family)
    problems = tuple(f"{row.name}: {row.problem}" for row in rows if row.problem)
    return Table(
        "bundled networks",
        ("frames and seconds: full temporal receptive field of the last layer",) if sizes else (),
        columns,
        tuple(tuple(_cells(row)[column.key] for column in columns) for row in rows),
        remarks=problems,
        sections=sections if grouped else (),
    )


def _cells(row: NetworkRow) -> dict[str, Cell]:
    return {
        "name": row.name,
        "family": row.family,
        "title": row.title,
        "input": row.inputs,
        "params": row.params,
        "macs": row.macs,
        "field_frames": row.frames,
        "field_seconds": row.seconds,
    }
