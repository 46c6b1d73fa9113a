"""Expansion: drives the graph builder layer by layer, so that formulas know the shapes before them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from archcalc.core.messages import describe_value
from archcalc.core.problem import Location, OperatorError, SpecError
from archcalc.spec.calls import argument_places, call
from archcalc.spec.clashes import clash_advice
from archcalc.spec.context import UNKNOWN, DependsOnError, EvaluationContext, Outputs, Tensor, Unknown, Value
from archcalc.spec.evaluate import Constants, Evaluator
from archcalc.spec.inputs import declared_inputs, overridden_inputs
from archcalc.spec.least_layers import LeastLayers
from archcalc.spec.model import Block, Branches, Call, Common, Group, Layer, Residual
from archcalc.spec.names import expected_of_name, unfit_characters
from archcalc.spec.parse import RESERVED_NAMES, Parser
from archcalc.spec.references import tensors_named
from archcalc.spec.structures import branches, group, repeat, residual
from archcalc.spec.text import Node, Scalar, Sequence
from archcalc.spec.work import ALLOWED, ALLOWED_A_LAYER, ITERATION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc import graph
    from archcalc.graph import GraphBuilder, NetworkInput
    from archcalc.ops.base import Operator
    from archcalc.spec.context import Related
    from archcalc.spec.diagnostics import Diagnostics
    from archcalc.spec.inputs import InputOverride
    from archcalc.spec.model import Entries

MOST_LAYERS = 100_000


class Shared:
    """What expansions of one text have in common, whatever its parameters: it is worked out once."""

    def __init__(self) -> None:
        self.constants = Constants({}, {})
        self.operators: dict[object, Operator] = {}
        self.lists: dict[int, tuple[Layer, ...]] = {}
        self.least = LeastLayers()
        self.expected: set[int] = set()


class Expander:
    """Converts layers to nodes of a graph; a layer that fails gives an unknown tensor, which hides further errors."""

    def __init__(self, builder: GraphBuilder, problems: Diagnostics, shared: Shared | None = None) -> None:
        """Begin an expansion; `shared` is what expansions of the same text have in common."""
        shared = shared or Shared()
        self.builder = builder
        self.problems = problems
        self.evaluator = Evaluator(problems, shared.constants)
        self.parser = Parser(problems)
        self.operators = shared.operators
        self.added: list[str] = []
        self._stacked = 0
        self._counts: dict[str, int] = {}
        self._lists = shared.lists
        self._clashes = 0
        self._least = shared.least
        self._expected = shared.expected

    def inputs(
        self, entries: Entries, overrides: Mapping[str, InputOverride], context: EvaluationContext
    ) -> Mapping[str, NetworkInput]:
        """Return the inputs of a network with what a caller changed; raises as `overridden_inputs` does."""
        return overridden_inputs(entries, self.declared(entries, context), overrides)

    def declared(self, entries: Entries, context: EvaluationContext) -> Mapping[str, NetworkInput]:
        """Return the inputs as the spec declares them."""
        return declared_inputs(entries, self.evaluator, context)

    def chain(self, layers: tuple[Layer, ...], context: EvaluationContext, here: Value) -> Value:
        """Layers one after the other; the value of the last."""
        for layer in layers:
            here = self.layer(layer, context, here)
        return here

    def layer(self, layer: Layer, context: EvaluationContext, here: Value) -> Value:
        """One layer, call or structure, and its name if it has one."""
        name = None
        start = len(self.added)
        try:
            arrived = self.sources(layer.common, context, here)
            name = self.name(layer.common, context, arrived[0])
            value = self._value(layer, self._unused(name, layer.common, context), context, arrived)
        except DependsOnError:
            value = UNKNOWN
            context.names.incomplete |= not isinstance(layer, Call) or (name is None and layer.common.name is not None)
        if name is not None:
            self.define(name, value, layer.common, context, start)
        return value

    def _value(self, layer: Layer, name: str | None, context: EvaluationContext, arrived: tuple[Value, ...]) -> Value:
        if not self._included(layer.common, context, arrived[0]):
            return self._left_out(layer, context, arrived)
        if isinstance(layer, Call):
            return call(self, layer, name, context, arrived)
        here = self._one(layer.common, context, arrived)
        if isinstance(layer, Residual):
            return residual(self, layer, name, context, here)
        if isinstance(layer, Branches):
            return branches(self, layer, name, context, here)
        if isinstance(layer, Group):
            return group(self, layer, name, context, here)
        return repeat(self, layer, name, context, here)

    def _one(self, common: Common, context: EvaluationContext, arrived: tuple[Value, ...]) -> Value:
        """The one tensor that a structure starts from."""
        if len(arrived) > 1 and common.source is not None:
            self.fail(common.source.location, context, f"a list of {len(arrived)} tensors", "the name of one tensor")
        return arrived[0]

    def _included(self, common: Common, context: EvaluationContext, here: Value) -> bool:
        if common.when is None:
            return True
        value = self.evaluator.value(common.when, context, here)
        if not isinstance(value, bool):
            self.fail(common.when.location, context, f"when: {describe_value(value)}", "true or false")
        return value

    def _left_out(self, layer: Layer, context: EvaluationContext, arrived: tuple[Value, ...]) -> Value:
        """The identity; a block with several tensors passes on each input under the output of the same name."""
        block = self.block(layer, context, arrived[0]) if isinstance(layer, Call) else None
        outputs = [str(key.value) for key, _ in block.outputs] if block else []
        if len(outputs) < 2 and all(each == arrived[0] for each in arrived):
            return arrived[0]
        if block is None or not outputs:
            self._several_left_out(layer.common, context, len(arrived))
        given = dict(zip(block.inputs, arrived, strict=False))
        missing = [name for name in outputs if name not in given]
        if missing:
            self.fail(
                layer.common.location,
                context,
                f"block {block.name!r} left out, with an output {missing[0]!r} but no input of that name",
                "outputs named like inputs",
            )
        return Outputs({name: given[name] for name in outputs})

    def _several_left_out(self, common: Common, context: EvaluationContext, count: int) -> NoReturn:
        """Refuse to choose: passing on the first of several inputs would drop the others in silence."""
        first = common.source.items[0] if isinstance(common.source, Sequence) else None
        name = first.text if isinstance(first, Scalar) else "..."
        hint = f"group: {{from: {name}, when: ..., layers: [...]}} around it passes on {name!r}"
        found = f"a layer left out by 'when' that reads {count} tensors"
        self.fail(common.location, context, found, "one tensor, which is passed on in its place", hint)

    def block(self, layer: Call, context: EvaluationContext, here: Value) -> Block | None:
        """The block that a call names, if it names one."""
        word = self.evaluator.value(layer.word, context, here)
        return context.document.block(word) if isinstance(word, str) else None

    def name(self, common: Common, context: EvaluationContext, here: Value) -> str | None:
        """Return the evaluated and checked name of a layer."""
        if common.name is None:
            return None
        value = self.evaluator.value(common.name, context, here)
        name = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
        expected = "a name with no dot that is not empty, not all digits, and not input or here"
        if unfit := unfit_characters(name):
            self.fail(common.name.location, context, unfit, expected_of_name(name))
        if not name or "." in name or name.isdigit() or name in RESERVED_NAMES:
            found = f"the name {value!r}" if isinstance(value, (str, int)) else describe_value(value)
            self.fail(common.name.location, context, found, expected)
        return name

    def path_name(self, node: Node, context: EvaluationContext, here: Value) -> str:
        """Return the evaluated and checked name of a path of branches."""
        name = str(self.evaluator.value(node, context, here))
        if unfit := unfit_characters(name):
            self.fail(node.location, context, unfit, expected_of_name(name))
        if not name or "." in name:
            self.fail(node.location, context, f"the name {name!r} of a path", "a name with no dot that is not empty")
        return name

    def _unused(self, name: str | None, common: Common, context: EvaluationContext) -> str | None:
        """Return the name, or a substitute if it is already used, which is reported."""
        if name is None or common.name is None or name not in context.names.names:
            return name
        first = context.names.places.get(name)
        related = ((first, f"the first {name!r}"),) if first else ()
        hint = "name the repeat: each iteration is then a scope of its own" if first == common.name.location else ""
        found = f"the name {name!r} used twice"
        self.problems.add(common.name.location, found, "a name that is not used yet", hint, related + context.calls)
        self._clashes += 1
        return f"{name}#{self._clashes}"

    def define(self, name: str, value: Value, common: Common, context: EvaluationContext, start: int) -> None:
        """Make a name visible in its scope."""
        names = context.names
        names.names[name] = value
        names.places[name] = common.name.location if common.name else common.location
        names.layers[name] = (start, len(self.added))

    def sources(self, common: Common, context: EvaluationContext, here: Value) -> tuple[Value, ...]:
        """What a layer reads: what `from` names, else what arrives."""
        if common.source is None:
            return (here,)
        named = common.source.items if isinstance(common.source, Sequence) else (common.source,)
        if not named:
            self.fail(common.source.location, context, "an empty 'from'", "the name of a tensor or a list of them")
        return tuple(each for node in named for each in tensors_named(self, node, context, here))

    def tensor_named(self, node: Node, context: EvaluationContext, here: Value) -> Value:
        """Return the one tensor with a name; `block.output` and `block.layer` select one inside a block."""
        found = tensors_named(self, node, context, here)
        if len(found) > 1:
            self.fail(node.location, context, f"{len(found)} tensors", "the name of one tensor")
        return found[0]

    def tensor(self, value: Value, location: Location, context: EvaluationContext) -> Tensor:
        """Return one tensor with a known shape.

        Raises DependsOnError if the shape is unknown, and reports a problem if there are several outputs.
        """
        if isinstance(value, Outputs):
            if len(value.by_name) != 1:
                found = f"a block with the outputs {', '.join(value.by_name)}"
                self.fail(location, context, found, "one tensor", "select one: from: name.output")
            (value,) = value.by_name.values()
            return self.tensor(value, location, context)
        if isinstance(value, Unknown):
            raise DependsOnError
        return value

    def add(
        self,
        path: str,
        op: str,
        operator: Operator,
        inputs: tuple[Value, ...],
        common: Common,
        context: EvaluationContext,
        owner: str | None = None,
        layer: Call | None = None,
        *,
        named: bool = True,
    ) -> Tensor:
        """Add an operator to the graph; an OperatorError is reported at the layer or at its argument."""
        tensors = tuple(self.tensor(value, common.location, context) for value in inputs)
        count = operator.layer_count()
        if len(self.added) + self._stacked + count > MOST_LAYERS:
            self._too_many(common.location)
        note = str(common.note.value) if common.note else ""
        try:
            node = self.builder.add(
                path, op, operator, tuple(each.path for each in tensors),
                owner=owner, location=common.location, note=note, scope=context.scope, named=named,
            )  # fmt: skip
        except OperatorError as error:
            location = argument_places(layer).get(error.argument, common.location) if layer else common.location
            hint, related = self._advice(error, path, context)
            self.problems.add(location, f"{path}: {error.found}", error.expected, hint, related + context.calls)
            raise DependsOnError from None
        self._stacked += count - 1
        return self._placed(node)

    def _advice(self, error: OperatorError, path: str, context: EvaluationContext) -> tuple[str, Related]:
        earlier = self.builder.graph.nodes.get(path)
        if error.argument != "name" or earlier is None:
            return error.hint, ()
        return clash_advice(earlier.scope.calls, context.scope.calls)

    def _placed(self, node: graph.Node) -> Tensor:
        self.added.append(node.path)
        self.evaluator.work.add_layer()
        return Tensor(node.path, node.shape)

    def segment(self, name: str | None, word: str, context: EvaluationContext) -> str:
        """The name that a layer adds to its path: its own, or its operator, with a count from the second on."""
        if name is not None:
            return name
        path = context.scope.path_of(word)
        self._counts[path] = self._counts.get(path, 0) + 1
        return word if self._counts[path] == 1 else f"{word}_{self._counts[path]}"

    def path(self, name: str | None, word: str, context: EvaluationContext) -> str:
        """The path of a layer: its name, or one made from its operator."""
        return context.scope.path_of(self.segment(name, word, context))

    def layers(self, node: Node) -> tuple[Layer, ...]:
        """Layers written inside the arguments of an operator, parsed once."""
        if id(node) not in self._lists:
            self._lists[id(node)] = self.parser.layers(node)
        return self._lists[id(node)]

    def expect(self, times: int, layers: tuple[Layer, ...], location: Location, context: EvaluationContext) -> None:
        """Raise an error before the work starts if the number of layers must exceed the limit."""
        least = times * self._least.of(layers, context.document)
        if len(self.added) + least > MOST_LAYERS:
            self._too_many(location)
        if times * ITERATION > ALLOWED + MOST_LAYERS * ALLOWED_A_LAYER:
            self.give_up(location, f"{times:,} iterations", f"at most {MOST_LAYERS:,} layers")

    def expect_chain(self, layers: tuple[Layer, ...], context: EvaluationContext) -> None:
        """Give up before the work where layers, once over, are bound to be too many."""
        if id(layers) in self._expected:
            return
        least = 0
        for layer in layers:
            least += self._least.of((layer,), context.document)
            if least > MOST_LAYERS:
                self._too_many(layer.common.location)
        self._expected.add(id(layers))

    def _too_many(self, location: Location) -> NoReturn:
        self.give_up(location, f"more than {MOST_LAYERS:,} layers", f"at most {MOST_LAYERS:,}")

    def spend(self, steps: int, location: Location) -> None:
        """Count work at a place: repeats and blocks that never end, or nearly so, are given up."""
        self.evaluator.work.place = location
        self.evaluator.work.spend(steps)

    def fail(
        self, location: Location, context: EvaluationContext, found: str, expected: str = "", hint: str = ""
    ) -> NoReturn:
        """Report a problem and raise DependsOnError."""
        self.evaluator.note(location, context, found, expected, hint)
        raise DependsOnError

    def give_up(self, location: Location, found: str, expected: str) -> NoReturn:
        """Stop at once: going on would take without end."""
        self.problems.add(location, found, expected)
        raise SpecError(self.problems.problems())
