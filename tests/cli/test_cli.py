"""The command line as a user meets it: output, exit codes, streams, widths."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from archcalc.cli.main import main
from archcalc.spec.library import bundled_libraries, bundled_networks, library_text
from archcalc.spec.parse import BLOCK_KEYS, COMMON_KEYS, STRUCTURE_KEYS
from archcalc.spec.structure_pages import STRUCTURES

BROKEN = """\
archcalc: 1
name: broken
inputs: {clip: {C: 3, T: 8, H: 16, W: 16}}
layers:
  - conv3d: {out: 4, kernal: 3, kernel: 3}
  - relue
"""


def run(*arguments: str, columns: int | None = None, text: str | None = None) -> Result:
    environment = {"COLUMNS": str(columns)} if columns else {"COLUMNS": None}
    return CliRunner().invoke(main, list(arguments), input=text, env=environment)


def table_json(*arguments: str) -> dict[str, Any]:
    result = run("table", *arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


LAYER_KEYS = {
    "path", "name", "op", "label", "inputs", "kernel", "stride", "padding", "dilation", "groups", "shape", "tokens",
    "receptive_field", "receptive_field_clipped", "jump", "aligned", "sees_all", "params", "buffers", "macs", "flops",
    "cost", "activation_bytes", "saved_bytes", "status", "missing",
}  # fmt: skip
TOTAL_KEYS = {
    "params", "buffers", "macs", "flops", "cost", "cost_per_video", "parameter_bytes", "activation_bytes",
    "peak_inference_bytes", "saved_bytes", "training_bytes", "layers",
}  # fmt: skip


@pytest.mark.parametrize("name", [each.name for each in bundled_networks()])
def test_json_has_the_keys_of_the_contract_and_sums_to_its_totals(name: str) -> None:
    network = table_json(name)
    assert {"schema", "archcalc", "spec", "title", "convention", "inputs", "layers", "totals"} <= network.keys()
    assert (network["schema"], network["spec"], network["convention"]) == (1, name, "macs")
    assert network["totals"].keys() == TOTAL_KEYS
    for layer in network["layers"]:
        assert layer.keys() >= LAYER_KEYS
        assert layer["cost"] == layer["macs"]
        assert layer["kernel"] is None or layer["kernel"].keys() == layer["stride"].keys() == layer["padding"].keys()
    for key in ("params", "buffers", "macs", "flops", "cost", "activation_bytes", "saved_bytes", "parameter_bytes"):
        assert sum(layer[key] for layer in network["layers"]) == network["totals"][key]
    assert network["totals"]["layers"] == len(network["layers"])
    paths = [layer["path"] for layer in network["layers"]]
    assert len(set(paths)) == len(paths)
    known = {each["name"] for each in network["inputs"]} | set(paths)
    assert all(set(layer["inputs"]) <= known for layer in network["layers"])


def test_json_of_a_convolution() -> None:
    network = table_json("c3d")
    first = network["layers"][0]
    assert network["inputs"] == [{"name": "clip", "shape": {"C": 3, "T": 16, "H": 112, "W": 112}, "fps": None}]
    assert first["label"] == "Conv3D (3x3x3, 3->64)"
    assert first["inputs"] == ["clip"]
    assert first["padding"] == {"T": [1, 1], "H": [1, 1], "W": [1, 1]}
    assert first["shape"] == {"C": 64, "T": 16, "H": 112, "W": 112}
    assert first["receptive_field"] == {"T": 3, "H": 3, "W": 3}
    assert first["jump"] == {"T": 1, "H": 1, "W": 1}
    assert (first["params"], first["groups"], first["tokens"], first["aligned"]) == (5248, 1, 0, True)
    relu = network["layers"][1]
    assert [relu[key] for key in ("kernel", "stride", "padding", "dilation", "groups")] == [None] * 5


@pytest.mark.parametrize("name", [each.name for each in bundled_networks()])
@pytest.mark.parametrize("columns", [80, 200])
def test_tables_fit_the_terminal_and_keep_their_numbers(name: str, columns: int) -> None:
    result = run("table", name, columns=columns)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    first = next(number for number, line in enumerate(lines) if set(line.strip()) == {"─"})
    assert max(len(line.rstrip()) for line in lines[first - 1 :]) <= columns
    assert "…" not in result.stdout


def test_a_pipe_is_not_folded() -> None:
    path = "Mixed_3b.Branch_1.Conv3d_0b_3x3.batch_norm"
    assert path in run("table", "i3d").stdout
    assert path not in run("table", "i3d", columns=80).stdout


def test_depth_puts_layers_together_and_keeps_the_sums() -> None:
    whole, short = run("table", "r3d_18").stdout, run("table", "r3d_18", "--depth", "1").stdout
    assert len(short.splitlines()) < 30 < len(whole.splitlines())
    assert [line for line in whole.splitlines() if line.startswith("params")] == [
        line for line in short.splitlines() if line.startswith("params")
    ]
    stages = [line.split() for line in short.splitlines() if line.startswith(("stem", "layer1", "layer2"))]
    assert [int(stage[3].replace(",", "")) for stage in stages] == [28_352, 442_880, 1_557_760]


def test_fields_in_seconds() -> None:
    output = run("table", "r3d_18", "--depth", "1", "--rf", "full,clipped", "--rf-unit", "seconds").stdout
    stage = next(line.split() for line in output.splitlines() if line.startswith("layer4"))
    assert stage[2:4] == ["7.27x219x219", "1.07x112x112"]  # 109 and 16 frames at 15 fps


def test_fields_in_millimeters(tmp_path: Path) -> None:
    path = tmp_path / "mri.yaml"
    path.write_text(
        "archcalc: 1\nname: mri\ninputs: {volume: {C: 1, D: 16, H: 32, W: 32, spacing: {D: 3.0, H: 0.9, W: 0.9}}}\n"
        "layers: [{conv3d: {out: 4, kernel: 3}}]\n"
    )
    assert "9x2.7x2.7" in run("table", str(path), "--rf-unit", "mm").stdout
    refused = run("table", str(path), "--rf-unit", "mm", "--columns", "layer,field", "--input", "volume=1x8x8x8")
    assert refused.exit_code == 0, "the spacing stays when only sizes change"


def test_units_that_the_input_does_not_know_are_refused() -> None:
    result = run("table", "c3d", "--rf-unit", "seconds")
    assert result.exit_code == 2
    assert "has no fps" in result.stderr


def test_chosen_columns() -> None:
    output = run(
        "table", "c3d", "--columns", "layer,label,kernel,stride,padding,dilation,groups,buffers,macs,flops"
    ).stdout
    row = next(line for line in output.splitlines() if line.startswith("conv2a"))
    assert row.split()[1:] == [
        "Conv3D", "(3x3x3,", "64->128)", "3x3x3", "1x1x1", "1x1x1", "1x1x1", "1", "-",
        f"{128 * 64 * 27 * 16 * 56 * 56:,}", f"{(2 * 64 * 27 + 1) * 128 * 16 * 56 * 56:,}",
    ]  # fmt: skip


def test_problems_go_to_stderr_with_place_caret_and_hint(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(BROKEN)
    result = run("table", str(path))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert f"{path}:5:22: unknown argument 'kernal' of conv3d" in result.stderr
    assert "did you mean 'kernel'?" in result.stderr
    assert f"{path}:6:5: unknown operator or block 'relue'" in result.stderr
    lines = result.stderr.splitlines()
    caret = next(number for number, line in enumerate(lines) if line.strip() == "^")
    assert lines[caret - 1][lines[caret].index("^") :].startswith("kernal")


def test_check_reports_every_spec(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(BROKEN)
    result = run("check", "c3d", str(path), "i3d")
    assert result.exit_code == 1
    assert "c3d: no problems, 29 layers" in result.stdout
    assert "i3d: no problems" in result.stdout
    assert "did you mean 'relu'?" in result.stdout


def test_problems_written_to_a_file_are_mentioned_on_standard_error(tmp_path: Path) -> None:
    path, out = tmp_path / "broken.yaml", tmp_path / "found.txt"
    path.write_text(BROKEN)
    result = run("check", "c3d", str(path), "-o", str(out))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"archcalc: problems in 1 of 2 specs: {out}\n"
    assert "did you mean 'relu'?" in out.read_text()


def test_figures_that_differ_are_counted_on_standard_error(tmp_path: Path) -> None:
    path, out = tmp_path / "wrong.yaml", tmp_path / "audit.txt"
    published = "published: [{quantity: params, value: 17, source: nobody}]"
    path.write_text(f"archcalc: 1\nname: x\ninputs: {{clip: {{C: 3}}}}\nlayers: [linear: {{out: 4}}]\n{published}\n")
    result = run("audit", str(path), "-o", str(out))
    assert (result.exit_code, result.stderr) == (1, f"archcalc: 1 of 1 figures differ: {out}\n")


def test_standard_input() -> None:
    text = "archcalc: 1\nname: piped\ninputs: {clip: {C: 3, H: 4, W: 4}}\nlayers: [relu]\n"
    result = run("table", "-", text=text)
    assert result.exit_code == 0
    assert "piped" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("table",), 2, "Missing argument"),
        (("table", "c3dd"), 1, "did you mean 'c3d'?"),
        (("table", "c3d", "--set", "clases=3"), 2, "did you mean 'classes'?"),
        (("table", "c3d", "--set", "classes"), 2, "NAME=VALUE"),
        (("table", "c3d", "--set", "classes=0"), 1, "out 0; expected at least 1"),
        (("table", "c3d", "--set", "classes=many"), 1, "an integer"),
        (("table", "c3d", "--input", "clip=3x16"), 2, "in the order C, T, H, W"),
        (("table", "c3d", "--input", "clip=3x16x112"), 2, "in the order C, T, H, W"),
        (("table", "c3d", "--input", "video=3x16x112x112"), 2, "no input 'video'"),
        (("table", "c3d", "--input", "clip=3x16x112x112@0"), 2, "such as clip=3x32x224x224@30"),
        (("table", "c3d", "--input", "clip=3x16x112x112@-5"), 2, "such as clip=3x32x224x224@30"),
        (("table", "c3d", "--input", "clip=3x16x112x112@nan"), 2, "such as clip=3x32x224x224@30"),
        (("table", "c3d", "--input", "clip=3x16x112x112@inf"), 2, "such as clip=3x32x224x224@30"),
        (("table", "c3d", "--input", "clip=3x8x112x112"), 1, "does not fit the 1 positions of axis T"),
        (("table", "c3d", "--columns", "layer,sze"), 2, "did you mean 'size'?"),
        (("table", "c3d", "--rf", "fulll"), 2, "no receptive field 'fulll'"),
        (("table", "c3d", "--rf", ""), 2, "--rf without a kind of receptive field; expected full, window, clipped"),
        (("table", "c3d", "--rf", ","), 2, "--rf without a kind of receptive field; expected full, window, clipped"),
        (("table", "c3d", "--columns", ""), 2, "--columns without a column; expected layer,size"),
        (("table", "c3d", "--input", "clip=3x16x112x112@1e-12"), 2, "such as clip=3x32x224x224@30"),
        (("table", "c3d", "--input", "clip=3x16x112x112@1e12"), 2, "such as clip=3x32x224x224@30"),
        (("table", "c3d", "--input", ""), 2, "such as clip=3x32x224x224@30"),
        (("table", "c3d", "--set", ""), 2, "NAME=VALUE"),
        (("table", "c3d", "--batch", "0"), 2, "--batch"),
        (("table", "c3d", "--batch", "1.5"), 2, "--batch"),
        (("table", "c3d", "--dtype", ""), 2, "--dtype"),
        (("table", "missing.yaml"), 1, "no such file"),
        (("table", "."), 1, "directory"),
        (("explain", "c3d", "conv3"), 2, "did you mean"),
        (("ops", "conv3"), 2, "did you mean 'conv"),
        (("tabel", "c3d"), 2, "no command 'tabel'"),
    ],
)
def test_wrong_usage_and_problems(arguments: tuple[str, ...], code: int, said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == code, result.output
    assert said in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_help_has_an_example(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Example: archcalc" in result.stdout


def test_ops_lists_and_describes() -> None:
    assert "conv_transpose3d" in run("ops").stdout
    assert "required" in run("ops", "conv3d").stdout


@pytest.mark.parametrize("name", STRUCTURES)
def test_ops_describes_structures_of_the_language(name: str) -> None:
    page, keys = STRUCTURES[name]
    shown = run("ops", name).stdout
    assert page.splitlines()[0] in shown
    assert all(key.name in shown for key in keys)
    assert name in run("ops").stdout


def test_the_keys_of_structures_are_those_that_a_spec_takes() -> None:
    described = {name: {key.name for key in STRUCTURES[name].keys} for name in STRUCTURES}
    assert {name: set(keys) for name, keys in STRUCTURE_KEYS.items()} == {
        name: described[name] for name in STRUCTURE_KEYS
    }
    assert described["block"] == set(BLOCK_KEYS)
    assert described["layer"] == set(COMMON_KEYS)


def test_blocks_of_libraries_are_listed_and_shown() -> None:
    listed = run("list", "--blocks").stdout
    assert all(library in listed for library in bundled_libraries())
    assert "basic_2plus1d" in run("list", "--blocks", "residual_blocks", "--format", "csv").stdout
    assert "blvnet" not in run("list", "--blocks", "residual_blocks").stdout
    assert "no bundled library 'residual_block'" in run("list", "--blocks", "residual_block").stderr
    assert run("show", "residual_blocks").stdout == library_text("residual_blocks")


def test_show_expands() -> None:
    shown = run("show", "r2plus1d_18", "--set", "classes=7").stdout
    assert "path: layer3.0.conv2.temporal" in shown
    assert "linear: {out: 7}" in shown
