"""Receptive fields of recorded modules are those of brute force, element by element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from archcalc.measure.planes import compare, filled  # noqa: E402
from archcalc.tracing.hull import Key, Status  # noqa: E402
from archcalc.tracing.interpret import Interpreter  # noqa: E402
from archcalc.tracing.record import record  # noqa: E402
from archcalc.tracing.rules import moving, reducing, sliding  # noqa: E402
from tests.tracing import networks as net  # noqa: E402

IMAGE, CLIP = {"x": "NCHW"}, {"x": "NCTHW"}


def image(c: int = 3, h: int = 9, w: int = 10) -> Any:
    return torch.rand(1, c, h, w)


def clip(c: int = 3, t: int = 6, h: int = 7, w: int = 8) -> Any:
    return torch.rand(1, c, t, h, w)


CASES: dict[str, tuple[Callable[[], nn.Module], Any, dict[str, str]]] = {
    "convolutions": (lambda: nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(inplace=True),
        nn.Conv2d(4, 4, 3, stride=2, dilation=2, padding=1)), image(h=13, w=12), IMAGE),
    "padding reads nothing": (lambda: nn.Conv2d(3, 3, (3, 1), padding=(4, 1)), image(h=3, w=3), IMAGE),
    "groups and shuffle": (lambda: nn.Sequential(nn.Conv3d(4, 8, 3, groups=2, padding=1), net.ShiftBySlices(),
        nn.Conv3d(8, 8, (1, 3, 3), groups=4)), clip(4), CLIP),
    "depthwise": (lambda: nn.Sequential(nn.Conv3d(3, 6, 3, groups=3), nn.BatchNorm3d(6), nn.Hardswish()), clip(), CLIP),
    "temporal shift": (lambda: nn.Sequential(nn.Conv3d(3, 8, 3, padding=1), net.ShiftBySlices(),
        nn.Conv3d(8, 4, (1, 3, 3))), clip(), CLIP),
    "shift twice": (lambda: nn.Sequential(net.ShiftBySlices(), net.ShiftBySlices(), nn.Conv3d(6, 2, 1)), clip(6), CLIP),
    "views of views": (net.ViewsOfViews, torch.rand(1, 4, 6, 6), IMAGE),
    "write into a copy": (net.WriteIntoInput, image(), IMAGE),
    "read before write": (net.ReadBeforeWrite, image(), IMAGE),
    "turned in place": (net.TurnedInPlace, image(h=4, w=5), IMAGE),
    "write at indices": (net.WrittenAtIndices, image(h=5, w=6), IMAGE),
    "added at indices": (net.AddedAtIndices, torch.rand(1, 2, 6), {"x": "NCT"}),
    "added at indices of each line": (lambda: net.AddedAtIndices(each_line=True), torch.rand(1, 2, 6), {"x": "NCT"}),
    "complex numbers": (lambda: nn.Sequential(nn.Conv1d(2, 4, 3), net.Complex()), torch.rand(1, 2, 9), {"x": "NCT"}),
    "frequencies": (lambda: nn.Sequential(nn.Conv2d(2, 2, 3), net.Spectrum()), image(2, 5, 8), IMAGE),
    "slices": (lambda: nn.Sequential(net.Slices(), nn.Conv2d(3, 3, 2)), image(), IMAGE),
    "transposed": (lambda: nn.Sequential(nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1, output_padding=1),
        nn.Conv2d(4, 4, 3)), image(h=5, w=4), IMAGE),
    "transposed 3-D, dilated": (lambda: nn.ConvTranspose3d(3, 4, (2, 3, 3), stride=(2, 1, 3), dilation=(2, 1, 1)),
        clip(t=3, h=4, w=3), CLIP),
    "pools": (lambda: nn.Sequential(nn.MaxPool3d(3, 2, 1, ceil_mode=True), nn.AvgPool3d((1, 2, 2))), clip(), CLIP),
    "adaptive pools": (lambda: nn.Sequential(nn.AdaptiveAvgPool2d((4, 7)), nn.AdaptiveMaxPool2d((3, 1))), image(),
        IMAGE),
    "nearest": (lambda: nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(3, 3, 3), nn.Upsample(size=(17, 11))),
        image(h=5, w=6), IMAGE),
    "mirrored padding": (lambda: nn.Sequential(nn.ReflectionPad2d(2), nn.Conv2d(3, 3, 3), nn.ReplicationPad2d(1),
        nn.Conv2d(3, 3, 2)), image(h=6, w=5), IMAGE),
    "residual": (lambda: nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), net.Residual(nn.Conv2d(4, 4, 3, padding=1))),
        image(), IMAGE),
    "gate": (lambda: nn.Sequential(nn.Conv2d(3, 4, 3), net.Gated(), nn.Conv2d(4, 2, 3)), image(), IMAGE),
    "layer norm over channels": (lambda: net.ChannelsLast(nn.LayerNorm(3)), image(), IMAGE),
    "group norm": (lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.GroupNorm(2, 4)), image(h=5, w=5), IMAGE),
    "instance norm": (lambda: nn.InstanceNorm3d(3), clip(t=3, h=3, w=3), CLIP),
    "called twice": (net.Twice, image(h=6, w=6), IMAGE),
    "in lists": (net.InLists, image(), IMAGE),
    "attention": (lambda: nn.Sequential(nn.Conv2d(3, 8, 2, 2), net.Attention()), image(h=6, w=8), IMAGE),
    "attention of PyTorch": (lambda: nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), torch.rand(1, 5, 4),
        {"x": "NTC"}),
    "rnn": (lambda: net.Recurrent(nn.RNN), torch.rand(1, 3, 5), {"x": "NCT"}),
    "lstm": (lambda: net.Recurrent(nn.LSTM), torch.rand(1, 3, 5), {"x": "NCT"}),
    "gru": (lambda: net.Recurrent(nn.GRU), torch.rand(1, 3, 5), {"x": "NCT"}),
    "unfold": (lambda: nn.Sequential(nn.Conv2d(3, 2, 2), net.Folded()), image(h=7, w=6), IMAGE),
    "pixel shuffle": (lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.PixelShuffle(2), nn.PixelUnshuffle(2),
        nn.ChannelShuffle(2)), image(h=6, w=5), IMAGE),
    "dense after flattening": (lambda: nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(24, 3)),
        image(h=4, w=8), IMAGE),
    "conv1d": (lambda: nn.Sequential(nn.Conv1d(3, 4, 5, padding="same", dilation=2), nn.MaxPool1d(2), nn.GELU()),
        torch.rand(1, 3, 14), {"x": "NCT"}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_fields_are_those_of_planes_of_nan(name):
    build, given, letters = CASES[name]
    found = compare(filled(build()), (given,), letters)
    assert found.faults == []
    assert found.equal > 0


def test_windows_without_the_mask_are_those_of_planes_of_nan():
    given, letters = torch.rand(1, 8, 12, 4), {"x": "NHWC"}
    found = compare(filled(net.Windows()), (given,), letters, cuts=False)
    assert found.faults == []


@pytest.mark.parametrize(
    ("build", "given", "letters"),
    [
        (net.Windows, torch.rand(1, 8, 12, 4), {"x": "NHWC"}),
        (lambda: net.Attention(causal=True), torch.rand(1, 8, 3, 2), {"x": "NCHW"}),
        (lambda: nn.Upsample(scale_factor=2, mode="bilinear"), image(h=5, w=6), IMAGE),
        (lambda: nn.Upsample(size=(7, 9), mode="bilinear", align_corners=True), image(h=4, w=5), IMAGE),
        (lambda: nn.Upsample(scale_factor=2, mode="bicubic"), image(h=6, w=6), IMAGE),
    ],
    ids=["windows", "causal", "bilinear", "bilinear aligned", "bicubic"],
)
def test_what_nan_cannot_see_is_what_a_change_reaches(build, given, letters):
    found = compare(filled(build()).double(), (given.double(),), letters, cuts=True, poison="change")
    assert found.faults == []


def test_several_inputs_have_fields_of_their_own():
    slow, fast = torch.rand(1, 3, 2, 5, 5), torch.rand(1, 3, 10, 5, 5)
    found = compare(filled(net.Structured()), ([slow, fast],), {"slow": "NCTHW", "fast": "NCTHW"})
    assert found.faults == []


def test_an_input_that_is_not_contiguous_is_recorded_alike():
    given = torch.rand(1, 10, 9, 3).permute(0, 3, 1, 2)
    found = compare(filled(nn.Conv2d(3, 4, 3, stride=2)), (given,), IMAGE)
    assert found.faults == []


def test_a_rule_that_forgets_a_dilation_is_seen(monkeypatch):
    true: Any = sliding.windowed
    monkeypatch.setattr(sliding, "windowed", lambda *args: true(*args[:-1], 1))
    build, given, letters = CASES["convolutions"]
    assert compare(filled(build()), (given,), letters).narrower


def test_an_alias_that_is_lost_is_seen(monkeypatch):
    monkeypatch.setattr(Interpreter, "_written", lambda _self, base, *_: base)
    build, given, letters = CASES["temporal shift"]
    assert compare(filled(build()), (given,), letters).narrower


def test_a_view_that_is_stale_is_seen(monkeypatch):
    true: Any = Interpreter._seen_again
    monkeypatch.setattr(Interpreter, "_seen_again", lambda self, number: self._known.get(number) or true(self, number))
    build, given, letters = CASES["views of views"]
    assert compare(filled(build()), (given,), letters).narrower


@pytest.mark.parametrize(
    ("module", "name", "case"),
    [
        (moving, "permute", "layer norm over channels"),
        (reducing, "mean", "gate"),
        (reducing, "bmm", "attention of PyTorch"),
    ],
)
def test_a_rule_that_is_wrong_is_seen(monkeypatch, module, name, case):
    from archcalc.tracing import interpret
    from archcalc.tracing.hull import Hull

    assert name in module.RULES
    monkeypatch.setitem(interpret.RULES, name, lambda call: [Hull(sizes) for sizes in call.sizes])
    build, given, letters = CASES[case]
    assert compare(filled(build()), (given,), letters).narrower


def test_an_operator_without_a_rule_gives_a_flagged_bound(monkeypatch):
    from archcalc.tracing import interpret

    monkeypatch.delitem(interpret.RULES, "convolution")
    build, given, letters = CASES["convolutions"]
    found = compare(filled(build()), (given,), letters)
    assert found.narrower == 0
    assert found.wider == found.flagged > 0


def test_where_values_choose_any_position_may_be_chosen():
    given = torch.rand(1, 3, 4, 5)
    recording = record(net.ChosenByValues().eval(), (given,), {}, ["x"], real=True)
    numbers = list(recording.program.outputs.values())
    end = len(recording.program.calls)
    found = Interpreter(recording, {"x": {2: "H", 3: "W"}}, [(end, each) for each in numbers]).run()
    by_integers, by_two, by_mask, written = (found.seen((end, each)) for each in numbers)
    assert [each.status for each in (by_integers, by_two, by_mask, written)] == [Status.EXACT] * 4
    assert not found.unruled
    assert not found.failed
    every, own = list(range(5)), [0] * 5
    assert ends(by_integers, "W") == ends(by_mask, "W") == (own, every)
    for each in (by_integers, by_mask, written):
        assert set(zip(*ends(each, "H"), strict=True)) == {(0, 3)}
    assert ends(by_two, "W") == ([0], [4])
    assert set(zip(*ends(written, "W"), strict=True)) == {(0, 4)}


def ends(hull, axis):
    term = hull.term(Key("x", axis))
    whole = hull.term(Key("x", axis, True))
    first, last = torch.maximum(term.first, whole.first), torch.maximum(term.last, whole.last)
    return (-first).reshape(-1).tolist(), last.reshape(-1).tolist()
