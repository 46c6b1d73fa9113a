"""Every operator against its case file, `cases/<op>.yaml`: a list of named cases whose numbers were worked out by hand.

A case has `arguments` and `inputs` (sizes by axis, `tokens`, `heads`), and either an `error`, a part of the message, or
answers: `shape`, `params`, `buffers`, `macs`, `elementwise` (numbers, or products as text), `label`, `saved`
(`inputs`, `output`, `elements`, `bytes`) and `reads`. These are by axis for the first input, or a list with one such
mapping for each input: the taps of the first phase, all of `{phases: [[0, 1]], move: 2}`, or `all`, `past`, `future`,
`nothing`, `self and all`.
"""

from __future__ import annotations

import ast
import operator as op
from typing import Any

import pytest
import yaml

from archcalc.core.problem import OperatorError
from archcalc.core.reads import AxisReads, Taps, WholeAxisRead
from archcalc.core.shape import Shape
from archcalc.core.strided import Strided, contiguous_strides
from archcalc.core.tape import Held, Tape
from archcalc.core.terms import total
from archcalc.ops.base import Inputs, Operator
from tests.ops.vocabulary import CASES, VOCABULARY, bind, shape_of

ARITHMETIC = {ast.Add: op.add, ast.Sub: op.sub, ast.Mult: op.mul, ast.FloorDiv: op.floordiv, ast.Pow: op.pow}

COUNTS = ("params", "buffers", "macs", "elementwise")
KEYS = {"name", "arguments", "inputs", "shape", *COUNTS, "label", "saved", "reads", "error"}


def number(text: object) -> int:
    """The value of an integer, or of a string of sums and products of them."""
    return _value(ast.parse(str(text), mode="eval").body)


def _value(node: ast.AST) -> int:
    match node:
        case ast.Constant(value=int(value)):
            return value
        case ast.BinOp(left=left, op=kind, right=right) if type(kind) in ARITHMETIC:
            result: int = ARITHMETIC[type(kind)](_value(left), _value(right))
            return result
    raise ValueError(f"not a sum of products: {ast.unparse(node)}")


def _cases() -> list[Any]:
    found = []
    for word in VOCABULARY:
        path = CASES / f"{word}.yaml"
        for case in yaml.safe_load(path.read_text("utf-8")) if path.exists() else ():
            found.append(pytest.param(word, case, id=f"{word}: {case['name']}"))
    return found


@pytest.mark.parametrize(("word", "case"), _cases())
def test_case(word: str, case: dict[str, Any]) -> None:
    assert set(case) <= KEYS
    inputs = tuple(shape_of(sizes) for sizes in case["inputs"])
    if "error" in case:
        assert set(case) == {"name", "arguments", "inputs", "error"} - ({"arguments"} - set(case))
        with pytest.raises(OperatorError) as caught:
            bind(VOCABULARY[word], case.get("arguments", {})).output_shape(inputs)
        assert case["error"] in str(caught.value)
        return
    operator = bind(VOCABULARY[word], case.get("arguments", {}))
    assert operator.output_shape(inputs) == shape_of(case["shape"])
    assert_counts(operator, inputs, case)
    assert_reads(operator, inputs, case.get("reads", {}))
    assert_saved(operator, inputs, case.get("saved"))
    assert_windows(operator, inputs)
    assert operator.summary(inputs) == case.get("label", operator.summary(inputs))


def assert_counts(operator: Operator, inputs: Inputs, case: dict[str, Any]) -> None:
    """Parameters and arithmetic are what the case says, and none is negative."""
    parameters, arithmetic = operator.parameters(inputs), operator.arithmetic(inputs)
    counted = {
        "params": parameters.learned,
        "buffers": parameters.buffers,
        "macs": arithmetic.macs,
        "elementwise": arithmetic.elementwise,
    }
    assert all(term.value >= 0 for terms in counted.values() for term in terms)
    expected = {key: number(case[key]) for key in COUNTS if key in case}
    assert {key: total(counted[key]) for key in expected} == expected


def assert_reads(operator: Operator, inputs: Inputs, expected: Any) -> None:
    """Every axis of every input is read somehow, and so as the case says."""
    by_input = expected if isinstance(expected, list) else [expected]
    for input_index, shape in enumerate(inputs):
        stated = by_input[input_index] if input_index < len(by_input) else {}
        assert set(stated) <= set(shape.grid)
        for axis in shape.grid:
            reads = operator.reads(inputs, input_index, axis)
            assert_sound(reads)
            assert axis not in stated or described(reads, stated[axis]) == stated[axis]


def assert_sound(reads: AxisReads) -> None:
    """Taps are sorted and there is a phase."""
    if isinstance(reads, Taps):
        assert reads.period > 0
        assert all(list(reads.at(phase)) == sorted(set(reads.at(phase))) for phase in range(reads.period))


def described(reads: AxisReads, like: object) -> object:
    """Reads in the form that a case writes them."""
    if isinstance(reads, WholeAxisRead):
        return reads.value
    if isinstance(like, dict):
        return {"phases": [list(reads.at(phase)) for phase in range(reads.period)], "move": reads.move}
    return list(reads.at(0))


def assert_saved(operator: Operator, inputs: Inputs, expected: dict[str, Any] | None) -> None:
    """Save real inputs, the output and what the case says, on contiguous inputs that need a gradient, batch 1.

    `elements` are of 4 bytes, `bytes` comes on top.
    """
    given = held_inputs(inputs)
    tape = Tape(len(inputs) * 2, training=True, itemsize=4, statistics=4)
    output = operator.record(tape, inputs, given)
    assert held_sizes(output) == expected_sizes(operator.output_shape(inputs))
    kept = [input_index for input_index, held in enumerate(given) if held.grid.storage in tape.saved]
    own = {each.storage for each in output if each is not None} & tape.saved
    inside = sum(tape.sizes[each] for each in tape.saved - own if each >= tape.given)
    if expected is None:
        return
    assert set(expected) <= {"inputs", "output", "elements", "bytes"}
    assert kept == expected.get("inputs", [])
    assert bool(own - {each.grid.storage for each in given}) == expected.get("output", False)
    assert inside == 4 * number(expected.get("elements", 0)) + number(expected.get("bytes", 0))


def held_inputs(inputs: Inputs) -> tuple[Held, ...]:
    """Contiguous tensors of these shapes that need a gradient; each grid and its tokens have storages of their own."""
    found = []
    for input_index, shape in enumerate(inputs):
        grid, tokens = expected_sizes(shape)
        side = (
            None
            if tokens is None
            else Strided(2 * input_index + 1, tokens, contiguous_strides(tokens), requires_grad=True)
        )
        found.append(Held(Strided(2 * input_index, grid, contiguous_strides(grid), requires_grad=True), side))
    return tuple(found)


def held_sizes(held: Held) -> tuple[tuple[int, ...], tuple[int, ...] | None]:
    """Sizes of grid and tokens."""
    return held.grid.sizes, None if held.tokens is None else held.tokens.sizes


def expected_sizes(shape: Shape) -> tuple[tuple[int, ...], tuple[int, ...] | None]:
    """Heads in the batch, then C and the axes; tokens by channels."""
    tokens = (shape.heads, shape.channels, shape.tokens) if shape.tokens else None
    return (shape.heads, *shape.sizes.values()), tokens


def assert_windows(operator: Operator, inputs: Inputs) -> None:
    """Windows lie on axes of the first input, and give the size the output has."""
    windows = operator.windows(inputs)
    if windows is None:
        return
    output = operator.output_shape(inputs)
    assert {axis: window.size(inputs[0][axis]) for axis, window in windows.items()} == {
        axis: output[axis] for axis in windows
    }


@pytest.mark.parametrize("text", ["2 ** 3 * 4 + 6 // 2 - 1", "34", 34])
def test_numbers_are_products(text: object) -> None:
    assert number(text) == 34


@pytest.mark.parametrize("text", ["1.5", "True and 1", "x", "f(1)", "2 / 1", "-1 if 1 else 0"])
def test_nothing_but_products_is_a_number(text: str) -> None:
    with pytest.raises(ValueError, match="not a sum of products"):
        number(text)
