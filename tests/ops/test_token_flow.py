"""What tokens and grid have to do with each other, for the operators where they do not just pass each other by."""

from __future__ import annotations

from archcalc.core.reads import TOKENS_PASS_BY, TokenFlow
from archcalc.core.shape import Shape
from archcalc.ops import OPS
from tests.ops.vocabulary import bind

GRID = Shape.of({"C": 8, "T": 4, "H": 2}, tokens=1)
HEADS = Shape.of({"C": 4, "T": 4, "H": 2}, tokens=1, heads=2)
MIXED = TokenFlow(kept=True, to_grid=True, from_grid=True)


def test_a_selected_class_token_reads_no_grid():
    assert bind(OPS["select"], {"tokens": "class"}).token_flow(0, (GRID,)) == TokenFlow(
        kept=False, to_grid=True, grid=False
    )


def test_other_selections_let_tokens_by():
    assert bind(OPS["select"], {"tokens": "grid"}).token_flow(0, (GRID,)) == TOKENS_PASS_BY
    assert bind(OPS["select"], {"axis": "T"}).token_flow(0, (GRID,)) == TOKENS_PASS_BY


def test_nothing_comes_from_a_tensor_read_for_its_sizes():
    like = bind(OPS["interpolate"], {"like": "other"})
    assert like.token_flow(0, (GRID, GRID)) == TOKENS_PASS_BY
    assert like.token_flow(1, (GRID, GRID)) == TokenFlow(kept=False, grid=False)


def test_attention_mixes_tokens_and_grid():
    attend = bind(OPS["attention"], {"over": ["T", "H"], "heads": 2})
    copy = bind(OPS["attention"], {"over": ["H"], "heads": 2, "class_token": "copy"})
    assert attend.token_flow(0, (GRID,)) == MIXED
    assert copy.token_flow(0, (GRID,)) == MIXED


def test_pooled_queries_read_themselves_and_keys_and_values_are_read_by_all():
    attend = bind(OPS["attention"], {"over": ["T", "H"], "heads": 2})
    assert [attend.token_flow(input_index, (HEADS, HEADS, HEADS)) for input_index in range(3)] == [
        TOKENS_PASS_BY,
        MIXED,
        MIXED,
    ]
