"""Calls: an operator with its arguments, or a block with its own names."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from archcalc.core.messages import counted
from archcalc.core.problem import did_you_mean
from archcalc.core.scopes import BlockScope, Scope, ScopeKind
from archcalc.ops import OPS
from archcalc.ops.arguments import ALIASES
from archcalc.spec.bind import BindError, bind, operator_fields
from archcalc.spec.choices import refusal_of
from archcalc.spec.context import (
    DependsOnError,
    EvaluationContext,
    Namespace,
    Outputs,
    ShareCursor,
    Tensor,
    Unknown,
    Value,
)
from archcalc.spec.least_layers import MOST_CALLS
from archcalc.spec.model import Block
from archcalc.spec.parse import STRUCTURE_KEYS
from archcalc.spec.shared_weights import weights_of
from archcalc.spec.work import BLOCK_CALL

if TYPE_CHECKING:
    from archcalc.core.problem import Location
    from archcalc.ops.base import Operator
    from archcalc.spec.expand import Expander
    from archcalc.spec.model import Call, Common, Entries
    from archcalc.spec.text import Node

KNOWN = "an operator (archcalc ops), a structure or a block"
HEAD_LISTS = ("query", "key", "value")
RENAMED = {"fold": "space_to_depth"}
"""Former names of operators, and the present ones."""


def call(
    expander: Expander, layer: Call, name: str | None, context: EvaluationContext, arrived: tuple[Value, ...]
) -> Value:
    """Expand a call of an operator or a block on the tensors that it receives."""
    word = expander.evaluator.value(layer.word, context, arrived[0])
    if isinstance(word, str) and word in OPS:
        return _operator_call(expander, word, layer, name, context, arrived)
    block = context.document.block(word) if isinstance(word, str) else None
    if block is None and isinstance(word, str) and word in RENAMED:
        expander.fail(layer.word.location, context, f"{word!r} is called {RENAMED[word]!r} since 0.2")
    if block is None:
        known = [*OPS, *STRUCTURE_KEYS, *context.document.visible_blocks]
        hint = did_you_mean(str(word), known)
        expander.fail(layer.word.location, context, f"unknown operator or block {word!r}", KNOWN, hint)
    return block_call(expander, block, layer, name, context, arrived)


def _operator_call(
    expander: Expander, word: str, layer: Call, name: str | None, context: EvaluationContext, arrived: tuple[Value, ...]
) -> Value:
    lists, likes = _special_arguments(word, layer)
    here = arrived[0]
    operator = _operator(expander, word, layer, lists, context, here)
    sources = arrived + tuple(expander.tensor_named(node, context, here) for node in likes)
    if any(expander.layers(node) for node in lists.values()):
        return _attention(expander, operator, lists, sources, layer, name, context)
    path = expander.path(name, word, context)
    owner = _owner(expander, operator, sources, layer.common, context)
    return expander.add(path, word, operator, sources, layer.common, context, owner, layer, named=name is not None)


def _special_arguments(word: str, layer: Call) -> tuple[dict[str, Node], list[Node]]:
    """Return the arguments that hold layers by name, and those that name a tensor."""
    known = operator_fields(OPS[word])
    lists: dict[str, Node] = {}
    likes: list[Node] = []
    for key, node in layer.arguments:
        found = known.get(str(key.value))
        if found is not None and found.holds_layers:
            lists[found.name] = node
        elif found is not None and found.names_tensor:
            likes.append(node)
    return lists, likes


def argument_places(layer: Call) -> dict[str, Location]:
    """Return the locations of a call's arguments, with those that every layer may have; aliases under both names."""
    common = {"from": layer.common.source, "share": layer.common.share, "name": layer.common.name}
    said = {str(key.value): node for key, node in layer.arguments}
    meant = {ALIASES[name]: node for name, node in said.items() if name in ALIASES}
    return {name: node.location for name, node in {**common, **meant, **said}.items() if node is not None}


def _operator(
    expander: Expander, word: str, layer: Call, lists: dict[str, Node], context: EvaluationContext, here: Value
) -> Operator:
    """The operator with its arguments; equal ones are made once."""
    key: object = (word, id(layer))
    known = expander.operators.get(key)
    if known is not None:
        return known
    arguments = tuple((key, node) for key, node in layer.arguments if str(key.value) not in lists)
    values = None
    if not all(expander.evaluator.is_static(node) for _, node in arguments):
        values = _evaluated(expander, arguments, context, here)
        key = (word, repr(values))
    if key not in expander.operators:
        values = values if values is not None else _evaluated(expander, arguments, context, here)
        try:
            expander.operators[key] = bind(word, OPS[word], values)
        except BindError as error:
            _note_bind_errors(expander, error, layer, context)
            raise DependsOnError from None
    return expander.operators[key]


def _note_bind_errors(expander: Expander, error: BindError, layer: Call, context: EvaluationContext) -> None:
    places = argument_places(layer)
    keys = {str(key.value): key.location for key, _ in layer.arguments}
    for each in error.errors:
        unknown = each.found.startswith("unknown argument")
        location = (keys if unknown else places).get(each.argument, layer.word.location)
        expander.evaluator.note(location, context, each.found, each.expected, each.hint)


def _evaluated(expander: Expander, entries: Entries, context: EvaluationContext, here: Value) -> dict[str, object]:
    """The values of arguments; all formulas that fail are noted before giving up."""
    values, failed = {}, False
    for key, node in entries:
        try:
            values[str(key.value)] = expander.evaluator.value(node, context, here)
        except DependsOnError:
            failed = True
    if failed:
        raise DependsOnError
    return values


def _attention(expander: Expander, operator: Operator, lists: dict[str, Node], sources: tuple[Value, ...], layer: Call,
               name: str | None, context: EvaluationContext) -> Value:  # fmt: skip
    """Add an attention whose queries, keys and values pass through layers, head by head."""
    place = layer.common.location
    context = context.inside(ScopeKind.ATTENTION, expander.segment(name, "attention", context), place)
    shared = layer.common.share
    if shared is not None:
        context = context._replace(cursor=ShareCursor(weights_of(expander, shared, context)))
    heads = [_head_list(expander, operator, lists.get(which), which, sources, layer, context) for which in HEAD_LISTS]
    owner = _owner(expander, operator, tuple(heads), layer.common, context, shared_by_name=False)
    return expander.add(
        context.scope.path, "attention", operator, tuple(heads), layer.common, context, owner, named=name is not None
    )


def _head_list(expander: Expander, operator: Operator, node: Node | None, which: str, sources: tuple[Value, ...],
               layer: Call, context: EvaluationContext) -> Value:  # fmt: skip
    inner = context.inside(ScopeKind.LAYER_LIST, which, layer.common.location)
    project = operator.projection(which)  # type: ignore[attr-defined]
    owner = _owner(expander, project, sources, layer.common, context, shared_by_name=False)
    path = inner.scope.path_of("project")
    projected = expander.add(path, "project_heads", project, sources, layer.common, inner, owner)
    return expander.chain(expander.layers(node) if node else (), inner, projected)


def _owner(
    expander: Expander,
    operator: Operator,
    inputs: tuple[Value, ...],
    common: Common,
    context: EvaluationContext,
    *,
    shared_by_name: bool = True,
) -> str | None:
    """The layer whose weights an operator uses: the one that `share` names, or its double in a shared block call."""
    named = common.share if shared_by_name else None
    if named is None and context.cursor is None:
        return None
    shapes = tuple(expander.tensor(value, common.location, context).shape for value in inputs)
    try:
        parameters = operator.parameters(shapes)
    except ValueError:
        return None
    has_weights = bool(parameters.learned or parameters.buffers)
    if named is not None:
        if not has_weights:
            expander.fail(
                named.location, context, f"'share' on {operator.title}, which has no weights", "a layer with weights"
            )
        owners = weights_of(expander, named, context)
        if len(owners) != 1:
            weights = f"{len(owners)} layers with weights" if owners else "no weights"
            expander.fail(named.location, context, f"{named.value!r}, which has {weights}", "one layer with weights")
        return owners[0]
    if not has_weights or context.cursor is None:
        return None
    owner = context.cursor.take()
    if owner is None:
        expander.fail(
            common.location, context, "more layers with weights than the call it shares with", "the same layers"
        )
    return owner


def block_call(
    expander: Expander,
    block: Block,
    layer: Call,
    name: str | None,
    context: EvaluationContext,
    arrived: tuple[Value, ...],
) -> Value:
    """Expand the layers of a block with its arguments and names."""
    location = layer.word.location
    if block in context.active:
        chain = " -> ".join([each.name for each in context.active[context.active.index(block) :]] + [block.name])
        expander.fail(location, context, f"block {block.name!r} calls itself: {chain}", "blocks without recursion")
    expander.spend(BLOCK_CALL, location)
    if len(context.active) > MOST_CALLS:
        expander.fail(location, context, f"blocks inside blocks, {len(context.active)} deep", f"at most {MOST_CALLS}")
    arguments = _block_arguments(expander, block, layer, context, arrived[0])
    inputs = _block_inputs(expander, block, layer, context, arrived)
    cursor = context.cursor
    if layer.common.share is not None:
        cursor = ShareCursor(weights_of(expander, layer.common.share, context))
    first = next(iter(inputs.values()))
    scope = _block_scope(context.scope, block, name, inputs, location)
    active = (*context.active, block)
    names = Namespace(path=scope.path) if name is None else context.names.opened(name, scope.path)
    names.names.update(inputs)
    inner = EvaluationContext(scope, names, arguments, first, block.home, active, cursor)
    inner = with_parameters(expander, block, inner, first)
    value = expander.chain(block.layers, inner, first)
    if layer.common.share is not None and cursor is not None and cursor.left and not isinstance(value, Unknown):
        found = f"{counted(cursor.left, 'layer')} fewer with weights than {layer.common.share.value!r} has"
        expander.fail(layer.common.share.location, context, found, "the same layers to share their weights")
    return block_outputs(expander, block, inner, value)


def _block_scope(around: Scope, block: Block, name: str | None, inputs: dict[str, Value], location: Location) -> Scope:
    given = tuple((name, value.path) for name, value in inputs.items() if isinstance(value, Tensor))
    path = around.path_of(name)
    return BlockScope(ScopeKind.BLOCK, path, around, None, location, block.name, given, block.location)


def _block_arguments(
    expander: Expander, block: Block, layer: Call, context: EvaluationContext, here: Value
) -> dict[str, object]:
    values = _evaluated(expander, layer.arguments, context, here)
    known = [parameter.name for parameter in block.parameters]
    problems = 0
    for key, _ in layer.arguments:
        if str(key.value) not in known:
            found = f"unknown argument {key.value!r} of block {block.name!r}"
            expected = "one of " + ", ".join(known) if known else "no arguments"
            expander.evaluator.note(key.location, context, found, expected, did_you_mean(str(key.value), known))
            problems += 1
    for parameter in block.parameters:
        if parameter.default is None and parameter.name not in values:
            found = f"no {parameter.name!r} for block {block.name!r}"
            expander.evaluator.note(layer.word.location, context, found, "a value, because it has no default")
            problems += 1
    problems += _refused(expander, block, layer, context, values)
    if problems:
        raise DependsOnError
    return values


def _refused(
    expander: Expander, block: Block, layer: Call, context: EvaluationContext, values: dict[str, object]
) -> int:
    """Note the arguments that are none of what their parameters may be; return how many there are."""
    refused = 0
    for parameter in block.parameters:
        if parameter.choices is not None and parameter.name in values:
            place = argument_places(layer)[parameter.name]
            note = partial(expander.evaluator.note, place, context)
            refused += refusal_of(parameter.name, values[parameter.name], parameter.choices, note)
    return refused


def _block_inputs(
    expander: Expander, block: Block, layer: Call, context: EvaluationContext, sources: tuple[Value, ...]
) -> dict[str, Value]:
    names = block.inputs or ("input",)
    if len(sources) != len(names):
        found = f"{counted(len(sources), 'tensor')} for block {block.name!r}"
        expander.fail(
            layer.common.location,
            context,
            found,
            f"{counted(len(names), 'tensor')}: " + ", ".join(names),
            "list them in 'from'",
        )
    return dict(zip(names, sources, strict=True))


def with_parameters(
    expander: Expander, block: Block, context: EvaluationContext, here: Value, *, let: bool = True
) -> EvaluationContext:
    """The context with defaults for the parameters that were not given, then the `let` values, in order."""
    if not block.parameters and not (let and block.let):
        return context
    variables = dict(context.variables)  # grows while its own values are worked out: each sees those before it
    context = context._replace(variables=variables)
    for parameter in block.parameters:
        if parameter.name not in variables and parameter.default is not None:
            variables[parameter.name] = expander.evaluator.value(parameter.default, context, here)
    for key, node in block.let if let else ():
        variables[str(key.value)] = expander.evaluator.value(node, context, here)
    return context


def block_outputs(expander: Expander, block: Block, context: EvaluationContext, value: Value) -> Value:
    """The value of the last layer, or the outputs that the block declares."""
    if not block.outputs:
        return value
    return Outputs({str(key.value): expander.tensor_named(node, context, value) for key, node in block.outputs})


def output_tensors(
    expander: Expander, value: Value, location: Location, context: EvaluationContext
) -> dict[str, Tensor]:
    """Return the outputs of a whole network by name; a single output is called `output`."""
    given = value.by_name if isinstance(value, Outputs) else {"output": value}
    return {name: expander.tensor(each, location, context) for name, each in given.items()}
