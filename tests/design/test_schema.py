"""The JSON Schema of searches accepts what archcalc accepts, and refuses misspelled keys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from archcalc.cli.main import main
from archcalc.design.locate import bundled_searches
from archcalc.design.reader import SEARCH_KEYS, SWEEP_KEYS
from archcalc.design.schema import search_schema
from archcalc.spec.text import parse, plain
from tests.design.test_search import SEARCH

SCHEMA = Draft202012Validator(search_schema())


def test_it_is_a_schema_and_the_command_prints_it() -> None:
    Draft202012Validator.check_schema(search_schema())
    printed = CliRunner().invoke(main, ["schema", "--of", "search"])
    assert json.loads(printed.output) == search_schema()


def test_it_knows_every_key() -> None:
    assert set(search_schema()["properties"]) == {*SEARCH_KEYS, *SWEEP_KEYS}


@pytest.mark.parametrize("path", bundled_searches().values(), ids=lambda path: path.stem)
def test_bundled_searches_are_valid(path: Path) -> None:
    assert [error.message for error in SCHEMA.iter_errors(plain(parse(path.read_text(), path.name)))] == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("minimise:", "minimize:"),
        ("at_most: 9", "at_mots: 9"),
        ("[plain, wide]", "[]"),
        ("spec: ./family.yaml", "note: 1"),
        ("from: 1, to: 6", "from: 1"),
        ("view: clipped", "view: cut"),
        ("where: [$(depth", "where: [(depth"),
    ],
)
def test_mistakes_are_refused(right: str, wrong: str) -> None:
    assert SCHEMA.is_valid(plain(parse(SEARCH, "good")))
    assert right in SEARCH
    assert not SCHEMA.is_valid(plain(parse(SEARCH.replace(right, wrong), "bad")))
