"""Shifts in time: what the graph says of them, and what built networks do when their clip is shifted."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

import torch
from torch import Tensor

import archcalc
from archcalc.analysis.time_shift import TimeShift, time_shifts
from archcalc.core.field import AxisField
from archcalc.graph import NetworkInput
from archcalc.nn import build
from archcalc.ops.attention import Attention
from archcalc.ops.windowed import Windowed
from archcalc.pytorch.network import Network, Value, grid_and_tokens
from tests.conftest import Load
from tests.pytorch import representatives
from tests.pytorch.ends_joined import SIXTEENTHS, close, features, precision, rolled, rolling, shrunk, small_picture

MOST_MACS = 20 * 10**9
"""What a network may cost whose features are all kept twice."""

SHIFTED = {  # enough frames for some position to see none of the ends
    "slow_fusion": "clip=3x24x8x8",
    "late_fusion": "clip=3x6x8x8",
    "tsm_r50": "clip=3x9x16x16",
    "r3d_18": "clip=3x36x8x8",
    "mc3_18": "clip=3x20x8x8",
    "slow_r50": "clip=3x9x16x16",
}
BROKEN = {
    "early_fusion": ("stack_frames", "clip=3x20x8x8"),
    "late_fusion_fc": ("flatten", "clip=3x8x16x16"),
    "karpathy_late": ("flatten", "clip=3x16x170x170"),
    "convnet_lstm": ("lstm", "clip=3x6x32x32"),
    "timesformer_b": ("time", "clip=3x4x32x32"),
}


def untouched(field: AxisField, frames: int) -> set[int]:
    """Positions that see the first so many frames only, and nothing of what comes after or before them."""
    seen = {position: field.full_at(position) for position in range(len(field.clipped))}
    return {position for position, ends in seen.items() if ends is not None and ends[0] >= 0 and ends[1] < frames}


def timed_input(spec: archcalc.Spec) -> NetworkInput | None:
    """The input with the most frames; None where none has any."""
    timed = [each for each in spec.graph.inputs.values() if "T" in each.shape]
    return max(timed, key=lambda each: each.shape["T"], default=None)


def shifted_apart(
    spec: archcalc.Spec, network: Network, shift: int, last: str | None = None
) -> tuple[dict[str, Value], dict[str, Value]]:
    """Features of the clip that starts so many frames later, and of the clip; up to the last that is asked for."""
    frames = max(each.shape.get("T") for each in spec.graph.inputs.values())
    early, late = list[Tensor](), list[Tensor]()
    for given in spec.graph.inputs.values():
        channels, *sizes = given.shape.sizes.values()
        more = shift * given.shape["T"] // frames if "T" in given.shape else 0
        longer = torch.randn(1, channels, sizes[0] + more, *sizes[1:], dtype=precision(spec))
        early, late = [*early, longer[:, :, : sizes[0]]], [*late, longer[:, :, more:]]
    return features(network, tuple(late), last), features(network, tuple(early), last)


def comparable(analysis: archcalc.Analysis, path: str, shift: TimeShift) -> list[int]:
    """Positions of a layer that see nothing of the ends, neither before the shift nor after it."""
    fields = {name: field for (name, axis), field in analysis.tensor_fields[path].grid.items() if axis == "T"}
    shape, inputs = analysis.layer(path).shape, analysis.graph.inputs
    if "T" not in shape or any(field.sees_all or not field.windows for field in fields.values()):
        return []
    most = max(each.shape.get("T") for each in inputs.values())
    kept = set(range(shape["T"] - shift.positions))
    for name, field in fields.items():
        frames = inputs[name].shape["T"]
        kept &= untouched(field, frames - shift.frames * frames // most)
    return sorted(kept)


def moved(spec: archcalc.Spec) -> tuple[int, int]:
    """Move the clip by every step of some layer; return how many positions were compared, and of how many layers."""
    clip = timed_input(spec)
    assert clip is not None, "the caller looked"
    analysis, network, counts = archcalc.analyze(spec), build(spec).to(precision(spec)).eval(), list[int]()
    shifts = {path: each for path, each in time_shifts(spec.graph, clip.name).items() if each and not each.broken}
    for step in sorted({each.frames for each in shifts.values() if each.frames < clip.shape["T"]}):
        of_step = {path: each for path, each in shifts.items() if each.frames == step and not each.pooled}
        kept = {path: found for path, each in of_step.items() if (found := comparable(analysis, path, each))}
        if not kept:
            continue
        later, first = shifted_apart(spec, network, step, last=[*kept][-1])
        for path, positions in kept.items():
            one = grid_and_tokens(later[path])[0][:, :, positions]
            other = grid_and_tokens(first[path])[0][:, :, [each + shifts[path].positions for each in positions]]
            assert close(one, other), f"{path} at {positions}"
        counts += map(len, kept.values())
    return sum(counts), len(counts)


@pytest.mark.parametrize("name", SHIFTED)
def test_features_shift_with_the_clip(name: str) -> None:
    positions, layers = moved(archcalc.load(name, inputs=SHIFTED[name]))
    assert positions > layers > 0


def test_a_shift_by_another_position_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = archcalc.load("slow_fusion", inputs=SHIFTED["slow_fusion"])
    shifts = time_shifts(spec.graph, "clip")
    later = {path: each and replace(each, positions=each.positions + 1) for path, each in shifts.items()}
    monkeypatch.setattr("tests.pytorch.test_time_shift.time_shifts", lambda *_: later)
    with pytest.raises(AssertionError, match="conv3d at"):
        moved(spec)


def affordable(name: str) -> archcalc.Spec:
    """A bundled network on the smallest picture that it takes, and on as many frames as are not too much work."""
    spec = small_picture(name)
    fewest = spec
    for share in reversed(SIXTEENTHS):
        fewer = shrunk(spec, ("T",), share)
        if fewer is not None and archcalc.analyze(fewer).totals.macs <= MOST_MACS:
            return fewer
        fewest = fewer or fewest
    return fewest


STILL = {
    "background_subtraction", "early_fusion", "karpathy_early", "karpathy_multires", "karpathy_single_frame",
    "temporal_median", "two_stream",
}  # fmt: skip
"""Networks of which every layer with time sees an end of the clip, depends on the time index, or has one frame."""


@pytest.mark.slow
@pytest.mark.parametrize("name", representatives.affordable())
def test_features_of_every_bundled_network_shift_with_the_clip(name: str) -> None:
    spec = affordable(name)
    if timed_input(spec) is not None:
        positions, layers = moved(spec)
        assert (positions >= layers > 0) is (name not in STILL)


@pytest.mark.parametrize("name", BROKEN)
def test_the_first_layer_that_breaks_it(name: str) -> None:
    breaking, inputs = BROKEN[name]
    spec = archcalc.load(name, inputs=inputs)
    shifts = time_shifts(spec.graph, "clip")
    broken = [path for path, each in shifts.items() if each is not None and each.broken]
    assert broken[0] == breaking
    assert all(shifts[path].broken == breaking for path in broken)  # type: ignore[union-attr] # none of them is None


def test_half_of_a_stride_does_not_shift(load: Load) -> None:
    spec = load(
        "archcalc: 1\nname: strided\ninputs: {clip: {C: 2, T: 12, H: 4, W: 4}}\n"
        "layers:\n- conv3d: {name: conv, out: 2, kernel: [3, 1, 1], stride: [2, 1, 1]}\n"
    )
    assert time_shifts(spec.graph, "clip")["conv"] == TimeShift(2, 1)
    network = build(spec).double()
    later, first = (grid_and_tokens(each["conv"])[0] for each in shifted_apart(spec, network, 2))
    assert close(later[:, :, 0], first[:, :, 1])
    later, first = (grid_and_tokens(each["conv"])[0] for each in shifted_apart(spec, network, 1))
    assert not any(close(later[:, :, 1], first[:, :, at]) for at in range(5))


def test_a_table_of_times_tells_them_apart(load: Load) -> None:
    spec = load(
        "archcalc: 1\nname: placed\ninputs: {clip: {C: 2, T: 4, H: 2, W: 2}}\n"
        "layers:\n- position: {name: times, over: [T]}\n- relu\n"
    )
    shifts = time_shifts(spec.graph, "clip")
    assert [each and each.broken for each in shifts.values()] == ["times", "times"]
    network = build(spec)
    torch.nn.init.normal_(next(network.parameters()))
    clip = torch.randn(1, 2, 5, 2, 2)
    one, other = (features(network, (each,))["times"] for each in (clip[:, :, 1:], clip[:, :, :4]))
    assert not close(grid_and_tokens(one)[0][:, :, 0], grid_and_tokens(other)[0][:, :, 1])


QUICK = ["slow_fusion", "late_fusion", "early_fusion", "late_fusion_fc", "background_subtraction"]
REPEATED = {"two_stream_i3d": ("i3d",), "i3d_flow": ("i3d",), "s3d": ("s3d_g",)}
"""Large networks that roll as the part, or the larger one, that is rolled itself."""
ROLLED = [name for name in representatives.affordable() if name not in REPEATED]


def assert_rolls(name: str) -> None:
    """Every layer that the analysis says shifts does, and every first layer that it says does not does not."""
    inputs = archcalc.load(name).graph.inputs.values()
    small = rolling(name)
    if small is None:
        assert not any("T" in each.shape for each in inputs)
        return
    found = rolled(*small)
    assert found.wrong == ()
    of_one_frame = all(each.shape.get("T") == 1 for each in inputs)
    assert of_one_frame or found.alike or found.pooled or found.broken or found.open


@pytest.mark.parametrize("name", QUICK)
def test_layers_roll_with_the_clip(name: str) -> None:
    assert_rolls(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", ROLLED)
def test_layers_of_every_bundled_network_roll_with_the_clip(name: str) -> None:
    assert_rolls(name)


RELATIVE = """
archcalc: 1
name: relative
inputs: {clip: {C: 4, T: 16, H: 2, W: 2}}
layers:
- conv3d: {name: patches, out: 8, kernel: [2, 1, 1], stride: [2, 1, 1]}
- attention: {name: att, over: [T, H, W], heads: 2, window: [WINDOW, 2, 2], shift: [SHIFT, 0, 0], POSITION}
- global_avg_pool: {name: pool}
"""
WINDOWS = [  # window, shift and relative positions; by how many frames the clip has to shift, None if no shift will do
    (8, 0, "relative_position: table", None),
    (8, 0, "relative_position: decomposed", None),
    (8, 0, "relative_position: null", 2),
    (4, 0, "relative_position: table", 8),
    (4, 2, "relative_position: table", 8),
    (2, 1, "relative_position: decomposed", 4),
    (4, 1, "relative_position: null", 8),
    (1, 0, "relative_position: table", 2),
]


@pytest.mark.parametrize(("window", "shift", "position", "frames"), WINDOWS)
def test_relative_positions_depend_on_the_place_in_a_window(
    window: int, shift: int, position: str, frames: int | None, load: Load
) -> None:
    spec = load(RELATIVE.replace("WINDOW", str(window)).replace("SHIFT", str(shift)).replace("POSITION", position))
    shifts = time_shifts(spec.graph, "clip")
    if frames is None:
        assert shifts["att"] == TimeShift(2, 1, broken="att")
        assert shifts["pool"] == TimeShift(2, 1, broken="att")
    else:
        assert shifts["att"] == TimeShift(frames, frames // 2)
        assert shifts["pool"] == TimeShift(frames, frames // 2, pooled=True)
    found = rolled(spec, "clip")
    assert (found.wrong, found.still, found.open) == ((), 0, 0)
    assert found.broken == (("att",) if frames is None else ())
    assert (found.alike, found.pooled) == ((1, 0) if frames is None else (2, 1))


def test_a_claim_that_is_false_is_seen(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = load(RELATIVE.replace("WINDOW", "8").replace("SHIFT", "0").replace("POSITION", "relative_position: table"))
    monkeypatch.setattr(Attention, "depends_on_index", lambda *_: False)
    assert rolled(spec, "clip").wrong == ("att", "pool")
    monkeypatch.setattr(Windowed, "depends_on_index", lambda *_: True)
    assert rolled(archcalc.load("late_fusion", inputs="clip=3x4x8x8"), "clip").wrong == ("conv2d",)


def test_streams_of_one_time_shift_together(load: Load) -> None:
    spec = load(
        "archcalc: 1\nname: streams\ninputs:\n  clip: {C: 2, T: 8, H: 2, W: 2}\n  flow: {C: 2, T: 4, H: 2, W: 2}\n"
        "layers:\n- max_pool3d: {name: every, from: clip, kernel: 1, stride: [2, 1, 1]}\n"
        "- add: {name: both, from: [every, flow]}\n- add: {name: mixed, from: [both, both]}\n"
    )
    assert time_shifts(spec.graph, "clip") == dict.fromkeys(("every", "both", "mixed"), TimeShift(2, 1))
    assert (rolled(spec, "clip").alike, rolled(spec, "clip").wrong) == (3, ())
