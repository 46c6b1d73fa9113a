"""Modules become networks: their layers, parameters and multiply-accumulates, and what is said where they cannot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

import archcalc  # noqa: E402
from archcalc.tracing.inputs import parse_input  # noqa: E402
from archcalc.tracing.record import record  # noqa: E402
from tests.tracing import networks as net  # noqa: E402

PROGRAM = """
import torch
from torch import nn

class Small(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.conv = nn.Conv3d(3, width, 3, padding=1)
        self.head = nn.Linear(width, 10)

    def forward(self, clip):
        print("printed by the module")
        return self.head(torch.relu(self.conv(clip)).mean((2, 3, 4)))

class Wrong(Small):
    def forward(self, clip):
        return self.head(clip)

class Turned(Small):
    def forward(self, clip):
        return super().forward(clip.transpose(1, 2))

instance = Small(4)
number = 3

def broken():
    raise ValueError("no such width")
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    (tmp_path / "small_net.py").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)
    return "small_net.py"


def imported(analysis) -> Any:
    """What was recorded."""
    return analysis.graph.imported


def flops(model, *args):
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.to("meta").eval()(*args)
    return counter.get_total_flops()


@pytest.mark.parametrize(
    ("build", "sizes"),
    [
        (lambda: nn.Sequential(nn.Conv3d(3, 8, 3, groups=1), nn.ConvTranspose3d(8, 4, 2, 2)), (3, 6, 8, 8)),
        (lambda: nn.Sequential(nn.Conv2d(4, 8, 3, groups=4), nn.Flatten(), nn.Linear(8 * 36, 5)), (4, 8, 8)),
        (net.Attention, (8, 4, 4)),
        (lambda: net.Recurrent(nn.LSTM), (3, 7)),
        (lambda: net.Recurrent(nn.GRU), (3, 7)),
        (net.Twice, (3, 8, 8)),
    ],
)
def test_multiply_accumulates_are_those_of_flop_counter_mode(build, sizes):
    model = build()
    analysis = archcalc.from_module(model, torch.zeros(1, *sizes))
    assert analysis.totals.macs * 2 == flops(model, torch.zeros(1, *sizes, device="meta")) > 0


@pytest.mark.parametrize("build", [net.Twice, net.Tied, net.Auxiliary, lambda: net.Recurrent(nn.LSTM)])
def test_parameters_are_counted_once_each(build):
    model = build()
    sizes = {net.Twice: "3x8x8", net.Tied: "C6", net.Auxiliary: "3x8x8"}.get(build, "3x7")
    analysis = archcalc.from_module(model, x=sizes)
    unread = sum(imported(analysis).unread.values())
    assert sum(layer.params for layer in analysis.layers) + unread == analysis.totals.params
    assert analysis.totals.params == sum(each.numel() for each in model.parameters())


def test_a_module_called_twice_owns_its_weights_once():
    layers = archcalc.from_module(net.Twice(), x="3x8x8").layers
    assert [(each.path, each.params, each.owner) for each in layers] == [
        ("conv", 3 * 3 * 3 * 3 + 3, None),
        ("relu", 0, None),
        ("conv#2", 0, "conv"),
    ]


def test_tied_weights_belong_to_the_first_reader():
    layers = archcalc.from_module(net.Tied(), x="C6").layers
    assert [(each.path, each.params, each.owner) for each in layers] == [
        ("first", 6 * 6, None),
        ("tanh", 0, None),
        ("second", 0, "first"),
    ]


def test_parameters_that_nothing_reads_are_named():
    found = imported(archcalc.from_module(net.Auxiliary(), x="3x8x8"))
    assert found.unread == {"extra.weight": 4 * 5, "extra.bias": 5}
    assert any("extra.weight" in remark for remark in found.remarks)


def test_modules_in_plain_lists_are_layers_too():
    layers = archcalc.from_module(net.InLists(), x="3x9x9").layers
    assert [each.path for each in layers] == ["known.0", "known.1", "Conv2d"]


def test_lists_and_mappings_go_in_and_out():
    analysis = archcalc.from_module(net.Structured(), slow="3x2x5x5", fast="3x10x5x5")
    assert list(analysis.graph.outputs) == ["joined", "parts.0", "parts.1"]
    assert [each.name for each in analysis.inputs] == ["slow", "fast"]
    assert set(analysis.layer("cat").fields) == {"slow", "fast"}
    clips = {"slow": torch.zeros(1, 3, 2, 5, 5), "fast": torch.zeros(1, 3, 10, 5, 5)}
    recording = record(net.Structured(), (clips,), {}, ["slow", "fast"])
    assert list(recording.program.outputs) == ["joined", "parts.0", "parts.1"]


def test_every_layer_has_the_line_that_called_it():
    nodes: Any = archcalc.from_module(net.Structured(), slow="3x2x5x5", fast="3x10x5x5").graph.nodes.values()
    for node in nodes:
        line = node.location.source.name, node.location.line
        assert line[0] == net.__file__
    source = Path(net.__file__).read_text().splitlines()
    assert (
        "functional.max_pool3d" in source[next(each for each in nodes if "max_pool3d" in each.path).location.line - 1]
    )


def test_modes_and_weights_are_left_as_they_were():
    model = net.Auxiliary().train()
    model.body.eval()
    before = {name: each.clone() for name, each in model.state_dict().items()}
    archcalc.from_module(model, x="3x8x8")
    assert model.training
    assert not model.body.training
    assert model.extra.training
    assert all(torch.equal(each, before[name]) for name, each in model.state_dict().items())


def test_values_that_decide_are_recorded_on_real_numbers_and_said():
    analysis = archcalc.from_module(net.ValueDecides(), x="3x8x8")
    assert any("random numbers" in remark for remark in imported(analysis).remarks)


def test_fields_of_windows_are_unclipped_where_a_larger_input_shows_them():
    model = nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), nn.Conv2d(4, 4, 5, 2, 2), nn.AdaptiveAvgPool2d(1))
    fields: Any = [each.field for each in archcalc.from_module(model, x="3x8x8").layers]
    first, second, pooled = fields
    assert (first.full["H"], second.full["H"]) == (3, 3 + 4 * 2)
    assert (second.jump["H"], second.offset["H"]) == (2 * 2, -1 - 2 * 2)
    assert pooled.sees_all["H"]
    assert (pooled.full["H"], pooled.window["H"], pooled.clipped["H"]) == (11 + 4, None, 8)


def test_a_module_of_one_size_has_fields_without_ends_where_they_follow():
    model = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1), nn.Flatten(), nn.Linear(256, 5))
    analysis = archcalc.from_module(model, x="3x8x8")
    assert imported(analysis).remarks == ()
    assert [each.fields["x"].full["H"] for each in analysis.layers] == [3, 5, 5 + 7]


class Positions(nn.Module):
    """A module of one size, with a padded convolution on a tensor too small to show its windows."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 4, 4)
        self.places = nn.Parameter(torch.zeros(1, 4, 3, 3))
        self.second = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x: Any) -> Any:
        return self.second(self.first(x) + self.places)


def test_a_field_that_is_only_measured_says_so():
    analysis = archcalc.from_module(Positions(), x="3x12x12")
    assert any(
        "first second" in remark and "really read at this size" in remark for remark in imported(analysis).remarks
    )
    assert analysis.layer("add").fields["x"].full == {"H": 4, "W": 4}
    measured = analysis.layer("second").fields["x"]
    assert (measured.full, measured.window) == ({"H": 12, "W": 12}, {"H": None, "W": None})
    assert measured.sees_all == {"H": False, "W": False}


def test_a_named_module_is_a_spec(program):
    spec = archcalc.load(f"{program}:Small", inputs="clip=3x4x8x8", width=16)
    assert archcalc.analyze(spec).totals.params == 3 * 16 * 27 + 16 + 16 * 10 + 10
    assert archcalc.load(f"{program}:instance", inputs="clip=3x4x8x8").graph.nodes["head"].shape.channels == 10


@pytest.mark.parametrize(
    ("name", "inputs", "error", "said"),
    [
        ("Wrong", "clip=3x4x9x9", archcalc.SpecError, "small_net.py:17"),
        ("Smal", "clip=3x4x8x8", archcalc.UsageError, "did you mean 'Small'"),
        ("number", "clip=3x4x8x8", archcalc.UsageError, "is int; expected a module"),
        ("broken", "clip=3x4x8x8", archcalc.SpecError, "small_net.py:27.*ValueError: no such width"),
        ("Small", (), archcalc.UsageError, "without --input"),
        ("Small", "clip=3x4", archcalc.SpecError, "small_net.py:13"),
        ("Turned", "clip=4x3x8x8", archcalc.UsageError, "slides along C; write clip=T4xC3xH8xW8"),
        ("Small", "clip=3x4x8x8x2", archcalc.UsageError, "say which axis each is"),
        ("Small", "clip=C3xC4", archcalc.UsageError, "each once"),
        ("Small", "clip=3x4x8x8:float9", archcalc.UsageError, "NAME=SIZES"),
    ],
)
def test_what_goes_wrong_is_said_with_its_place(program, name, inputs, error, said):
    with pytest.raises(error, match=said):
        archcalc.load(f"{program}:{name}", inputs=inputs)


def test_a_module_that_cannot_be_imported_is_said_with_its_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "syntax_net.py").write_text("import torch\ndef f(:\n")
    with pytest.raises(archcalc.SpecError, match=r"syntax_net.py:2"):
        archcalc.load("syntax_net.py:f", inputs="x=3x8x8")
    with pytest.raises(archcalc.SpecError, match="No module named 'no_such_package'"):
        archcalc.load("no_such_package.net:f", inputs="x=3x8x8")
    with pytest.raises(archcalc.UsageError, match="no file"):
        archcalc.load("missing.py:f", inputs="x=3x8x8")


def test_inputs_have_letters_types_and_rates():
    clip = parse_input("clip=T16xC3xH224xW112@30")
    assert (clip.letters, clip.sizes, clip.fps) == ("TCHW", (16, 3, 224, 112), 30)
    assert parse_input("ids=T16:int64").dtype == torch.int64
    assert parse_input("volume=C1xD9xH8xW8").letters == "CDHW"


def test_the_command_prints_the_table(program):
    from click.testing import CliRunner

    from archcalc.cli.main import main

    given = ("--input", "clip=3x4x8x8", "--set", "width=4")
    for command in ("import", "table"):
        result = CliRunner().invoke(main, [command, f"{program}:Small", *given])
        assert result.exit_code == 0
        assert "conv" in result.stdout
        assert "printed by the module" not in result.stdout


@pytest.mark.parametrize("command", ["show"])
def test_commands_that_need_a_spec_refuse_a_module(program, command):
    from click.testing import CliRunner

    from archcalc.cli.main import main

    result = CliRunner().invoke(main, [command, f"{program}:Small", "--input", "clip=3x4x8x8"])
    assert result.exit_code == 2
    assert "takes specs" in result.stderr.replace("\n", " ")


def test_a_recorded_layer_is_explained(program):
    from click.testing import CliRunner

    from archcalc.cli.main import main

    result = CliRunner().invoke(main, ["explain", f"{program}:Small", "conv", "--input", "clip=3x4x8x8"])
    assert result.exit_code == 0
    assert "Conv3D (3x3x3, 3->8)" in result.stdout


class RunsItself(nn.Module):
    """A module that runs a part of itself when it is constructed."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Conv2d(3, 4, 3)
        self.head = nn.Linear(int(self.body(torch.ones(1, 3, 5, 5)).abs().gt(-1).sum()) // 9, 2)

    def forward(self, x: Any) -> Any:
        return self.head(self.body(x).mean((2, 3)))


def test_a_constructor_that_needs_its_weights_has_them():
    from archcalc.tracing.loading import construct

    assert not any(each.is_meta for each in construct(RunsItself, "RunsItself", {}).parameters())
    assert all(each.is_meta for each in construct(net.Twice, "Twice", {}).parameters())


def test_layers_that_are_operators_in_every_number_are_lifted():
    model = nn.Sequential(
        nn.Conv3d(3, 8, (1, 3, 3), (1, 2, 2), (0, 1, 1), bias=False), nn.BatchNorm3d(8), nn.ReLU(inplace=True),
        nn.MaxPool3d(3, 2, 1), net.Residual(nn.Conv3d(8, 8, 3, padding=1, groups=2)), nn.AdaptiveAvgPool3d(1),
        nn.Flatten(), nn.Linear(8, 5),
    )  # fmt: skip
    analysis = archcalc.from_module(model, clip="3x8x16x16")
    assert [each.op for each in analysis.layers] == [
        "conv3d", "batch_norm", "relu", "max_pool3d", "conv3d", "add", "mean", "linear",
    ]  # fmt: skip
    windows: Any = analysis.layers[0].windows
    assert windows["H"].stride == 2
    assert analysis.layers[4].groups == 2


@pytest.mark.parametrize("fault", ["shape", "macs", "field"])
def test_what_differs_in_a_number_is_not_lifted(monkeypatch, fault):
    from archcalc.core.terms import NO_ARITHMETIC
    from archcalc.ops.conv import Conv2d
    from archcalc.ops.traced import Traced

    if fault == "shape":
        monkeypatch.setattr(Conv2d, "output_shape", lambda _self, inputs: inputs[0])
    elif fault == "macs":
        monkeypatch.setattr(Conv2d, "arithmetic", lambda _self, _inputs: NO_ARITHMETIC)
    else:
        from archcalc.core.reads import POINTWISE

        monkeypatch.setattr(Conv2d, "reads", lambda _self, *_: POINTWISE)
    (layer,) = archcalc.from_module(nn.Conv2d(3, 4, 3, padding=1), x="3x8x8").graph.nodes.values()
    assert isinstance(layer.operator, Traced)


class FindsNothing(nn.Module):
    """A module whose values choose elements, none of them here, and that flattens what it chose."""

    def forward(self, x: Any) -> Any:
        chosen = x[x > 2]
        return chosen.reshape(-1, 2).expand(-1, 2) * 2, x.flatten()[x.flatten() >= 0] + 1


def test_tensors_without_elements_have_no_field():
    layers = archcalc.from_module(FindsNothing(), x="3x4x4").layers
    assert [each.fields for each in layers if each.shape.elements == 0] != []
    assert all(each.fields == {} for each in layers if each.shape.elements == 0)
    assert all(each.fields["x"].full == {"H": 4, "W": 4} for each in layers if each.path == "add")


class Gated(nn.Module):
    """A tensor that a layer took views of is read again."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(8)
        self.linear = nn.Linear(8, 8)

    def forward(self, x):
        x = self.norm(x)
        return x * self.linear(x)


def test_views_that_a_layer_takes_leave_the_source_of_a_tensor():
    nodes = archcalc.from_module(Gated(), x="T4xC8").graph.nodes
    assert nodes["mul"].inputs == ("norm", "linear")


class Various(nn.Module):
    """Layers that are not operators of the language in every number, and a class of the user."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm([3, 6, 6])
        self.act = nn.LeakyReLU()
        self.heads = nn.MultiheadAttention(3, 1, batch_first=True)
        self.gated = Swish()

    def forward(self, x):
        x = (self.gated(self.act(self.norm(x))) * 2).flatten(2).transpose(1, 2)
        return self.heads(x, x, x)[0]


class Swish(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(x)


def test_layers_that_are_not_lifted_have_the_names_of_operators():
    layers = archcalc.from_module(Various(), x="3x6x6").layers
    found = {each.path: each.op for each in layers}
    assert found == {"norm": "layer_norm", "act": "leaky_relu", "gated": "Swish", "mul": "mul", "heads": "attention"}
