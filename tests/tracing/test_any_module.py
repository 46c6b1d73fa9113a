"""Modules of all kinds are recorded, or refused with a sentence that says what to do; no traceback reaches a user."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from click.testing import CliRunner  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402
from torch.nn.utils.parametrizations import weight_norm  # noqa: E402

import archcalc  # noqa: E402
from archcalc.cli.main import main  # noqa: E402
from archcalc.tracing.inputs import parse_input  # noqa: E402
from archcalc.tracing.invocation import Slot, parse_call  # noqa: E402

PROGRAM = """
import sys
import torch
from torch import nn

class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.head = nn.Linear(8 * 6 * 6, 4)

    def forward(self, x):
        return self.head(self.conv(x).flatten(1))

class Wide(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)

    def forward(self, x):
        return self.conv(x)

class Raises(nn.Module):
    def __init__(self):
        super().__init__()
        raise RuntimeError("the file of weights is missing")

class Leaves(nn.Module):
    def __init__(self):
        super().__init__()
        sys.exit(4)

class Endless(nn.Module):
    def forward(self, x):
        return self.forward(x)

class Faulty(nn.Module):
    def forward(self, x):
        return self.nothing(x)

class Batch(nn.Module):
    def __init__(self):
        super().__init__()
        self.image = nn.Conv2d(3, 4, 3)
        self.word = nn.Embedding(100, 4)

    def forward(self, batch):
        return {"sum": self.image(batch["image"]).mean((2, 3)) + self.word(batch["ids"]).mean(1)}

class Last(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(3, 4, 3)

    def forward(self, x):
        return self.conv(x.permute(0, 4, 1, 2, 3))

class Numbers(nn.Module):
    def forward(self, x):
        return torch.from_numpy(x.detach().numpy() * 2)

class Item(nn.Module):
    def forward(self, x):
        return x * 2 if x.mean().item() > 0 else x

class Trains(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5))
        self.extra = nn.Linear(4, 2)

    def forward(self, x):
        x = self.body(x)
        return (x, self.extra(x.mean((2, 3)))) if self.training else x

def none():
    return 3
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    (tmp_path / "any_net.py").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)
    return "any_net.py"


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["import", *arguments])


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("missing.py:Net", "--input", "x=3x8x8"), 2, ("no file missing.py",)),
        (("any_net.py", "--input", "x=3x8x8"), 2, ("any_net.py:CLASS",)),
        (("any_net.py:", "--input", "x=3x8x8"), 2, ("any_net.py:CLASS",)),
        (("any_net.py:Smal", "--input", "x=3x8x8"), 2, ("did you mean 'Small'",)),
        (("no_such_thing:Net", "--input", "x=3x8x8"), 1, ("No module named 'no_such_thing'",)),
        (("any_net.py:none", "--input", "x=3x8x8"), 2, ("returns int",)),
        (("any_net.py:Raises", "--input", "x=3x8x8"), 1, ("any_net.py:26", "the file of weights is missing")),
        (("any_net.py:Leaves", "--input", "x=3x8x8"), 1, ("any_net.py:31", "SystemExit")),
        (("any_net.py:Wide", "--input", "x=3x8x8"), 1, ("--set width=VALUE",)),
        (("any_net.py:Wide", "--arg", "widht=4", "--input", "x=3x8x8"), 1, ("did you mean 'width'",)),
        (("any_net.py:Endless", "--input", "x=3x8x8"), 1, ("any_net.py:35", "without an end")),
        (("any_net.py:Faulty", "--input", "x=3x8x8"), 1, ("any_net.py:39", "no attribute 'nothing'")),
        (("any_net.py:Small", "--input", "x=3x9x9"), 1, ("any_net.py:13", "sizes")),
        (("any_net.py:Small", "--input", "x=8x8x3"), 1, ("channels first: x=C3xH8xW8",)),
        (("any_net.py:Small", "--input", "x=H8xW8xC3"), 1, ("channels first: x=C3xH8xW8",)),
        (("any_net.py:Small", "--input", "x=5x8x8"), 1, ("an input of 3 channels",)),
        (("any_net.py:Small", "--input", "x=3x8x8", "--input", "y=3"), 1, ("its forward takes (x)",)),
        (("any_net.py:Small", "--input", "x=3x8x8", "--input", "x=3x8x8"), 2, ("two inputs called x",)),
        (("any_net.py:Small",), 2, ("without --input",)),
        (("any_net.py:Last", "--input", "x=8x16x16x3"), 2, ("write x=T8xH16xW16xC3",)),
        (("any_net.py:Numbers", "--input", "x=3x8x8"), 1, ("NumPy",)),
        (("any_net.py:Batch", "--input", "image=3x8x8", "--input", "ids=T16:int64"), 1, ("--call",)),
        (("any_net.py:Small", "--input", "x=3x8x8", "--call", "net(x)"), 2, ("a call of model",)),
        (("any_net.py:Small", "--input", "x=3x8x8", "--call", "model(y)"), 2, ("y is no input (x)",)),
        (("any_net.py:Small", "--input", "x=3x8x8", "--call", "model()"), 2, ("without the input x",)),
        (("early_fusion", "--train"), 2, ("no module of PyTorch",)),
    ],
)
def test_what_goes_wrong_is_said_and_what_to_do(program, arguments, code, said):
    del program
    result = run(*arguments)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    for each in said:
        assert each in " ".join(result.stderr.split())


def test_types_dictionaries_and_calls(program):
    inputs = ("--input", "image=3x8x8", "--input", "ids=T16:int64")
    result = run(f"{program}:Batch", *inputs, "--call", "model({'image': image, 'ids': ids})")
    assert result.exit_code == 0, result.stderr
    assert "word" in result.stdout


def test_training_mode_is_recorded_and_said(program):
    usual, trained = (run(f"{program}:Trains", "--input", "x=3x8x8", *more) for more in ((), ("--train",)))
    assert "extra " not in usual.stdout.split("layers")[0]
    assert "extra" in trained.stdout.split("layers")[0]
    assert "recorded in training mode" in trained.stdout
    assert "recorded from one run" in usual.stdout


def test_a_number_that_decides_names_the_line_of_the_code(program):
    result = run(f"{program}:Item", "--input", "x=3x8x8")
    assert result.exit_code == 0
    assert "any_net.py:64" in result.stdout.replace("\n", "")


def test_training_mode_leaves_statistics_as_they_were():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).eval()
    before = {name: each.clone() for name, each in model.state_dict().items()}
    archcalc.from_module(model, torch.zeros(1, 3, 8, 8), train=True)
    assert not model.training
    assert all(torch.equal(each, before[name]) for name, each in model.state_dict().items())


def test_calls_are_read():
    assert parse_call("model([a, b], mask=None, scale=-2.0)", ["a", "b"]) == (
        ([Slot("a"), Slot("b")],), {"mask": None, "scale": -2.0},
    )  # fmt: skip
    assert parse_call("model({'x': (a, 3)})", ["a"]).names == ["a"]


class Sums(nn.Module):
    """A module that takes a list and a dictionary."""

    def forward(self, clips: Any, more: Any) -> Any:
        return {"all": clips[0] + clips[1] + more["third"]["inner"]}


def test_lists_and_dictionaries_of_tensors_are_given_as_they_are():
    one = torch.zeros(1, 3, 4, 4)
    analysis = archcalc.from_module(Sums(), [one, "3x4x4"], more={"third": {"inner": one}})
    assert [each.name for each in analysis.inputs] == ["clips0", "clips1", "inner"]
    assert set(analysis.layers[-1].fields) == {"clips0", "clips1", "inner"}


def small() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 6 * 6, 4))


@pytest.mark.parametrize("wrap", [nn.DataParallel, partial(torch.compile, backend="eager")])
def test_wrappers_are_taken_off(wrap):
    assert [each.path for each in archcalc.from_module(wrap(small()), x="3x8x8").layers] == ["0", "1", "3"]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_inputs_have_the_type_of_the_weights(dtype):
    assert archcalc.from_module(small().to(dtype), x="3x8x8").totals.macs == 8 * 27 * 36 + 288 * 4


def test_lazy_modules_get_their_sizes():
    model = nn.Sequential(nn.LazyConv2d(8, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(4))
    assert archcalc.from_module(model, x="3x8x8").totals.params == 3 * 8 * 9 + 8 + 2 * 8 + 288 * 4 + 4


def test_hooks_run():
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3))
    model[0].register_forward_hook(lambda _m, _a, output: output * 2)
    assert [each.path for each in archcalc.from_module(model, x="3x8x8").layers] == ["0", "mul", "1"]


def test_weights_that_are_computed_count_as_they_are_stored():
    model = nn.Sequential(weight_norm(nn.Conv2d(3, 8, 3)))
    assert archcalc.from_module(model, x="3x8x8").totals.params == 8 + 3 * 8 * 9 + 8


class AsksForAGpu(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x: Any) -> Any:
        return self.conv(x.cuda()) + torch.ones(1, device="cuda").to("cuda:0")


def test_devices_that_are_named_do_not_matter():
    assert archcalc.from_module(AsksForAGpu(), x="3x8x8").totals.macs == 4 * 27 * 36


class Sampled(nn.Module):
    def forward(self, x: Any) -> Any:
        grid = functional.affine_grid(x.new_ones(1, 2, 3), [1, 3, 8, 8], align_corners=False)
        return functional.grid_sample(x, grid, align_corners=False)


class Spectrum(nn.Module):
    def forward(self, x: Any) -> Any:
        return torch.fft.irfft2(torch.fft.rfft2(x) * 2, s=x.shape[-2:])


class Attends(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(16, 4, batch_first=True)

    def forward(self, x: Any) -> Any:
        x = x.transpose(1, 2)
        return self.attention(x, x, x, need_weights=False)[0]


class Translates(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Transformer(16, 4, 1, 1, 32, batch_first=True)

    def forward(self, source: Any, target: Any) -> Any:
        return self.body(source.transpose(1, 2), target.transpose(1, 2))


class Recurs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTM(16, 32, 2, batch_first=True, bidirectional=True)

    def forward(self, x: Any) -> Any:
        return self.cell(x.transpose(1, 2))[0]


class Einsum(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.rand(3, 8))

    def forward(self, x: Any) -> Any:
        return torch.einsum("nchw,cd->ndhw", x, self.weight)


@pytest.mark.parametrize(
    ("build", "inputs", "status", "shape"),
    [
        (Sampled, {"x": "3x8x8"}, "outer", None),
        (Spectrum, {"x": "3x8x8"}, "exact", None),
        (Attends, {"x": "16x10"}, "exact", "16x10"),
        (Translates, {"source": "16x10", "target": "16x6"}, "exact", "16x6"),
        (Recurs, {"x": "16x10"}, "exact", "64x10"),
        (Einsum, {"x": "3x8x8"}, "exact", "8x8x8"),
    ],
)
def test_functions_that_few_others_follow(build, inputs, status, shape):
    analysis: Any = archcalc.from_module(build(), **inputs)
    last = analysis.layers[-1]
    assert analysis.graph.imported.fields[last.path].status == status
    assert shape is None or str(last.shape) == shape


def test_an_input_without_a_type_takes_it_from_the_weights():
    assert parse_input("x=3x8x8").dtype is None
    assert parse_input("ids=T16:int64").dtype == torch.int64


def test_what_is_no_module_is_refused():
    given: Any = 3
    with pytest.raises(archcalc.UsageError, match="int instead of a module"):
        archcalc.from_module(given, x="3x8x8")


class ProjectsPositions(nn.Module):
    """A layer on numbers that are the same for every input, before a view of the input."""

    def __init__(self):
        super().__init__()
        self.register_buffer("places", torch.ones(10, 3))
        self.project, self.linear = nn.Linear(3, 8), nn.Linear(8, 8)

    def forward(self, x):
        places = self.project(self.places)
        return self.linear(x.transpose(1, 2)) + places


def test_products_of_constants_count_before_a_view():
    totals = archcalc.from_module(ProjectsPositions(), x="8x10").totals
    assert (totals.macs, totals.params) == (10 * 3 * 8 + 10 * 8 * 8, 3 * 8 + 8 + 8 * 8 + 8)
