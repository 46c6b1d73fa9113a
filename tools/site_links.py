"""Links inside a site that was built: those that lead nowhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

_ELSEWHERE = re.compile(r"[a-z]+:|//")


class DeadLink(NamedTuple):
    """A page, as a path of the site, and a link on it to a file or an anchor that is not there."""

    page: str
    link: str


class _Page(HTMLParser):
    """Collects the links of a page and the names that links may lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the links and the name of an element."""
        found = dict(attrs)
        self.links += [value for key in ("href", "src") if (value := found.get(key))]
        self.names.update(value for key in ("id", "name") if (value := found.get(key)))


def dead_links(folder: Path) -> list[DeadLink]:
    """Return every link of the pages of a site to a file or an anchor of the site that is not there."""
    pages = {path: _read(path) for path in sorted(folder.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        address = f"/{path.relative_to(folder).as_posix()}"
        for link in page.links:
            if not _ELSEWHERE.match(link) and not _is_alive(urljoin(address, link), folder, pages):
                found.append(DeadLink(address, link))
    return found


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _is_alive(address: str, folder: Path, pages: dict[Path, _Page]) -> bool:
    parts = urlsplit(address)
    target = folder / unquote(parts.path).lstrip("/")
    target = target / "index.html" if target.is_dir() else target
    if not parts.fragment or target not in pages:
        return target.exists()
    return unquote(parts.fragment) in pages[target].names
