"""Recorded modules are profiled as they run: every layer has its time, functions outside of modules too."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402

from archcalc.core.problem import Unavailable  # noqa: E402
from archcalc.measure.profile.module_workload import ModuleWorkload, _Layers, part_by_part  # noqa: E402
from archcalc.results.profile import TRAINING, Setup  # noqa: E402
from archcalc.tracing.inputs import parse_input  # noqa: E402
from archcalc.tracing.invocation import parse_call  # noqa: E402
from archcalc.tracing.module import ImportedSpec, Run, import_module  # noqa: E402


class Mixed(nn.Module):
    """Modules, one of them called twice, functions between them, and a copy that is no layer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
        self.head = nn.Linear(3, 4)

    def forward(self, x: Any) -> Any:
        x = torch.relu(self.conv(x))
        x = self.conv(x.transpose(2, 3).contiguous()) * 2
        return self.head(x.mean((2, 3)))


class Pair(nn.Module):
    def forward(self, both: list[Any]) -> Any:
        return both[0] + both[1]


def spec_of(model: nn.Module, *inputs: str, run: Run | None = None) -> ImportedSpec:
    return import_module(model, [parse_input(each) for each in inputs], run=run)


class Noted:
    """Records the calls of a clock."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def layer(self) -> None:
        self.events.append("layer")

    def start(self) -> None:
        self.events.append("start")

    def stop(self) -> None:
        self.events.append("stop")


def events(spec: ImportedSpec, batch: int = 1) -> list[str]:
    workload = ModuleWorkload(spec, Setup(batch=batch))
    noted: Any = Noted()
    layers = _Layers(noted, workload._places)
    with torch.inference_mode(), layers.watching():
        workload.network(*workload.inputs)
    layers.finish()
    return list(noted.events)


def test_each_layer_is_timed_once_and_copies_with_the_next():
    spec = spec_of(Mixed(), "x=3x8x8")
    assert [each.path for each in spec.graph.nodes.values()] == ["conv", "relu", "conv#2", "mul", "mean", "head"]
    once = ["layer", "start", "stop"]
    twice = ["start", "stop"] * 2
    assert events(spec) == [*once, *once, *once, *twice, *once, *once, *once]


def test_a_batch_runs_as_one():
    workload = ModuleWorkload(spec_of(Mixed(), "x=3x8x8"), Setup(batch=3))
    assert workload.network(*workload.inputs).shape == (3, 4)


def test_inputs_are_given_as_they_were_recorded():
    spec = spec_of(Pair(), "a=3x8x8", "b=3x8x8", run=Run(parse_call("model([a, b])", ["a", "b"])))
    assert events(spec) == ["layer", "start", "stop"]


def test_the_module_of_the_user_stays_where_it_is():
    model = Mixed()
    ModuleWorkload(spec_of(model, "x=3x8x8"), Setup("meta"))
    assert not any(each.is_meta for each in model.parameters())


def test_training_is_not_measured():
    with pytest.raises(Unavailable, match="at inference"):
        ModuleWorkload(spec_of(Mixed(), "x=3x8x8"), Setup(mode=TRAINING))


def test_a_module_that_does_something_else_is_refused():
    model = Mixed()
    spec = spec_of(model, "x=3x8x8")
    model.conv.register_forward_hook(lambda _m, _a, out: out.abs())
    with pytest.raises(Unavailable, match=r"something else.*: abs in place of relu .recorded at .*test_profile_module"):
        ModuleWorkload(spec, Setup())


def test_dropout_takes_no_time():
    assert events(spec_of(nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5), nn.ReLU()), "x=C3")) == [
        "layer", "start", "stop", "layer", "start", "stop"
    ]  # fmt: skip


def test_encoders_of_transformers_are_timed_layer_by_layer():
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2, 32, batch_first=True), 2)
    spec = spec_of(encoder, "x=T12xC16")
    workload = ModuleWorkload(spec, Setup())
    assert torch.backends.mha.get_fastpath_enabled()
    noted: Any = Noted()
    layers = _Layers(noted, workload._places)
    with torch.inference_mode(), part_by_part(), layers.watching():
        workload.network(*workload.inputs)
    layers.finish()
    assert noted.events == ["layer", "start", "stop"] * 2 * len(
        ["attention", "add", "norm", "linear", "relu", "linear", "add", "norm"]
    )
    assert "fast path" in workload.remarks[0]
    assert not ModuleWorkload(spec_of(Mixed(), "x=3x8x8"), Setup()).remarks


def test_a_run_of_a_profile_takes_no_fast_path():
    encoder = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
    workload = ModuleWorkload(spec_of(encoder, "x=T12xC16"), Setup())
    ran: list[str] = []

    class Seen(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            ran.append(str(func))
            return func(*args, **(kwargs or {}))

    with Seen():
        workload.run()
        apart = set(ran)
        ran.clear()
        with torch.inference_mode():
            workload.network(*workload.inputs)
    assert "aten.layer_norm.default" in apart
    assert ran == ["aten._transformer_encoder_layer_fwd.default"]
