"""Every rule on small networks whose findings are worked out by hand, and networks where it finds nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import archcalc
from archcalc.lint.finding import Finding
from archcalc.lint.rules import RULES
from tests.conftest import Load

CASES = yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def findings(load: Load) -> Callable[[dict[str, Any]], tuple[Finding, ...]]:
    """Finds everything in the network of a case."""

    def found(case: dict[str, Any]) -> tuple[Finding, ...]:
        document = {"archcalc": 1, "name": "case", "inputs": case["inputs"], "layers": case["layers"]}
        return archcalc.analyze(load(yaml.safe_dump(document, sort_keys=False))).lint()

    return found


def worked_out(value: Any) -> Any:
    """A figure as written, products and fractions evaluated."""
    arithmetic = isinstance(value, str) and not value.isdigit() and set(value) <= set("0123456789 .+-*/")
    return eval(value) if arithmetic else value  # a case of the file beside this one


@pytest.mark.parametrize("case", CASES, ids=[each["name"] for each in CASES])
def test_findings_are_those_worked_out_by_hand(
    findings: Callable[[dict[str, Any]], tuple[Finding, ...]], case: dict[str, Any]
) -> None:
    everything = findings(case)
    for rule, expected in {**case.get("found", {}), **{name: [] for name in case.get("none", ())}}.items():
        found = [each for each in everything if each.rule == rule]
        assert [(each.path, each.axis) for each in found] == [(path, axis) for path, axis, _ in expected], rule
        for each, (_, _, figures) in zip(found, expected, strict=True):
            assert {key: each.figures[key] for key in figures} == pytest.approx(
                {key: worked_out(value) for key, value in figures.items()}
            )


def test_every_rule_is_seen_to_find_something_and_nothing() -> None:
    found = {rule for case in CASES for rule in case.get("found", {})}
    silent = {rule for case in CASES for rule in case.get("none", ())}
    assert found == silent == {each.name for each in RULES.values()}


def test_findings_say_where_the_layer_is_written(load: Load) -> None:
    text = (
        "archcalc: 1\nname: a\ninputs: {clip: {C: 3, T: 2, H: 8, W: 8}}\nlayers:\n"
        "  - conv3d: {out: 8, kernel: 3, padding: 1}\n"
    )
    found = archcalc.analyze(load(text)).lint(select=["padding"])
    assert [(each.path, each.location and each.location.line) for each in found] == [
        ("conv3d", 5), ("conv3d", 5), ("clip", None)
    ]  # fmt: skip
