"""Every operator has a builder, and every case of its case file comes out of PyTorch as it was worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

import torch
from torch.utils.flop_counter import FlopCounterMode

from archcalc.nn import BUILDERS
from archcalc.nn.builders import builder_of
from tests.nn.witness import BATCH, PER_MAC, count, empty, sizes
from tests.ops.test_cases import number
from tests.ops.vocabulary import CASES, VOCABULARY, bind, shape_of


def cases() -> list[Any]:
    """Cases that are no errors."""
    return [
        pytest.param(word, case, id=f"{word}: {case['name']}")
        for word in VOCABULARY
        for case in yaml.safe_load((CASES / f"{word}.yaml").read_text("utf-8"))
        if "error" not in case
    ]


def test_every_operator_has_a_builder_and_there_is_no_other():
    assert set(BUILDERS) == set(VOCABULARY)


@pytest.mark.parametrize("word", VOCABULARY)
def test_an_operator_finds_the_builder_of_its_word(word: str):
    assert builder_of(VOCABULARY[word].__new__(VOCABULARY[word])) is BUILDERS[word]


@pytest.mark.parametrize(("word", "case"), cases())
def test_case(word: str, case: dict[str, Any]):
    shapes = tuple(shape_of(each) for each in case["inputs"])
    with torch.device("meta"):
        layer = BUILDERS[word].make(bind(VOCABULARY[word], case.get("arguments", {})), shapes).eval()
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        features = BUILDERS[word].call(layer, [empty(shape) for shape in shapes])
    assert sizes(features) == sizes(empty(shape_of(case["shape"])))
    found = {
        "params": count(layer.parameters()),
        "buffers": count(layer.buffers()),
        "macs": counter.get_total_flops() // (BATCH * PER_MAC),
    }
    expected = {key: number(case[key]) for key in found if key in case}
    assert {key: found[key] for key in expected} == expected
