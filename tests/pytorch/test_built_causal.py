"""Fields of causal and windowed attention compared with the gradients of the built network, position by position."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

import torch

import archcalc
from archcalc.nn import build
from archcalc.ops.sequence_attention import SequenceAttention
from tests.measure.random_specs import loaded, written

FRAMES = 9
CHAINS = {
    "causal": [{"heads": 2, "causal": True}],
    "causal, rotary, shared keys": [{"heads": 4, "kv_heads": 2, "causal": True, "rotary": True}],
    "a causal window": [{"heads": 2, "causal": True, "window": 3}],
    "windows on windows": [{"heads": 2, "window": 3}, {"heads": 2, "causal": True, "window": 4}],
    "causal after a window": [{"heads": 2, "window": 5}, {"heads": 2, "causal": True}],
    "everything": [{"heads": 2, "rotary": True}],
}


def spec_of(chain: list[dict[str, object]]) -> archcalc.Spec:
    layers = [{"sequence_attention": {"name": f"layer{at}", **arguments}} for at, arguments in enumerate(chain)]
    return loaded(written({"clip": {"C": 8, "T": FRAMES}}, layers))


def by_gradients(spec: archcalc.Spec) -> list[tuple[int, int]]:
    """The first and last frame that each output frame depends on, by the gradient of its sum."""
    torch.manual_seed(0)
    network = build(spec).double()
    clip = torch.randn(1, 8, FRAMES, dtype=torch.double, requires_grad=True)
    output = network(clip)
    found = []
    for frame in range(FRAMES):
        (gradient,) = torch.autograd.grad(output[:, :, frame].pow(2).sum(), clip, retain_graph=True)
        read = gradient.abs().amax((0, 1)).nonzero().flatten()
        found.append((int(read.min()), int(read.max())))
    return found


def claimed(spec: archcalc.Spec) -> list[tuple[int, int] | None]:
    last = list(spec.graph.nodes)[-1]
    clipped = archcalc.analyze(spec).tensor_fields[last].grid["clip", "T"].clipped
    return [clipped.at(frame) for frame in range(FRAMES)]


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_positions_depend_on_what_is_claimed(chain: list[dict[str, object]]) -> None:
    spec = spec_of(chain)
    assert by_gradients(spec) == claimed(spec)


def test_a_mask_that_is_forgotten_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SequenceAttention, "reach", property(lambda self: (self.window, 0)))
    spec = spec_of([{"heads": 2, "causal": True, "window": 3}])
    assert by_gradients(spec) != claimed(spec)
