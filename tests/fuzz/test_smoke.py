"""A short run of the fuzzer's own changes from a fixed seed, and all that it ever found."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.mutations import Mutator, seeds
from tests.fuzz.target import examine, small_networks

FOUND = Path(__file__).with_name("found")
SPECS = 400


@pytest.fixture(autouse=True)
def _small() -> Iterator[None]:
    with small_networks():
        yield


def test_changed_specs_are_analyzed_or_refused(tmp_path: Path) -> None:
    chance = random.Random(20)
    originals, outcomes = seeds(FOUND), Counter[str]()
    for _ in range(SPECS):
        outcomes[examine(tmp_path / "spec.yaml", Mutator(chance).change(chance.choice(originals)))] += 1
    assert min(outcomes["problems"], outcomes["analysis"]) > SPECS // 20


@pytest.mark.parametrize("case", sorted(FOUND.glob("*.yaml")), ids=lambda case: case.stem)
def test_what_was_found_once(tmp_path: Path, case: Path) -> None:
    assert examine(tmp_path / "spec.yaml", case.read_bytes()) in ("problems", "analysis", "usage")
