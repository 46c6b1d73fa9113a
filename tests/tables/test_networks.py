"""The list of the bundled networks: families, sizes, and a spec that fails."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archcalc.cli.main import main
from archcalc.spec.library import Bundled, bundled_networks
from archcalc.spec.metadata import Metadata, read_metadata
from archcalc.tables.networks import FAMILIES, GROUPS, OTHERS, NetworkRow, network_rows, networks_table, sized

LINE_OF_80 = 54
"""What the longest name of a network leaves of a line for its title."""


def run(*arguments: str, columns: int | None = None) -> Result:
    result = CliRunner().invoke(main, ["list", *arguments], env={"COLUMNS": str(columns)} if columns else {})
    assert result.exit_code == 0, result.output
    return result


def row(name: str) -> NetworkRow:
    return sized(NetworkRow(name, "", ""))


@pytest.mark.parametrize("network", bundled_networks(), ids=lambda each: each.name)
def test_every_network_says_its_family_and_has_a_title_of_one_line(network: Bundled) -> None:
    said = read_metadata(network.path)
    assert said.family in (*FAMILIES, ""), (
        f"specs/{network.name}.yaml has to say its family: one of {', '.join(FAMILIES)}"
    )
    assert 0 < len(said.title) <= LINE_OF_80, f"a title of at most {LINE_OF_80} characters"


def test_families_stand_in_their_order_and_each_network_on_a_line_of_its_own() -> None:
    lines = [line.rstrip() for line in run(columns=80).stdout.splitlines()]
    headings = [NetworkRow("", family, "").heading for family in FAMILIES]
    assert [line for line in lines if line in (*headings, OTHERS)] == headings
    assert (headings[0], headings[-1]) == ("video: basics", "text")
    first = [line.split()[0] for line in lines if line]
    assert all(first.count(each.name) == 1 for each in bundled_networks())
    assert len(lines) == len(bundled_networks()) + 2 * len(FAMILIES) + 2, "title, heading, rule; a blank line between"
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(("columns", "titles"), [(80, False), (200, True)])
def test_sizes_fit_the_terminal(columns: int, titles: bool) -> None:
    lines = [line.rstrip() for line in run("--long", "--family", "3-D networks", columns=columns).stdout.splitlines()]
    assert max(map(len, lines)) <= columns
    (line,) = [line for line in lines if line.startswith("i3d ")]
    assert line.split()[:8] == ["i3d", "3x64x224x224", "12.69", "M", "111.2", "G", "155", "6.20"]
    assert ("Inception-v1" in line) == titles


def test_a_program_reads_whole_numbers() -> None:
    networks = json.loads(run("--long", "--format", "json").stdout)["networks"]
    assert [each["name"] for each in networks] == [each.name for each in network_rows(bundled_networks())]
    c3d = next(each for each in networks if each["name"] == "c3d")
    assert (c3d["params"], c3d["macs"], c3d["input"]) == (79_991_015, 38_548_959_232, "3x16x112x112")
    rows = list(csv.DictReader(StringIO(run("--format", "csv").stdout)))
    assert {each["family"] for each in rows} == set(FAMILIES)
    assert {each["group"] for each in rows} == set(GROUPS)
    assert all(each["source"] and each["task"] for each in rows)


def test_a_list_is_written_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "networks.md"
    assert run("--format", "markdown", "--output", str(path)).stdout == ""
    assert "| c3d" in path.read_text()


@pytest.mark.parametrize(
    ("name", "frames", "seconds"),
    [
        ("field_temporal", 4, 4 / 25),
        ("temporal_median", 25, 1.0),
        ("early_fusion", 20, None),
        ("two_stream", 10, 10 / 25),
        ("convnet_lstm", 25, 25 / 5),
        ("vgg16", None, None),
        ("volume_mri", None, None),
    ],
)
def test_frames_and_seconds_that_the_last_layer_sees(name: str, frames: int | None, seconds: float | None) -> None:
    assert (row(name).frames, row(name).seconds) == (frames, seconds)


def test_a_spec_that_fails_leaves_the_others_their_sizes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("archcalc: 1\nname: broken\ntitle: Broken\nfamily: basics\ninputs: {clip: {C: 3, T: 4}}\n"
                      "layers:\n  - conv9d: {out: 4}\n")  # fmt: skip
    shown = networks_table([sized(NetworkRow(str(broken), "basics", "Broken")), row("c3d")], sizes=True, titles=True,
                           grouped=False)  # fmt: skip
    assert [each[5] for each in shown.rows] == [None, 79_991_015]
    assert "unknown layer 'conv9d'" in shown.remarks[0] or "conv9d" in shown.remarks[0]
    networks = [Bundled("broken", broken), *(each for each in bundled_networks() if each.name == "c3d")]
    monkeypatch.setattr("archcalc.cli.networks.bundled_networks", lambda: networks)
    assert "79.99 M" in run("--long").stdout
    assert "broken" in run().stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: a\ntitle: T\nfamily: F\nlayers: [", Metadata("T", "F")),
        ("title: T\nlayers:\n  - relu: {name: x, family: no}\nfamily: F\n", Metadata("T", "F")),
        ("- a\n- b\n", Metadata()),
        ("title: [", Metadata()),
        ("title: [a, b]\nfamily: F\n", Metadata("", "F")),
        ("title: T\nfamily: F\ntask: t\nalso: A, b-1\nsource: s\n", Metadata("T", "F", "t", "A, b-1", "s")),
        ("title: T\nfamily: F\ninputs: {clip: {C: 1}}\nsource: after its inputs\n", Metadata("T", "F")),
        ("", Metadata()),
    ],
)
def test_metadata(tmp_path: Path, text: str, said: Metadata) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text)
    assert read_metadata(path) == said


def test_a_network_without_a_family_is_shown_last(tmp_path: Path) -> None:
    path = tmp_path / "stray.yaml"
    path.write_text("title: Stray\n")
    rows = network_rows([Bundled("stray", path), *bundled_networks()])
    assert (rows[-1].name, rows[-1].family) == ("stray", OTHERS)
