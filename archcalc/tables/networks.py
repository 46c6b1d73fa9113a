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
    from archcalc.spec.metadata import Metadata

GROUPS = {
    "video": (
        "basics",
        "ways to fuse time",
        "3-D networks",
        "factorized and mixed",
        "several paths",
        "sequences and attention",
        "forecasting and pose",
    ),
    "image": ("2-D backbones", "2-D transformers"),
    "detection and segmentation": ("detection and segmentation",),
    "volume": ("volumes",),
    "audio": ("audio and sequences",),
    "text": ("text",),
}
"""What the networks take, and their families in the order of the list. Its family, a spec says under `family`."""
FAMILIES = tuple(family for families in GROUPS.values() for family in families)
OTHERS = "others"
CLASSIFICATION = "classification"
"""The task of a network whose spec names none."""


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """One network of the list; sizes where they were asked for, a problem where they could not be had."""

    name: str
    family: str
    title: str
    task: str = CLASSIFICATION
    also: tuple[str, ...] = ()
    source: str = ""
    inputs: str = ""
    params: int | None = None
    macs: int | None = None
    frames: int | None = None
    seconds: float | None = None
    problem: str = ""

    @property
    def group(self) -> str:
        """Return what the network takes: video, image, volume, ..."""
        return next((group for group, families in GROUPS.items() if self.family in families), OTHERS)

    @property
    def heading(self) -> str:
        """Return the heading under which a terminal shows the network."""
        return self.family if len(GROUPS.get(self.group, ())) < 2 else f"{self.group}: {self.family}"


def network_rows(networks: Iterable[Bundled]) -> list[NetworkRow]:
    """A row for each network, family by family."""
    rows = [_row(each.name, read_metadata(each.path)) for each in networks]
    return by_family(rows)


def by_family(rows: Iterable[NetworkRow]) -> list[NetworkRow]:
    """Return rows in the order of the list."""
    return sorted(rows, key=lambda row: (_place(row.family), row.family, row.name))


def _row(name: str, said: Metadata) -> NetworkRow:
    return NetworkRow(
        name, said.family or OTHERS, said.title, said.task or CLASSIFICATION, said.other_names, said.source
    )


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
GROUP = Column("group", "group", TEXT)
FAMILY = Column("family", "family", TEXT)
TASK = Column("task", "task", TEXT)
TITLE = Column("title", "title", TEXT)
ALSO = Column("also", "other names", TEXT)
SOURCE = Column("source", "source", TEXT)
SIZES = (
    Column("input", "input", TEXT),
    Column("params", "params", SHORT_COUNT),
    Column("macs", "MACs", SHORT_COUNT),
    Column("field_frames", "frames", COUNT),
    Column("field_seconds", "seconds", SECONDS),
)


def networks_table(
    rows: Sequence[NetworkRow], *, sizes: bool, titles: bool, grouped: bool, sources: bool = False
) -> Table:
    """The list as a table: by family under headings, for people, or with all that is known in columns, for programs."""
    columns = (
        NETWORK,
        *(() if grouped else (GROUP, FAMILY, TASK)),
        *(SIZES if sizes else ()),
        *((TITLE,) if titles else ()),
        *(() if grouped else (ALSO,)),
        *((SOURCE,) if sources or not grouped else ()),
    )
    sections = tuple((at, row.heading) for at, row in enumerate(rows) if at == 0 or rows[at - 1].family != row.family)
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
        "group": row.group,
        "family": row.family,
        "task": row.task,
        "title": row.title,
        "also": ", ".join(row.also),
        "source": row.source,
        "input": row.inputs,
        "params": row.params,
        "macs": row.macs,
        "field_frames": row.frames,
        "field_seconds": row.seconds,
    }
