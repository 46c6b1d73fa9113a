"""What is known of a recorded network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from archcalc.analysis.queries import queries_of
from archcalc.core.imported import GivenField, GivenReach, Imported
from archcalc.core.problem import UsageError


class NoQueries:
    """Answers nothing."""

    def field_in(self, of: str, path: str) -> GivenField:
        raise NotImplementedError

    def reached(self, source: str, at: Mapping[str, int], paths: Iterable[str]) -> dict[str, GivenReach]:
        raise NotImplementedError


def test_what_answers_queries_makes_no_difference() -> None:
    one, other = (Imported({"conv": GivenField({})}, {"unused": 3}, queries=each) for each in (None, NoQueries()))
    assert one == other
    assert repr(one) == repr(other)
    assert one != Imported({"conv": GivenField({})}, {"unused": 4})


def test_numbers_alone_answer_no_queries() -> None:
    known = NoQueries()
    assert queries_of(Imported({}, queries=known)) is known
    with pytest.raises(UsageError, match="only the numbers of this module were kept; record it again"):
        queries_of(Imported({}))


def test_a_field_is_exact_unless_it_is_said_to_be_a_bound() -> None:
    assert (GivenField({}).status, GivenField({}).full_status, GivenReach({}, {}).status) == ("exact",) * 3
