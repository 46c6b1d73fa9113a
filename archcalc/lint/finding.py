"""Rules, what they observe, and findings: observations with the rule and the place in the spec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.frozen import FrozenDict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from archcalc.core.problem import Location
    from archcalc.lint.network import Network

Figure = int | float | str | None


class Observation(NamedTuple):
    """What a rule says of one layer or network input, on one axis or, where `axis` is None, on all together."""

    path: str
    axis: str | None
    message: str
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Rule:
    """A design check.

    `code` and `name` identify it. `title` says in a few words what it looks for, `explanation` why that matters,
    `advice` what people do about it, and `source` where it comes from. `check` yields what it finds.
    """

    code: str
    name: str
    title: str
    explanation: str
    advice: str
    source: str
    check: Callable[[Network], Iterable[Observation]]


@dataclass(frozen=True, slots=True)
class Finding:
    """An observation with its rule, and the place of the layer in the spec, None for a network input or a module."""

    code: str
    rule: str
    path: str
    axis: str | None
    message: str
    figures: Mapping[str, Figure]
    location: Location | None


def finding(rule: Rule, seen: Observation, location: Location | None) -> Finding:
    """Return an observation of a rule as a finding."""
    return Finding(rule.code, rule.name, seen.path, seen.axis, seen.message, FrozenDict(seen.figures), location)
