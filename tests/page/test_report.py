"""The report in one file, read as a browser reads it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli.main import main
from archcalc.core.positions import Positions
from archcalc.core.problem import UsageError
from archcalc.page.networks import Network, Networks
from archcalc.page.report import document, every_position
from archcalc.page.report.contents import linked
from archcalc.page.report.data import report_data
from archcalc.page.report.document import json_in_html, report_html
from archcalc.page.report.every_position import runs_of


class Page(HTMLParser):
    """The elements of a page, and the text inside scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self.in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.in_script = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self.in_script = False

    def handle_data(self, data: str) -> None:
        (self.scripts if self.in_script else self.words).append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def policy(self) -> str:
        return next(str(each["content"]) for each in self.of("meta") if each.get("http-equiv"))


def written(tmp_path: Path, *words: str) -> str:
    path = tmp_path / "page.html"
    result = CliRunner().invoke(main, ["page", *words, "-o", str(path)])
    assert result.exit_code == 0, result.output
    return path.read_text(encoding="utf-8")


def network(name: str) -> Network:
    spec = archcalc.load(name)
    return Network(name, "", spec, archcalc.analyze(spec))


@pytest.fixture(scope="module")
def slow() -> str:
    return report_html([network("slow_fusion")])


def test_the_largest_network_is_below_a_megabyte(tmp_path: Path) -> None:
    text = written(tmp_path, "x3d_l")
    assert len(text.encode()) < 1_000_000
    assert len([each for each in Page(text).of("tr") if "data-path" in each]) == 744


def test_the_policy_allows_the_one_script_and_nothing_else(slow: str) -> None:
    page = Page(slow)
    kinds = [each.get("type") for each in page.of("script")]
    assert kinds == ["application/json", None]
    digest = b64encode(sha256(page.scripts[-1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page.policy
    assert page.policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline';")
    assert "base-uri 'none'" in page.policy


def test_nothing_is_fetched(tmp_path: Path) -> None:
    page = Page(written(tmp_path, "slowfast_r50_4x16", "c3d"))
    fetching = [
        (tag, name, value)
        for tag, attributes in page.elements
        for name, value in attributes.items()
        if name in ("src", "srcset", "data", "poster", "action") or (name in ("href", "xlink:href") and tag != "a")
    ]
    assert fetching == []
    assert not {"iframe", "object", "embed", "form", "link", "base", "img"} & {tag for tag, _ in page.elements}
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert "https://arxiv.org/abs/1812.03982" in [each["href"] for each in page.of("a")]


def test_without_a_script_it_is_whole(tmp_path: Path) -> None:
    words = " ".join(Page(written(tmp_path, "slow_fusion")).words)
    for said in (
        "Slow fusion (3-D CNN)", "input clip 3x20x64x64", "14x14x14", "9.953 M", "89,579,520 (89.58 M)", "macs:",
        "float32, batch 1", "CS231n 2025 lecture 10", "9 figures", "reproduced", "- max_pool3d: {kernel: 4}",
        f"archcalc {archcalc.__version__}", "counted from 0",
    ):  # fmt: skip
        assert said in words


def test_several_networks_stand_side_by_side(tmp_path: Path) -> None:
    page = Page(written(tmp_path, "early_fusion", "slow_fusion", "--input", "clip=3x20x32x32"))
    words = " ".join(page.words)
    assert "9,108" in words
    assert "temporal field covers clip from" in words
    assert [each["data-network"] for each in page.of("article")] == ["0", "1"]
    assert words.count("input clip 3x20x32x32 (CxTxHxW)") == 2


def test_the_same_networks_give_the_same_bytes(slow: str) -> None:
    assert report_html([network("slow_fusion")]) == slow


def test_a_module_has_a_report_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    (tmp_path / "net.py").write_text(
        "from torch import nn\nNet = lambda: nn.Sequential(nn.Conv3d(3, 4, 3), nn.ReLU())\n"
    )
    monkeypatch.chdir(tmp_path)
    page = Page(written(tmp_path, "net.py:Net", "--input", "clip=3x8x16x16"))
    assert [each["data-path"] for each in page.of("tr") if "data-path" in each] == ["0", "1"]
    assert "recorded from" in " ".join(page.words)


@pytest.mark.parametrize(
    "name", ["</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><b>', "{{ 7 * 7 }}"]
)
def test_hostile_names_stay_text(name: str) -> None:
    text = f"""archcalc: 1
name: hostile
title: {json.dumps(name)}
source: {json.dumps(name + " javascript:alert(1)")}
inputs: {{clip: {{C: 3, T: 4, H: 8, W: 8}}}}
layers: [{{conv3d: {{name: {json.dumps(name.replace(".", ""))}, out: 2, kernel: 1, note: {json.dumps(name)}}}}}]
"""
    spec = archcalc.load_text(text)
    page = Page(report_html([Network("hostile.yaml", text, spec, archcalc.analyze(spec))]))
    assert len(page.of("script")) == 2
    assert page.of("img") == []
    assert all(not each for each in page.of("b"))
    assert [each["data-path"] for each in page.of("tr") if "data-path" in each] == [name.replace(".", "")]
    assert not [each for each in page.of("a") if str(each["href"]).startswith("javascript")]
    data = json.loads(page.scripts[0])
    assert data[0]["layers"][0][0] == name.replace(".", "")


def test_data_in_a_page_ends_no_element() -> None:
    text = json_in_html({"a": "</script><!--\u2028"})
    assert "<" not in text
    assert "\u2028" not in text
    assert json.loads(text) == {"a": "</script><!--\u2028"}


def test_sources_are_links() -> None:
    text = "Feichtenhofer 2020, arXiv:2004.04730; doi 10.1109/CVPR.2018.00675, https://example.org/a_(b), PyTorchVideo"
    found = {each.words: each.address for each in linked(text) if each.address}
    assert found["arXiv:2004.04730"] == "https://arxiv.org/abs/2004.04730"
    assert found["10.1109/CVPR.2018.00675"] == "https://doi.org/10.1109/CVPR.2018.00675"
    assert "".join(each.words for each in linked(text)) == text


def unpacked(runs: list[list[int]]) -> list[int]:
    values, value = [], 0
    for difference, count in runs:
        for _ in range(count):
            value += difference
            values.append(value)
    return values


@pytest.mark.parametrize("name", ["slow_fusion", "slowfast_r50_4x16", "timesformer_b", "c3d", "swin3d_t"])
def test_what_positions_read_is_stored_without_loss(name: str) -> None:
    one = network(name)
    analysis, data = one.whole(), report_data(one)
    for path, _, fields, _ in data["layers"][:: max(1, len(data["layers"]) // 12)]:
        for source, by_axis in fields.items():
            for axis, number in by_axis.items():
                _check(analysis, path, source, axis, data["fields"][number])


def _check(analysis: archcalc.Analysis, path: str, source: str, axis: str, stored: list[Any]) -> None:
    first, last, full_first, full_last = map(unpacked, stored[:4])
    gaps, field = dict(stored[4]), analysis.fields[path][source][axis]
    for position in range(0, len(field), max(1, len(field) // 5)):
        assert (first[position], last[position]) == (field.clipped.at(position) or (0, -1))
        assert (full_first[position], full_last[position]) == (field.full_at(position) or (0, -1))
        if axis in analysis.graph.shape(path):
            read = analysis.reads(path, {axis: position}, of=source).positions[axis]
            runs = gaps.get(position, [[first[position], last[position]]] if last[position] >= first[position] else [])
            assert Positions.of(range(low, high + 1) for low, high in runs) == read


def report_of(layers: str, size: int) -> dict[str, Any]:
    text = f"archcalc: 1\nname: n\ninputs: {{x: {{C: 1, T: {size}}}}}\nlayers:\n{layers}\n"
    return report_data(Networks().of({"text": text, "name": "n"}))


def test_a_long_axis_costs_a_report_no_more_than_a_short_one() -> None:
    layers = "- conv1d: {out: 1, kernel: 3, padding: 1}\n- max_pool1d: {kernel: 2}"
    short, long = (report_of(layers, size)["fields"] for size in (1_000, 10_000_000))
    assert len(str(long)) < len(str(short)) + 200
    assert [count for _, count in long[1][0]] == [1, 1, 4_999_998]


def test_a_report_has_no_millions_of_ends_that_move_unevenly() -> None:
    uneven = "- interpolate: {size: {T: 99991}}\n" + "- conv1d: {out: 1, kernel: 3}\n" * 9
    with pytest.raises(UsageError, match=r"in patterns, more than 1,000,000 of them; expected fewer, .* --input"):
        report_of(uneven, 99_989)


def test_a_report_says_both_ends_where_gaps_would_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    dilated = "- conv1d: {out: 1, kernel: 3, dilation: 2}\n" * 2
    assert [bool(each[4]) for each in report_of(dilated, 30)["fields"]] == [True, True]
    monkeypatch.setattr(every_position, "MOST_READS", 100)
    assert [bool(each[4]) for each in report_of(dilated, 30)["fields"]] == [True, False]


def test_a_report_has_a_largest_number_of_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MOST_LAYERS", 3)
    with pytest.raises(UsageError, match="a report of 4 layers; expected at most 3"):
        report_html([network("slow_fusion")])


@pytest.mark.parametrize("mask", [0, 1, 0b1011, 0b110011100, (1 << 300) | 7])
def test_runs_of_bits(mask: int) -> None:
    listed = [at for first, last in runs_of(mask) for at in range(first, last + 1)]
    assert listed == [at for at in range(mask.bit_length()) if mask >> at & 1]


def test_too_many_networks_and_no_output(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["page", *["c3d"] * 13, "-o", str(tmp_path / "a.html")])
    assert (result.exit_code, re.search("at most 12", result.output) is None) == (2, False)
    assert CliRunner().invoke(main, ["page", "c3d"]).exit_code == 2
    assert CliRunner().invoke(main, ["page", "c3d", "-o", "-"]).output.startswith("<!DOCTYPE html>")
