"""Modules that keep something, run in inference mode, write through flat views, or pack their weights."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import archcalc  # noqa: E402
from archcalc.measure.rebuilt import require_operators  # noqa: E402
from archcalc.tracing.inputs import parse_input  # noqa: E402
from archcalc.tracing.module import import_module  # noqa: E402


class Remembers(nn.Module):
    """Counts its runs, in a number, in a buffer and in a list, and keeps what it gave."""

    scale: Any
    before: Any

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv1d(2, 2, 3, padding=1)
        self.register_buffer("scale", torch.ones(2, 1))
        self.runs, self.before, self.seen = 0, None, list[Any]()

    def forward(self, x: Any) -> Any:
        self.runs += 1
        self.scale += 1
        self.seen.append(x)
        y = self.first(x) * self.scale
        if self.before is not None:
            y = y + self.before.roll(1, -1)
        self.before = y
        return y


def test_a_module_is_as_it_was():
    module = Remembers()
    analysis: Any = archcalc.from_module(module, clip="C2xT16")
    assert [each.path for each in analysis.layers] == ["first", "mul"]
    assert dict(analysis.layers[-1].field.sizes("full")) == {"T": 3}
    assert (module.runs, module.seen, module.before, module.scale.tolist()) == (0, [], None, [[1.0], [1.0]])
    assert module(torch.rand(1, 2, 16)).shape == (1, 2, 16)


class WithoutGradients(nn.Module):
    """A frozen part in inference mode, where PyTorch leaves operators whole."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Conv2d(3, 4, 3)
        self.head = nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        with torch.inference_mode():
            y = self.body(x)
            y = nn.functional.scaled_dot_product_attention(*[y.flatten(2).transpose(1, 2)] * 3)
        return self.head(y.clone())


def test_operators_in_inference_mode_are_counted():
    analysis: Any = archcalc.from_module(WithoutGradients(), image="3x8x8")
    assert analysis.totals.macs == 36 * 4 * 27 + 2 * 36 * 36 * 4 + 36 * 8
    assert dict(analysis.layer("body").field.sizes("full")) == {"H": 3, "W": 3}


class FlatWrites(nn.Module):
    """Writes through a view of which only the number of elements is said."""

    def forward(self, x: Any) -> Any:
        y = x * 1
        y[:, :, 1:].add_(x[:, :, :-1])
        y.view(-1)[::2] = 0
        return y


def test_a_write_through_a_flat_view():
    analysis: Any = archcalc.from_module(FlatWrites(), clip="C2xT10")
    assert dict(analysis.layers[-1].field.sizes("clipped")) == {"T": 2}


def test_weights_that_are_packed_are_no_parameters_and_counted_apart():
    layers = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = torch.ao.quantization.quantize_dynamic(layers, {nn.Linear}, dtype=torch.qint8)
    analysis: Any = archcalc.from_module(module, x="C8")
    assert analysis.totals.macs == 8 * 16 + 16 * 4
    assert any("without the 212 weights of 0 and 1 more" in each for each in analysis.graph.imported.remarks)


def test_jagged_tensors_are_refused():
    class Jagged(nn.Module):
        def forward(self, x: Any) -> Any:
            return torch.nested.nested_tensor([x[0], x[0][:3]], layout=torch.jagged).values() * 2

    with pytest.raises(archcalc.SpecError, match="jagged tensor"):
        archcalc.from_module(Jagged(), x="T5xC8")


def test_layers_that_no_code_of_the_user_calls_have_no_line():
    analysis: Any = archcalc.from_module(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), image="3x8x8")
    assert [each.location for each in analysis.graph.nodes.values()] == [None, None]


def test_no_source_is_written_for_another_precision():
    module = nn.Sequential(nn.Conv2d(3, 4, 3)).half()
    spec = import_module(module, [parse_input("image=3x8x8")])
    with pytest.raises(archcalc.SpecError, match="weights of type float16"):
        require_operators(spec)
