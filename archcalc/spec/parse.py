"""Positioned plain data to the typed model; every problem of a file is noted before stopping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.problem import did_you_mean, nearest
from archcalc.spec.choices import is_declaration, read_choices
from archcalc.spec.model import (
    Block,
    Branches,
    Call,
    Common,
    Document,
    Entries,
    Group,
    Layer,
    Parameter,
    Repeat,
    Residual,
)
from archcalc.spec.names import expected_of_name, unfit_characters
from archcalc.spec.text import Mapping, Node, Scalar, Sequence, describe

if TYPE_CHECKING:
    from archcalc.core.problem import Location
    from archcalc.spec.diagnostics import Diagnostics

LANGUAGE_VERSION = 1
SPEC_KEYS = (
    "archcalc", "name", "title", "family", "task", "also", "source", "note", "parameters", "let", "inputs", "outputs",
    "views", "use", "blocks", "layers", "published", "lint",
)  # fmt: skip
LIBRARY_KEYS = ("archcalc", "source", "use", "blocks")
BLOCK_KEYS = ("parameters", "let", "inputs", "outputs", "layers", "note")
COMMON_KEYS = ("name", "from", "when", "note", "share")
STRUCTURE_KEYS = {
    "residual": ("body", "shortcut"),
    "branches": ("merge", "paths"),
    "group": ("layers",),
    "repeat": ("layers", "times", "each", "index"),
}
EXPECTED = {
    "name": "name: my_network",
    "inputs": "inputs: {clip: {C: 3, T: 16, H: 112, W: 112}}",
    "layers": "a list of layers",
    "body": "a list of layers",
    "merge": "merge: concat, add, multiply or average",
    "paths": "two lists of layers or more",
}
RESERVED_NAMES = ("input", "here")


class Parser:
    """Reads the parts of one document; problems are added to the diagnostics, and the part at fault is skipped."""

    def __init__(self, problems: Diagnostics) -> None:
        self.problems = problems

    def document(self, root: Node, name: str) -> Document:
        """A spec, or a library when it has blocks and no layers."""
        document = Document(name, root.location)
        if not isinstance(root, Mapping):
            self._wrong(root, "a mapping with archcalc, name, inputs and layers")
            return document
        library = "layers" not in root.keys and "inputs" not in root.keys and "blocks" in root.keys
        meant = self._known_keys(root, LIBRARY_KEYS if library else SPEC_KEYS, "a library" if library else "a spec")
        self._version(root, required=not library and "archcalc" not in meant)
        document.use = self._scalars(root.get("use"), "a list of libraries")
        document.source = self._line(root, "source")
        document.title = self._line(root, "title")
        for key in ("family", "task", "also"):  # what archcalc list shows of a network
            self._line(root, key)
        for key, key_node, body in self._named(root.get("blocks"), "a mapping of blocks"):
            self._check_characters(key_node)
            document.blocks[key] = self.block(key, key_node.location, body, document)
        if not library:
            self._network(root, document, meant)
        return document

    def _network(self, root: Mapping, document: Document, meant: set[str]) -> None:
        for key in ("name", "inputs", "layers"):
            if root.get(key) is None and key not in meant:
                self.problems.add(root.location, f"no {key!r}", EXPECTED[key])
        name = self._line(root, "name")
        if (said := root.get("name")) is not None and name:
            self._check_characters(said)
        document.name = name or document.name
        inputs, written = root.get("inputs"), root.get("layers")
        document.inputs = self._entries(inputs, "a mapping of inputs to their axes")
        if inputs is not None and (_is_nothing(inputs) or inputs == Mapping((), inputs.location)):
            self.problems.add(inputs.location, "no inputs", "at least one, with its axes")
        document.views, document.published, document.lint = (root.get(key) for key in ("views", "published", "lint"))
        layers = self.layers(written)
        if isinstance(written, Sequence) and not written.items:
            self.problems.add(written.location, "no layers", "at least one")
        document.main = Block(
            document.name,
            self._parameters(root.get("parameters")),
            self._names(root.get("let"), "a mapping of names to formulas"),
            tuple(str(key.value) for key, _ in document.inputs),
            self._names(root.get("outputs"), "a mapping of names to layers"),
            layers,
            root.location,
            document,
        )

    def _version(self, root: Mapping, *, required: bool) -> None:
        version = root.get("archcalc")
        expected = f"{LANGUAGE_VERSION}, the version of the language"
        if version is None:
            if required:
                self.problems.add(root.location, "no 'archcalc'", f"archcalc: {expected}")
            return
        number = version.value if isinstance(version, Scalar) else None
        if number != LANGUAGE_VERSION or not isinstance(number, int) or isinstance(number, bool):
            newer = isinstance(number, int) and number > LANGUAGE_VERSION
            hint = "a newer archcalc may know it" if newer else ""
            self.problems.add(version.location, f"archcalc: {describe(version)}", expected, hint)

    def block(self, name: str, location: Location, body: Node, home: Document) -> Block:
        """Return the definition of a block."""
        if not isinstance(body, Mapping):
            self.problems.add(body.location, f"block {name!r}: {describe(body)}", "a mapping with layers")
            body = Mapping((), location)
        else:
            meant = self._known_keys(body, BLOCK_KEYS, "a block")
            if body.get("layers") is None and "layers" not in meant:
                self.problems.add(location, f"no 'layers' in block {name!r}", "a list of layers")
        return Block(
            name,
            self._parameters(body.get("parameters")),
            self._names(body.get("let"), "a mapping of names to formulas"),
            self._input_names(body.get("inputs")),
            self._names(body.get("outputs"), "a mapping of names to layers"),
            self.layers(body.get("layers")),
            location,
            home,
        )

    def _input_names(self, node: Node | None) -> tuple[str, ...]:
        names = self._scalars(node, "a list of names")
        for each in names:
            self._check_characters(each)
        return tuple(str(each.value) for each in names)

    def _parameters(self, node: Node | None) -> tuple[Parameter, ...]:
        parameters = []
        for name, key, default in self._named(node, "a mapping of parameters to defaults"):
            self._not_reserved(key, "a parameter")
            self._check_characters(key)
            choices = None
            if isinstance(default, Mapping) and is_declaration(default):
                choices = read_choices(default, name, self.problems)
                default = default.get("default") or Scalar(None, default.location)
            required = isinstance(default, Scalar) and default.value == "required"
            parameters.append(Parameter(name, None if required else default, key.location, choices))
        return tuple(parameters)

    def _not_reserved(self, name: Scalar, what: str) -> None:
        if name.value in RESERVED_NAMES:
            self.problems.add(name.location, f"{what} named {name.value!r}", "a name that is not input or here")

    def _check_characters(self, node: Node) -> None:
        name = str(node.value) if isinstance(node, Scalar) else ""
        if unfit := unfit_characters(name):
            self.problems.add(node.location, unfit, expected_of_name(name))

    def _names(self, node: Node | None, expected: str) -> Entries:
        """The entries of a mapping whose keys are names."""
        entries = self._entries(node, expected)
        for key, _ in entries:
            self._check_characters(key)
        return entries

    def layers(self, node: Node | None) -> tuple[Layer, ...]:
        """A list of layers; entries that cannot be read are left out."""
        if node is None:
            return ()
        if not isinstance(node, Sequence):
            hint = "begin each layer with '- '" if isinstance(node, Mapping) and node.entries else ""
            self.problems.add(node.location, describe(node), "a list of layers", hint)
            return ()
        read = (self.layer(item) for item in node.items)
        return tuple(layer for layer in read if layer is not None)

    def layer(self, node: Node) -> Layer | None:
        """One layer: a word, or one key with its arguments."""
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return self._call(node, None)
        if not isinstance(node, Mapping):
            self._wrong(node, "a layer: an operator or block, alone or with its arguments")
            return None
        if len(node.entries) != 1:
            found = ", ".join(repr(key) for key in node.keys) or "an empty mapping"
            self.problems.add(
                node.location,
                f"a layer with the keys {found}" if node.entries else found,
                "one operator, block or structure with its arguments",
                "arguments go inside: {conv3d: {out: 64, kernel: 3}}",
            )
            return None
        return self._call(*node.entries[0])

    def _call(self, word: Scalar, arguments: Node | None) -> Layer | None:
        if arguments is not None and not isinstance(arguments, Mapping):
            if not (isinstance(arguments, Scalar) and arguments.value is None):
                self._wrong(arguments, f"a mapping of arguments for {word.value!r}")
                return None
            arguments = None
        entries = arguments.entries if arguments else ()
        common = self._common(word, entries)
        own = tuple((key, value) for key, value in entries if key.value not in COMMON_KEYS)
        if word.value in STRUCTURE_KEYS:
            return self._structure(word, Mapping(own, word.location), common)
        return Call(word, own, common)

    def _common(self, word: Scalar, entries: Entries) -> Common:
        said = {str(key.value): value for key, value in entries if key.value in COMMON_KEYS}
        return Common(
            word.location,
            self._scalar(said.get("name"), "a name"),
            said.get("from"),
            self._scalar(said.get("when"), "a condition"),
            self._scalar(said.get("note"), "a note"),
            self._scalar(said.get("share"), "the name of a layer"),
        )

    def _structure(self, word: Scalar, own: Mapping, common: Common) -> Layer:
        kind = str(word.value)
        meant = self._known_keys(own, STRUCTURE_KEYS[kind], kind)
        required = {"residual": ("body",), "branches": ("merge", "paths")}.get(kind, ("layers",))
        self._required(own, tuple(key for key in required if key not in meant), kind)
        if common.share is not None:
            expected = "'share' on a layer with weights or a block call"
            self.problems.add(common.share.location, f"'share' on a {kind}", expected)
        if kind == "residual":
            return Residual(self.layers(own.get("body")), self.layers(own.get("shortcut")), common)
        if kind == "branches":
            return self._branches(own, common)
        layers = self.layers(own.get("layers"))
        if kind == "group":
            return Group(layers, common)
        return self._repeat(own, layers, common, meant)

    def _branches(self, own: Mapping, common: Common) -> Branches:
        paths: list[tuple[Scalar | None, tuple[Layer, ...]]] = []
        node = own.get("paths")
        if isinstance(node, Mapping):
            paths = [(key, self.layers(value)) for key, value in node.entries]
        elif isinstance(node, Sequence):
            paths = [(None, self.layers(value)) for value in node.items]
        elif node is not None:
            self._wrong(node, "a list of paths, or a mapping of names to paths")
        merge = self._scalar(own.get("merge"), "concat, add, multiply or average")
        return Branches(merge or Scalar("add", common.location), tuple(paths), common)

    def _repeat(self, own: Mapping, layers: tuple[Layer, ...], common: Common, meant: set[str]) -> Repeat:
        times, each = self._scalar(own.get("times"), "how often"), own.get("each")
        said = [key for key in ("times", "each") if not _is_nothing(own.get(key))]
        if len(said) != 1 and not (meant & {"times", "each"}):
            found = "both 'times' and 'each'" if said else "neither 'times' nor 'each'"
            self.problems.add(common.location, f"a repeat with {found}", "one of them")
        table = each if isinstance(each, Scalar) and _is_formula(each) else None
        entries = () if table else self._entries(each, "a mapping of names to lists, or a formula that gives one")
        index = self._scalar(own.get("index"), "a name")
        for name in (*(key for key, _ in entries), *([index] if index else [])):
            self._not_reserved(name, "a value of a repeat")
            self._check_characters(name)
        return Repeat(layers, times, entries, table, index, common)

    def _required(self, own: Mapping, keys: tuple[str, ...], kind: str) -> None:
        for key in keys:
            if own.get(key) is None:
                hint = "" if own.entries else f"{kind} takes {', '.join(STRUCTURE_KEYS[kind])}"
                self.problems.add(own.location, f"no {key!r} in {kind}", EXPECTED[key], hint)

    def _known_keys(self, node: Mapping, known: tuple[str, ...], what: str) -> set[str]:
        """The known keys that unknown ones were probably meant to be; they are not missed a second time."""
        unknown = [key for key, _ in node.entries if key.value not in known]
        for key in unknown:
            word = str(key.value)
            found, expected = f"unknown key {word!r} in {what}", "one of " + ", ".join(known)
            self.problems.add(key.location, found, expected, did_you_mean(word, known))
        return {name for key in unknown if (name := nearest(str(key.value), known))}

    def _wrong(self, node: Node, expected: str) -> None:
        self.problems.add(node.location, describe(node), expected)

    def _scalar(self, node: Node | None, expected: str) -> Scalar | None:
        if node is None or isinstance(node, Scalar):
            return node
        self._wrong(node, expected)
        return None

    def _line(self, root: Mapping, key: str) -> str:
        node = root.get(key)
        if node is None:
            return ""
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return node.value
        hint = "in quotes it is a string" if isinstance(node, Scalar) and node.value is not None else ""
        self.problems.add(node.location, f"{key}: {describe(node)}", "a string", hint)
        return ""

    def _scalars(self, node: Node | None, expected: str) -> tuple[Scalar, ...]:
        if node is None:
            return ()
        if not isinstance(node, Sequence):
            word = node.text if isinstance(node, Scalar) else ""
            self.problems.add(node.location, describe(node), expected, f"write [{word}]" if word else "")
            return ()
        return tuple(item for item in node.items if self._scalar(item, "a string") is not None)  # type: ignore[misc]

    def _entries(self, node: Node | None, expected: str) -> Entries:
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return ()
        if isinstance(node, Mapping):
            return node.entries
        self._wrong(node, expected)
        return ()

    def _named(self, node: Node | None, expected: str) -> list[tuple[str, Scalar, Node]]:
        return [(str(key.value), key, value) for key, value in self._entries(node, expected)]


def _is_nothing(node: Node | None) -> bool:
    return node is None or (isinstance(node, Scalar) and node.value is None)


def _is_formula(node: Scalar) -> bool:
    return isinstance(node.value, str) and "$" in node.value
