"""Tables and drawings of a network whose input declares an axis of its own, F for frequency."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from archcalc.cli.main import main
from archcalc.core.problem import UsageError
from archcalc.drawings.box_edges import box_edges

SPEC = """\
archcalc: 1
name: mask
inputs: {spectrum: {C: 2, T: 20, F: 33, fps: 100}}
layers:
  - conv2d: {name: stem, out: 8, kernel: [2, 3], stride: [1, 2], padding: [causal, 1]}
  - lstm: {name: across, over: F, hidden_size: 8}
  - conv_transpose2d: {name: mask, out: 2, kernel: [1, 3], stride: [1, 2], padding: [0, 1]}
  - multiply: {from: [mask, spectrum]}
"""


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "mask.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return str(path)


def output(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments, env={"COLUMNS": "120"})
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("kind", ["graph", "kernels", "volume", "unroll"])
def test_each_drawing_shows_the_axis(kind: str, spec: str, tmp_path: Path) -> None:
    picture = tmp_path / f"{kind}.svg"
    output("diagram", spec, "--kind", kind, "-o", str(picture))
    assert {"kernels": "F 3", "volume": "F 33", "graph": "20x33", "unroll": "t="}[kind] in picture.read_text("utf-8")


@pytest.mark.parametrize(
    ("grid", "edges"),
    [
        (("T", "H", "W"), ("T", "H", "W")),
        (("D", "H", "W"), ("D", "H", "W")),
        (("T", "F"), ("T", "F", "W")),
        (("T", "F", "S"), ("T", "F", "S")),
        (("F", "H", "W"), ("F", "H", "W")),
        (("T", "F", "H"), ("T", "H", "F")),
        ((), ("T", "H", "W")),
    ],
)
def test_a_box_has_an_edge_for_each_axis(grid: tuple[str, ...], edges: tuple[str, ...]) -> None:
    assert box_edges(grid) == edges


def test_a_box_has_three_edges() -> None:
    with pytest.raises(UsageError, match="a box shows three"):
        box_edges(("T", "F", "H", "W"))


def test_tables_and_json_have_the_axis(spec: str) -> None:
    assert "2x20x33" in output("table", spec)
    layer = json.loads(output("table", spec, "--format", "json"))["layers"][0]
    assert layer["kernel"] == {"T": 2, "F": 3}
    assert layer["shape"] == {"C": 8, "T": 20, "F": 17}
    assert "kernel F" in output("explain", spec, "stem")


def test_a_mask_of_the_input_is_the_network_and_no_gate(spec: str) -> None:
    assert "2×3, 8" in output("table", spec, "--style", "paper")
