"""The text of a spec as plain data with positions: YAML 1.2, with its surprises refused in our own words."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import yaml

from archcalc.core.problem import Location, Problem, Source, SpecError, did_you_mean
from archcalc.spec.formula import MAX_TEXT, closing_parenthesis, describe_value, shortened, unclosed_formula

MAX_BYTES = 8_000_000
MAX_DEPTH = 100
MAX_WRITTEN = 300_000
MAX_NODES = 1_000_000
MAX_DIGITS = 18
MAX_FLOAT = 100
MAX_FORMULA = 1_000
MAX_PROBLEMS = 100

ScalarValue: TypeAlias = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value; `text` is the value as written, without quotes."""

    value: ScalarValue
    location: Location
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    location: Location


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys, which are texts and differ from each other, with what they stand for, in the order of the text."""

    entries: tuple[tuple[Scalar, Node], ...]
    location: Location

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys in the order of the text."""
        return tuple(str(key.value) for key, _ in self.entries)

    def get(self, key: str) -> Node | None:
        """What a key stands for; None when there is no such key."""
        return next((value for name, value in self.entries if name.value == key), None)


Node: TypeAlias = Scalar | Sequence | Mapping


def read_text(path: Path, display_name: str) -> tuple[Source, str]:
    """The text of a file, and the source that problems in it refer to by `display_name`.

    SpecError when there is no such file, it is a directory, it cannot be read, is too long, or is no text in UTF-8.
    """
    try:
        if path.is_dir():
            raise _refusal(display_name, "a directory", "a file")
        _check_size(path.stat().st_size, display_name)
        with path.open("rb") as file:
            return decode(file.read(MAX_BYTES + 1), display_name)
    except (FileNotFoundError, NotADirectoryError):
        raise _refusal(display_name, "no such file", "", _neighbour(path)) from None
    except PermissionError:
        raise _refusal(display_name, "a file that may not be read", "permission to read it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _refusal(display_name, f"a file that cannot be read: {reason}") from None


def decode(data: bytes, name: str) -> tuple[Source, str]:
    """The text that bytes stand for, and the source for problems in it; SpecError when they are no text in UTF-8."""
    _check_size(len(data), name)
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        raise _refusal(name, "text in UTF-16 or UTF-32", "text in UTF-8")
    if b"\0" in data:
        raise _refusal(name, "binary data", "text in UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()  # without the mark that may stand first in the file
        found = f"the byte 0x{error.object[error.start]:02x}, which is no text in UTF-8"
        place = _location(Source(name), before, len(before))
        raise SpecError([Problem(place, found, "text in UTF-8")]) from None
    return _source(name, text), text


def parse(text: str, name: str | Source) -> Node:
    """The data of one YAML document; `name`, or the source that came with the text, is what problems refer to.

    Every value is worked out by the core schema of YAML 1.2: `no` is a text, `1e-5` a number. A node that an alias
    repeats is one shared object. SpecError with all problems that were found up to where reading had to stop.
    """
    text = text.removeprefix("\ufeff")
    source = name if isinstance(name, Source) else _source(name, text)
    _check_characters(text, source)
    builder = _Builder(source, text)
    try:
        builder.read(_LOADER(text))
    except _StopReading:
        pass
    except yaml.YAMLError as error:
        builder.problems.append(_syntax_problem(error, source, text))
    except (ValueError, OverflowError) as error:  # the loader written in Python lets some of these through
        builder.problems.append(Problem(Location(source), f"text that is not YAML: {error}"))
    return builder.finish()


def plain(node: Node) -> Any:
    """A node as ordinary Python data."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {str(key.value): plain(value) for key, value in node.entries}


def describe(node: Node) -> str:
    """A node in words, for messages: a list of 3, the text 'abc', true."""
    if isinstance(node, Scalar):
        return describe_value(node.value)
    if isinstance(node, Sequence):
        return describe_value(node.items)
    return "a mapping" if node.entries else "an empty mapping"


# Reading

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# What libyaml counts as the end of a line, so that our lines are its lines.
_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
_UNPRINTABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_TAG_DIRECTIVE = re.compile(r"(?:^|(?<=[\r\n\x85\u2028\u2029]))%TAG")


def _source(name: str, text: str) -> Source:
    return Source(name, tuple(_BREAK.split(text)))


def _refusal(name: str, found: str, expected: str = "", hint: str = "") -> SpecError:
    return SpecError([Problem(Location(Source(name)), found, expected, hint)])


def _check_size(size: int, name: str) -> None:
    if size > MAX_BYTES:
        raise _refusal(name, "a text of more than 8 MB", "at most 8 MB")


def _neighbour(path: Path) -> str:
    try:
        names = [file.name for file in path.parent.glob("*.y*ml")][:MAX_PROBLEMS]
    except (OSError, ValueError):
        return ""
    return did_you_mean(path.name, names)


def _check_characters(text: str, source: Source) -> None:
    _check_size(len(text), source.name)
    if match := _UNPRINTABLE.search(text):
        found = f"the character U+{ord(match[0]):04X}, which cannot be printed"
        raise SpecError([Problem(_location(source, text, match.start()), found, "text")])
    # Refused before the parser sees them: it takes time with the square of their number.
    if match := _TAG_DIRECTIVE.search(text):
        raise SpecError([Problem(_location(source, text, match.start()), "a %TAG directive", "no directives")])


def _location(source: Source, text: str, index: int) -> Location:
    """The place of the character with this index."""
    line, start = 1, 0
    for match in _BREAK.finditer(text, 0, index):
        line, start = line + 1, match.end()
    return Location(source, line, index - start + 1)


# Building


class _StopReading(Exception):
    """Nothing behind this place can be read; the problem has been noted."""


class _Anchored(NamedTuple):
    node: Node
    size: int
    height: int


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come; the nodes of a mapping are keys and values by turns."""

    location: Location
    anchor: str | None
    nodes: list[Node]
    nodes_before: int
    height: int = 1


class _Builder:
    """Nodes from the events of the parser, with a stack of its own, so that depth cannot exhaust Python's."""

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
            raise _refusal(self.source.name, "the file is empty", "a spec")
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
        if len(self.problems) >= MAX_PROBLEMS:
            raise _StopReading

    def _stop(self, location: Location, found: str, expected: str, hint: str = "") -> None:
        self._problem(location, found, expected, hint)
        raise _StopReading

    def _place(self, event: yaml.Event) -> Location:
        mark: Any = event.start_mark
        return Location(self.source, mark.line + 1, mark.column + 1)

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
        if event.tag not in (None, "!", _CORE + _COLLECTIONS[isinstance(event, yaml.MappingStartEvent)]):
            self._bad_tag(event.tag, place)
        if len(self.open) >= MAX_DEPTH:
            self._stop(place, f"data nested more than {MAX_DEPTH} deep", f"at most {MAX_DEPTH}")
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.open.append(_Open(place, event.anchor, [], self.nodes))
        self.nodes += 1

    def _end_sequence(self, _: yaml.SequenceEndEvent) -> None:
        done = self.open.pop()
        self._end(Sequence(tuple(done.nodes), done.location), done)

    def _end_mapping(self, _: yaml.MappingEndEvent) -> None:
        done = self.open.pop()
        self._end(Mapping(self._entries(done.nodes), done.location), done)

    def _end(self, node: Node, done: _Open) -> None:
        if done.anchor is not None:
            self.anchors[done.anchor] = _Anchored(node, self.nodes - done.nodes_before, done.height)
        self._add(node, done.height)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        place = self._place(event)
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
            self._problem(place, f"{written} inside what it stands for", "an alias of something that ends before it")
        else:
            known = [f"*{anchor}" for anchor in islice(self.anchors, MAX_PROBLEMS) if len(anchor) < MAX_FLOAT]
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
        expected = f"each key once; the first is in line {first.line}"
        self._problem(key.location, f"repeated key {shortened(key.text)}", expected, related=first)

    def _key(self, node: Node) -> Scalar | None:
        if not isinstance(node, Scalar):
            kind = "a list" if isinstance(node, Sequence) else "a mapping"
            self._problem(node.location, f"{kind} as a key", "a text", "quote a text that begins with { or [")
        elif node.text == "<<":
            self._problem(node.location, "a merge key '<<'", "keys written out", "a block is for what is shared")
        elif not node.text:
            self._problem(node.location, "an empty key", "a text before ':'")
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
        if tag is not None and tag not in _TAGS:
            self._bad_tag(tag, place)
            return text
        try:
            return _resolved(text) if tag is None else _tagged(_TAGS[tag], text)
        except _BadValue as error:
            self._problem(place, *error.args)
            return text

    def _bad_tag(self, tag: str, place: Location) -> None:
        name = tag.replace(_CORE, "!!")
        known = ", ".join(f"!!{kind}" for kind in (*_FITS, *_COLLECTIONS))
        self._problem(place, f"the tag {shortened(name)[1:-1]}", f"no tag, or one of {known}")

    def _check_formula(self, event: yaml.ScalarEvent, place: Location) -> None:
        start = unclosed_formula(event.value)
        if start is None:
            return
        self.unclosed.append(place)
        mark: Any = event.start_mark
        hint = _quoting_hint(event.value, start, self.text[mark.index :][: len(event.value) + MAX_FORMULA])
        found = f"a formula that is not closed: {shortened(event.value[start:])}"
        self._problem(place, found, "a ')' for every '('", hint)


def _quoting_hint(value: str, start: int, text: str) -> str:
    """How to quote a formula that YAML cut short; empty when `text`, where the value lies, does not close it either."""
    line = text[max(text.find(value), 0) :].split("\n")[0]
    end = closing_parenthesis(line, start + 2)
    if end is None:
        return ""
    quote = "'" if '"' in line[:end] else '"'
    cause = _CUTS.get(line[len(value) :].lstrip()[:1], "such a character")
    return f"quote a formula that has {cause}: {quote}{line[:end]}{quote}"


_CUTS = {",": "a comma", "[": "a bracket", "{": "a brace", "}": "a brace", ":": "a ': '", "#": "' #'"}


# Values, by the core schema of YAML 1.2


class _BadValue(Exception):
    """A value that is not taken: what was found, what was expected, and a hint."""


_CORE = "tag:yaml.org,2002:"
_COLLECTIONS = ("seq", "map")

_CONSTANTS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_NUMBER_STARTS = frozenset("+-.0123456789")
_INTEGERS = ((re.compile(r"[-+]?[0-9]+"), 10), (re.compile(r"0o[0-7]+"), 8), (re.compile(r"0x[0-9a-fA-F]+"), 16))
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")

_FITS: dict[str, Callable[[ScalarValue], bool]] = {
    "str": lambda value: isinstance(value, str),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}
_TAGS = {_CORE + kind: kind for kind in _FITS}


@lru_cache(maxsize=4096)
def _resolved(text: str) -> ScalarValue:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    for pattern, base in _INTEGERS:
        if pattern.fullmatch(text):
            return _integer(text, base)
    return _float(text) if _FLOAT.fullmatch(text) else text


def _integer(text: str, base: int) -> int:
    if len(text) <= MAX_FLOAT and abs(value := int(text, base)) < 10**MAX_DIGITS:
        return value
    raise _BadValue(f"an integer of {len(text)} characters", f"at most {MAX_DIGITS} digits", "in quotes it is a text")


def _float(text: str) -> float:
    if len(text) > MAX_FLOAT:
        raise _BadValue(f"a number of {len(text)} characters", f"at most {MAX_FLOAT}", "in quotes it is a text")
    if math.isinf(value := float(text)):
        raise _BadValue(f"the number {text}", "one up to 1e308", "infinity is written .inf")
    return value


def _tagged(kind: str, text: str) -> ScalarValue:
    value = text if kind == "str" else _resolved(text)
    if not _FITS[kind](value):
        raise _BadValue(f"{shortened(text)} with the tag !!{kind}", f"a value that is !!{kind}")
    return float(value) if kind == "float" and isinstance(value, int) else value


# Mistakes in the syntax


class _Mistake(NamedTuple):
    """What libyaml or PyYAML says, as a pattern, in our words; `{here}` is what stands at the place of the problem."""

    said: str
    found: str
    expected: str = ""
    hint: str = ""
    at_opening: bool = False


_MISTAKES = (
    _Mistake("cannot start any token", "a text that begins with {here}", "", "put the text in quotes"),
    _Mistake("values are not allowed", "a ':' that no key stands before", "key: value",
             "quote a text that holds ': ', or check the indentation"),
    _Mistake("entries are not allowed", "a list item behind other text", "each '- ' on a line of its own"),
    _Mistake("quoted.*(end of stream|document separator|document indicator)", "a quote that is never closed",
             "the same quote at the end of the text", at_opening=True),
    _Mistake("escape|hexadecimal|quoted", "a backslash that begins no known escape", "such as \\n or \\\\",
             "in single quotes a backslash stands for itself"),
    _Mistake("flow sequence", "{here}", "',' or ']' in the list", "quote a text that holds , [ ] { } or ': '"),
    _Mistake("flow mapping", "{here}", "',' or '}' in the mapping", "quote a text that holds , [ ] { } or ': '"),
    _Mistake("node content", "{here}", "a value"),
    _Mistake("block collection", "{here}", "'- ' in the column where the list begins", "check the indentation"),
    _Mistake("block mapping", "{here}", "a key in the column where the mapping begins",
             "check the indentation, or quote the whole text"),
    _Mistake(r"\btag\b", "a tag that cannot be read", "no tag", "quote a text that begins with '!'"),
    _Mistake("anchor|alias", "'&' or '*' without a name", "a name of letters and digits", "or the text in quotes"),
    _Mistake("block scalar", "{here} behind '|' or '>'", "the text on the next lines"),
    _Mistake("<?document start", "{here} behind the end of the data", "one mapping", "check the indentation"),
    _Mistake("directive|incompatible", "a directive that is not known", "no line that begins with %"),
    _Mistake("expected ':'|simple key", "a key without ':'", "key: value", "check the indentation", at_opening=True),
)  # fmt: skip
_TAB = _Mistake("tab", "a tab", "spaces", "indent with spaces")


def _syntax_problem(error: yaml.YAMLError, source: Source, text: str) -> Problem:
    mark: yaml.Mark | None = getattr(error, "problem_mark", None)
    opening: yaml.Mark | None = getattr(error, "context_mark", None)
    if mark is None:
        return Problem(Location(source), f"text that is not YAML: {shortened(str(error))[1:-1]}")
    said = f"{getattr(error, 'context', '')} {getattr(error, 'problem', '')}"
    mistake = _mistake(said, text[mark.index : mark.index + 1])
    place = _location(source, text, min(mark.index, len(text.rstrip())))
    start = _location(source, text, min(opening.index, len(text.rstrip()))) if opening else place
    found = mistake.found.format(here=_here(text, mark.index))
    related = () if start == place else ((start, "begins here"),)
    if mistake.at_opening:
        return Problem(start, found, mistake.expected, mistake.hint)
    opened = text[opening.index : opening.index + 1] if opening else ""
    if opened in ("[", "{") and mark.index >= len(text.rstrip()):
        return Problem(start, f"a {opened!r} that is never closed", mistake.expected)
    return Problem(place, found, mistake.expected, mistake.hint, related)


def _mistake(said: str, character: str) -> _Mistake:
    if character == "\t" or "tab character" in said:
        return _TAB
    unknown = _Mistake("", "text that is not YAML", said)
    return next((each for each in _MISTAKES if re.search(each.said, said)), unknown)


def _here(text: str, index: int) -> str:
    """What stands at a place, in words."""
    if index >= len(text.rstrip()):
        return "the end of the text"
    word = re.match(r"[\w.$-]+|.", text[index : index + MAX_FLOAT])
    return shortened(word[0]) if word else "the end of the line"
