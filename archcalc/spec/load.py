"""Loads a spec: its text, its libraries, its graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.core.collection import no_cycles
from archcalc.core.frozen import FrozenDict
from archcalc.core.messages import describe_value
from archcalc.core.problem import SpecError, UsageError, did_you_mean
from archcalc.graph import GraphBuilder, NetworkGraph
from archcalc.spec.calls import block_outputs, output_tensors, with_parameters
from archcalc.spec.context import UNKNOWN, DependsOnError, EvaluationContext, Namespace, Tensor, Unknown
from archcalc.spec.diagnostics import Diagnostics
from archcalc.spec.expand import Expander
from archcalc.spec.inputs import InputOverride, declared_inputs
from archcalc.spec.library import Library
from archcalc.spec.published import Known, PublishedFigure, published_figures
from archcalc.spec.text import Mapping as MappingNode
from archcalc.spec.text import describe, plain
from archcalc.spec.unread import unread_problems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.core.problem import Problem
    from archcalc.spec.model import Block, Document
    from archcalc.spec.text import Node

VIEW_KEYS = ("clips", "crops")


@dataclass(frozen=True, repr=False)
class Spec:
    """A spec, read and expanded: its graph, the parameters it was expanded with, and what it says about itself.

    `views` are clips and crops of one video, None where the spec does not say.
    """

    name: str
    title: str
    source: str
    parameters: Mapping[str, object]
    graph: NetworkGraph
    views: tuple[int, int] | None = None
    published: tuple[PublishedFigure, ...] = ()

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is likely a mistake although the spec can be used: layers that no output reads, each with its place."""
        return unread_problems(self.graph)

    def __repr__(self) -> str:
        """The network, its inputs and its parameters in a line."""
        inputs = ", ".join(f"{each.name} {each.shape}" for each in self.graph.inputs.values())
        return f"<Spec {self.name}: {inputs}; {len(self.graph.nodes)} layers; {dict(self.parameters)}>"


def load_spec(spec: str, parameters: Mapping[str, object], inputs: Mapping[str, InputOverride]) -> Spec:
    """A SPEC (file, `-`, bundled name) with parameters and inputs changed.

    Raises SpecError with every problem of the text, UsageError for a parameter or input that the spec lacks.
    """
    problems = Diagnostics()
    document = Library(problems).main(spec)
    if document.main is None and not problems:
        problems.add(document.location, "a library of blocks", "a network with inputs and layers")
    problems.raise_any()
    assert document.main is not None
    _check_parameters(document.main, parameters)
    try:
        with no_cycles():
            graph, values = _expand(document, document.main, parameters, inputs, problems)
    except RecursionError:
        problems.add(document.location, "structures and blocks too deep inside one another", "fewer levels")
        raise SpecError(problems.problems()) from None
    _check_network(graph, document, problems)
    problems.raise_any()
    views = _views(document.views, problems)
    known = Known(graph.nodes, graph.inputs, values) if not parameters and not inputs else None
    figures = published_figures(document.published, problems, known)
    problems.raise_any()
    return Spec(document.name, document.title, document.source, values, graph, views, figures)


def _check_network(graph: NetworkGraph, document: Document, problems: Diagnostics) -> None:
    if problems:
        return
    if not graph.nodes:
        problems.add(document.location, "a network without layers", "at least one layer that 'when' keeps")
    elif not graph.outputs:
        problems.add(document.location, "a network without an output", "layers that lead to one")


def _check_parameters(main: Block, parameters: Mapping[str, object]) -> None:
    known = [parameter.name for parameter in main.parameters]
    for name in parameters:
        if name not in known:
            hint = did_you_mean(name, known)
            declared = f"the parameters are {', '.join(known)}" if known else "the spec has no parameters"
            raise UsageError(f"no parameter {name!r}; {declared}" + (f" ({hint})" if hint else ""))
    for parameter in main.parameters:
        if parameter.default is None and parameter.name not in parameters:
            raise UsageError(f"no value for parameter {parameter.name!r}, which has no default; set it")


def _expand(
    document: Document,
    main: Block,
    parameters: Mapping[str, object],
    overrides: Mapping[str, InputOverride],
    problems: Diagnostics,
) -> tuple[NetworkGraph, dict[str, object]]:
    builder = GraphBuilder(document.name, {})
    expander = Expander(builder, problems)
    scope = builder.graph.scope
    context = EvaluationContext(scope, Namespace(), dict(parameters), UNKNOWN, document, (main,))
    try:
        context = with_parameters(expander, main, context, UNKNOWN, let=False)
    except DependsOnError:
        problems.raise_any()
    builder.graph.inputs.update(declared_inputs(document.inputs, overrides, expander.evaluator, context))
    problems.raise_any()
    values = dict(context.variables)
    tensors = {name: Tensor(name, each.shape) for name, each in builder.graph.inputs.items()}
    first = next(iter(tensors.values()), None)
    context = EvaluationContext(
        scope, Namespace(names=dict(tensors)), context.variables, first or UNKNOWN, document, (main,)
    )
    try:
        expander.expect_chain(main.layers, context)
        context = with_parameters(expander, main, context, context.input)
        value = block_outputs(expander, main, context, expander.chain(main.layers, context, context.input))
        if not isinstance(value, Unknown):
            outputs = output_tensors(expander, value, main.location, context)
            builder.graph.outputs.update({name: tensor.path for name, tensor in outputs.items()})
    except DependsOnError:
        problems.raise_any()
    return builder.graph.frozen(), FrozenDict(values)


def _views(node: Node | None, problems: Diagnostics) -> tuple[int, int] | None:
    if node is None:
        return None
    if not isinstance(node, MappingNode):
        problems.add(node.location, f"views: {describe(node)}", "{clips: 10, crops: 3}")
        return None
    counts = {"clips": 1, "crops": 1}
    for key, value in node.entries:
        count = plain(value)
        if key.value not in VIEW_KEYS:
            problems.add(
                key.location,
                f"unknown key {key.value!r} in views",
                "clips, crops",
                did_you_mean(str(key.value), VIEW_KEYS),
            )
        elif not isinstance(count, int) or isinstance(count, bool) or count < 1:
            problems.add(value.location, f"{key.value}: {describe_value(count)}", "an integer of at least 1")
        else:
            counts[str(key.value)] = count
    return counts["clips"], counts["crops"]
