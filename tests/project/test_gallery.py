"""The gallery is as the program draws it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

from docs import pictures

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FOLDER = DOCS / pictures.FOLDER
STALE = "stale: make gallery"
MOST_BYTES, MOST_BYTES_IN_ALL = 250_000, 2_500_000


def words(path: Path) -> Counter[str]:
    """What stands in a picture, wherever it stands."""
    texts = ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")
    return Counter("".join(text.itertext()) for text in texts)


def drawn_by_a_library(picture: pictures.Picture) -> bool:
    """Graphviz and matplotlib: where they put things depends on their versions, what they write does not."""
    return "--kind" not in picture.arguments or "--kind field" in picture.arguments


def test_the_page_is_as_the_list_is() -> None:
    assert (DOCS / pictures.PAGE).read_text(encoding="utf-8") == pictures.gallery_page(), STALE


def test_the_page_shows_every_picture_there_is() -> None:
    page = (DOCS / pictures.PAGE).read_text(encoding="utf-8")
    names = {path.name for path in FOLDER.iterdir()}
    assert names == {picture.file for picture in pictures.PICTURES}, STALE
    assert all(page.count(f"({pictures.FOLDER}/{name})") == 1 for name in names)


def test_pictures_of_the_readme_are_of_the_gallery_and_stand_above_their_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[(.*)\]\(docs/gallery/(.*)\)\n\n```sh\n(.*)\n```", readme)
    assert len(shown) == readme.count("![")
    kept = {(picture.title, picture.file, picture.command) for picture in pictures.PICTURES}
    assert set(shown) <= kept


def test_pictures_stay_small() -> None:
    sizes = [path.stat().st_size for path in FOLDER.iterdir()]
    assert max(sizes) < MOST_BYTES
    assert sum(sizes) < MOST_BYTES_IN_ALL


@pytest.mark.parametrize("picture", pictures.PICTURES, ids=lambda picture: picture.name)
def test_a_picture_is_as_the_program_draws_it(picture: pictures.Picture, tmp_path: Path) -> None:
    picture.draw(tmp_path)
    anew, kept = tmp_path / picture.file, FOLDER / picture.file
    assert words(anew)
    assert words(kept) == words(anew), STALE
    assert drawn_by_a_library(picture) or kept.read_bytes() == anew.read_bytes(), STALE
