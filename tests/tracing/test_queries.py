"""What one layer of a recorded module reads of another, against NaN put into the output of the real module."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import archcalc  # noqa: E402
from archcalc.measure.planes import filled  # noqa: E402
from tests.tracing import networks as net  # noqa: E402


class Tapped(nn.Module):
    """Dilated and strided convolutions, a shift by slices, attention over rows, and a residual."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv3d(3, 8, (1, 3, 3), (1, 2, 2), (0, 1, 1))
        self.shift = net.ShiftBySlices()
        self.second = nn.Conv3d(8, 8, (3, 1, 1), padding=(2, 0, 0), dilation=(2, 1, 1))
        self.third = nn.Conv3d(8, 8, (1, 2, 1), (1, 2, 1))
        self.last = nn.Conv3d(8, 4, 1)

    def forward(self, clip: Any) -> Any:
        x = self.first(clip)
        x = self.third(self.second(self.shift(x)) + x)
        n, c, t, h, w = x.shape
        rows = x.permute(0, 2, 3, 4, 1).reshape(n * t * h, w, c)
        rows = (rows @ rows.transpose(1, 2)).softmax(-1) @ rows
        return self.last(x + rows.view(n, t, h, w, c).permute(0, 4, 1, 2, 3))


def brute_force(model: Any, source: str, reader: str, dim: int, clip: Any) -> list[set[int]]:
    """For each position of one module's output along a dimension, the positions of another's that become NaN."""
    found: dict[str, Any] = {}
    position = 0

    def poison(_module: Any, _args: Any, output: Any) -> Any:
        found["size"] = output.shape[dim]
        output = output.clone()
        output.select(dim, min(position, found["size"] - 1)).fill_(float("nan"))
        return output

    modules = dict(model.named_modules())
    handles = [modules[source].register_forward_hook(poison)]
    handles.append(modules[reader].register_forward_hook(lambda _m, _a, output: found.update(out=output)))
    reached = []
    while position < found.get("size", 1):
        model(clip)
        seen = found["out"].isnan().movedim(dim, 0).flatten(1).any(1)
        reached.append(set(seen.nonzero().flatten().tolist()))
        position += 1
    for each in handles:
        each.remove()
    return reached


@pytest.mark.parametrize(
    ("source", "reader"), [("first", "second"), ("first", "third"), ("first", "last"), ("third", "last")]
)
@pytest.mark.parametrize(("axis", "dim"), [("T", 2), ("H", 3), ("W", 4)])
def test_what_a_layer_reads_of_another_is_what_nan_in_it_shows(source, reader, axis, dim):
    model, clip = filled(Tapped()), torch.rand(1, 3, 7, 12, 10)
    analysis = archcalc.from_module(model, clip=clip)
    true = brute_force(model, source, reader, dim, clip)
    for position, expected in enumerate(true):
        if expected:
            reached = analysis.reached_from(source, {axis: position}, of=reader)[reader]
            assert set(reached.axes[axis].positions) == expected
            assert reached.status == "exact"
    for position in range(analysis.layer(reader).shape[axis]):
        seen = [at for at, readers in enumerate(true) if position in readers]
        found = analysis.reads(reader, {axis: position}, of=source)
        assert found.ends[axis] == ((seen[0], seen[-1]) if seen else None)
        assert found.status == "exact"


def test_fields_between_layers_are_those_of_the_same_network_as_a_spec(tmp_path):
    model = nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), nn.MaxPool2d(3, 2, 1), nn.Conv2d(4, 4, 5, padding=2))
    text = """
archcalc: 1
name: same
inputs: {x: {C: 3, H: 40, W: 40}}
layers:
  - conv2d: {name: a, out: 4, kernel: 3, stride: 2, padding: 1}
  - max_pool2d: {name: b, kernel: 3, stride: 2, padding: 1}
  - conv2d: {name: c, out: 4, kernel: 5, padding: 2}
"""
    (tmp_path / "same.yaml").write_text(text)
    ours = archcalc.analyze(archcalc.load(tmp_path / "same.yaml")).reads("c", of="a")
    recorded = archcalc.from_module(model, x="3x40x40").reads("2", of="0")
    assert recorded.field == ours.field
    assert recorded.ends == ours.ends


def test_tokens_of_a_grid_are_read_and_reach():
    class WithToken(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.patches = nn.Conv2d(3, 8, 4, 4)
            self.token = nn.Parameter(torch.zeros(1, 1, 8))
            self.norm = nn.LayerNorm(8)
            self.last = nn.LayerNorm(8)

        def forward(self, x: Any) -> Any:
            rows = torch.cat([self.token, self.patches(x).flatten(2).transpose(1, 2)], 1)
            rows = self.norm(rows)
            return self.last((rows @ rows.transpose(1, 2)).softmax(-1) @ rows)

    analysis = archcalc.from_module(WithToken(), x="3x16x16")
    assert analysis.layer("norm").shape.tokens == 1
    assert analysis.reads("last", {"H": 1}, of="norm").tokens
    assert not analysis.reads("norm", {"H": 1}, of="patches").tokens
    reached = analysis.reached_from("norm", {"H": 2})["last"]
    assert reached.tokens
    assert set(reached.axes["H"].positions) == {0, 1, 2, 3}
    assert not analysis.reached_from("patches", {"H": 2})["norm"].tokens


def test_the_smallest_field_stops_at_what_is_no_operator():
    analysis = archcalc.from_module(Tapped(), clip="3x7x12x10")
    assert analysis.smallest_fields["first"]["clip"] == {"T": 1, "H": 3, "W": 3}
    assert analysis.smallest_fields["last"]["clip"] == {"T": None, "H": None, "W": None}
