"""The facts about a network recorded from a module, in addition to its layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.core.field import AxisField
    from archcalc.core.reached import ReachedAxis
    from archcalc.core.storages import StorageLife

EXACT, OUTER, UNKNOWN = "exact", "outer", "unknown"


@dataclass(frozen=True, slots=True)
class GivenField:
    """The receptive field of a tensor as it was recorded, by network input and axis of that input.

    `grid` and `tokens` are the fields of the grid positions and of the tokens. `status` is `exact`, `outer` (a
    bound: the field is no larger) or `unknown`. `full_status` is the same of the field on an unbounded input, which is
    `unknown` where nothing but what is really read at the given size is known.
    """

    grid: Mapping[tuple[str, str], AxisField]
    tokens: Mapping[tuple[str, str], AxisField] = field(default_factory=dict)
    status: str = EXACT
    full_status: str = EXACT


@dataclass(frozen=True, slots=True)
class GivenReach:
    """Which positions of a tensor depend on chosen positions of an earlier one, by that tensor and its axes."""

    grid: Mapping[tuple[str, str], ReachedAxis]
    tokens: Mapping[tuple[str, str], ReachedAxis]
    status: str = EXACT


class RecordedQueries(Protocol):
    """Answers about two tensors of a recorded network, by carrying receptive fields from one of them again."""

    def field_in(self, of: str, path: str) -> GivenField:
        """Return the receptive field of the layer `path` in the output of an earlier layer."""

    def reached(self, source: str, at: Mapping[str, int], paths: Iterable[str]) -> dict[str, GivenReach]:
        """Return which positions of some layers depend on positions `at` of a layer or network input."""


ONE_RUN = "recorded from one run: the control flow is that for these inputs"


@dataclass(frozen=True)
class Imported:
    """What the import of a module found.

    `fields` are the receptive fields of layers by path, `unread` the numbers of parameters that no call read by name,
    `remarks` what a reader has to know about the recording, a line each. `storages` are those of the run. `queries`
    answers questions about two tensors.
    """

    fields: Mapping[str, GivenField]
    unread: Mapping[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    storages: tuple[StorageLife, ...] = ()
    queries: RecordedQueries | None = field(default=None, compare=False, repr=False)
