"""Exactly which positions are read, gaps included; compared with gradients of built networks."""

from __future__ import annotations

import random
from itertools import product
from typing import TYPE_CHECKING

import pytest

import archcalc
from archcalc.analysis.positions_read import cone
from archcalc.core.positions import Positions
from archcalc.core.read_trace import ReadTrace, positions_taken
from archcalc.core.reads import Taps, WholeAxisRead

if TYPE_CHECKING:
    from tests.conftest import Load

torch = pytest.importorskip("torch")

LINE = "inputs: {clip: {C: 1, T: 24}}"
NETWORKS = {
    "dilated": "- conv1d: {out: 2, kernel: 3, dilation: 3, padding: 3}\n- conv1d: {out: 1, kernel: 2, dilation: 5}",
    "strided": "- conv1d: {out: 2, kernel: 2, stride: 3}\n- conv1d: {out: 1, kernel: 3, padding: 1}",
    "sampled": "- subsample: {axis: T, every: 4, offset: 1}\n- conv1d: {out: 1, kernel: 3, padding: 1}",
    "transposed": "- conv_transpose1d: {out: 1, kernel: 2, stride: 3}\n- conv1d: {out: 1, kernel: 3, stride: 2}",
    "residual": """- residual: {body: [{conv1d: {out: 1, kernel: 3, dilation: 4, padding: 4}}]}
- conv1d: {out: 1, kernel: 2, dilation: 3}""",
    "two rates": """- conv1d: {name: slow, out: 1, kernel: 1, stride: 4}
- conv1d: {name: fast, from: clip, out: 1, kernel: 5, stride: 2, padding: 2}
- conv1d: {name: joined, from: fast, out: 1, kernel: 1, stride: 2}
- add: {from: [slow, joined]}
- conv1d: {out: 1, kernel: 3, dilation: 2, padding: 2}""",
    "pooled": "- adaptive_avg_pool1d: {output_size: 7}\n- conv1d: {out: 1, kernel: 2, dilation: 2}",
    "global": "- conv1d: {out: 1, kernel: 3, stride: 5}\n- global_avg_pool",
    "padded away": "- conv1d: {out: 1, kernel: 1, padding: 3}\n- conv1d: {out: 1, kernel: 2, stride: 2}",
}


def of(load: Load, layers: str, inputs: str = LINE) -> archcalc.Spec:
    body = "\n".join("  " + line for line in layers.splitlines())
    return load(f"archcalc: 1\nname: line\n{inputs}\nlayers:\n{body}\n")


def gradients(spec: archcalc.Spec, position: int) -> list[int]:
    """The positions of the input that one position of the output depends on: with positive weights nothing cancels."""
    module = archcalc.build_module(spec).eval()
    for parameter in module.parameters():
        torch.nn.init.constant_(parameter, 0.5)
    clip = torch.rand(1, 1, 24, requires_grad=True)
    module(clip)[0, 0, position].backward()
    assert clip.grad is not None
    return [at for at in range(24) if clip.grad[0, 0, at] != 0]


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_read_is_what_a_built_network_depends_on(load: Load, name: str) -> None:
    spec = of(load, NETWORKS[name])
    analysis = archcalc.analyze(spec)
    last = analysis.layers[-1]
    for position in range(last.shape["T"]):
        found = analysis.reads(last.path, {"T": position})
        assert list(found.positions["T"]) == gradients(spec, position)


def test_the_examples_have_gaps_and_padding(load: Load) -> None:
    counts = set()
    for name in NETWORKS:
        analysis = archcalc.analyze(of(load, NETWORKS[name]))
        found = analysis.reads(analysis.layers[-1].path, {"T": 0})
        counts.add((found.positions["T"].count < found.extents["T"], found.ends["T"] is None))
    assert counts == {(True, False), (False, False), (False, True)}


def test_the_slow_fusion_of_the_lecture() -> None:
    analysis = archcalc.analyze(archcalc.load("slow_fusion"))
    assert list(analysis.reads("conv3d_2", {"T": 4}).positions["T"]) == list(range(11, 20))
    assert analysis.fields["conv3d_2"]["clip"]["T"].full_at(4) == (11, 24)


def test_shifted_channels_are_not_mixed_before_a_layer_mixes_them(load: Load) -> None:
    shifts = "- temporal_shift: {fold_div: 4}\n- temporal_shift: {fold_div: 4}"
    spec = of(load, f"- conv1d: {{out: 8, kernel: 1}}\n{shifts}\n- conv1d: {{out: 1, kernel: 1}}")
    analysis = archcalc.analyze(spec)
    found = list(analysis.reads("conv1d_2", {"T": 10}).positions["T"])
    assert found == [8, 10, 12] == gradients(spec, 10)


def test_without_a_position_all_of_them_count_together(load: Load) -> None:
    analysis = archcalc.analyze(of(load, NETWORKS["sampled"]))
    assert list(analysis.reads("conv1d").positions["T"]) == [1, 5, 9, 13, 17, 21]


def test_both_ends_are_those_of_the_clipped_field() -> None:
    drawn = random.Random(20)
    for name in ("slowfast_r50_4x16", "tsm_r50", "timesformer_b", "mvit_v1_b", "i3d"):
        analysis = archcalc.analyze(archcalc.load(name))
        for layer in drawn.sample(analysis.layers, 6):
            at = {axis: drawn.randrange(layer.shape[axis]) for axis in layer.shape.grid}
            found = analysis.reads(layer.path, at)
            for axis, positions in found.positions.items():
                assert ((positions.first, positions.last) if positions else None) == found.ends[axis]


def test_a_cone_holds_what_is_read_of_every_tensor(load: Load) -> None:
    analysis = archcalc.analyze(of(load, NETWORKS["two rates"]))
    tensors = cone(analysis.graph, "conv1d", {"T": 2})
    for path in ("clip", "slow", "fast", "joined"):
        assert tensors[path]["T"] == analysis.reads("conv1d", {"T": 2}, of=path).positions["T"]
    assert list(tensors) == ["clip", "slow", "fast", "joined", "add", "conv1d"]


@pytest.mark.parametrize("size", [1, 7])
@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("move", [0, 1, 2, 5])
def test_reads_of_runs_are_those_of_their_positions(size: int, step: int, move: int) -> None:
    for first, taps, period in product((-4, 0, 2), (1, 3), (1, 2, 3)):
        starts = tuple(first + phase for phase in range(period))
        reads = Taps(starts, tuple(start + step * (taps - 1) for start in starts), move, step)
        for run in (range(5), range(2, 9, 3), range(4, 5), range(1, 12, 2)):
            expected = {at for position in run for at in reads.at(position) if 0 <= at < size}
            assert set(positions_taken(Positions((run,)), reads, size)) == expected


def test_past_and_future_and_all() -> None:
    chosen = Positions.of([range(3, 5)])
    assert list(positions_taken(chosen, WholeAxisRead.PAST, 8)) == [0, 1, 2, 3, 4]
    assert list(positions_taken(chosen, WholeAxisRead.FUTURE, 8)) == [3, 4, 5, 6, 7]
    assert list(positions_taken(chosen, WholeAxisRead.ALL, 8)) == list(range(8))
    assert not positions_taken(chosen, WholeAxisRead.NOTHING, 8)
    assert not ReadTrace(3).read(Taps((5,), (5,)), 3).back(chosen)  # type: ignore[union-attr]
