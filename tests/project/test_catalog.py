"""The catalog in the docs: it names every bundled network, and what it shows of them is what they are."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

import archcalc
from archcalc.spec.library import bundled_networks
from archcalc.tables.networks import NetworkRow, network_rows, sized
from docs.write_catalog import FOLDER, PAGE, catalog_page, drawing, steps

DOCS = Path(__file__).parents[2] / "docs"
LINES = (DOCS / PAGE).read_text(encoding="utf-8").splitlines()


def line_of(row: NetworkRow) -> str:
    (line,) = [line for line in LINES if f"**`{row.name}`**" in line]
    return line


@pytest.mark.parametrize("row", network_rows(bundled_networks()), ids=lambda row: row.name)
def test_every_network_is_in_the_catalog(row: NetworkRow) -> None:
    line = line_of(row)
    assert all(text in line for text in (row.title, *row.also, row.task, row.source.replace("|", "\\|")))
    assert ElementTree.parse(DOCS / FOLDER / f"{row.name}.svg").getroot().tag.endswith("svg")


def test_no_network_is_there_that_is_none() -> None:
    names = {each.name for each in bundled_networks()}
    assert {path.stem for path in (DOCS / FOLDER).glob("*.svg")} == names
    assert sum("**`" in line for line in LINES) == len(names)


@pytest.mark.parametrize("name", ["c3d", "yolov8", "unet3d", "gpt2", "conv_image_gray"])
def test_numbers_and_drawing_are_those_of_the_network(name: str) -> None:
    (row,) = [row for row in network_rows(bundled_networks()) if row.name == name]
    (line,) = [line for line in catalog_page([sized(row)]).splitlines() if f"**`{name}`**" in line]
    assert line == line_of(row)
    analysis = archcalc.analyze(archcalc.load(name))
    assert (DOCS / FOLDER / f"{name}.svg").read_text(encoding="utf-8") == drawing(analysis)


def test_steps_are_runs_of_one_size() -> None:
    found = steps(archcalc.analyze(archcalc.load("c3d")))
    assert (found[0].pixels, found[0].frames, found[0].channels, found[0].layers) == (112, 16, 3, 1)
    assert (found[1].channels, found[1].layers) == (64, 2)
    assert sum(step.layers for step in found) == 1 + 29
    assert (found[-1].pixels, found[-1].channels) == (1, 487)
