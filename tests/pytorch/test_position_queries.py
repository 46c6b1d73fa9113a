"""Positions read and reached, against values that are not numbers sent through built networks."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

import torch

import archcalc
from archcalc.nn import build
from archcalc.pytorch.modules.features import Features
from archcalc.pytorch.network import Network, Value, grid_and_tokens
from archcalc.spec.load import Spec

NETWORKS = {
    "slow_fusion": "", "late_fusion": "", "early_fusion": "", "karpathy_slow": "",
    "c3d": "clip=3x16x32x32", "r3d_18": "clip=3x13x32x32", "x3d_s": "clip=3x9x32x32",
    "r2plus1d_18": "clip=3x11x32x32", "mc3_18": "clip=3x12x32x32", "csn_r101": "clip=3x10x32x32",
    "slowfast_r50_4x16": "clip=3x32x32x32", "timesformer_b": "clip=3x8x32x32",
}  # fmt: skip
"""A few of each family, on clips as small as they take; none masks its attention, where 0 times NaN would be NaN."""


def reached_frames(network: Network, spec: Spec, source: str, frames: list[int]) -> dict[str, list[set[int]]]:
    """The frames of each layer that are not numbers when one frame of a tensor is not, for each of some frames."""
    shapes = [each.shape for each in spec.graph.inputs.values()]
    tensors = network.received(tuple(torch.zeros(len(frames), *shape.sizes.values()) for shape in shapes))
    spoil(tensors, source, frames)
    found = {}
    for step in network.steps:
        tensors[step.path] = network.run(step, [tensors[path] for path in step.inputs])
        if step.path == source:
            spoil(tensors, source, frames)
        has_frames = "T" in spec.graph.shape(step.path)
        found[step.path] = [spoilt(sample, has_frames) for sample in grid_and_tokens(tensors[step.path])[0]]
        for path in step.finished:
            del tensors[path]
    return found


def spoil(tensors: dict[str, Value], source: str, frames: list[int]) -> None:
    """Make one frame of each sample of a tensor, if it is there, not a number."""
    if source in tensors:
        grid, tokens = grid_and_tokens(tensors[source])
        grid = grid.clone()
        for sample, frame in enumerate(frames):
            grid[sample, :, frame] = float("nan")
        tensors[source] = grid if tokens is None else Features(grid, tokens)


def spoilt(grid: torch.Tensor, has_frames: bool) -> set[int]:
    """The frames that hold anything that is not a number; 0 for a tensor without frames."""
    wrong = grid.isnan()
    if not has_frames:
        return {0} if bool(wrong.any()) else set()
    return set(wrong.movedim(1, 0).flatten(1).any(1).nonzero().flatten().tolist())


def sources(spec: Spec) -> list[str]:
    """The input with frames, and a layer in the first half of the network that still has several."""
    inputs = [name for name, each in spec.graph.inputs.items() if "T" in each.shape]
    frames = [path for path, node in spec.graph.nodes.items() if node.shape.get("T") > 2 and not node.shape.tokens]
    return [inputs[0], *frames[len(frames) // 3 : len(frames) // 3 + 1]]


@pytest.mark.parametrize("name", NETWORKS)
def test_frames_reached_and_read_are_those_that_built_networks_show(name: str) -> None:
    spec = archcalc.load(name, inputs=NETWORKS[name] or ())
    analysis = archcalc.analyze(spec)
    with torch.no_grad():
        network = build(spec).eval()
        for source in sources(spec):
            size = spec.graph.shape(source)["T"]
            frames = sorted({0, size // 2, size - 1})
            shown = reached_frames(network, spec, source, frames)
            for sample, frame in enumerate(frames):
                compare(analysis, {path: each[sample] for path, each in shown.items()}, source, frame)


def compare(analysis: archcalc.Analysis, shown: dict[str, set[int]], source: str, frame: int) -> None:
    """What is claimed to be reached is what is shown, and what is shown reads the frame."""
    answers = analysis.reached_from(source, {"T": frame})
    later = {path: frames for path, frames in shown.items() if path != source}
    claimed = {path: set(answers[path].axes["T"].positions) if path in answers else set() for path in later}
    assert claimed == later, (source, frame)
    path = next(path for path in reversed(later) if later[path])
    has_frames = "T" in analysis.graph.shape(path)
    for position in later[path]:
        read = analysis.reads(path, {"T": position} if has_frames else {}, of=source).ends["T"]
        assert read
        assert read[0] <= frame <= read[1], (source, frame, path, position)
