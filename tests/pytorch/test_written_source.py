"""The source that `build` writes runs without archcalc and is the network that was analyzed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli.main import main
from tests.explain.test_explain import ZOO

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

RUN = """\
import runpy, sys
sys.modules['archcalc'] = None
for path in sys.argv[1:]:
    print(path)
    runpy.run_path(path, run_name='__main__')
"""


def written(spec: str) -> str:
    result = CliRunner().invoke(main, ["build", spec])
    assert result.exit_code == 0, result.output
    return result.stdout


def printed_by(*paths: Path) -> list[str]:
    """What files print of their networks when they run where archcalc cannot be imported, each after its path."""
    command = [sys.executable, "-c", RUN, *map(str, paths)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout.splitlines()


def expected(spec: str) -> list[str]:
    analysis = archcalc.analyze(archcalc.load(spec))
    (output,) = analysis.graph.outputs.values()
    sizes = tuple(analysis.graph.shape(output).sizes.values())
    return [f"output {(1, *sizes)}", f"parameters {analysis.totals.params}"]


FEW = (
    "early_fusion", "temporal_median", "karpathy_multires", "c3d_unpadded", "i3d", "mc3_18", "r2plus1d_18", "s3d_g",
    "x3d_s", "slowfast_r50_4x16", "two_stream", "convnet_lstm", "efficientnet3d_b0",
)  # fmt: skip
"""Some of each kind, on the whole input. test_source_runs runs the source of all on a small one."""


def test_bundled_networks_run(tmp_path: Path) -> None:
    """In one process, as importing PyTorch takes longer than most of them."""
    paths = {name: tmp_path / f"{name}.py" for name in FEW}
    for name, path in paths.items():
        path.write_text(written(name))
    said = [line for name, path in paths.items() for line in (str(path), *expected(name))]
    assert printed_by(*paths.values()) == said


def test_every_kind_of_operator_runs(tmp_path: Path) -> None:
    (tmp_path / "zoo.yaml").write_text(ZOO)
    path = tmp_path / "zoo.py"
    path.write_text(written(str(tmp_path / "zoo.yaml")))
    assert printed_by(path) == [str(path), *expected(str(tmp_path / "zoo.yaml"))]


def test_a_wrong_network_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "wrong.py"
    path.write_text(written("slow_fusion").replace("nn.Conv3d(12, 24,", "nn.Conv3d(12, 25,"))
    assert printed_by(path)[1:] != expected("slow_fusion")


@pytest.mark.parametrize("name", ["r2plus1d_18", "i3d", "x3d_s"])
def test_the_same_weights_give_the_same_output(name: str) -> None:
    from archcalc.nn import build

    inputs = {"r2plus1d_18": "clip=3x4x32x32", "i3d": "clip=3x16x224x224", "x3d_s": "clip=3x4x64x64"}[name]
    spec = archcalc.load(name, inputs=inputs, classes=5)
    text = CliRunner().invoke(main, ["build", name, "--input", inputs, "--set", "classes=5"]).stdout
    scope: dict[str, object] = {"__name__": "written"}
    exec(compile(text, "written.py", "exec"), scope)
    theirs = [each for each in scope.values() if isinstance(each, type) and issubclass(each, torch.nn.Module)][-1]()
    ours = build(spec)
    theirs.load_state_dict(dict(zip(theirs.state_dict(), ours.state_dict().values(), strict=True)))
    clip = torch.randn(1, *spec.graph.inputs["clip"].shape.sizes.values())
    with torch.no_grad():
        assert torch.allclose(theirs.eval()(clip), ours.eval()(clip), atol=1e-5)
