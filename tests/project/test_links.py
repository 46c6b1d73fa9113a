"""Links between pages lead to files and headings that are there, and the site has every page."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from tools.site_links import dead_links

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(DOCS.glob("*.md")),
    *sorted((ROOT / "reports").rglob("*.md")),
]
LINK = re.compile(r"(?<!\\)\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.DOTALL | re.MULTILINE)
MADE = {"index.md", "contributing.md", "changelog.md", "live.md"}
"""Pages of the site that are made when it is built."""


def links(markdown: str) -> list[str]:
    """The targets of links to other pages and headings, not to other sites."""
    found = LINK.findall(CODE.sub("", markdown))
    return [target for target in found if not re.match(r"[a-z]+:", target)]


def anchors(markdown: str) -> set[str]:
    """The names under which headings are found, as GitHub makes them."""
    seen: Counter[str] = Counter()
    names = set()
    for heading in re.findall(
        r"^#+ (.+)$", re.sub(r"^```.*?^```", "", markdown, flags=re.DOTALL | re.MULTILINE), re.MULTILINE
    ):
        name = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        names.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return names


def is_alive(page: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    file = page.parent / name if name else page
    if not file.exists() or not anchor or file.suffix != ".md":
        return file.exists()
    return anchor in anchors(file.read_text(encoding="utf-8"))


def dead(page: Path) -> list[str]:
    return [target for target in links(page.read_text(encoding="utf-8")) if not is_alive(page, target)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_are_alive(page: Path) -> None:
    assert not dead(page)


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Here\n[a](page.md#here) [b](page.md#there) [c](other.md) [d](https://example.org) `[e](f.md)`\n")
    assert dead(page) == ["page.md#there", "other.md"]


def test_the_site_has_every_page() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")

    def named(node: object) -> list[str]:
        if isinstance(node, str):
            return [node]
        values = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        return [name for value in values for name in named(value)]

    shown = named(yaml.safe_load(text)["nav"])
    pages = {path.name for path in DOCS.iterdir() if path.suffix in (".md", ".ipynb")}
    assert {name for name in shown if not name.startswith("reports/")} == pages | MADE
    assert all((ROOT / name).is_file() for name in shown if name.startswith("reports/"))
    assert len(shown) == len(set(shown))


def test_dead_links_of_a_built_site_are_found(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    alive = '<a href="../">up</a> <a href="../#top">top</a> <img src="x.svg"> <a href="https://example.org/no">far</a>'
    (tmp_path / "index.html").write_text('<h1 id="top">Top</h1> <a href="a/">down</a>')
    (tmp_path / "a" / "x.svg").write_text("<svg/>")
    (tmp_path / "a" / "index.html").write_text(alive)
    assert dead_links(tmp_path) == []
    (tmp_path / "a" / "index.html").write_text(alive + '<a href="../#bottom"></a> <a href="b/"></a>')
    assert dead_links(tmp_path) == [("/a/index.html", "../#bottom"), ("/a/index.html", "b/")]


def test_links_of_the_notebook_are_alive() -> None:
    notebook = json.loads((DOCS / "notebook.ipynb").read_text(encoding="utf-8"))
    text = "".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    assert all((DOCS / target).is_file() for target in links(text))
