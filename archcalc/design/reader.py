"""Reads search and sweep files: every problem with its place, before any design is evaluated."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from archcalc.analysis.analyze import Settings
from archcalc.analysis.conventions import CONVENTIONS
from archcalc.analysis.memory import DTYPE_BYTES, MOST_SAMPLES
from archcalc.analysis.optimizers import OPTIMIZERS
from archcalc.core.messages import describe_value, is_whole
from archcalc.core.problem import UsageError, did_you_mean
from archcalc.design.dimensions import DimensionReader, axes_of
from archcalc.design.locate import read_search_text, texts_of
from archcalc.design.measures import MeasureReader
from archcalc.design.model import LATENCY, SEARCH, SWEEP, SearchFile
from archcalc.design.names import formula_names
from archcalc.spec.diagnostics import Diagnostics
from archcalc.spec.formula import FormulaError, compile_text
from archcalc.spec.inputs import parse_override
from archcalc.spec.library import SUFFIXES
from archcalc.spec.load import read_document
from archcalc.spec.parse import LANGUAGE_VERSION
from archcalc.spec.text import Mapping, Node, Scalar, Sequence, describe, plain

if TYPE_CHECKING:
    from collections.abc import Collection

    from archcalc.design.model import Dimension
    from archcalc.spec.inputs import InputOverride
    from archcalc.spec.model import Document

COMMON = (
    "archcalc", "title", "note", "source", "spec", "set", "input", "space", "derive", "where", "show", "convention",
    "batch", "dtype", "optimizer",
)  # fmt: skip
SEARCH_KEYS = (SEARCH, *COMMON, "require", "minimise", "maximise", "by")
SWEEP_KEYS = (SWEEP, *COMMON, "rows", "columns")
FORMULA = "a formula, such as $(depth < 4)"


def read_search(name: str, kind: str | None = None) -> SearchFile:
    """Return the search or sweep in a file, `-`, or one that ships with archcalc.

    Args:
        name: the file or the name.
        kind: `search` or `sweep`, where only one of them is expected.

    Raises:
        SpecError: with every problem of the file, or those of its spec.
    """
    root, folder = read_search_text(name)
    problems = Diagnostics()
    reader = _Reader(problems)
    if not isinstance(root, Mapping):
        problems.add(root.location, describe(root), "a mapping with archcalc, search, spec and space")
    problems.raise_any()
    assert isinstance(root, Mapping)
    found = reader.file(root, folder, kind)
    problems.raise_any()
    assert found is not None
    return found


class _Reader:
    def __init__(self, problems: Diagnostics) -> None:
        self.problems = problems

    def file(self, root: Mapping, folder: Path, expected: str | None) -> SearchFile | None:
        kind = self._kind(root, expected)
        self._known(root, SEARCH_KEYS if kind == SEARCH else SWEEP_KEYS, f"a {kind}")
        self._version(root)
        spec = self._text(root, "spec")
        if not spec and root.get("spec") is None:
            self.problems.add(root.location, "no 'spec'", "spec: NAME, or spec: ./FILE.yaml")
        self.problems.raise_any()
        document = read_document(_spec_path(spec, folder))
        return self._designs(root, kind, (spec, _shown(spec, folder)), document)

    def _designs(self, root: Mapping, kind: str, spec: tuple[str, str], document: Document) -> SearchFile | None:
        fixed = self._fixed(root.get("set"), document)
        inputs = self._inputs(root.get("input"), document)
        derive = self._derive(root.get("derive"))
        space = DimensionReader(self.problems, document, formula_names(node for _, node in derive)).read(root, fixed)
        names = [*fixed, *(each.name for each in space), *(key for key, _ in derive)]
        self._unused(root, derive, document)
        where = self._formulas(root.get("where"))
        measures = MeasureReader(self.problems, document, names)
        found = SearchFile(
            kind, self._text(root, kind), self._text(root, "title"), *spec, document, self._settings(root), fixed,
            inputs, space, derive, where, root.location,
            requirements=measures.requirements(root.get("require")) if kind == SEARCH else (),
            goals=measures.goals(root) if kind == SEARCH else (),
            by=self._dimension(root, "by", space), rows=self._dimension(root, "rows", space),
            columns=self._dimension(root, "columns", space), show=measures.shown(root.get("show")),
            texts=(*_lines(root), *texts_of(document)),
        )  # fmt: skip
        self._required(root, kind, found)
        self._check_settable(root, found)
        return self._with_fits(found)

    def _with_fits(self, found: SearchFile) -> SearchFile:
        """Return a search with the fits of latency that it names; results depend on them as on its text."""
        fits = {}
        for each in found.measures:
            if each.key == LATENCY and each.device not in fits:
                from archcalc.analysis.latency_fit import latency_fit

                try:
                    fits[each.device] = latency_fit(each.device, found.settings.dtype, found.settings.batch)
                except UsageError as error:
                    self.problems.add(each.location, str(error))
        return replace(found, fits=fits, texts=(*found.texts, *map(repr, fits.values())))

    def _kind(self, root: Mapping, expected: str | None) -> str:
        present = [key for key in (SEARCH, SWEEP) if root.get(key) is not None]
        if len(present) != 1:
            found = "both 'search' and 'sweep'" if present else f"no {expected or SEARCH!r}"
            self.problems.add(root.location, found, f"{expected or SEARCH}: NAME")
        elif expected is not None and present[0] != expected:
            node = root.get(present[0])
            assert node is not None
            self.problems.add(node.location, f"a {present[0]}", f"a {expected}", f"archcalc {present[0]} runs it")
        return present[0] if present else expected or SEARCH

    def _required(self, root: Mapping, kind: str, found: SearchFile) -> None:
        if root.get("space") is None:
            self.problems.add(root.location, "no 'space'", "space: {depth: [1, 2, 3]}")
        if kind == SEARCH and not found.goals and not any(root.get(key) for key in ("minimise", "maximise")):
            self.problems.add(root.location, "neither 'minimise' nor 'maximise'", "minimise: [macs, params]")
        if kind == SWEEP and not found.show:
            self.problems.add(root.location, "no 'show'", "show: [macs, params]")
        if found.columns is not None and found.rows is None:
            self.problems.add(root.location, "'columns' without 'rows'", "rows: NAME")

    def _known(self, node: Mapping, known: Collection[str], what: str) -> None:
        for key, _ in node.entries:
            if key.value not in known:
                found = f"unknown key {key.value!r} in {what}"
                hint = did_you_mean(str(key.value), known)
                self.problems.add(key.location, found, "one of " + ", ".join(known), hint)

    def _version(self, root: Mapping) -> None:
        version = root.get("archcalc")
        expected = f"archcalc: {LANGUAGE_VERSION}"
        if version is None:
            self.problems.add(root.location, "no 'archcalc'", expected)
        elif plain(version) is not LANGUAGE_VERSION:
            self.problems.add(version.location, f"archcalc: {describe(version)}", expected)

    def _text(self, root: Mapping, key: str) -> str:
        node = root.get(key)
        if node is None:
            return ""
        if isinstance(node, Scalar) and isinstance(node.value, str) and node.value:
            return node.value
        self.problems.add(node.location, f"{key}: {describe(node)}", "a string")
        return ""

    def _fixed(self, node: Node | None, document: Document) -> dict[str, object]:
        if node is None:
            return {}
        if not isinstance(node, Mapping):
            self.problems.add(node.location, f"set: {describe(node)}", "parameters with their values")
            return {}
        found = {}
        for key, value in node.entries:
            found[str(key.value)] = plain(value)
            self._check_setting(key, str(key.value), plain(value), document)
        return found

    def _check_setting(self, key: Scalar, name: str, value: object, document: Document) -> None:
        assert document.main is not None
        parameters = {each.name: each for each in document.main.parameters}
        if name not in parameters:
            self.problems.add(
                key.location, f"unknown parameter {name!r}", _parameters(document), did_you_mean(name, parameters)
            )
            return
        choices = parameters[name].choices
        if choices is not None and not choices.accepts(value):
            found = f"{name}: {describe_value(value)}"
            self.problems.add(key.location, found, choices.expected, choices.hint(value))

    def _inputs(self, node: Node | None, document: Document) -> dict[str, InputOverride]:
        overrides: dict[str, InputOverride] = {}
        nodes = () if node is None else node.items if isinstance(node, Sequence) else (node,)
        known = {str(key.value): axes_of(node) for key, node in document.inputs}
        for each in nodes:
            try:
                name, override = parse_override(plain(each))
            except UsageError:
                self.problems.add(each.location, f"input: {describe(each)}", "NAME=SIZExSIZE...[@FPS]")
                continue
            if name not in known:
                self.problems.add(each.location, f"unknown input {name!r}", ", ".join(known), did_you_mean(name, known))
            elif len(override.sizes) != len(known[name]):
                found = f"{len(override.sizes)} sizes for input {name!r}"
                self.problems.add(each.location, found, f"{len(known[name])}, in the order {', '.join(known[name])}")
            overrides[name] = override
        return overrides

    def _derive(self, node: Node | None) -> tuple[tuple[str, Scalar], ...]:
        if node is None:
            return ()
        if not isinstance(node, Mapping):
            self.problems.add(node.location, f"derive: {describe(node)}", "names with their formulas")
            return ()
        found = []
        for key, value in node.entries:
            if self._is_formula(value):
                assert isinstance(value, Scalar)
                found.append((str(key.value), value))
        return tuple(found)

    def _unused(self, root: Mapping, derive: tuple[tuple[str, Scalar], ...], document: Document) -> None:
        """Note a derived value that is no parameter and that nothing reads."""
        assert document.main is not None
        known = [each.name for each in document.main.parameters]
        rest = [node for key in ("where", "require", "minimise", "maximise", "show") if (node := root.get(key))]
        read = formula_names([*(node for _, node in derive), *rest])
        node = root.get("derive")
        for key, _ in node.entries if isinstance(node, Mapping) else ():
            if key.value not in known and key.value not in read and not _names(rest, str(key.value)):
                found = f"{key.value!r}, which is no parameter and which nothing reads"
                self.problems.add(key.location, found, _parameters(document), did_you_mean(str(key.value), known))

    def _formulas(self, node: Node | None) -> tuple[Scalar, ...]:
        nodes = () if node is None else node.items if isinstance(node, Sequence) else (node,)
        return tuple(each for each in nodes if isinstance(each, Scalar) and self._is_formula(each))

    def _is_formula(self, node: Node) -> bool:
        if not isinstance(node, Scalar) or not isinstance(node.value, str) or "$" not in node.value:
            self.problems.add(node.location, describe(node), FORMULA)
            return False
        try:
            compile_text(node.value)
        except FormulaError as error:
            self.problems.add(node.location, error.found, error.expected, error.hint)
            return False
        return True

    def _dimension(self, root: Mapping, key: str, space: tuple[Dimension, ...]) -> str | None:
        name, known = self._text(root, key), [each.name for each in space]
        if name and name not in known:
            node = root.get(key)
            assert node is not None
            self.problems.add(
                node.location, f"{key}: {name!r}", "one of " + ", ".join(known), did_you_mean(name, known)
            )
        return name or None

    def _settings(self, root: Mapping) -> Settings:
        default = Settings()
        return Settings(
            self._choice(root, "convention", CONVENTIONS) or default.convention,
            self._batch(root.get("batch")),
            self._choice(root, "dtype", DTYPE_BYTES) or default.dtype,
            self._choice(root, "optimizer", OPTIMIZERS) or default.optimizer,
        )

    def _batch(self, node: Node | None) -> int:
        count = 1 if node is None else plain(node)
        if node is not None and not (is_whole(count) and 1 <= count <= MOST_SAMPLES):
            self.problems.add(node.location, f"batch: {describe(node)}", f"an integer from 1 to {MOST_SAMPLES:,}")
            return 1
        return int(count)

    def _choice(self, root: Mapping, key: str, known: Collection[str]) -> str:
        value = self._text(root, key)
        if value and value not in known:
            node = root.get(key)
            assert node is not None
            found = f"{key}: {value!r}"
            self.problems.add(node.location, found, "one of " + ", ".join(known), did_you_mean(value, known))
            return ""
        return value

    def _check_settable(self, root: Mapping, found: SearchFile) -> None:
        """Note a parameter that has no value, neither from the spec nor from the search."""
        main = found.document.main
        assert main is not None
        given = {*found.fixed, *(each.name for each in found.space), *(name for name, _ in found.derive)}
        for parameter in main.parameters:
            if parameter.default is None and parameter.name not in given:
                expected = f"{parameter.name} in set, space or derive"
                self.problems.add(root.location, f"no value for parameter {parameter.name!r} of {found.spec}", expected)


def _parameters(document: Document) -> str:
    assert document.main is not None
    known = [each.name for each in document.main.parameters]
    return "one of " + ", ".join(known) if known else "nothing: the spec has no parameters"


def _names(nodes: list[Node], name: str) -> bool:
    """Whether some text in nodes is a name itself, as in `maximise: mid`."""
    for node in nodes:
        if isinstance(node, Scalar):
            if node.value == name:
                return True
        elif isinstance(node, Sequence):
            if _names(list(node.items), name):
                return True
        elif any(key.value == name or _names([value], name) for key, value in node.entries):
            return True
    return False


def _is_file(spec: str) -> bool:
    return "/" in spec or spec.endswith(SUFFIXES)


def _spec_path(spec: str, folder: Path) -> str:
    return str(folder / spec) if _is_file(spec) else spec


def _shown(spec: str, folder: Path) -> str:
    """Return the spec as a command in the working directory names it."""
    path = _spec_path(spec, folder)
    inside = os.path.isabs(path) and Path(path).is_relative_to(Path.cwd())
    return os.path.relpath(path) if inside else os.path.normpath(path) if _is_file(spec) else spec


def _lines(root: Mapping) -> tuple[str, ...]:
    return ("\n".join(root.location.source.lines),)
