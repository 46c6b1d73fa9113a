"""The files of the front end: written from `web/`, and part of the package."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).with_name("assets")
INDEX = "index.html"
TOKEN_PLACE = "<!-- archcalc-token -->"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".zip": "application/zip",
}


def asset_names() -> list[str]:
    """Return the names of all files."""
    return sorted(each.name for each in FOLDER.iterdir() if each.suffix in TYPES)


def asset(name: str) -> bytes:
    """Return the bytes of a file; KeyError where there is none of that name."""
    if name not in asset_names():
        raise KeyError(name)
    return (FOLDER / name).read_bytes()
