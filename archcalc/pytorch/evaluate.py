"""Expressions evaluated with PyTorch: modules, and functions that run them."""

from __future__ import annotations

from functools import cache, lru_cache, reduce
from importlib import import_module
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import nn
from torch.nn import functional

from archcalc.pytorch.expressions import (
    MODULE,
    Attribute,
    Call,
    Const,
    Index,
    Infix,
    Input,
    Name,
    Slice,
    TupleExpr,
    call,
    simplified,
)
from archcalc.pytorch.module_files import FILES, PACKAGE
from archcalc.pytorch.operators.table import MOST_KEPT, layer_code

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.ops.base import Inputs, Operator
    from archcalc.pytorch.expressions import Expr

    Environment = tuple[Any, ...]
    Evaluate = Callable[[Environment], Any]

MODULES = tuple(import_module(f"{PACKAGE}.{name}") for name in FILES)
GLOBALS: dict[str, object] = {"torch": torch, "nn": nn, "functional": functional, "reduce": reduce, "float": float}
"""What names in expressions mean, besides what MODULES define."""
SIGNS: dict[str, Callable[[Any, Any], Any]] = {"+": torch.add, "-": torch.sub, "*": torch.mul, "/": torch.div}


@cache
def meaning(text: str) -> Any:
    """Return what a name with dots means: `nn.Conv3d`, `per_frame`.

    Raises:
        NameError: there is no such name.
    """
    first, *rest = text.split(".")
    homes = [each for each in MODULES if hasattr(each, first)]
    if first not in GLOBALS and not homes:
        raise NameError(f"no {first!r} among the modules of archcalc.pytorch")
    value = GLOBALS[first] if first in GLOBALS else getattr(homes[0], first)
    for name in rest:
        value = getattr(value, name)
    return value


def compiled(expression: Expr) -> Evaluate:
    """Return a function that evaluates an expression, from the module of a layer and its inputs in one tuple."""
    match expression:
        case Const(value=value):
            return lambda _: value
        case Name(text=text):
            return itemgetter(0) if expression == MODULE else _constant(meaning(text))
        case Input(index=index):
            return itemgetter(1 + index)
        case Attribute(owner=owner, name=name):
            of = compiled(owner)
            return lambda given: getattr(of(given), name)
        case TupleExpr(items=items, brackets=brackets):
            kind, parts = list if brackets == "[]" else tuple, list(map(compiled, items))
            return lambda given: kind([part(given) for part in parts])
        case Infix(sign=sign, operands=operands):
            combine, parts = SIGNS[sign], list(map(compiled, operands))
            return lambda given: reduce(combine, [part(given) for part in parts])
        case Index(tensor=tensor, parts=cuts):
            whole, key = compiled(tensor), tuple(map(_part, cuts))
            return lambda given: whole(given)[key]
        case Call():
            return _compiled_call(expression)
    raise TypeError(f"{type(expression).__name__} in the expression of a layer")


def _part(part: int | Slice | None) -> int | slice | None:
    return slice(part.start, part.stop, part.step) if isinstance(part, Slice) else part


def _constant(value: object) -> Evaluate:
    return lambda _: value


def _compiled_call(expression: Call) -> Evaluate:
    function = compiled(expression.function)
    positional = [compiled(each.value) for each in expression.arguments if not each.keyword]
    named = {each.keyword: compiled(each.value) for each in expression.arguments if each.keyword}
    if len(positional) == 1 and not named:
        (only,) = positional
        return lambda given: function(given)(only(given))
    return lambda given: function(given)(
        *[each(given) for each in positional], **{keyword: each(given) for keyword, each in named.items()}
    )


class Run:
    """What a layer does with its module and the tensors it reads; it can be copied and pickled."""

    def __init__(self, expression: Expr) -> None:
        self.expression = expression
        self._evaluate = compiled(simplified(expression))

    def __call__(self, module: nn.Module | None, inputs: Sequence[Any]) -> Any:
        """Return the output of the layer for its module and the tensors that it reads."""
        return self._evaluate((module, *inputs))

    def __reduce__(self) -> tuple[type[Run], tuple[Expr]]:
        return Run, (self.expression,)


class Operation(nn.Module):
    """A layer without weights that is no module of PyTorch."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run

    def forward(self, *inputs: Any) -> Any:
        """Return the output of the operation for the tensors that it reads."""
        return self.run(None, inputs)


class Layer(NamedTuple):
    """A module, and how it is run."""

    module: nn.Module
    run: Run


def built_layer(operator: Operator, inputs: Inputs) -> Layer:
    """Return the layer of an operator on inputs of these shapes, with weights as PyTorch initializes them."""
    make, run = _recipe(operator, inputs)
    return Layer(make(()), run)


@lru_cache(maxsize=MOST_KEPT)
def _recipe(operator: Operator, inputs: Inputs) -> tuple[Evaluate, Run]:
    """Return what makes the module of a layer, and how it is run."""
    code = layer_code(operator, inputs)
    if code.module is not None:
        return compiled(simplified(code.module)), Run(code.run)
    direct = Run(call(MODULE, *map(Input, range(len(inputs)))))
    if code.as_module is not None:
        return compiled(simplified(code.as_module)), direct
    operation = Run(code.run)
    return lambda _: Operation(operation), direct
