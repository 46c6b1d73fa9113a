"""The page as static files for any host: archcalc runs in the browser there, by Pyodide in a web worker."""

from __future__ import annotations

import json
from hashlib import sha256
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from archcalc.core.problem import OutputError, UsageError
from archcalc.page.assets import asset, asset_names
from archcalc.page.engine import Engine
from archcalc.resources import specs_folder
from archcalc.spec.library import bundled_networks

if TYPE_CHECKING:
    from collections.abc import Iterator

PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
"""What is loaded of Pyodide."""
ARCHIVE, NETWORKS = "archcalc.zip", "networks.json"
LIST = "files.js"
NOT_LISTED = ("index.html", "service-worker.js", "third_party.txt", LIST)
PACKAGE = Path(__file__).resolve().parents[1]
LEFT_OUT = ("cli", "design", "measure", "pytorch", "readers", "report", "tracing", "nn.py")
"""Parts of archcalc that the page does not use; what analyzes needs none of them."""
LEFT_OUT_OF_PAGE = ("assets", "child.py", "process.py", "report", "server.py", "static_site.py")


def write_site(folder: Path, pyodide: Path | None = None) -> list[str]:
    """Write the page into a folder, and return the names of its files.

    Raises:
        UsageError: there is no Pyodide in `pyodide`, or where a checkout has it.
        OutputError: a file cannot be written.
    """
    source = pyodide or PACKAGE.parent / "web" / "node_modules" / "pyodide"
    missing = [name for name in PYODIDE if not (source / name).is_file()]
    if missing:
        raise UsageError(f"no {missing[0]} in {source}; npm ci --prefix web brings Pyodide, or --pyodide DIR names it")
    files = {name: asset(name) for name in asset_names()}
    files |= {ARCHIVE: archive(), NETWORKS: _networks()}
    files |= {f"pyodide/{name}": (source / name).read_bytes() for name in PYODIDE}
    files[LIST] = _list(files)
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise OutputError(f"cannot write {error.filename}: {error.strerror}") from None
    return sorted(files)


def _list(files: dict[str, bytes]) -> bytes:
    """Return the names of all files that a page without a network needs, and a mark that changes with any of them."""
    mark = sha256()
    for name in sorted(files):
        mark.update(f"{name} {len(files[name])}\n".encode() + files[name])
    listed = {"build": mark.hexdigest()[:16], "files": sorted(set(files) - set(NOT_LISTED))}
    return f"self.ARCHCALC = {json.dumps(listed)};\n".encode()


def _networks() -> bytes:
    """Return what the page shows while Python starts: the answer to `list`, and the texts of all bundled networks."""
    texts = {each.name: each.path.read_text(encoding="utf-8") for each in bundled_networks()}
    return json.dumps({"list": Engine().answer("list", {}), "texts": texts}, ensure_ascii=False).encode()


def archive() -> bytes:
    """Return archcalc, its specs and the two libraries that it needs, as a zip; the same files give the same bytes."""
    found = BytesIO()
    with ZipFile(found, "w", ZIP_DEFLATED, compresslevel=9) as written:
        for name, path in sorted(_members()):
            entry = ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            written.writestr(entry, path.read_bytes())
    return found.getvalue()


def _members() -> Iterator[tuple[str, Path]]:
    for path in PACKAGE.rglob("*"):
        parts = path.relative_to(PACKAGE).parts
        left_out = parts[0] in LEFT_OUT or (parts[0] == "page" and parts[1:2] and parts[1] in LEFT_OUT_OF_PAGE)
        if path.is_file() and "__pycache__" not in parts and not left_out and parts[0] != "specs":
            yield f"archcalc/{'/'.join(parts)}", path
    for path in specs_folder().rglob("*.yaml"):
        yield f"archcalc/specs/{path.relative_to(specs_folder()).as_posix()}", path
    for package in ("simpleeval", "yaml"):
        yield from _library(package)


def _library(name: str) -> Iterator[tuple[str, Path]]:
    """Return the Python files of a library: a module, or a package."""
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    origin = Path(spec.origin)
    if spec.submodule_search_locations is None:
        yield origin.name, origin
        return
    for path in origin.parent.glob("*.py"):
        yield f"{name}/{path.name}", path
