"""Which stored tensor of one network is which of another: the one used alike, at the same place of the data flow.

Names play no part. A call's place is what it calls, with tensors of which shapes, fed by calls at which places, and
feeding calls at which places; calls that are alike even so are taken in the order in which they run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.originals.calls import Call

UNUSED = ("num_batches_tracked", "relative_position_index", "relative_position.index")
"""How the names end of what a forward in inference does not read, or what is no weight."""


class MismatchError(AssertionError):
    """Two networks whose calls do not correspond."""


@dataclass(frozen=True)
class Place:
    """What a call is and what lies before or after it; `around` are the numbers of the places there."""

    function: str
    shapes: tuple[tuple[int, ...], ...]
    around: frozenset[int]


class Places:
    """A number for every place, the same one for equal places of several networks."""

    def __init__(self) -> None:
        self.numbers: dict[object, int] = {}

    def number(self, place: object) -> int:
        """The number of a place."""
        return self.numbers.setdefault(place, len(self.numbers))

    def before(self, calls: Sequence[Call]) -> list[int]:
        """The place of every call as far as what feeds it goes."""
        before: list[int] = []
        for call in calls:
            before.append(self.along(call, (before[source] for source in call.sources)))
        return before

    def around(self, calls: Sequence[Call]) -> list[int]:
        """The place of every call, from both sides."""
        before, after = self.before(calls), dict[int, int]()
        for at in reversed(range(len(calls))):
            readers = (after[reader] for reader in range(at + 1, len(calls)) if at in calls[reader].sources)
            after[at] = self.along(calls[at], readers)
        return [self.number((before[at], after[at])) for at in range(len(calls))]

    def along(self, call: Call, around: Iterable[int]) -> int:
        """The place as seen from one side."""
        return self.number(Place(call.function, call.shapes, frozenset(around)))


def matched(ours: Sequence[Call], theirs: Sequence[Call]) -> dict[str, str]:
    """For the name of every stored tensor of ours the name of theirs.

    Raises:
        MismatchError: a call of one has no counterpart in the other, or a tensor would get two.
    """
    places = Places()
    # This side first: the call that an error names is then the first that differs, not the stem that leads to it.
    pairs(grouped(ours, places.before(ours)), grouped(theirs, places.before(theirs)))
    found: dict[str, str] = {}
    for our_call, their_call in pairs(grouped(ours, places.around(ours)), grouped(theirs, places.around(theirs))):
        for our_name, their_name in zip(our_call.stored, their_call.stored, strict=True):
            if found.setdefault(our_name, their_name) != their_name:
                raise MismatchError(f"{our_name} is {found[our_name]} and {their_name}")
    if len(set(found.values())) != len(found):
        raise MismatchError("two tensors of ours are one of theirs")
    return found


def grouped(calls: Sequence[Call], places: Sequence[int]) -> dict[int, list[Call]]:
    """The calls at every place, in the order in which they run."""
    groups: dict[int, list[Call]] = {}
    for place, call in zip(places, calls, strict=True):
        groups.setdefault(place, []).append(call)
    return groups


def pairs(ours: dict[int, list[Call]], theirs: dict[int, list[Call]]) -> list[tuple[Call, Call]]:
    """Calls at equal places, side by side."""
    for place in (*ours, *theirs):
        here = {"ours": ours.get(place, []), "theirs": theirs.get(place, [])}
        if len(here["ours"]) != len(here["theirs"]):
            found = "; ".join(described(whose, calls) for whose, calls in here.items() if calls)
            raise MismatchError(f"no counterpart: {found}")
    return [pair for place, calls in ours.items() for pair in zip(calls, theirs[place], strict=True)]


def described(whose: str, calls: Sequence[Call]) -> str:
    """Calls, for a message."""
    each = [f"{call.function} with {' '.join(call.stored)} {call.shapes}" for call in calls]
    return f"{whose} {', '.join(each)}"


def require_all(names: Iterable[str], matched_names: Iterable[str]) -> None:
    """Every stored tensor is matched, but for those that are not read.

    Raises:
        MismatchError: some are left over.
    """
    left = sorted(name for name in {*names} - {*matched_names} if not name.endswith(UNUSED))
    if left:
        raise MismatchError(f"read by no call: {', '.join(left)}")
