"""Tensors by name: layers, outputs of blocks, and layers inside blocks, structures and iterations by their path."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from archcalc.core.problem import MOST_NAMES, did_you_mean
from archcalc.spec.context import UNKNOWN, DependsOnError, EvaluationContext, Namespace, Outputs, Tensor, Value
from archcalc.spec.text import describe

if TYPE_CHECKING:
    from archcalc.spec.expand import Expander
    from archcalc.spec.text import Node

EVERY = "*"
"""Stands for every iteration of a repeat."""


class Found(NamedTuple):
    """What part of a path means: a value, unless it is an iteration without layers, and the names inside it."""

    value: Value | None
    inside: Namespace | None


def tensors_named(expander: Expander, node: Node, context: EvaluationContext, here: Value) -> tuple[Value, ...]:
    """Return the tensors that a name stands for: one, or with `*` in its path one for each iteration of a repeat."""
    name = expander.evaluator.value(node, context, here)
    if not isinstance(name, str):
        expander.fail(node.location, context, describe(node), "the name of a tensor")
    head, *rest = name.split(".")
    first = _first(expander, node, name, head, context, here)
    path = "" if first.inside is None else ".".join([first.inside.path, *rest])
    if rest and path in expander.builder.graph.nodes:
        return (Tensor(path, expander.builder.graph.shape(path)),)
    found = [first]
    for at, part in enumerate(rest):
        if any(each.value is UNKNOWN for each in found):
            return (UNKNOWN,)
        owner = ".".join([head, *rest[:at]])
        found = [inner for each in found for inner in _inside(expander, node, context, each, (owner, part))]
    return tuple(_value(expander, node, context, each, name) for each in found)


def _first(expander: Expander, node: Node, name: str, head: str, context: EvaluationContext, here: Value) -> Found:
    if head == "here":
        return Found(here, None)
    if head == "input":
        return Found(context.input, None)
    names = next((each for each in context.names.chain() if head in each.names), None)
    if names is None:
        _no_tensor(expander, node, name, context)
    return Found(names.names[head], names.inside.get(head))


def _inside(
    expander: Expander, node: Node, context: EvaluationContext, around: Found, names: tuple[str, str]
) -> list[Found]:
    """Return what a part of a path means inside what the path before it means."""
    owner, part = names
    outputs = around.value.by_name if isinstance(around.value, Outputs) else {}
    if part in outputs:
        return [Found(outputs[part], None)]
    inside = around.inside
    if part == EVERY:
        return _iterations(expander, node, context, around, owner)
    if inside is not None and part in inside.names:
        return [Found(inside.names[part], inside.inside.get(part))]
    if inside is not None and part in inside.inside:
        return [Found(inside.inside[part].end, inside.inside[part])]
    path = "" if inside is None else f"{inside.path}.{part}"
    if path in expander.builder.graph.nodes:
        return [Found(Tensor(path, expander.builder.graph.shape(path)), None)]
    return _nothing(expander, node, context, around, names)


def _iterations(expander: Expander, node: Node, context: EvaluationContext, around: Found, owner: str) -> list[Found]:
    inside = {} if around.inside is None else around.inside.inside
    found = [Found(names.end, names) for key, names in inside.items() if key.isdigit()]
    if not found:
        expander.fail(node.location, context, f"'*' in {owner!r}, which has no iterations", "a named repeat before it")
    return found


def _nothing(
    expander: Expander, node: Node, context: EvaluationContext, around: Found, names: tuple[str, str]
) -> NoReturn:
    """Report that there is neither an output nor a layer of this name."""
    owner, part = names
    outputs = list(around.value.by_name) if isinstance(around.value, Outputs) else []
    if around.inside is not None and around.inside.incomplete:
        raise DependsOnError
    layers = [] if around.inside is None else _names_inside(expander, around.inside)
    known = [("one of its outputs", outputs), ("a layer inside it", layers[:MOST_NAMES])]
    listed = " or ".join(f"{what}: {', '.join(each)}" for what, each in known if each)
    expected = listed or "a block that declares outputs, or a named block or structure"
    what = "output or layer" if layers else "output"
    expander.fail(
        node.location, context, f"{owner!r} has no {what} {part!r}", expected, did_you_mean(part, [*outputs, *layers])
    )


def _names_inside(expander: Expander, inside: Namespace) -> list[str]:
    """Return the names that a path can go on with: those that were given, then those of layers without one."""
    prefix = f"{inside.path}."
    under = (path.removeprefix(prefix) for path in expander.builder.graph.nodes if path.startswith(prefix))
    return list(dict.fromkeys([*inside.places, *inside.inside, *(path.partition(".")[0] for path in under)]))


def _value(expander: Expander, node: Node, context: EvaluationContext, found: Found, name: str) -> Value:
    if found.value is None:
        expander.fail(node.location, context, f"{name!r}, which gives no tensor", "the name of a layer inside it")
    return found.value


def _no_tensor(expander: Expander, node: Node, name: str, context: EvaluationContext) -> NoReturn:
    if any(each.incomplete for each in context.names.chain()):
        raise DependsOnError
    visible = list(islice(context.names.visible(), MOST_NAMES))
    expected = "an earlier layer or an input: " + ", ".join(visible[7::-1]) if visible else "an earlier layer"
    hint = did_you_mean(name, visible) or "'from' can name earlier layers only, and those inside a block by their path"
    if context.scope.path_of(name) in expander.builder.graph.nodes:
        hint = f"a layer is read by a name that it was given: name: {name}"
    expander.fail(node.location, context, f"unknown tensor {name!r}", expected, hint)
