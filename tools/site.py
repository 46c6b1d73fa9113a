"""Hooks of MkDocs: pages of the site that do not lie in docs/, and links that leave it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

from tools.site_links import dead_links

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).parents[1]
LIVE_PAGE = ROOT / "build" / "page"
"""The live page as static files, if it has been built."""
FOUND_AS = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Files of the checkout that are pages of the site."""
LINKED = (".json", ".md", ".svg", ".png")
EMBEDDED = """# The live page

Write a spec and see its table, its fields and its drawings change. The page runs on your machine.

<p><a href="../page/index.html">Open it in a window of its own</a></p>
<iframe src="../page/index.html" title="The live page of archcalc"
  style="width: 100%; height: 44rem; border: 0"></iframe>
"""
STARTED = """# The live page

The live page is not part of this build of the site. `archcalc table FILE --watch` prints the table again whenever a
spec changes, and `archcalc --help` lists the command that starts the page, where it is installed.
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the README as the first page, the changelog, the reports and the live page."""
    for name, page in FOUND_AS.items():
        files.append(File.generated(config, page, content=_from_root((ROOT / name).read_text(encoding="utf-8"))))
    for path in sorted((ROOT / "reports").rglob("*")):
        if path.suffix in LINKED:
            files.append(File.generated(config, path.relative_to(ROOT).as_posix(), abs_src_path=str(path)))
    files.append(File.generated(config, "live.md", content=EMBEDDED if _has_live_page() else STARTED))
    return files


def on_page_markdown(markdown: str, page: object, **_: object) -> str:
    """Turn links between docs/ and the other folders of the checkout into links between pages of the site."""
    uri = page.file.src_uri  # type: ignore[attr-defined]
    if uri.startswith("reports/"):
        markdown = re.sub(r"\[([^\]]*)\]\(profiles\)", r"\1", markdown)  # a folder, which is no page
        return re.sub(r"\]\(((?:\.\./)+)docs/", r"](\1", markdown)
    for name, target in FOUND_AS.items():
        markdown = markdown.replace(f"](../{name}", f"]({target}")
    return markdown.replace("](../reports/", "](reports/")


def on_page_content(html: str, page: object, **_: object) -> str:
    """Turn links of the notebook to pages into links to where these pages are in the site."""
    if not page.file.src_uri.endswith(".ipynb"):  # type: ignore[attr-defined]
        return html
    return re.sub(r'href="(\w+)\.md', r'href="../\1/', html)


def on_post_build(config: MkDocsConfig) -> None:
    """Copy the live page into the site, and fail if a link inside the site leads nowhere."""
    site = Path(config.site_dir)
    if _has_live_page():
        shutil.copytree(LIVE_PAGE, site / "page", dirs_exist_ok=True)
    dead = [each for each in dead_links(site) if not each.page.startswith("/page/")]
    if dead:
        raise PluginError("dead links:\n" + "\n".join(f"{each.page}: {each.link}" for each in dead))


def _has_live_page() -> bool:
    return (LIVE_PAGE / "index.html").is_file()


def _from_root(markdown: str) -> str:
    """Return a page of the root of the checkout with links as from docs/."""
    markdown = markdown.replace("](docs/", "](").replace("](LICENSE)", "](https://www.apache.org/licenses/LICENSE-2.0)")
    for name, target in FOUND_AS.items():
        markdown = markdown.replace(f"]({name}", f"]({target}")
    return markdown
