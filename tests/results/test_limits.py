"""What would take too long to audit or to show is refused before the work."""

from __future__ import annotations

from pathlib import Path

import pytest

import archcalc
from archcalc.core.problem import UsageError
from archcalc.results import audit as audited
from archcalc.tables.layers import layer_table
from archcalc.tables.options import TableOptions
from tests.conftest import Load

FIGURE = "  - {quantity: macs, value: 12345, source: x, reproduced: {set: {a: NUMBER}}}\n"


def test_figures_under_too_many_conditions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = "".join(FIGURE.replace("NUMBER", str(number)) for number in range(4, 303))
    path = tmp_path / "many.yaml"
    path.write_text(
        "archcalc: 1\nname: many\nparameters: {a: 3}\ninputs: {clip: {C: 3, T: 8, H: 16, W: 16}}\n"
        f"layers:\n  - repeat: {{times: 300, layers: [{{conv3d: {{out: $a, kernel: 1}}}}]}}\npublished:\n{figures}"
    )
    monkeypatch.setattr(audited, "_audited", None)  # nothing may be worked out
    with pytest.raises(archcalc.SpecError) as error:
        audited.audit(str(path))
    (problem,) = error.value.problems
    assert "67 conditions, each an analysis of 300 layers; expected at most 20,000 layers in all" in problem.message
    assert "{set: {a: 69}}" in problem.location.source.line(problem.location.line)


def test_a_column_for_each_of_many_inputs(load: Load) -> None:
    inputs = "".join(f"  i{number}: {{C: 3, H: 4, W: 4}}\n" for number in range(120))
    spec = load(f"archcalc: 1\nname: many\ninputs:\n{inputs}layers: [{{relu: {{from: i7}}}}]\n")
    analysis = archcalc.analyze(spec)
    with pytest.raises(UsageError, match="a table of 124 columns; expected at most 100: --columns without fields"):
        layer_table(analysis, TableOptions())
    assert layer_table(analysis, TableOptions(columns=("layer", "size"))).rows
