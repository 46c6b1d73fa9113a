"""How the forward of a module is given its inputs: by position, by name, in lists and in dictionaries."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING, Any, NamedTuple

from torch.utils._pytree import tree_leaves, tree_map

from archcalc.core.messages import shortened
from archcalc.core.problem import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor, nn

EXPECTED_CALL = "a call of model with inputs, lists, dictionaries and constants, such as 'model([slow, fast])'"


class Slot(NamedTuple):
    """Stands for an input by its name."""

    name: str


class Invocation(NamedTuple):
    """The arguments of a forward, in which inputs stand as `Slot`."""

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = {}

    @property
    def names(self) -> list[str]:
        """The inputs in the order in which PyTorch walks through the arguments."""
        return [each.name for each in _leaves((self.args, dict(self.kwargs))) if isinstance(each, Slot)]

    def filled(self, tensors: Mapping[str, Tensor]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments with tensors in place of names."""

        def put(leaf: object) -> object:
            return tensors[leaf.name] if isinstance(leaf, Slot) else leaf

        args, kwargs = tree_map(put, (self.args, dict(self.kwargs)), is_leaf=_is_slot)
        return args, kwargs


def _is_slot(value: object) -> bool:
    return isinstance(value, Slot)


def _leaves(value: object) -> list[Any]:
    return list(tree_leaves(value, is_leaf=_is_slot))


def usual(model: nn.Module, names: Sequence[str]) -> Invocation:
    """Return how a forward is given inputs: those that it names by name, others by position.

    Several inputs of which it names none go to the only argument of its forward as a list.
    """
    parameters = _parameters(model)
    kwargs = {name: Slot(name) for name in names if name in parameters}
    rest = [Slot(name) for name in names if name not in parameters]
    positional = [
        each for each in parameters.values() if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
    ]
    takes_any = any(each.kind == each.VAR_POSITIONAL for each in parameters.values())
    if len(rest) > 1 and not kwargs and not takes_any and len(positional) == 1:
        return Invocation((rest,))
    return Invocation(tuple(rest), kwargs)


def _parameters(model: nn.Module) -> Mapping[str, inspect.Parameter]:
    """The parameters of a forward; any number of them where Python cannot tell, as of compiled code."""
    try:
        return inspect.signature(model.forward).parameters
    except (TypeError, ValueError):
        return {"args": inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL)}


def argument_names(model: nn.Module, count: int) -> list[str]:
    """Return names for arguments that are given by position: those of the forward."""
    known = [
        name
        for name, each in _parameters(model).items()
        if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL, each.KEYWORD_ONLY)
    ]
    return [known[at] if at < len(known) else f"input{at}" for at in range(count)]


def parse_call(text: str, names: Sequence[str]) -> Invocation:
    """Return the arguments that a text such as `model(x, mask=None)` gives; UsageError names what it may hold."""
    try:
        call = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        call = None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != "model":
        raise UsageError(f"--call {shortened(text, 80)}; {EXPECTED_CALL}")
    args = tuple(_argument(each, text, names) for each in call.args)
    kwargs = {each.arg or "**": _argument(each.value, text, names) for each in call.keywords}
    found = Invocation(args, kwargs)
    unused = [name for name in names if name not in found.names]
    if unused or "**" in kwargs:
        raise UsageError(f"--call {shortened(text, 80)} without the input {unused[0]}" if unused else
                         f"--call {shortened(text, 80)}; {EXPECTED_CALL}")  # fmt: skip
    return found


def _argument(node: ast.expr, text: str, names: Sequence[str]) -> Any:
    if isinstance(node, ast.Name) and node.id in names:
        return Slot(node.id)
    if isinstance(node, (ast.List, ast.Tuple)):
        found = [_argument(each, text, names) for each in node.elts]
        return found if isinstance(node, ast.List) else tuple(found)
    if isinstance(node, ast.Dict) and all(isinstance(key, ast.Constant) for key in node.keys):
        keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
        return dict(zip(keys, (_argument(each, text, names) for each in node.values), strict=True))
    try:
        return ast.literal_eval(node)
    except ValueError:
        what = ast.unparse(node)
        known = ", ".join(names) or "none"
        raise UsageError(f"--call {shortened(text, 80)}: {what} is no input ({known}); {EXPECTED_CALL}") from None
