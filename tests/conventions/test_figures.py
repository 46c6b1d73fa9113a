"""Conventions of other tools compared with figures of the tools, which `make conventions` writes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import archcalc
from archcalc.analysis.by_convention import counted_by
from archcalc.analysis.conventions import CONVENTIONS
from archcalc.graph import NetworkGraph, TypedOperator
from archcalc.spec.library import bundled_networks
from tests.conventions.layers import Counts, of_graph, operator_cases, ours

FIGURES = Path(__file__).parent / "figures"
TOOLS = ("ptflops", "thop", "ultralytics")
ONE_BIAS = {  # layers with one bias per gate, which ptflops cannot count: it looks for the second
    "rnn: one bias, both directions added",
    "lstm: one bias per gate, as Keras",
    "gru: one bias per gate, as Keras before the reset",
}


def read(tool: str) -> dict[str, Any]:
    """The figures of one tool."""
    found: dict[str, Any] = json.loads((FIGURES / f"{tool}.json").read_text("utf-8"))
    return found


def theirs(figure: dict[str, Any]) -> Counts:
    return Counts(figure["cost"], figure["params"])


def loaded(name: str, figure: dict[str, Any]) -> NetworkGraph:
    """The network on the input that the tool had."""
    return _loaded(name, tuple(f"{key}={size}" for key, size in figure["inputs"].items()))


@cache
def _loaded(name: str, inputs: tuple[str, ...]) -> NetworkGraph:
    return archcalc.load(name, inputs=list(inputs)).graph


@cache
def cases() -> dict[str, TypedOperator]:
    return dict(operator_cases())


@pytest.mark.parametrize("tool", TOOLS)
def test_networks(tool: str) -> None:
    figures = read(tool)["networks"]
    assert set(figures) <= {each.name for each in bundled_networks()}
    assert len(figures) >= 117
    again = tool == "thop"  # it adds up the weights of modules, a tied one's too
    found = {name: ours(tool, of_graph(loaded(name, figure), again=again)).counts for name, figure in figures.items()}
    assert found == {name: theirs(figure) for name, figure in figures.items()}


def test_tied_weights_are_counted_again_by_thop_alone() -> None:
    analysis = archcalc.analyze(archcalc.load("gpt2"))
    found = {tool: counted_by(analysis, CONVENTIONS[tool]) for tool in TOOLS}
    tied = 50257 * 768
    assert found["ultralytics"].params == found["ptflops"].params == 124_439_808
    assert found["thop"].params == read("thop")["networks"]["gpt2"]["params"] == 85_056_000 + tied


@pytest.mark.parametrize("tool", TOOLS)
def test_operators(tool: str) -> None:
    figures = read(tool)["operators"]
    typed = {name: each for name, each in cases().items() if name in figures}
    assert len(typed) > 300
    failed = {name for name in typed if "failed" in figures[name]}
    assert failed == (ONE_BIAS if tool == "ptflops" else set())
    found = {name: ours(tool, [(each, True)]).counts for name, each in typed.items() if name not in failed}
    assert found == {name: theirs(figures[name]) for name in found}


@pytest.mark.parametrize("tool", TOOLS)
def test_version_is_the_one_of_the_convention(tool: str) -> None:
    package, _, version = read(tool)["package"].partition("==")
    assert f"{package} {version}" in CONVENTIONS[tool].tool


@pytest.mark.parametrize("tool", TOOLS)
def test_another_rule_is_noticed(tool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures differ as soon as a tool has no rule for batch norms."""
    convention, figure = CONVENTIONS[tool], read(tool)["networks"]["r3d_18"]
    rules = {word: rule for word, rule in convention.rules.items() if word != "batch_norm"}
    fewer = type(convention)(
        convention.name, convention.unit, convention.meaning, factor=convention.factor, rules=rules
    )
    monkeypatch.setattr("tests.conventions.layers.CONVENTIONS", {tool: fewer})
    assert ours(tool, of_graph(loaded("r3d_18", figure))).counts != theirs(figure)
