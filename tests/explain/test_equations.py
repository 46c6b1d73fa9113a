"""Every equation that `explain` prints is true: on all bundled networks, on random specs, and on all small windows."""

from __future__ import annotations

import os
from itertools import product

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

import archcalc
from archcalc.core.window import TransposedWindow, Window
from archcalc.explain.explanation import Explanation, Section, Step
from archcalc.explain.layer import explain
from archcalc.spec.library import bundled_networks
from archcalc.spec.load import Spec
from tests.explain.equations import equations, holds, value
from tests.measure.random_specs import loaded, specs

FIRST = int(os.environ.get("SEED", "0"))
SPECS = int(os.environ.get("SPECS", "25"))
"""How many random specs; more are for a search by hand."""


def assert_true(spec: Spec) -> int:
    """Work out every equation of every layer; return how many there are."""
    analysis, count = archcalc.analyze(spec), 0
    for layer in analysis.layers:
        for equation in equations(explain(analysis, layer.path)):
            assert holds(equation), (layer.path, equation)
            count += 1
    return count


@pytest.mark.parametrize("name", [each.name for each in bundled_networks()])
def test_bundled_networks(name: str) -> None:
    assert assert_true(archcalc.load(name))


def test_random_specs() -> None:
    counts = []

    @settings(max_examples=SPECS, deadline=None, database=None, suppress_health_check=list(HealthCheck),
              phases=[Phase.generate, Phase.shrink])  # fmt: skip
    @seed(FIRST)
    @given(specs())
    def holds_on(text: str) -> None:
        counts.append(assert_true(loaded(text)))

    holds_on()
    assert sum(counts) > 10 * len(counts)
    print(f"{sum(counts):,} equations of {len(counts):,} random specs")


def test_sizes_of_all_small_windows() -> None:
    dropped = 0
    for n, kernel, stride, before, after, dilation, ceil_mode in product(
        range(1, 8), range(1, 5), range(1, 4), range(3), range(3), range(1, 3), (False, True)
    ):
        window = Window(kernel, stride, before, after, dilation, ceil_mode)
        if window.size(n) >= 1:
            assert value(window.size_formula(n)) == window.size(n), window
            assert window.drops_last(n) == ("min(" in window.size_formula(n))
            dropped += window.drops_last(n)
    assert dropped > 100


def test_sizes_of_transposed_windows() -> None:
    sizes = product(range(1, 6), range(1, 5), range(1, 4), range(3), range(2), range(1, 3))
    for n, kernel, stride, padding, output_padding, dilation in sizes:
        window = TransposedWindow(kernel, stride, padding, output_padding, dilation)
        assert value(window.size_formula(n)) == window.size(n)


@pytest.mark.parametrize(
    ("expression", "result", "remark", "true"),
    [
        ("2 + 2", 4, "", True),
        ("2 + 2", 5, "", False),
        ("ceil((9 + 2 + 2 - 1*(4 - 1) - 1) / 4) + 1", 3, "", False),
        ("min(ceil(13 / 4), ceil(11 / 4))", 3, "", True),
        ("3/4 * 2", "3/2", "", True),
        ("1000 * 2", 2000, "", True),
        ("4 / 3", "1.333", "", True),
        ("4 / 3", "1.334", "", False),
        ("", 5, "2 + 2 = 5", False),
        ("", 5, "2 + 3 = 5", True),
    ],
)
def test_a_false_equation_is_seen(expression: str, result: int | str, remark: str, true: bool) -> None:
    printed = list(equations(Explanation("", (), (Section("size", (Step("T", expression, result, remark),)),))))
    assert [holds(each) for each in printed] == [true]
