"""Loads a spec: its text, its libraries, its graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.collection import no_cycles
from archcalc.core.frozen import FrozenDict
from archcalc.core.messages import describe_value
from archcalc.core.problem import SpecError, UsageError, did_you_mean
from archcalc.graph import GraphBuilder, NetworkGraph
from archcalc.spec.calls import block_outputs, output_tensors, with_parameters
from archcalc.spec.context import UNKNOWN, DependsOnError, EvaluationContext, Namespace, Tensor, Unknown
from archcalc.spec.diagnostics import Diagnostics
from archcalc.spec.expand import Expander
from archcalc.spec.ignored_rules import ignored_rules
from archcalc.spec.inputs import InputOverride, parse_override
from archcalc.spec.library import Library
from archcalc.spec.published import Known, PublishedFigure, published_figures
from archcalc.spec.text import Mapping as MappingNode
from archcalc.spec.text import describe, plain
from archcalc.spec.unread import unread_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from archcalc.core.ignored_rule import IgnoredRule
    from archcalc.core.problem import Problem
    from archcalc.spec.choices import Choices
    from archcalc.spec.model import Block, Document, Parameter
    from archcalc.spec.text import Node

VIEW_KEYS = ("clips", "crops")


class Origin(NamedTuple):
    """What a spec was expanded from: the parsed text, and the parameters and inputs that were given."""

    document: Document
    parameters: Mapping[str, object]
    inputs: Mapping[str, InputOverride]


@dataclass(frozen=True, repr=False)
class Spec:
    """A spec, read and expanded: its graph, the parameters it was expanded with, and what it says about itself.

    `archcalc.analyze` works out its numbers, `archcalc.build_module` makes it a module of PyTorch, and
    `archcalc.verify` compares both. `.choices` are values of its parameters, `.warnings` what is likely a mistake.

    `views` are clips and crops of one video, None where the spec does not say. `ignored_rules` are design checks that
    are not reported. `origin` is what it was expanded from, None for a network that does not come from a text.
    """

    name: str
    title: str
    source: str
    parameters: Mapping[str, object]
    graph: NetworkGraph
    views: tuple[int, int] | None = None
    published: tuple[PublishedFigure, ...] = ()
    ignored_rules: tuple[IgnoredRule, ...] = ()
    origin: Origin | None = field(default=None, compare=False)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is likely a mistake although the spec can be used: layers that no output reads, each with its place."""
        return unread_problems(self.graph)

    @property
    def choices(self) -> dict[str, Choices]:
        """What parameters may be, by name; those that the spec leaves open are absent."""
        main = None if self.origin is None else self.origin.document.main
        declared = () if main is None else main.parameters
        return {each.name: each.choices for each in declared if each.choices is not None}

    def varied(self, /, *, inputs: str | Sequence[str] = (), **parameters: object) -> Spec:
        """Return the same text expanded with some parameters and inputs changed; no file is read again.

        Args:
            inputs: sizes to use instead, such as `clip=3x32x224x224@30`, one text or a list of them.
            parameters: values of parameters; those that are not named stay as they are in this spec.

        Raises:
            SpecError: the design cannot be built.
            UsageError: the spec has no such parameter or input, the parameter may not have such a value, or the network
                does not come from a text.
        """
        if self.origin is None:
            raise UsageError(f"{self.name} does not come from the text of a spec; its parameters cannot be varied")
        document, given, overrides = self.origin
        changed = dict(map(parse_override, [inputs] if isinstance(inputs, str) else inputs))
        return spec_of(document, {**given, **parameters}, {**overrides, **changed})

    def __repr__(self) -> str:
        """The network, its inputs and its parameters in a line."""
        inputs = ", ".join(f"{each.name} {each.shape}" for each in self.graph.inputs.values())
        return f"<Spec {self.name}: {inputs}; {len(self.graph.nodes)} layers; {dict(self.parameters)}>"


def load_spec(spec: str, parameters: Mapping[str, object], inputs: Mapping[str, InputOverride]) -> Spec:
    """A SPEC (file, `-`, bundled name) with parameters and inputs changed.

    Raises SpecError with every problem of the text, UsageError for a parameter or input that the spec lacks.
    """
    return spec_of(read_document(spec), parameters, inputs)


def read_document(spec: str) -> Document:
    """Return the text of a SPEC with its libraries, parsed; SpecError with every problem of the texts."""
    return _whole_document(lambda library: library.main(spec))


def read_text_document(text: str, name: str, folder: Path | None) -> Document:
    """Return a text as a spec with its libraries, parsed, as `read_document` does; `folder` holds its own libraries."""
    return _whole_document(lambda library: library.text(text, name, folder))


def _whole_document(read: Callable[[Library], Document]) -> Document:
    problems = Diagnostics()
    document = read(Library(problems))
    if document.main is None and not problems:
        problems.add(document.location, "a library of blocks", "a network with inputs and layers")
    problems.raise_any()
    return document


def spec_of(document: Document, parameters: Mapping[str, object], inputs: Mapping[str, InputOverride]) -> Spec:
    """Return a network that was read, expanded with some parameters and inputs; raises as `load_spec` does."""
    problems = Diagnostics()
    builder = GraphBuilder(document.name, {})
    values = expand_into(Expander(builder, problems), document, parameters, inputs)
    graph = builder.graph.frozen()
    views = read_views(document.views, problems)
    known = Known(graph, values) if not parameters and not inputs else None
    figures = published_figures(document.published, problems, known)
    ignored = ignored_rules(document.lint, problems, None if parameters else graph)
    problems.raise_any()
    origin = Origin(document, parameters, inputs)
    return Spec(document.name, document.title, document.source, values, graph, views, figures, ignored, origin)


def expand_into(
    expander: Expander, document: Document, parameters: Mapping[str, object], inputs: Mapping[str, InputOverride]
) -> Mapping[str, object]:
    """Add the layers of a network to the graph of an expander and return the values of its parameters.

    Raises SpecError with every problem of the layers, UsageError for a parameter or input that the spec lacks.
    """
    problems, main = expander.problems, document.main
    assert main is not None
    check_parameters(main, parameters)
    try:
        with no_cycles():
            values = _expand(expander, document, main, parameters, inputs)
    except RecursionError:
        problems.add(document.location, "structures and blocks too deep inside one another", "fewer levels")
        raise SpecError(problems.problems()) from None
    _check_network(expander.builder.graph, document, problems)
    problems.raise_any()
    return values


def _check_network(graph: NetworkGraph, document: Document, problems: Diagnostics) -> None:
    if problems:
        return
    if not graph.nodes:
        problems.add(document.location, "a network without layers", "at least one layer that 'when' keeps")
    elif not graph.outputs:
        problems.add(document.location, "a network without an output", "layers that lead to one")


def check_parameters(main: Block, parameters: Mapping[str, object]) -> None:
    """Raise UsageError for a parameter that a spec lacks, that has no value, or that may not have the value."""
    known = [parameter.name for parameter in main.parameters]
    for name in parameters:
        if name not in known:
            hint = did_you_mean(name, known)
            declared = f"the parameters are {', '.join(known)}" if known else "the spec has no parameters"
            raise UsageError(f"no parameter {name!r}; {declared}" + (f" ({hint})" if hint else ""))
    for parameter in main.parameters:
        if parameter.default is None and parameter.name not in parameters:
            raise UsageError(f"no value for parameter {parameter.name!r}, which has no default; set it")
        if parameter.choices is not None and parameter.name in parameters:
            _check_choice(parameter, parameter.choices, parameters[parameter.name])


def _check_choice(parameter: Parameter, choices: Choices, value: object) -> None:
    if not choices.accepts(value):
        hint = choices.hint(value)
        found = f"parameter {parameter.name!r}: {describe_value(value)}; expected {choices.expected}"
        raise UsageError(f"{found}, as declared at {parameter.location}" + (f" ({hint})" if hint else ""))


def _expand(
    expander: Expander,
    document: Document,
    main: Block,
    parameters: Mapping[str, object],
    overrides: Mapping[str, InputOverride],
) -> Mapping[str, object]:
    builder, problems = expander.builder, expander.problems
    scope = builder.graph.scope
    context = EvaluationContext(scope, Namespace(), dict(parameters), UNKNOWN, document, (main,))
    try:
        context = with_parameters(expander, main, context, UNKNOWN, let=False)
    except DependsOnError:
        problems.raise_any()
    builder.graph.inputs.update(expander.inputs(document.inputs, overrides, context))
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
    return FrozenDict(values)


def read_views(node: Node | None, problems: Diagnostics) -> tuple[int, int] | None:
    """Return clips and crops of one video, as written; what is wrong is added to the problems."""
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
