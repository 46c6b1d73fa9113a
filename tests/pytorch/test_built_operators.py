"""Every operator has its line of PyTorch, and every case of its case file comes out as it was worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

import torch
from torch.utils.flop_counter import FlopCounterMode

from archcalc.pytorch.evaluate import built_layer
from archcalc.pytorch.operators import table
from tests.ops.test_cases import number
from tests.ops.vocabulary import CASES, VOCABULARY, bind, shape_of
from tests.pytorch.agreement import BATCH, PER_MAC, count, empty, sizes


def cases() -> list[Any]:
    """Cases that are no errors."""
    return [
        pytest.param(word, case, id=f"{word}: {case['name']}")
        for word in VOCABULARY
        for case in yaml.safe_load((CASES / f"{word}.yaml").read_text("utf-8"))
        if "error" not in case
    ]


def test_every_operator_is_described_and_there_is_no_other():
    odd = set(table.OPERATORS) ^ set(VOCABULARY)
    assert not odd, f"in one of OPS and OPERATORS only: {', '.join(sorted(odd))}"


@pytest.mark.parametrize(("word", "case"), cases())
def test_case(word: str, case: dict[str, Any]):
    shapes = tuple(shape_of(each) for each in case["inputs"])
    operator = bind(VOCABULARY[word], case.get("arguments", {}))
    with torch.device("meta"):
        module, run = built_layer(operator, shapes)
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        value = run(module.eval(), [empty(shape) for shape in shapes])
    assert sizes(value) == sizes(empty(shape_of(case["shape"])))
    found = {
        "params": count(module.parameters()),
        "buffers": count(module.buffers()),
        "macs": counter.get_total_flops() // (BATCH * PER_MAC),
    }
    expected = {key: number(case[key]) for key in found if key in case}
    assert {key: found[key] for key in expected} == expected
    stored = operator.parameters(shapes)
    for dtype in (torch.float32, torch.bfloat16):  # positions and counters stay int64
        held = sum(each.nbytes for each in module.to(dtype).buffers())
        assert stored.typed_buffers * dtype.itemsize + stored.integer_bytes == held
