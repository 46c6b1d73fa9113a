"""Shapes, counts and recorded calls by value."""

from __future__ import annotations

import pytest

from archcalc.core.program import Call, Program, Ref, Value, refs
from archcalc.core.shape import OtherShape, Shape, depth_axis
from archcalc.core.terms import Parameters, Term, term, total

CLIP = Shape.of({"W": 7, "H": 5, "T": 3, "C": 2})


def test_a_shape_counts_its_numbers() -> None:
    assert CLIP.items == (("C", 2), ("T", 3), ("H", 5), ("W", 7))
    assert (CLIP.axes, CLIP.grid, CLIP.channels) == (("C", "T", "H", "W"), ("T", "H", "W"), 2)
    assert CLIP.sizes == {"C": 2, "T": 3, "H": 5, "W": 7}
    assert (CLIP.cells, CLIP.positions, CLIP.elements) == (3 * 5 * 7, 3 * 5 * 7, 2 * 3 * 5 * 7)
    heads = Shape(CLIP.items, tokens=4, heads=6)
    assert (heads.cells, heads.positions) == (3 * 5 * 7, 6 * (3 * 5 * 7 + 4))
    assert heads.elements == 2 * 6 * (3 * 5 * 7 + 4)
    assert [str(each) for each in (CLIP, heads, Shape(CLIP.items, 1))] == ["2x3x5x7", "6*2x3x5x7+4", "2x3x5x7+1"]
    assert str(Shape(CLIP.items, 0, 2)) == "2*2x3x5x7"


def test_axes_of_a_shape() -> None:
    assert ("T" in CLIP, "D" in CLIP, "C" in CLIP) == (True, False, True)
    assert (CLIP["T"], CLIP.get("T"), CLIP.get("D"), CLIP.get("D", 0)) == (3, 3, 1, 0)
    with pytest.raises(KeyError, match="D"):
        CLIP["D"]
    assert depth_axis(CLIP) == "T"
    assert depth_axis(Shape.of({"C": 1, "D": 2, "H": 3})) == "D"
    assert depth_axis(Shape.of({"C": 1, "H": 3})) is None


def test_changed_shapes_keep_tokens_and_heads() -> None:
    heads = Shape(CLIP.items, tokens=4, heads=6)
    assert heads.resized({"T": 9}) == Shape.of({"C": 2, "T": 9, "H": 5, "W": 7}, tokens=4, heads=6)
    assert Shape.of({"C": 2}).resized({"H": 4}) == Shape.of({"C": 2, "H": 4})
    assert heads.without(["T", "W"]) == Shape.of({"C": 2, "H": 5}, tokens=4, heads=6)
    assert heads.with_tokens(1) == Shape(CLIP.items, 1, 6)
    assert heads.with_channels(9) == Shape.of({"C": 9, "T": 3, "H": 5, "W": 7}, tokens=4, heads=6)
    assert str(OtherShape((("C", 6),), text="2x3")) == "2x3"


def test_products_and_their_sum() -> None:
    weights = term("weights", out_channels=4, kernel=3)
    assert weights == Term("weights", (("out channels", 4), ("kernel", 3)))
    assert (weights.value, Term("none", ()).value) == (4 * 3, 1)
    assert (total([weights, term("bias", out=4)]), total([])) == (4 * 3 + 4, 0)
    stored = Parameters((weights,), (term("bias", out=4),), (term("mean", out=4),))
    assert stored.learned == (weights, term("bias", out=4))
    assert (stored.typed_buffers, stored.integer_bytes) == (4, 0)
    counted = stored._replace(buffers=(*stored.buffers, weights), integers=((weights, 8),))
    assert (counted.typed_buffers, counted.integer_bytes) == (4, 4 * 3 * 8)


def call(operator: str, arguments: tuple[object, ...], options: dict[str, object] | None = None) -> Call:
    return Call(0, operator, arguments, options or {}, (7,), (), None, True, None, 0)


def test_a_call_has_the_name_of_its_operator() -> None:
    names = {
        "aten.convolution.default": "convolution",
        "aten.add_.Tensor": "add",
        "aten.__and__.Tensor": "__and__",
        "aten.relu_.default": "relu",
    }
    assert {operator: call(operator, ()).name for operator in names} == names


def test_tensors_among_the_arguments() -> None:
    nested = (Ref(3), [Ref(1), (Ref(2), 5)], "x", None, {"a": Ref(4)})
    assert list(refs(nested)) == [3, 1, 2, 4]
    assert call("aten.cat.default", ([Ref(5), Ref(6)], 1), {"out": Ref(8)}).reads == (5, 6, 8)


def test_a_recorded_tensor_holds_the_product_of_its_sizes() -> None:
    values = tuple(Value(at, sizes, "float32", 4, "computed", at) for at, sizes in enumerate([(2, 3, 5), (), (0, 4)]))
    assert [each.elements for each in values] == [2 * 3 * 5, 1, 0]
    assert Program("net", {}, {}, values, (), (), ()).value(1) is values[1]
