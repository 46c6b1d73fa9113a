"""Audits: each verdict, and the bundled networks against what was published of them."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.analysis.conventions import CONVENTIONS
from archcalc.cli.main import main
from archcalc.results.audit import audit
from archcalc.spec import published
from archcalc.spec.library import bundled_networks

FIGURELESS = (
    "volume_mri", "temporal_median", "background_subtraction", "single_frame", "late_fusion_fc", "cnn_m_2048",
    "convnet_gru", "efficientnet3d_b0", "st_resnet", "r3d_34", "resnet3d", "tsm_r50", "tam_r50",
)  # fmt: skip
"""Designs of which no number is published that could be compared with ours."""

SPEC = """\
archcalc: 1
name: small
parameters: {out: 4}
inputs: {clip: {C: 3, T: 8, H: 16, W: 16}}
layers:
  - conv3d: {name: conv, out: $out, kernel: 3, padding: 1}
  - batch_norm
published:
  - ENTRY
"""
PARAMS = 4 * 3 * 27 + 4 + 8


def verdict(tmp_path: Path, entry: str) -> tuple[str, str]:
    path = tmp_path / "small.yaml"
    path.write_text(SPEC.replace("ENTRY", entry))
    (figure,) = audit(str(path))
    return figure.verdict, figure.ours


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (f"{{quantity: params, value: {PARAMS}, source: s}}", ("matched", str(PARAMS))),
        (f"{{quantity: params, value: {PARAMS + 1}, source: s}}", ("differs", str(PARAMS))),
        (f"{{quantity: params, value: {PARAMS + 1}, source: s, explained: they err}}", ("stated", str(PARAMS))),
        ("{quantity: params_without_norm, value: 328, source: s}", ("matched", "328")),
        ("{quantity: params, value: 664, source: s, reproduced: {set: {out: 7.9}}}", ("differs", "")),
        ("{quantity: params, value: 671, source: s, reproduced: {set: {out: 8}}}", ("differs", "672")),
        ("{quantity: params, value: 672, source: s, reproduced: {set: {out: 8}}}", ("reproduced", "672")),
        ("{quantity: params, value: 672, source: s, at: {set: {out: 8}}}", ("matched", "672")),
        ("{quantity: macs, value: 82.9 K, source: s, at: {input: {clip: 3x4x8x8}}}", ("matched", str(324 * 256))),
        ("{quantity: shape, value: 4x8x16x16, layer: conv, source: s}", ("matched", "4x8x16x16")),
        ("{quantity: receptive_field, value: 3x3x3, layer: conv, source: s}", ("matched", "3x3x3")),
        ("{quantity: shape, value: 8, layer: conv, axis: T, source: s}", ("matched", "8")),
        ("{quantity: receptive_field, value: 3, layer: conv, axis: T, source: s}", ("matched", "3")),
        ("{quantity: receptive_field, value: 2, layer: conv, axis: T, source: s}", ("differs", "3")),
        ("{quantity: shape, value: 8, layer: conv, axis: D, source: s}", ("differs", "")),
        ("{quantity: cost_per_video, value: 1, source: s}", ("differs", "")),
    ],
)
def test_verdicts(tmp_path: Path, entry: str, expected: tuple[str, str]) -> None:
    assert verdict(tmp_path, entry) == expected


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{quantity: parms, value: 1, source: s}", "did you mean 'params'"),
        ("{quantity: params, source: s}", "no 'value'"),
        ("{quantity: params, value: many, source: s}", "digits with a unit"),
        ("{quantity: shape, value: 1x2, source: s}", "no 'layer'"),
        ("{quantity: receptive_field, layer: conv, value: 3-3, source: s}", "sizes such as"),
        ("{quantity: params, value: 1, source: s, at: {sett: {out: 8}}}", "unknown key 'sett' in 'at'"),
        ("{quantity: params, value: 1, source: s, at: {input: {clip: 3by4}}}", "sizes such as 3x16x224x224"),
        ("{quantity: params, value: 1, source: s, reproduced: {rf: clip}}", "one of full, window, clipped"),
        ("{quantity: cost, value: 1, source: s}", "no 'convention'"),
        ("{quantity: params, axis: T, value: 1, source: s}", "an axis of a shape"),
        ("{quantity: shape, layer: conv, axis: X, value: 1, source: s}", "no axis 'X'"),
        ("{quantity: cost, convention: fvcorr, value: 1, source: s}", "did you mean 'fvcore'"),
        ("{quantity: shape, value: 4x8x16x16, layer: cnov, source: s}", "did you mean 'conv'"),
        ("[1, 2]", "a mapping with quantity"),
    ],
)
def test_entries_that_make_no_sense(tmp_path: Path, entry: str, said: str) -> None:
    with pytest.raises(archcalc.SpecError, match=said):
        verdict(tmp_path, entry)


def test_the_language_names_the_conventions_that_there_are() -> None:
    assert tuple(CONVENTIONS) == published.CONVENTIONS


@pytest.mark.parametrize("name", [each.name for each in bundled_networks()])
def test_bundled_networks_print_what_was_published(name: str) -> None:
    figures = audit(name)
    assert bool(figures) == (name not in FIGURELESS), "every bundled network whose source prints a figure has it"
    assert [each for each in figures if each.verdict == "differs"] == []
    unlike = [each for each in figures if each.verdict in ("stated", "reproduced")]
    assert all(each.figure.explained or "has no rule" in each.remark for each in unlike)


def test_a_published_cost_may_hold_what_its_convention_leaves_out(tmp_path: Path) -> None:
    path = tmp_path / "attends.yaml"
    path.write_text(
        "archcalc: 1\nname: attends\ninputs: {clip: {C: 8, T: 4, H: 6, W: 6}}\n"
        "layers:\n- attention: {over: [T, H, W], heads: 2}\npublished:\n"
        "- {quantity: cost, convention: fvcore, value: 36864, source: s}\n"
        "- {quantity: cost, convention: fvcore, value: 368640, source: s}\n"
        "- {quantity: cost, convention: fvcore, value: 368641, source: s}\n"
    )
    matched, complete, wrong = audit(str(path))
    assert [each.verdict for each in (matched, complete, wrong)] == ["matched", "reproduced", "differs"]
    assert complete.ours == "368640"
    assert complete.remark == (
        "plainly 36,864; complete with 331,776 multiply-accumulates of scaled_dot_product_attention, "
        "for which fvcore has no rule"
    )


def test_a_difference_exits_with_1(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SPEC.replace("ENTRY", "{quantity: params, value: 1, source: s}"))
    result = CliRunner().invoke(main, ["audit", str(path)])
    assert (result.exit_code, "1 differs" in result.stdout) == (1, True)
    assert CliRunner().invoke(main, ["audit", "i3d", "--format", "csv"]).exit_code == 0
    assert CliRunner().invoke(main, ["audit"]).exit_code == 2


def test_a_long_list_may_be_next_to_the_spec(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SPEC.partition("published:")[0])
    (tmp_path / "small.published.yaml").write_text(f"- {{quantity: params, value: {PARAMS}, source: s}}\n")
    assert [each.verdict for each in audit(str(path))] == ["matched"]
    (tmp_path / "small.published.yaml").write_text("- {quantity: parms, value: 1, source: s}\n")
    with pytest.raises(archcalc.SpecError, match=r"small\.published\.yaml:1:14: quantity: parms"):
        audit(str(path))


@pytest.mark.parametrize("columns", [80, 200])
def test_figures_stay_whole_on_a_terminal(columns: int) -> None:
    result = CliRunner().invoke(main, ["audit", "i3d", "two_stream_i3d"], env={"COLUMNS": str(columns)})
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    assert max(map(len, lines)) <= columns
    assert [line for line in lines if line in ("i3d", "two_stream_i3d")] == ["i3d", "two_stream_i3d"]
    for whole in ("111,153,143,808", "59x219x219", "reproduced", "25,358,016"):
        assert any(whole in line for line in lines)


def test_a_program_reads_the_network_and_the_remark_in_columns() -> None:
    result = CliRunner().invoke(main, ["audit", "i3d", "two_stream_i3d", "--format", "csv"])
    rows = list(csv.DictReader(StringIO(result.stdout)))
    assert {row["network"] for row in rows} == {"i3d", "two_stream_i3d"}
    assert all(bool(row["remark"]) == (row["verdict"] != "matched") for row in rows)
