"""What can be said of a spec while something in it is wrong: every problem, and the layers that could be built."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.problem import Problem, SpecError, UsageError
from archcalc.graph import GraphBuilder
from archcalc.spec.diagnostics import Diagnostics
from archcalc.spec.expand import Expander
from archcalc.spec.library import Library
from archcalc.spec.load import Origin, Spec, expand_into, read_text_document, read_views, spec_of
from archcalc.spec.text.source import source_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from archcalc.spec.inputs import InputOverride
    from archcalc.spec.model import Document


class Draft(NamedTuple):
    """A spec as far as it goes.

    Without problems `spec` is the whole spec. With problems its graph holds the layers that could be built, and has no
    outputs where the last of them could not; it is None where there are none.
    """

    spec: Spec | None
    problems: tuple[Problem, ...] = ()


def draft_of(
    text: str,
    name: str,
    folder: Path | None,
    parameters: Mapping[str, object],
    inputs: Mapping[str, InputOverride],
) -> Draft:
    """Return the draft of a text; UsageError for a parameter or input that the spec lacks."""
    try:
        document = read_text_document(text, name, folder)
    except SpecError as error:
        readable = _readable(text, name, folder, error.problems[0])
        return Draft(None if readable is None else _partial(readable, parameters, inputs), error.problems)
    try:
        return Draft(spec_of(document, parameters, inputs))
    except SpecError as error:
        return Draft(_partial(document, parameters, inputs), error.problems)


def _readable(text: str, name: str, folder: Path | None, first: Problem) -> Document | None:
    """Return what can be read of a text: all but the parts at fault, or else the lines before the first mistake."""
    lines = [place.line for place, _ in ((first.location, ""), *first.related) if place.source.name == name]
    before = source_of(name, text).lines[: max(0, min(lines, default=1) - 1)]
    for part in (text, "\n".join(before)):
        with suppress(SpecError):
            document = Library(Diagnostics()).text(part, name, folder)
            return document if document.main is not None and document.inputs else None
    return None


def _partial(document: Document, parameters: Mapping[str, object], inputs: Mapping[str, InputOverride]) -> Spec | None:
    """Return the layers that can be built, whatever is wrong with the others."""
    problems, builder = Diagnostics(), GraphBuilder(document.name, {})
    values: Mapping[str, object] = {}
    with suppress(SpecError, UsageError):
        values = expand_into(Expander(builder, problems), document, parameters, inputs)
    if not builder.graph.nodes:
        return None
    views = read_views(document.views, problems)
    origin = Origin(document, parameters, inputs)
    return Spec(document.name, document.title, document.source, values, builder.graph.frozen(), views, origin=origin)
