"""Finds and reads the files of a spec: itself, the libraries it uses, and the bundled networks."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.problem import Location, Problem, Source, SpecError, did_you_mean
from archcalc.ops import OPS
from archcalc.resources import specs_folder
from archcalc.spec.diagnostics import Diagnostics
from archcalc.spec.parse import STRUCTURE_KEYS, Parser
from archcalc.spec.text import parse, read_standard_input, read_text, yaml_files

if TYPE_CHECKING:
    from archcalc.spec.model import Block, Document
    from archcalc.spec.text import Node, Scalar

SUFFIXES = (".yaml", ".yml")
PUBLISHED_SUFFIX = ".published.yaml"
STDIN = "-"
FAMILIES = Path("searches", "families")
MOST_BYTES = 500_000  # of all libraries together: what ships with archcalc has 30,000
MOST_LIBRARIES = 100
MOST_DEEP = 20


class Bundled(NamedTuple):
    """The name and the file of a bundled network."""

    name: str
    path: Path


def bundled_networks() -> list[Bundled]:
    """All networks that ship with archcalc, by name."""
    files = sorted(specs_folder().glob("*.yaml"))
    return [Bundled(file.stem, file) for file in files if not file.name.endswith(PUBLISHED_SUFFIX)]


def bundled_families() -> dict[str, Path]:
    """Return the files of the specs that the bundled searches vary, by name."""
    return {file.stem: file for file in sorted((specs_folder() / FAMILIES).glob("*.yaml"))}


def bundled_libraries() -> list[str]:
    """Return the names of the libraries of blocks that ship with archcalc."""
    return sorted(file.stem for file in (specs_folder() / "blocks").glob("*.yaml"))


def library_text(name: str) -> str:
    """Return the text of a bundled library."""
    return (specs_folder() / "blocks" / f"{name}.yaml").read_text(encoding="utf-8")


def library_blocks(name: str) -> dict[str, Block]:
    """Return the blocks of a bundled library; raise SpecError for one that cannot be read."""
    problems = Diagnostics()
    found = Library(problems).library(specs_folder() / "blocks" / f"{name}.yaml")
    problems.raise_any()
    return found.blocks


def locate(spec: str) -> Path | None:
    """Return the file of a SPEC, None for standard input; raise SpecError for an unknown bundled name."""
    if spec == STDIN:
        return None
    path = Path(spec)
    bundled = {**bundled_families(), **{each.name: each.path for each in bundled_networks()}}
    if spec in bundled:
        return bundled[spec]
    possible = bool(spec) and "\0" not in spec
    if possible and (path.suffix in SUFFIXES or path.name != spec or os.path.exists(path)):
        return path
    others = also_called(spec)
    if len(others) == 1:
        return others[0].path
    expected = "a file, - for standard input, or a bundled network (archcalc list)"
    hint = " or ".join(each.name for each in others)
    hint = f"did you mean {hint}?" if hint else did_you_mean(spec, bundled)
    problem = Problem(Location(Source(spec)), f"no spec {spec!r}", expected, hint)
    raise SpecError([problem])


def also_called(name: str) -> list[Bundled]:
    """The bundled networks that have a name as one of their other names."""
    from archcalc.spec.metadata import plain, read_metadata

    wanted = plain(name)
    return [each for each in bundled_networks() if wanted in map(plain, read_metadata(each.path).other_names)]


def used_files(spec: str) -> list[Path]:
    """The files that a SPEC is made of as far as they can be read; those that it asks for in vain are among them."""
    library = Library(Diagnostics())
    with suppress(SpecError):
        library.main(spec)
    return library.asked


class Library:
    """Documents by file, each read once; `asked` lists every file that was looked for."""

    def __init__(self, problems: Diagnostics) -> None:
        self.problems = problems
        self._documents: dict[Path, Document] = {}
        self.asked: list[Path] = []
        self._counted: set[Path] = set()
        self._bytes = 0
        self._depth = 0
        self._root: Path | None = Path()
        self._shown_root: Path = Path()

    def main(self, spec: str) -> Document:
        """The document of a SPEC with everything it uses; SpecError when its text cannot be read."""
        path = locate(spec)
        if path is None:
            self._root = _real(Path())
            source, text = read_standard_input("<stdin>")
            return self._document(parse(text, source), Path("<stdin>"))
        self._root = _real(path).parent
        self._shown_root = path.parent if _real(path.parent) == self._root else self._root
        bundled = path.parent in (specs_folder(), specs_folder() / FAMILIES)
        return self._read(path, path.name if bundled else str(path))

    def text(self, text: str, name: str, folder: Path | None) -> Document:
        """Return the document of a text, which uses libraries in `folder`; without a folder bundled ones alone."""
        self._root = None if folder is None else _real(folder)
        self._shown_root = folder or Path()
        return self._document(parse(text, name), (folder or Path()) / Path(name).name)

    def library(self, path: Path) -> Document:
        """Return the document of a library with everything it uses; raise SpecError when it cannot be read."""
        self._root = self._shown_root = _real(path).parent
        return self._read(path, path.name)

    def _read(self, path: Path, shown: str) -> Document:
        resolved = _real(path)
        self.asked.append(resolved)
        if resolved not in self._documents:
            source, text = read_text(path, shown)
            return self._document(parse(text, source), resolved)
        return self._documents[resolved]

    def _document(self, root: Node, path: Path) -> Document:
        document = Parser(self.problems).document(root, path.stem)
        self._documents[path] = document
        for name, block in document.blocks.items():
            self._check_block_name(name, block)
        self._open(document, path.parent)
        return document

    def _open(self, document: Document, folder: Path) -> None:
        """Read what a document uses, unless that is too much: known from the sizes of the files."""
        self._depth += 1
        paths = [(used, path) for used in document.use if (path := self._find(used, folder)) is not None]
        if all(self._has_room(used, path) for used, path in paths):
            for used, path in paths:
                self._use(document, used, path)
        self._depth -= 1

    def _has_room(self, used: Scalar, path: Path) -> bool:
        found, expected = "", ""
        if path not in self._documents and path not in self._counted:
            self._counted.add(path)
            self._bytes += _size(path)
        if self._bytes > MOST_BYTES:
            found, expected = f"libraries of more than {MOST_BYTES:,} bytes in all", "smaller ones, or fewer"
        elif len(self._counted) > MOST_LIBRARIES:
            found, expected = f"more than {MOST_LIBRARIES} libraries", "fewer"
        elif self._depth > MOST_DEEP:
            found, expected = f"libraries that use libraries, {self._depth} deep", f"at most {MOST_DEEP}"
        if found:
            self.problems.add(used.location, found, expected)
        return not found

    def _check_block_name(self, name: str, block: Block) -> None:
        if name in OPS or name in STRUCTURE_KEYS:
            kind = "an operator" if name in OPS else "a structure"
            self.problems.add(block.location, f"a block named {name!r}, which is {kind}", "a name that is not used yet")

    def _use(self, document: Document, used: Scalar, path: Path) -> None:
        try:
            other = self._read(path, self._shown(path))
        except SpecError as error:
            self.problems.extend(error.problems)
            return
        offered = {other.main.name: other.main} if other.main else other.blocks
        for name, block in offered.items():
            self._import(document, name, block, used)

    def _shown(self, path: Path) -> str:
        """A library as messages call it: bundled ones by their name, others from where the spec itself is seen."""
        if self._root is None or path.is_relative_to(specs_folder()) or not path.is_relative_to(self._root):
            return path.name
        return str(self._shown_root / path.relative_to(self._root))

    def _import(self, document: Document, name: str, block: Block, used: Scalar) -> None:
        other = document.imported.get(name)
        if other is not None and other is not block and name not in document.blocks:
            found = f"two libraries with a block {name!r}: {other.home.name} and {block.home.name}"
            self.problems.add(used.location, found, "one of them, or a block of that name in the spec itself")
        document.imported[name] = block

    def _find(self, used: Scalar, folder: Path) -> Path | None:
        name = str(used.value)
        path = self._local(used, name, folder) if _is_local(name) else self._bundled(name)
        if path is None and not _is_local(name):
            known = [*bundled_libraries(), *(network.name for network in bundled_networks())]
            expected = "a bundled library or network, or ./file.yaml"
            self.problems.add(used.location, f"unknown library {name!r}", expected, did_you_mean(name, known))
        return path

    @staticmethod
    def _bundled(name: str) -> Path | None:
        folder = specs_folder()
        candidates = (folder / "blocks" / f"{name}.yaml", folder / f"{name}.yaml")
        return next((path for path in candidates if _is_file(path)), None)

    def _local(self, used: Scalar, name: str, folder: Path) -> Path | None:
        """Open a file in the folder of the spec; only this folder and the bundled specs are ever opened."""
        resolved = _real(folder / name) if "\0" not in name else folder / "no file has such a name"
        allowed = (_real(specs_folder()), *([] if self._root is None else [self._root]))
        expected = "./file.yaml in the folder of the spec"
        if self._root is None and not resolved.is_relative_to(allowed[0]):
            self.problems.add(used.location, f"the file {name!r} next to a spec that is no file", "a bundled library")
            return None
        if Path(name).is_absolute() or not any(resolved.is_relative_to(root) for root in allowed):
            self.problems.add(used.location, f"a library outside the spec's folder: {name!r}", expected)
            return None
        if resolved.suffix not in SUFFIXES or not _is_file(resolved):
            using = Path(used.location.source.name).name
            hint = did_you_mean(resolved.name, (file for file in yaml_files(resolved.parent) if file != using))
            self.problems.add(used.location, f"no library file {name!r}", expected, hint)
            self.asked.append(resolved)
            return None
        return resolved


def _is_local(name: str) -> bool:
    return "/" in name or Path(name).suffix in SUFFIXES


def _real(path: Path) -> Path:
    """A path without links; unlike Path.resolve it takes a circle of links for a name that leads nowhere.

    The path itself where the working directory has been deleted.
    """
    try:
        return Path(os.path.realpath(path))
    except OSError:
        return path


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long, or with a NUL in it
        return False
