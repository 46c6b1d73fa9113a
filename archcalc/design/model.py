"""The typed model of a search file or a sweep file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.analysis.analyze import Settings
    from archcalc.analysis.latency_fit import LatencyFit
    from archcalc.core.problem import Location
    from archcalc.spec.inputs import InputOverride
    from archcalc.spec.model import Document
    from archcalc.spec.text import Scalar

SEARCH, SWEEP = "search", "sweep"
MACS, PARAMS, FIELD, LATENCY = "macs", "params", "field", "latency"
POSITIONS, SECONDS, MM = "positions", "seconds", "mm"
UNITS = (POSITIONS, SECONDS, MM)
VIEWS = ("full", "window", "clipped")


class Dimension(NamedTuple):
    """What a search varies: a parameter, an axis of an input (`clip.T`), or something that `derive` reads.

    `values` can be counted and indexed, and may be many. A dimension whose `when` is false is tried with its first
    value alone. `continuous` is a range without a step, which can only be drawn from; `logarithmic` says how it is.
    """

    name: str
    values: Sequence[object]
    location: Location
    when: Scalar | None = None
    logarithmic: bool = False
    continuous: tuple[float, float] | None = None


class Measure(NamedTuple):
    """Something that designs are measured by.

    `key` is a quantity, `field`, `latency`, or a parameter. `label` names it in results. A field is that of a `layer`
    (None for the last before the global pool) in an `input` (None for the first that reaches the layer); `axis` is None
    for all axes together. `device` is that of a latency.
    """

    label: str
    key: str
    location: Location
    layer: str | None = None
    view: str = "full"
    unit: str = POSITIONS
    axis: str | None = None
    input: str | None = None
    device: str = ""

    @property
    def is_field(self) -> bool:
        """Whether it is a receptive field."""
        return self.key == FIELD


Limit = float | dict[str, float] | None
"""A number, or a number for each axis of a field."""


class Requirement(NamedTuple):
    """Ends between which a measure has to lie; a formula is evaluated for each design."""

    measure: Measure
    at_least: Limit | Scalar
    at_most: Limit | Scalar


class Goal(NamedTuple):
    """A measure that should be as small, or as large, as possible."""

    measure: Measure
    largest: bool


@dataclass(frozen=True)
class SearchFile:
    """A search or a sweep, read and checked, with the spec whose designs it varies.

    `spec` is its name as the file says it, `path` the same from the working directory. `texts` are all texts on which
    the answers depend; `fits` has the fit of latency for each device.
    """

    kind: str
    name: str
    title: str
    spec: str
    path: str
    document: Document
    settings: Settings
    fixed: dict[str, object]
    inputs: dict[str, InputOverride]
    space: tuple[Dimension, ...]
    derive: tuple[tuple[str, Scalar], ...]
    where: tuple[Scalar, ...]
    location: Location
    requirements: tuple[Requirement, ...] = ()
    goals: tuple[Goal, ...] = ()
    by: str | None = None
    rows: str | None = None
    columns: str | None = None
    show: tuple[Measure, ...] = ()
    texts: tuple[str, ...] = field(default=(), repr=False)
    fits: Mapping[str, LatencyFit] = field(default_factory=dict, repr=False)

    @property
    def combinations(self) -> int:
        """Return the number of combinations of values, before any is left out."""
        count = 1
        for each in self.space:
            count *= len(each.values)
        return count

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Return what designs are measured by, each once: goals, requirements, what is shown."""
        asked = (
            *(each.measure for each in self.goals),
            *(each.measure for each in self.requirements),
            *self.show,
        )
        by_label = {each.label: each for each in reversed(asked)}
        return tuple(by_label[label] for label in dict.fromkeys(each.label for each in asked))
