"""Every style in every format: golden files, and sums read back from the rendered text."""

from __future__ import annotations

import json

import pytest

from archcalc._version import __version__
from archcalc.render.formats import TABLE_FORMATS, table_format
from archcalc.render.json import analysis_object, analysis_pieces, object_json
from archcalc.tables.layers import STYLES
from tests.render.conftest import GOLDEN
from tests.render.networks import ALL_NETWORKS, DEPTHS, GRAPHS, NETWORKS, SMALL, WITH_TOTALS, analysis_of, table_of
from tests.render.readers import READERS, assert_sums_to_totals, read_csv

COUNTS = {"params": "params", "MACs": "MACs"}
TOTALS = {
    "default": COUNTS,
    "full": {**COUNTS, "cost (MACs)": "MACs", "activation": "outputs of all layers (float32, batch 1)"},
}
CSV_COUNTS = {
    "default": ("params", "cost"),
    "full": ("params", "buffers", "macs", "flops", "cost", "activation_bytes"),
}


@pytest.mark.parametrize("output_format", TABLE_FORMATS)
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("network", NETWORKS)
def test_a_table_is_as_it_was(network, style, output_format, assert_golden):
    assert_golden(f"{style}/{network}.{output_format}", table_format(output_format)(table_of(network, style)))


@pytest.mark.parametrize("network", SMALL)
def test_the_json_is_as_it_was(network, assert_golden):
    text = object_json(analysis_object(analysis_of(network))).replace(
        f'"archcalc": "{__version__}"', '"archcalc": "VERSION"'
    )
    assert_golden(f"json/{network}.json", text + "\n")


@pytest.mark.parametrize("network", [*ALL_NETWORKS, "karpathy_multires", "slowfast_r50_4x16"])
def test_json_in_pieces_is_the_same_text(network):
    analysis = analysis_of(network)
    assert "".join(analysis_pieces(analysis)) == object_json(analysis_object(analysis))


def test_there_is_no_golden_file_that_nothing_is_held_against():
    tables = {f"{style}/{name}.{kind}" for style in STYLES for name in NETWORKS for kind in TABLE_FORMATS}
    found = {path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*") if path.is_file()}
    graphs = {f"graph/{name}.{kind}" for name in GRAPHS for kind in ("dot", "mmd")}
    assert found == tables | graphs | {f"json/{name}.json" for name in SMALL}


@pytest.mark.parametrize("output_format", READERS)
@pytest.mark.parametrize("style", WITH_TOTALS)
@pytest.mark.parametrize("network", ALL_NETWORKS)
def test_printed_columns_sum_to_the_printed_totals(network, style, output_format):
    read = READERS[output_format](table_format(output_format)(table_of(network, style)))
    assert_sums_to_totals(read, TOTALS[style])
    assert network in DEPTHS or int(read.totals["layers"]) == len(read.rows)


@pytest.mark.parametrize("style", WITH_TOTALS)
@pytest.mark.parametrize("network", ALL_NETWORKS)
def test_csv_columns_sum_to_the_totals_of_the_json(network, style):
    assert_csv_sums(table_format("csv")(table_of(network, style)), network, style)


def assert_csv_sums(text: str, network: str, style: str) -> None:
    totals = json.loads(object_json(analysis_object(analysis_of(network))))["totals"]
    read = read_csv(text)
    assert {key: sum(map(int, read.column(key))) for key in CSV_COUNTS[style]} == {
        key: totals[key] for key in CSV_COUNTS[style]
    }
    assert network in DEPTHS or len(read.rows) == totals["layers"]


@pytest.mark.parametrize("wrong", [("4,632", "4,633"), ("294.9 K", "295.9 K")])
@pytest.mark.parametrize("output_format", READERS)
def test_one_wrong_cell_is_seen(output_format, wrong):
    text = table_format(output_format)(table_of("tokens", "default"))
    cell, other = wrong
    assert cell in text
    with pytest.raises(AssertionError, match="off by"):
        assert_sums_to_totals(READERS[output_format](text.replace(cell, other, 1)), COUNTS)


@pytest.mark.parametrize("wrong", [("4632", "4633"), ("294912", "294911"), ("\nhead,", "\nextra,0,0,0,0\nhead,")])
def test_one_wrong_cell_of_the_csv_is_seen(wrong):
    text = table_format("csv")(table_of("tokens", "default"))
    cell, other = wrong
    assert cell in text
    with pytest.raises(AssertionError):
        assert_csv_sums(text.replace(cell, other, 1), "tokens", "default")


@pytest.mark.parametrize("output_format", READERS)
def test_a_wrong_total_is_seen(output_format):
    text = table_format(output_format)(table_of("tokens", "default"))
    assert text.count("24,658") == 1
    with pytest.raises(AssertionError, match="params: off by 1 of"):
        assert_sums_to_totals(READERS[output_format](text.replace("24,658", "24,659")), COUNTS)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("network", ALL_NETWORKS)
def test_pandas_reads_whole_numbers_from_the_csv(network, style, tmp_path):
    pandas = pytest.importorskip("pandas")
    path = tmp_path / "table.csv"
    path.write_text(table_format("csv")(table_of(network, style)), encoding="utf-8")
    frame = pandas.read_csv(path)
    for key in CSV_COUNTS.get(style, ()):
        assert frame[key].dtype == "int64", key
    if style == "full":
        groups = pandas.read_csv(path, dtype={"groups": "Int64"})["groups"]
        assert groups.isna().sum() == sum(layer == "" for layer in read_csv(path.read_text()).column("groups"))
        assert frame["groups"].convert_dtypes().dtype == "Int64"


def test_long_paths_are_shortened_after_dots() -> None:
    from archcalc.render.text_table import folded

    assert folded("layer1.0.conv1.batch_norm", 12) == ["layer1.0.", "  conv1.", "  batch_norm"]
    assert folded("layer1.0", 12) == ["layer1.0"]
    assert folded("a text with words", 12) == ["a text with", "words"]
    assert folded("Conv3d_1a_7x7.relu", 12) == ["Conv3d_1a_7x", "7.", "  relu"]
    assert folded("映像映像", 6) == ["映像映", "像"]
