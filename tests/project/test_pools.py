"""What is handed between processes, kept and compared: errors, specs and analyses."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import archcalc
from archcalc.render.csv import csv_text, raw_csv_text
from archcalc.tables.table import COUNT, TEXT, Column, Table

CHANGES: list[Callable[[Any], object]] = [
    lambda mapping: mapping.update({1: 2}),
    lambda mapping: mapping.__setitem__(1, 2),
    lambda mapping: mapping.__ior__({1: 2}),
    lambda mapping: mapping.setdefault(1, 2),
    lambda mapping: mapping.pop(1),
    lambda mapping: mapping.popitem(),
    lambda mapping: mapping.clear(),
]
NAMES = ["slowfast", "mvit_v1_b", "c3d"]


def test_an_error_survives_pickling(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("archcalc: 1\nname: bad\ninputs: {clip: {C: 3}}\nlayers: [relue, {conv1d: {kernal: 3}}]\n")
    with pytest.raises(archcalc.SpecError) as error:
        archcalc.load(path)
    again = pickle.loads(pickle.dumps(error.value))
    assert isinstance(again, archcalc.SpecError)
    assert (str(again), again.problems) == (str(error.value), error.value.problems)
    assert again.problems[0].location.source.line(4) == error.value.problems[0].location.source.line(4) != ""


@pytest.mark.parametrize("name", NAMES)
def test_analyses_of_one_spec_are_equal(name: str) -> None:
    spec, again = archcalc.load(name), archcalc.load(name)
    analysis = archcalc.analyze(spec)
    assert spec == again
    assert analysis == archcalc.analyze(again)
    assert analysis == pickle.loads(pickle.dumps(analysis))
    assert analysis != archcalc.analyze(spec, batch=2)
    assert analysis != archcalc.analyze(archcalc.load(name, classes=7))


@pytest.mark.parametrize("name", NAMES)
def test_results_do_not_change(name: str) -> None:
    analysis: Any = archcalc.analyze(archcalc.load(name))
    before = pickle.dumps(analysis)
    layer = next(each for each in analysis.layers if each.windows)
    mappings = [
        *(getattr(layer.field, view) for view in ("full", "window", "clipped", "jump", "offset", "center", "sees_all")),
        layer.fields, layer.windows, analysis.graph.nodes, analysis.graph.inputs, analysis.graph.outputs,
        analysis.tensor_fields, analysis.tensor_fields[layer.path].grid, analysis.inputs[0].spacing,
        analysis.convention.rules,
    ]  # fmt: skip
    for mapping in mappings:
        for change in CHANGES:
            with pytest.raises(TypeError, match="results do not change"):
                change(mapping)
    assert pickle.dumps(analysis) == before


def test_cells_that_spreadsheets_would_run() -> None:
    cells: list[str | int | None] = [
        "=1+1",
        "+cmd",
        "-x",
        "@SUM(A1)",
        "\tx",
        "conv",
        "",
        "-3",
        "-0.5",
        "+2",
        "-",
        "-1e5",
        -4,
        5,
        None,
    ]
    table = Table("", (), (Column("a", "a", TEXT), Column("=b", "b", COUNT)), tuple((cell, 1) for cell in cells))
    rows = [line.rpartition(",")[0] for line in csv_text(table).splitlines()]
    assert rows == [
        "a",
        "'=1+1",
        "'+cmd",
        "'-x",
        "'@SUM(A1)",
        "'\tx",
        "conv",
        "",
        *["-3", "-0.5", "+2", "-", "-1e5", "-4", "5"],
        "",
    ]
    assert csv_text(table).splitlines()[0] == "a,'=b"
    assert raw_csv_text(table).splitlines()[1:3] == ["=1+1,1", "+cmd,1"]
