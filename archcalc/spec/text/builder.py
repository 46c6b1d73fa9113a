"""Nodes from the events of the YAML parser: keys once, aliases within limits, tags that are plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import yaml

from archcalc.core.messages import shortened
from archcalc.core.problem import MOST_PROBLEMS, Location, Problem, Source, SpecError, did_you_mean
from archcalc.spec.formula import MAX_TEXT, unclosed_formula
from archcalc.spec.text.mistakes import MAX_DEPTH
from archcalc.spec.text.nodes import Mapping, Node, Scalar, ScalarValue, Sequence
from archcalc.spec.text.quoting import MAX_FORMULA, quoting_hint
from archcalc.spec.text.source import refusal
from archcalc.spec.text.values import COLLECTIONS, CORE, FITS, TAGS, BadValue, resolved, tagged

MAX_WRITTEN = 300_000
MAX_NODES = 1_000_000
MAX_NAME = 100


class StopReading(Exception):
    """Nothing after this location can be read; the problem has been reported."""


class _Anchored(NamedTuple):
    node: Node
    size: int
    height: int


@dataclass(slots=True)
class _Open:
    """A list or mapping that is not closed yet; the nodes of a mapping alternate between keys and values."""

    location: Location
    anchor: str | None
    nodes: list[Node]
    nodes_before: int
    flow: bool
    height: int = 1


class Builder:
    """Builds nodes from the events of the parser, with an explicit stack, so that depth cannot exhaust Python's."""

    def __init__(self, source: Source, text: str) -> None:
        self.source = source
        self.text = text
        self.problems: list[Problem] = []
        self.unclosed: list[Location] = []
        self.open: list[_Open] = []
        self.anchors: dict[str, _Anchored | None] = {}
        self.root: Node | None = None
        self.documents = 0
        self.nodes = 0
        self.repeated = 0
        self.handlers: dict[type[yaml.Event], Callable[[Any], None]] = {
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
            yaml.MappingEndEvent: self._end_mapping,
            yaml.MappingStartEvent: self._start,
            yaml.ScalarEvent: self._scalar,
            yaml.SequenceEndEvent: self._end_sequence,
            yaml.SequenceStartEvent: self._start,
        }

    def read(self, loader: Any) -> None:
        """Take all events of a loader."""
        handlers, next_event = self.handlers, loader.get_event
        while type(event := next_event()) is not yaml.StreamEndEvent:
            if handler := handlers.get(type(event)):
                handler(event)

    def finish(self) -> Node:
        """The root; SpecError with all problems, less those that only follow from a formula cut short."""
        problems = [problem for problem in self.problems if not self._follows(problem)]
        if problems:
            raise SpecError(sorted(problems, key=lambda each: (each.location.line, each.location.column)))
        if self.root is None or (isinstance(self.root, Scalar) and self.root == Scalar(None, self.root.location)):
            raise refusal(self.source.name, "the file is empty", "a spec")
        return self.root

    def _follows(self, problem: Problem) -> bool:
        place = problem.location
        return place not in self.unclosed and any(
            cut.line == place.line and cut.column < place.column for cut in self.unclosed
        )

    def _problem(
        self, location: Location, found: str, expected: str = "", hint: str = "", related: Location | None = None
    ) -> None:
        others = ((related, "the first one"),) if related else ()
        self.problems.append(Problem(location, found, expected, hint, others))
        if len(self.problems) >= MOST_PROBLEMS:
            raise StopReading

    def _stop(self, location: Location, found: str, expected: str, hint: str = "") -> None:
        self._problem(location, found, expected, hint)
        raise StopReading

    def _place(self, event: yaml.Event) -> Location:
        start: Any = event.start_mark
        end: Any = event.end_mark
        return Location(self.source, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def _scalar_place(self, event: yaml.ScalarEvent) -> Location:
        """The place of a value; a text of several lines ends with its last letter, and not in the line after it.

        Where nothing is written, it is right behind the colon; of the two loaders, one says the next word instead.
        """
        place = self._place(event)
        if not event.value and (place.line, place.column) == (place.end_line, place.end_column):
            column = len(self.source.line(place.line)[: place.column - 1].rstrip()) + 1
            return place._replace(column=column, end_column=column)
        if event.style not in ("|", ">"):
            return place
        line, column = place.end_line, place.end_column
        while column == 1 and line > place.line:
            line, column = line - 1, len(self.source.line(line - 1)) + 1
        return place._replace(end_line=line, end_column=column)

    def _whole_place(self, done: _Open, event: yaml.Event) -> Location:
        """The place of a list or mapping to its bracket, or, written without any, to the end of its last value."""
        if done.flow:
            mark: Any = event.end_mark
            return done.location._replace(end_line=mark.line + 1, end_column=mark.column + 1)
        if not done.nodes:
            return done.location
        last = done.nodes[-1].location
        return done.location._replace(end_line=last.end_line, end_column=last.end_column)

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self.documents += 1
        if self.documents > 1:
            self._stop(self._place(event), "a second document", "one document", "remove the line with ---")

    def _add(self, node: Node, height: int, size: int = 0) -> None:
        self.nodes += size
        if self.nodes - self.repeated > MAX_WRITTEN:
            self._stop(node.location, f"more than {MAX_WRITTEN:,} values", "a smaller text")
        if self.open:
            outer = self.open[-1]
            outer.nodes.append(node)
            if height >= outer.height:
                outer.height = height + 1
        else:
            self.root = node

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        place = self._place(event)
        if event.tag not in (None, "!", CORE + COLLECTIONS[isinstance(event, yaml.MappingStartEvent)]):
            self._bad_tag(event.tag, place)
        if len(self.open) >= MAX_DEPTH:
            self._stop(place, f"data nested more than {MAX_DEPTH} deep", f"at most {MAX_DEPTH}")
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.open.append(_Open(place, event.anchor, [], self.nodes, bool(event.flow_style)))
        self.nodes += 1

    def _end_sequence(self, event: yaml.SequenceEndEvent) -> None:
        done = self.open.pop()
        self._end(Sequence(tuple(done.nodes), self._whole_place(done, event)), done)

    def _end_mapping(self, event: yaml.MappingEndEvent) -> None:
        done = self.open.pop()
        self._end(Mapping(self._entries(done.nodes), self._whole_place(done, event)), done)

    def _end(self, node: Node, done: _Open) -> None:
        if done.anchor is not None:
            self.anchors[done.anchor] = _Anchored(node, self.nodes - done.nodes_before, done.height)
        self._add(node, done.height)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        place = self._scalar_place(event)
        node = Scalar(self._value(event, place), place, event.value)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(node, 1, 0)
        self._add(node, 0, 1)

    def _alias(self, event: yaml.AliasEvent) -> None:
        place, name = self._place(event), str(event.anchor)
        anchored = self.anchors.get(name)
        if anchored is None:
            self._bad_alias(name, place)
            anchored = _Anchored(Scalar(None, place), 1, 0)
        if len(self.open) + anchored.height > MAX_DEPTH:
            self._stop(place, f"data nested more than {MAX_DEPTH} deep by an alias", f"at most {MAX_DEPTH}")
        if self.nodes + anchored.size > MAX_NODES:
            found = f"more than {MAX_NODES:,} values, counting each alias as all that it repeats"
            self._stop(place, found, "fewer aliases")
        self.repeated += anchored.size
        self._add(anchored.node, anchored.height, anchored.size)

    def _bad_alias(self, name: str, place: Location) -> None:
        written = f"*{shortened(name)[1:-1]}"
        if name in self.anchors:
            self._problem(place, f"{written} inside its own anchor", "an alias of an anchor that ends before it")
        else:
            known = [f"*{anchor}" for anchor in islice(self.anchors, MOST_PROBLEMS) if len(anchor) < MAX_NAME]
            self._problem(place, f"an unknown alias {written}", "an anchor before it", did_you_mean(written, known))

    def _entries(self, nodes: list[Node]) -> tuple[tuple[Scalar, Node], ...]:
        entries: dict[str, tuple[Scalar, Node]] = {}
        for node, value in zip(nodes[::2], nodes[1::2], strict=True):
            key = self._key(node)
            if key is None:
                continue
            if key.text in entries:
                self._repeated(key, entries[key.text][0].location)
            else:
                entries[key.text] = (key, value)
        return tuple(entries.values())

    def _repeated(self, key: Scalar, first: Location) -> None:
        self._problem(key.location, f"repeated key {shortened(key.text)}", "each key once", related=first)

    def _key(self, node: Node) -> Scalar | None:
        if not isinstance(node, Scalar):
            kind = "a list" if isinstance(node, Sequence) else "a mapping"
            self._problem(node.location, f"{kind} as a key", "a string", "quote a string that begins with { or [")
        elif node.text == "<<":
            self._problem(node.location, "a merge key '<<'", "explicit keys", "use a block for what is shared")
        elif not node.text:
            self._problem(node.location, "an empty key", "a string before ':'")
        else:
            return node if isinstance(node.value, str) else Scalar(node.text, node.location, node.text)
        return None

    def _value(self, event: yaml.ScalarEvent, place: Location) -> ScalarValue:
        text, tag = event.value, event.tag
        quoted = event.style not in ("", None)
        if "$(" in text and not quoted and len(text) <= MAX_TEXT:
            self._check_formula(event, place)
        if tag == "!" or (quoted and tag is None):
            return text
        if tag is not None and tag not in TAGS:
            self._bad_tag(tag, place)
            return text
        try:
            return resolved(text) if tag is None else tagged(TAGS[tag], text)
        except BadValue as error:
            self._problem(place, *error.args)
            return text

    def _bad_tag(self, tag: str, place: Location) -> None:
        name = tag.replace(CORE, "!!")
        known = ", ".join(f"!!{kind}" for kind in (*FITS, *COLLECTIONS))
        self._problem(place, f"the tag {shortened(name)[1:-1]}", f"no tag, or one of {known}")

    def _check_formula(self, event: yaml.ScalarEvent, place: Location) -> None:
        start = unclosed_formula(event.value)
        if start is None:
            return
        self.unclosed.append(place)
        mark: Any = event.start_mark
        hint = quoting_hint(event.value, start, self.text[mark.index :][: len(event.value) + MAX_FORMULA])
        found = f"a formula that is not closed: {shortened(event.value[start:])}"
        self._problem(place, found, "a ')' for every '('", hint)
