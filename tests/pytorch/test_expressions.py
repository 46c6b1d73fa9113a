"""Expressions: what is evaluated, what is printed, and the definitions that a written file takes from the modules."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator

import pytest
import yaml

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

import torch

from archcalc.core.shape import Shape
from archcalc.pytorch.evaluate import Run, compiled, meaning
from archcalc.pytorch.expressions import (
    ALL,
    MODULE,
    Attribute,
    Call,
    Const,
    Expr,
    Index,
    Infix,
    Input,
    Name,
    Repeat,
    Slice,
    TupleExpr,
    call,
    children,
    method,
    simplified,
)
from archcalc.pytorch.operators.layer_code import LayerCode
from archcalc.pytorch.operators.table import layer_code
from archcalc.pytorch.source.definitions import definitions, definitions_for
from archcalc.render.python_expressions import flat
from tests.ops.vocabulary import CASES, VOCABULARY, bind, shape_of

X, Y = Input(0), Input(1)
WRITTEN = [
    (Infix("-", (X, Infix("-", (X, Y)))), "x0 - (x0 - x1)"),
    (Infix("/", (Infix("+", (X, Y)), Const(2))), "(x0 + x1) / 2"),
    (Index(X, (ALL, None, Slice(1, 3), 0)), "x0[:, None, 1:3, 0]"),
    (Index(X, (ALL, ALL, Slice(None, None, 2))), "x0[:, :, ::2]"),
    (method(X, "mean", TupleExpr((Const(2), Const(3))), keepdim=Const(True)), "x0.mean((2, 3), keepdim=True)"),
    (call("torch.cat", TupleExpr((X, Y), brackets="[]"), Const(1)), "torch.cat([x0, x1], 1)"),
    (Attribute(call("torch.sort", X), "values"), "torch.sort(x0).values"),
]


@pytest.mark.parametrize(("expression", "text"), WRITTEN)
def test_what_is_printed_gives_what_is_evaluated(expression: Expr, text: str):
    assert flat(expression) == text
    given = torch.randn(2, 3, 4, 5), torch.randn(2, 3, 4, 5)
    printed = eval(text, {"torch": torch, "x0": given[0], "x1": given[1]})
    assert torch.equal(compiled(expression)((None, *given)), printed)


def test_a_run_can_be_pickled():
    run = pickle.loads(pickle.dumps(Run(call(MODULE, X))))
    assert torch.equal(run(torch.nn.ReLU(), (torch.tensor([-1.0, 2.0]),)), torch.tensor([0.0, 2.0]))


def test_an_unknown_name_is_named():
    with pytest.raises(NameError, match="no 'nothing' among the modules"):
        meaning("nothing.at.all")
    with pytest.raises(TypeError, match="Repeat in the expression of a layer"):
        compiled(Repeat(X, Const(2)))


def test_defaults_are_left_out():
    window = layer_code(bind(VOCABULARY["max_pool3d"], {"kernel": 2}), (CLIP,))
    assert window.module is not None
    assert flat(simplified(window.module)) == "nn.MaxPool3d(kernel_size=2)"


CLIP = Shape.of({"C": 4, "T": 4, "H": 8, "W": 8})
UNEVEN = {"kernel": 3, "padding": [[1, 0], 1, 1], "count_include_pad": False}


def codes() -> Iterator[Expr]:
    """Every expression of every case of every operator."""
    yield from expressions(layer_code(bind(VOCABULARY["avg_pool3d"], UNEVEN), (CLIP,)))
    for word in VOCABULARY:
        for case in yaml.safe_load((CASES / f"{word}.yaml").read_text("utf-8")):
            if "error" not in case:
                shapes = tuple(shape_of(each) for each in case["inputs"])
                yield from expressions(layer_code(bind(VOCABULARY[word], case.get("arguments", {})), shapes))


def expressions(code: LayerCode) -> list[Expr]:
    return [each for each in (code.run, code.module, code.as_module) if each is not None]


def names(expression: Expr) -> Iterator[str]:
    if isinstance(expression, Name):
        yield expression.text.partition(".")[0]
    for each in children(expression):
        yield from names(each)


def test_every_definition_is_used_by_some_operator():
    used = {"TiedLayer", *(name for code in codes() for name in names(code))}
    texts = set(definitions_for("\n".join(sorted(used))))
    reached = {family(name) for name, text in definitions().texts.items() if text in texts}
    assert reached == set(map(family, definitions().texts))


def family(name: str) -> str:
    """The name without its dimensions: cases have some of one, two and three."""
    return re.sub(r"[123]d$", "", name)


def test_definitions_follow_those_that_they_use():
    imports = "".join(f"from {module} import {name}\n" for name, module in definitions().imports.items())
    defined: dict[str, object] = {"__name__": "written"}
    exec(f"import torch\n{imports}" + "\n\n".join(definitions().texts.values()), defined)
    assert set(definitions().texts) <= set(defined)


def test_every_call_of_a_module_is_one_of_torch_or_of_the_modules():
    for code in codes():
        for each in (code, *children(code)):
            if isinstance(each, Call) and each.name and each.name != MODULE.text:
                assert callable(meaning(each.name))
