"""The facts about a network recorded from a module, in addition to its layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.core.field import AxisField

EXACT, OUTER, UNKNOWN = "exact", "outer", "unknown"


@dataclass(frozen=True, slots=True)
class GivenField:
    """The receptive field of a tensor as it was recorded, by network input and axis of that input.

    `grid` and `tokens` are the fields of the grid positions and of the tokens. `status` is `exact`, `outer` (a
    bound: the field is no larger) or `unknown`.
    """

    grid: Mapping[tuple[str, str], AxisField]
    tokens: Mapping[tuple[str, str], AxisField] = field(default_factory=dict)
    status: str = EXACT


@dataclass(frozen=True)
class Imported:
    """What the import of a module found.

    `fields` are the receptive fields of layers by path, `unread` the numbers of parameters that no call read by name,
    `remarks` what a reader has to know about the recording, a line each.
    """

    fields: Mapping[str, GivenField]
    unread: Mapping[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
