"""Designs that evolution chooses: how near they come to a known front, and that nothing but the seed decides."""

from __future__ import annotations

import json
import random
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import archcalc
from archcalc.cli.main import main
from tests.design.test_search import FAMILY, SEARCH

CHAIN = """archcalc: 1
name: chain
parameters: {k1: 3, k2: 3, k3: 3, d1: 1, d2: 1, d3: 1, ks: 3, stem: 3, width: 16}
inputs: {clip: {C: 3, T: 16, H: 112, W: 112}}
blocks:
  space_halved:
    parameters: {out: required, kt: 1, ks: required, stride: 2}
    layers:
      - conv3d: {out: $out, kernel: [$kt, $ks, $ks], stride: [1, $stride, $stride],
                 padding: [$(kt // 2), $(ks // 2), $(ks // 2)], bias: false}
layers:
  - space_halved: {out: $width, ks: $stem}
  - repeat:
      each: {kt: [$k1, $k2, $k3], depth: [$d1, $d2, $d3], out: [$width, $(2 * width), $(4 * width)]}
      layers:
        - space_halved: {out: $out, kt: $kt, ks: $ks}
        - repeat: {times: $(depth - 1), layers: [{space_halved: {out: $out, kt: $kt, ks: $ks, stride: 1}}]}
  - global_avg_pool
  - flatten
  - linear: {out: 5}
"""
QUESTION = """archcalc: 1
search: long_chain
spec: ./chain.yaml
space:
  k1: [1, 3, 5]
  k2: [1, 3, 5]
  k3: [1, 3, 5]
  d1: {from: 1, to: 4}
  d2: {from: 1, to: 4}
  d3: {from: 1, to: 4}
  ks: [3, 5, 7]
  stem: [3, 5, 7]
  width: {from: 16, to: 72, step: 8}
require:
  field: {axis: H, at_least: 100}
minimise: macs
maximise: {quantity: field, axis: T}
"""
FRAMES = "receptive_field_full_positions_T"
VALUES = (
    (1, 3, 5),
    (1, 3, 5),
    (1, 3, 5),
    range(1, 5),
    range(1, 5),
    range(1, 5),
    (3, 5, 7),
    (3, 5, 7),
    range(16, 73, 8),
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("family", FAMILY), ("cheap", SEARCH), ("chain", CHAIN), ("question", QUESTION)):
        (tmp_path / f"{name}.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def pymoo() -> None:
    pytest.importorskip("pymoo", reason="the extra search is not installed")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["search", *arguments, "--format", "json"])


def answer(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def worked_out(k1: int, k2: int, k3: int, d1: int, d2: int, d3: int, ks: int, stem: int, width: int) -> tuple[int, ...]:
    """Multiply-accumulates, frames and rows that a chain sees, from its arithmetic alone."""
    macs, side, channels = 3 * stem**2 * width * 16 * 56**2, 56, width
    frames, rows, step = 1, stem, 2
    for stage, (kt, depth) in enumerate(((k1, d1), (k2, d2), (k3, d3))):
        side, out = side // 2, width * 2**stage
        macs += (channels + (depth - 1) * out) * out * kt * ks**2 * 16 * side**2
        frames += depth * (kt - 1)
        rows += (ks - 1) * (step + (depth - 1) * 2 * step)
        step, channels = 2 * step, out
    return macs + channels * 5, frames, rows


Point = tuple[int, int]


def front_of(points: set[Point]) -> list[Point]:
    """The points with fewer multiply-accumulates than all that see as many frames."""
    found: list[Point] = []
    for macs, frames in sorted(points, key=lambda each: (each[0], -each[1])):
        if not found or frames > found[-1][1]:
            found.append((macs, frames))
    return found


def hypervolume(front: list[Point], exact: list[Point]) -> float:
    """The area that a front dominates, up to a tenth beyond the ends of the exact one."""
    (low, least), (high, most) = exact[0], exact[-1]
    end, floor = high + 0.1 * (high - low), least - 0.1 * (most - least)
    nexts = [macs for macs, _ in front[1:]] + [end]
    return sum((after - macs) * (frames - floor) for (macs, frames), after in zip(front, nexts, strict=True))


@pytest.mark.usefixtures("pymoo")
def test_a_thousand_of_124416_designs_give_the_front() -> None:
    figures = [worked_out(*each) for each in product(*VALUES)]
    assert len(figures) == 124_416
    exact = front_of({(macs, frames) for macs, frames, rows in figures if rows >= 100})
    for seed in ("0", "1"):
        found = json.loads(answer("question.yaml", "--evaluations", "1000", "--seed", seed))
        assert (found["designs"], found["exhaustive"]) == (1000, False)
        for each in found["front"]:
            macs, frames, _ = worked_out(*each["set"].values())
            assert (each["quantities"]["macs"], each["quantities"][FRAMES]) == (macs, frames)
        points = front_of({(each["quantities"]["macs"], each["quantities"][FRAMES]) for each in found["front"]})
        assert hypervolume(points, exact) >= 0.999 * hypervolume(exact, exact)


@pytest.mark.usefixtures("pymoo")
def test_nothing_but_the_seed_decides() -> None:
    asked = ("cheap.yaml", "--evaluations", "90", "--seed", "3")
    alone = answer(*asked)
    assert json.loads(alone)["designs"] == 90
    assert answer(*asked, "--workers", "2", "--plot", "p.svg") == alone
    assert answer(*asked, "--journal", "j") == alone
    whole = Path("j").read_bytes()
    for end in random.Random(5).sample(range(len(whole)), 4):
        Path("j").write_bytes(whole[:end])
        assert answer(*asked, "--journal", "j") == alone
        assert Path("j").read_bytes() == whole
    assert answer("cheap.yaml", "--evaluations", "90", "--seed", "4") != alone
    assert (
        "journal of another search" in run("cheap.yaml", "--evaluations", "91", "--seed", "3", "--journal", "j").output
    )


@pytest.mark.usefixtures("pymoo")
def test_every_design_is_chosen_once_and_makes_sense() -> None:
    found = archcalc.search("cheap.yaml", evaluations=120)
    sets: list[tuple[Any, ...]] = [tuple(each.design.values.values()) for each in found.tried]
    assert len(set(sets)) == len(sets) == 120
    for kind, depth, width, frames in sets:
        assert kind in ("plain", "wide")
        assert depth * width < 150
        assert width == 2 or depth > 1
        assert frames > 3 or depth > 2


@pytest.mark.usefixtures("pymoo")
def test_spaces_without_an_end() -> None:
    Path("huge.yaml").write_text(
        "archcalc: 1\nsearch: huge\nspec: ./family.yaml\nspace:\n  width: {from: 1, to: 1000000000000, spread: log}\n"
        "  scale: {from: 0.001, to: 1000.0, spread: log}\nderive: {depth: $(1 if scale < 1 else 2)}\n"
        "require: {macs: {at_least: 10 M}}\nminimise: macs\n"
    )
    found = json.loads(answer("huge.yaml", "--evaluations", "200"))
    assert found["designs"] == 200
    assert 10_000_000 <= found["best"]["quantities"]["macs"] < 1_000_000_000
    Path("never.yaml").write_text(Path("huge.yaml").read_text() + "where: $(width < 0)\n")
    refused = run("never.yaml", "--evaluations", "200")
    assert refused.exit_code == 1
    assert "no design is left" in refused.output


def test_all_designs_where_there_are_no_more() -> None:
    every = answer("cheap.yaml")
    designs = json.loads(every)["designs"]
    assert answer("cheap.yaml", "--evaluations", str(designs)) == every


def test_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = run("cheap.yaml", "--evaluations", "9", "--draw", "9")
    assert refused.exit_code == 2
    assert "--draw and --evaluations both choose designs" in refused.output
    monkeypatch.setitem(sys.modules, "pymoo", None)
    missing = run("cheap.yaml", "--evaluations", "9", "--journal", "j")
    assert missing.exit_code == 1
    assert "--evaluations needs pymoo: python -m pip install 'pymoo" in missing.output
    assert not Path("j").exists()
