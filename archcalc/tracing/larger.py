"""A module recorded again on larger inputs, in whose middle nothing is clipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.tracing.growth import Growth, growth
from archcalc.tracing.names import Names

if TYPE_CHECKING:
    from archcalc.core.program import Program
    from archcalc.tracing.record import Recording

Again = Callable[[Mapping[str, tuple[int, ...]]], "Recording | None"]
"""Records the module on inputs of other sizes, as long as it does the same; None where it does not take them."""

SPATIAL = frozenset("DHW")
ENOUGH = 0.9
LEAST, CHEAP = 0.25, 20_000_000
"""A recording with a smaller share of the calls shows little, and is kept only if it has few elements."""


@dataclass(frozen=True)
class Larger:
    """A recording on enlarged inputs, of which the first `calls` calls are those of the one at the given sizes."""

    recording: Recording
    names: Names
    calls: int


def enlarged(program: Program, names: Names, letters: Mapping[str, str], again: Again) -> tuple[Larger, ...]:
    """Record the module on inputs so large that nothing is clipped in their middle; nothing where it takes no other.

    A module that does something else on a longer clip may do the same on larger frames, or the other way round: these
    are tried where less than `ENOUGH` of the calls are the same.
    """
    found: list[Larger] = []
    for grown in _growths(growth(program, names, letters)):
        sizes = {
            name: grown.sizes(name, program.value(number).sizes, letters[name])
            for name, number in program.inputs.items()
        }
        recording = again(sizes)
        if recording is not None and recording.program.calls:
            calls = len(recording.program.calls)
            if calls >= LEAST * len(program.calls) or _elements(recording.program) <= CHEAP:
                found.append(Larger(recording, Names(recording.program, letters), calls))
            if calls >= ENOUGH * len(program.calls):
                break
    return tuple(found)


def _elements(program: Program) -> int:
    return sum(program.value(number).elements for call in program.calls for number in call.outputs)


def _growths(whole: Growth) -> Iterator[Growth]:
    """All axes; then space alone, and time alone, where there are both."""
    yield whole
    axes = {axis for _, axis in whole.by}
    if axes & SPATIAL and axes - SPATIAL:
        yield Growth({key: size for key, size in whole.by.items() if key[1] in SPATIAL})
        yield Growth({key: size for key, size in whole.by.items() if key[1] not in SPATIAL})
