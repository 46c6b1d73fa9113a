"""`verify` compares recorded modules with the modules themselves, and sees what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from click.testing import CliRunner  # noqa: E402
from torch import nn  # noqa: E402

from archcalc.cli.main import main  # noqa: E402
from archcalc.measure.planes import Comparison, Fault, compare, probes  # noqa: E402
from archcalc.measure.verify_module import MASKED, PLANES, judged, verify_module  # noqa: E402
from archcalc.tracing.inputs import parse_input  # noqa: E402
from archcalc.tracing.module import Run, import_module  # noqa: E402
from archcalc.tracing.rules import sliding  # noqa: E402
from tests.tracing import networks as net  # noqa: E402

FILE = Path(net.__file__)


def dilated() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 8, 3, padding=2, dilation=2), nn.ReLU(), nn.Conv2d(8, 4, 3, 2), nn.BatchNorm2d(4))


def verified(model: nn.Module, *inputs: str, run: Run | None = None) -> Any:
    return verify_module(import_module(model, [parse_input(each) for each in inputs], run=run))


@pytest.mark.parametrize(
    ("build", "inputs"),
    [
        (dilated, ("x=3x24x24",)),
        (net.Twice, ("x=3x12x12",)),
        (net.Tied, ("x=C6",)),
        (net.Auxiliary, ("x=3x16x16",)),
        (net.ShiftBySlices, ("x=8x8x8x8",)),
        (net.Remembers, ("x=C4xT16",)),
        (net.Orthogonal, ("x=C4xT12",)),
        (net.Structured, ("slow=3x2x16x16", "fast=3x10x16x16")),
        (lambda: nn.Sequential(nn.Conv2d(3, 8, 2, 2), net.Attention(causal=True)), ("x=3x16x16",)),
        (lambda: net.Windows(), ("x=H16xW24xC4",)),
        (lambda: nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d()), ("x=3x12x12",)),
    ],
)
def test_modules_agree_with_what_was_recorded(build, inputs):
    found = verified(build(), *inputs)
    assert found.disagreements == ()
    assert sum(each.numbers for each in found.checks) > 2


def test_modules_that_are_constructed_again_are_measured_in_evaluation_mode():
    def build() -> nn.Module:
        return nn.TransformerEncoder(nn.TransformerEncoderLayer(32, 4, 128, batch_first=True), 1)

    found = verify_module(import_module(build(), [parse_input("x=T16xC32")], rebuilt=build))
    assert found.disagreements == ()
    assert found.memory is not None
    assert found.memory.ratio == pytest.approx(1, abs=0.01)


class Heads(nn.Module):
    def forward(self, x: Any) -> Any:
        return nn.functional.scaled_dot_product_attention(x, x, x)


def test_planes_pass_through_attention_that_a_cpu_fuses():
    assert verified(Heads(), "x=3x9x12").disagreements == ()


def test_where_masks_cut_other_numbers_are_compared():
    found = verified(net.Windows(), "x=H16xW24xC4")
    assert any("masks" in each.reference and each.numbers for each in found.checks)


def test_changes_that_rounding_loses_are_not_compared():
    wide, narrow = Fault("a", "x", "H", False, False, (0, 5), (1, 4)), Fault("b", "x", "H", True, False, (0, 3), (0, 5))
    found = Comparison(equal=3, wider=2, narrower=1, faults=[wide, narrow])
    wrong, check = judged(found, "3x8x8", PLANES)
    assert ([each.layer for each in wrong], check.numbers, check.silent) == (["a", "b"], 6, ())
    wrong, check = judged(found, "3x8x8", MASKED)
    assert [each.layer for each in wrong] == ["b"]
    assert (check.numbers, check.silent) == (4, ("2 fields are wider than the changes show",))


def test_memory_is_measured():
    found = verified(dilated(), "x=3x24x24")
    assert found.memory.ratio == pytest.approx(1, abs=0.05)
    assert found.saved.ratio == pytest.approx(1, abs=0.05)


class Written(nn.Module):
    """Functions of which some save what they read, some what they give, and some nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)

    def forward(self, x: Any) -> Any:
        x = self.conv(x)
        rows = nn.functional.pad(x, (1, 1, 1, 1)).flatten(2)
        shares = (rows * 0.5 @ rows.transpose(1, 2) + 1).softmax(-1)
        x = torch.cat([x, torch.tanh(x) * torch.sigmoid(x)], 1)
        return nn.functional.gelu(x).roll(1, 2).mean((2, 3)).sum() + (shares @ rows).mean()


def test_what_recorded_functions_save_is_what_autograd_saves():
    assert verified(Written(), "x=3x24x24").saved.ratio == pytest.approx(1, abs=0.02)


def test_dropout_saves_its_mask_in_training():
    model = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 4))
    found = verified(model, "x=C8", run=Run(train=True)).saved
    assert found.measured == found.predicted == 4 * (8 + 64 + 64 + 64)


def test_a_rule_that_forgets_a_dilation_disagrees(monkeypatch):
    true: Any = sliding.windowed
    monkeypatch.setattr(sliding, "windowed", lambda *args: true(*args[:-1], 1))
    (first, *_) = verified(dilated(), "x=3x24x24").disagreements
    assert (first.layer, first.reference) == ("0", "planes of NaN")
    assert "clipped field on H of x" in first.quantity


def test_an_alias_that_is_lost_disagrees(monkeypatch):
    from archcalc.tracing.interpret import Interpreter

    monkeypatch.setattr(Interpreter, "_written", lambda _self, base, *_: base)
    assert verified(net.ShiftBySlices(), "x=8x8x8x8").disagreements


def test_tensors_that_are_freed_too_early_disagree(monkeypatch):
    from archcalc.tracing.tensors import Tensors

    true: Any = Tensors._gone

    def gone(self, key, number, tensor):
        true(self, key, number, tensor)
        self._ends[number] = self._made[number].begin

    monkeypatch.setattr(Tensors, "_gone", gone)
    assert "peak bytes at inference" in {each.quantity for each in verified(dilated(), "x=3x24x24").disagreements}


def test_macs_that_are_wrong_disagree(monkeypatch):
    from archcalc.tracing import kernels
    from archcalc.tracing.macs import macs_of as true

    monkeypatch.setattr(kernels, "macs_of", lambda *args: 2 * (true(*args) or 0))
    found = verified(nn.Sequential(net.Attention()), "x=8x4x4").disagreements
    assert {each.layer for each in found if each.quantity == "MACs"} >= {"", "0"}


def test_parameters_that_are_wrong_disagree(monkeypatch):
    from archcalc.tracing.layers import Layers

    monkeypatch.setattr(Layers, "unread", {})
    (found,) = verified(net.Auxiliary(), "x=3x16x16").disagreements
    assert (found.quantity, found.measured) == ("params", f"{3 * 4 * 9 + 4 + 4 * 5 + 5:,}")


@pytest.mark.parametrize(
    ("model", "inputs", "run", "said"),
    [
        (net.ValueDecides(), ("x=3x8x8",), None, "numbers decide"),
        (nn.Sequential(nn.Embedding(9, 3)), ("x=T5:int64",), None, "integers"),
        (dilated(), ("x=3x24x24",), Run(train=True), "training mode"),
    ],
)
def test_what_cannot_be_compared_is_said(model, inputs, run, said):
    found = verified(model, *inputs, run=run)
    assert any(said in silence for each in found.checks for silence in each.silent)
    assert found.disagreements == ()


def test_samples_see_what_is_wrong_and_are_said():
    assert probes(100, 0.1) == sorted({round(at * 99 / 9) for at in range(10)})
    assert probes(7, 1.0) == list(range(7))
    found = compare(dilated().eval(), (torch.rand(1, 3, 40, 30),), {"x": "NCHW"}, seconds=0.001)
    assert found.sampled
    assert found.faults == []


def test_the_command_takes_modules():
    arguments = ["verify", f"{FILE}:Twice", f"{FILE}:InLists", "--input", "x=3x12x12"]
    result = CliRunner().invoke(main, [*arguments, "--format", "json"])
    assert result.exit_code == 0, result.output
    for each in json.loads(result.stdout)["networks"]:
        assert each["verdict"] == "agrees"
        references = {check["reference"] for check in each["checks"]}
        assert references == {"PyTorch", "FlopCounterMode", "planes of NaN", "storages alive"}
    assert "agrees" in CliRunner().invoke(main, arguments).stdout
