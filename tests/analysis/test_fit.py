"""The largest batch that fits, against its definition; recomputed blocks against torch.utils.checkpoint."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.analysis.fit import MODES, TRAINING, Setup, fit, need
from tests.conftest import Load

GIB = 1024**3
SETUPS = (
    Setup(),
    Setup(optimizer="adamw"),
    Setup(dtype="bfloat16", mixed=True, optimizer="adam-loop"),
    Setup(optimizer="sgd-fused", checkpoint=1),
)
BLOCKS = """
archcalc: 1
name: blocks
inputs: {clip: {C: 4, T: 2, H: 6, W: 6}}
blocks:
  pair:
    layers: [conv3d: {out: 4, kernel: 3, padding: 1}, sigmoid, conv3d: {out: 4, kernel: 3, padding: 1}, sigmoid]
layers:
  - conv3d: {name: stem, out: 4, kernel: 1}
  - pair: {name: one}
  - pair: {name: two}
  - pair: {name: three}
  - linear: {name: head, out: 2}
"""


@pytest.mark.parametrize("setup", SETUPS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["slow_fusion", "resnet", "slowfast"])
def test_one_sample_more_would_not_fit(name: str, mode: str, setup: Setup) -> None:
    if name == "slow_fusion" and setup.checkpoint:
        pytest.skip("it has no blocks")
    analysis = archcalc.analyze(archcalc.load(name))
    found = fit(analysis, 2 * GIB, mode, setup)
    assert found.need == need(analysis, mode, setup, found.batch)
    assert found.need.total <= 2 * GIB < need(analysis, mode, setup, found.batch + 1).total


def test_at_the_limit_and_one_byte_below(layers: Load) -> None:
    analysis = archcalc.analyze(layers("- conv3d: {out: 4, kernel: 1}\n- relu"))
    whole = need(analysis, TRAINING, Setup(), 5).total
    assert fit(analysis, whole, TRAINING, Setup()).batch == 5
    assert fit(analysis, whole - 1, TRAINING, Setup()).batch == 4
    one = need(analysis, TRAINING, Setup(), 1)
    below = fit(analysis, one.total - 1, TRAINING, Setup())
    assert (below.batch, below.need) == (0, one)


def test_parts_of_a_training(layers: Load) -> None:
    analysis = archcalc.analyze(layers("- conv3d: {out: 4, kernel: 1, bias: false}\n- batch_norm\n- relu"))
    params, buffers, clip, cells = 3 * 4 + 8, 8, 3 * 8 * 16 * 16, 8 * 16 * 16
    counter = 8  # bytes of an int64
    found = need(analysis, TRAINING, Setup(optimizer="adamw"), 6)
    assert found.weights == 4 * (params + buffers) + counter
    assert (found.gradients, found.optimizer, found.step) == (4 * params, 4 * (2 * params + 3), 4 * params)
    assert (found.inputs, found.activations) == (
        4 * 6 * clip,
        4 * (6 * 2 * 4 * cells + 2 * 4),
    )  # not the clip twice
    assert found.total == found.weights + found.gradients + found.optimizer + found.inputs + found.activations
    half = need(analysis, TRAINING, Setup("float16", mixed=True), 6)
    assert (
        half.weights == 4 * (params + buffers) + counter + 2 * params
    )  # and their copy in the type of the activations
    assert (half.gradients, half.inputs) == (found.gradients, found.inputs // 2)
    assert half.activations == 2 * 6 * 2 * 4 * cells + 4 * 2 * 4  # statistics stay float32


def test_recomputed_blocks_keep_their_inputs_and_one_block(load: Load) -> None:
    analysis = archcalc.analyze(load(BLOCKS))
    tensor = 4 * 2 * 6 * 6
    plain = need(analysis, TRAINING, Setup(), 1)
    assert plain.activations == 4 * (tensor + 3 * 2 * tensor)  # what the stem gave, and of a block both sigmoids
    again = need(analysis, TRAINING, Setup(checkpoint=1), 1)
    # inputs of the blocks and of the head, then the first sigmoid of one block
    assert again.activations == 4 * (4 * tensor + tensor)


NESTED = BLOCKS.replace(
    "layers:\n  - conv3d: {name: stem",
    "  outer: {layers: [{pair: {name: a}}, {pair: {name: b}}]}\nlayers:\n  - conv3d: {name: stem",
).replace("pair: {name: two}", "outer: {name: two}")


def test_the_depth_of_recomputed_blocks(load: Load) -> None:
    """At depth 1 the outer block is recomputed as a whole; at depth 2 its two halves, and the rest is kept."""
    analysis = archcalc.analyze(load(NESTED))
    tensor = 4 * 4 * 2 * 6 * 6
    plain, once, twice = (need(analysis, TRAINING, Setup(checkpoint=depth), 1).activations for depth in (None, 1, 2))
    assert plain == tensor + 4 * 2 * tensor  # what the stem gave, and two sigmoids of each of four pairs
    assert once == 4 * tensor + 3 * tensor  # inputs of three blocks and of the head; three more inside the outer one
    # what the stem gave, both sigmoids of the first and the last block, and the first output inside the outer block;
    # then the first sigmoid of a half
    assert twice == (1 + 2 + 2 + 2) * tensor + tensor
    assert need(analysis, TRAINING, Setup(checkpoint=3), 1).activations == plain


@pytest.mark.parametrize("batch", [1, 2, 3, 4, 7, 8, 9])
def test_the_largest_batch_below_a_limit(layers: Load, batch: int) -> None:
    analysis = archcalc.analyze(layers("- conv3d: {out: 4, kernel: 1}\n- relu"))
    for mode in MODES:
        whole = need(analysis, mode, Setup(), batch).total
        found = fit(analysis, whole, mode, Setup())
        assert (found.batch, found.need.batch, found.need.total, found.limit, found.mode) == (
            batch, batch, whole, whole, mode)  # fmt: skip


def test_parts_of_inference(layers: Load) -> None:
    analysis = archcalc.analyze(layers("- conv3d: {out: 4, kernel: 1, bias: false}\n- batch_norm"))
    clip, cells, params, buffers = 3 * 8 * 16 * 16, 8 * 16 * 16, 3 * 4 + 8, 8
    counter = 8  # bytes of an int64, in a network of any type
    found = need(analysis, "inference", Setup(), 5)
    assert (found.weights, found.gradients, found.optimizer, found.step) == (4 * (params + buffers) + counter, 0, 0, 0)
    assert (found.inputs, found.activations) == (4 * 5 * clip, 4 * 5 * 2 * 4 * cells)
    assert found.total == found.weights + found.inputs + found.activations
    half = need(analysis, "inference", Setup("bfloat16"), 5)
    assert (half.weights, half.inputs, half.activations) == (
        2 * (params + buffers) + counter,
        found.inputs // 2,
        found.activations // 2,
    )
    mixed = need(analysis, "inference", Setup("bfloat16", mixed=True), 5)
    assert mixed.weights == found.weights + 2 * params


def test_a_step_larger_than_what_is_saved_counts_in_its_place(layers: Load) -> None:
    analysis = archcalc.analyze(layers("- global_avg_pool\n- flatten\n- linear: {out: 5000}"))
    found = need(analysis, TRAINING, Setup(optimizer="adam"), 1)
    params = 3 * 5000 + 5000
    assert (found.step, found.activations < found.step) == (4 * params, True)
    assert found.total == found.weights + found.gradients + found.optimizer + found.inputs + found.step


def test_checkpoints_are_those_of_pytorch(load: Load) -> None:
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")
    from torch.utils.checkpoint import checkpoint

    from archcalc.pytorch.network import Network

    analysis = archcalc.analyze(load(BLOCKS))
    network = Network(analysis.graph)
    kept: dict[int, int] = {}

    def pack(tensor):
        if not isinstance(tensor, torch.nn.Parameter) and tensor.numel() > 216:
            kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    def block(name: str):
        paths = [each.path for each in analysis.layers if each.path.startswith(f"{name}.")]
        return torch.nn.Sequential(*(network.get_submodule(network.module_name(path)) for path in paths))

    clip = torch.rand(1, 4, 2, 6, 6)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        values = network.get_submodule("stem")(clip)
        for name in ("one", "two", "three"):
            kept[values.untyped_storage().data_ptr()] = values.untyped_storage().nbytes()  # what checkpoint holds
            values = checkpoint(block(name), values, use_reentrant=True)
        network.get_submodule("head")(values.movedim(1, -1))
    clip_bytes = clip.numel() * 4
    held = sum(kept.values()) - clip_bytes
    inside = 4 * 2 * 6 * 6 * 4
    assert need(analysis, TRAINING, Setup(checkpoint=1), 1).activations == held + inside
