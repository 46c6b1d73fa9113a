"""What a spec says not to report: by rule, layer and axis."""

from __future__ import annotations

import pytest

from archcalc.core.ignored_rule import IgnoredRule

SEEN = [
    ("AC101", "border", "block.conv", "T"),
    ("AC101", "border", "block.conv", None),
    ("AC101", "border", "block", "T"),
    ("AC101", "border", "block2.conv", "T"),
    ("AC102", "padding", "block.conv", "T"),
]


@pytest.mark.parametrize(
    ("ignored", "covered"),
    [
        (IgnoredRule("AC101", "", "", "why"), SEEN[:4]),
        (IgnoredRule("border", "", "", "why"), SEEN[:4]),
        (IgnoredRule("padding", "", "", "why"), SEEN[4:]),
        (IgnoredRule("border", "block", "", "why"), SEEN[:3]),
        (IgnoredRule("border", "block.conv", "", "why"), SEEN[:2]),
        (IgnoredRule("border", "block.conv", "T", "why"), SEEN[:1]),
        (IgnoredRule("border", "", "T", "why"), [SEEN[0], *SEEN[2:4]]),
        (IgnoredRule("border", "", "H", "why"), []),
        (IgnoredRule("bord", "", "", "why"), []),
    ],
)
def test_all_that_is_written_has_to_hold(ignored: IgnoredRule, covered: list[tuple[str, str, str, str | None]]) -> None:
    assert [each for each in SEEN if ignored.covers(*each)] == covered
