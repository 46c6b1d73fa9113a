"""The arrows between the parts hold, and the checker that says so is seen to bite."""

from __future__ import annotations

import sys

import pytest

LINT = (sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache")
ARROWS = "arrows point one way"
TORCH = "torch is imported by measure, tracing and what evaluates alone"
MODULES = "the modules of a written network import torch alone"
TORCH_FREE = "operators are described and written without torch"
LIGHT = "what computes the numbers does without the heavy libraries"


def test_every_arrow_holds(checkout, run):
    report = run(*LINT, cwd=checkout).stdout
    assert " 0 broken." in report


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("core/planted.py", "from archcalc import cli", ARROWS),
        ("core/planted.py", "import archcalc.ops", ARROWS),
        ("spec/planted.py", "import archcalc.analysis", ARROWS),
        ("analysis/planted.py", "import archcalc.spec", ARROWS),
        ("tables/planted.py", "import archcalc.render", ARROWS),
        ("measure/planted.py", "import archcalc.tables", ARROWS),
        ("tracing/planted.py", "import archcalc.pytorch", ARROWS),
        ("planted.py", "", ARROWS),
        ("tables/planted.py", "import torch.nn", TORCH),
        ("cli/planted.py", "def late():\n    import fvcore.nn", TORCH),
        ("pytorch/planted.py", "import torch", TORCH),
        ("pytorch/operators/planted.py", "import torch", TORCH),
        ("pytorch/source/planted.py", "import archcalc.pytorch.modules.conv", TORCH_FREE),
        ("pytorch/modules/planted.py", "import archcalc.core.shape", MODULES),
        ("analysis/planted.py", "def late():\n    import pandas", LIGHT),
        ("core/planted.py", "import numpy as np", LIGHT),
    ],
)
def test_a_planted_import_is_caught(package_copy, run, module, line, broken):
    (package_copy / "archcalc" / module).write_text(line + "\n")
    report = run(*LINT, cwd=package_copy, exit_code=1).stdout
    assert f"{broken} BROKEN" in report
    assert "archcalc.planted" in report or ".planted -> " in report


def test_modules_tracing_and_measure_may_import_torch(package_copy, run):
    for part in ("pytorch/modules", "tracing", "measure"):
        folder = package_copy / "archcalc" / part
        folder.mkdir(exist_ok=True)
        (folder / "planted.py").write_text("import torch.nn\n")
        (folder / "__init__.py").touch()
    run(*LINT, cwd=package_copy)
