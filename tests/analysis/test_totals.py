"""Totals, labels, quantities and shifts in time by value."""

from __future__ import annotations

from fractions import Fraction

import pytest

import archcalc
from archcalc.analysis.analyze import Settings, analyze_graph
from archcalc.analysis.comparison import compared
from archcalc.analysis.conventions import CONVENTIONS, LayerArithmetic, Uncounted, cost, extra, together
from archcalc.analysis.memory import Memory, weights_of
from archcalc.analysis.quantities import QUANTITIES, WINDOWS, glossary, layer_quantity, layer_values, windows_by_axis
from archcalc.analysis.time_fusion import time_fusion, whole_image
from archcalc.analysis.time_shift import TimeShift, time_shifts
from archcalc.analysis.values import all_values, held_values
from archcalc.core.problem import UsageError
from archcalc.core.reads import Taps
from archcalc.core.shape import Shape
from archcalc.core.terms import Arithmetic, term
from archcalc.core.window import TransposedWindow, Window
from archcalc.ops.layer_norm import LayerNorm
from archcalc.tables.layers import layer_table
from archcalc.tables.options import TableOptions
from tests.conftest import Load

SPEC = """
- conv3d: {name: a, out: 4, kernel: [3, 3, 2], padding: [1, 1, 0], stride: [2, 1, 1]}
- batch_norm: {name: norm}
- relu
- conv3d: {name: b, out: 4, kernel: 1, bias: false}
- conv3d: {name: again, out: 4, kernel: 1, bias: false, share: b}
- dropout
- flatten
- linear: {name: fc, out: 5}
"""
CELLS, WIDE = 4 * 16 * 15, 3 * 3 * 2


def test_one_position_uses_the_router_and_the_chosen_experts(layers: Load) -> None:
    text = "- linear: {out: 4}\n- mixture_of_experts: {experts: 5, active: 2, hidden: 7, bias: true}"
    analysis = archcalc.analyze(layers(text))
    before, router, expert = 3 * 4 + 4, 5 * 4, (4 * 7 + 7) + (7 * 4 + 4)
    assert [each.params for each in analysis.layers] == [before, router + 5 * expert]
    assert [each.active_params for each in analysis.layers] == [before, router + 2 * expert]
    active, whole = before + router + 2 * expert, before + router + 5 * expert
    assert f"active params: {active:,} of {whole:,} for one position" in layer_table(analysis, TableOptions()).remarks


def test_a_layer_that_the_clip_does_not_reach_sees_none_of_its_frames(load: Load) -> None:
    found = time_fusion(archcalc.analyze(load("""
        archcalc: 1
        name: frame_and_map
        inputs: {clip: {C: 2, T: 1, H: 4, W: 4}, map: {C: 2, H: 4, W: 4}}
        layers:
          - conv2d: {name: beside, from: map, out: 2, kernel: 1}
          - conv2d: {name: frame, from: clip, out: 2, kernel: 1}
          - add: {from: [frame, beside]}
    """)))  # fmt: skip
    assert found is not None
    assert (found.frames, found.whole_clip, found.fusing, found.ends) == (1, "frame", (), None)


def test_an_image_is_seen_in_the_input_with_frames_even_if_it_is_one(load: Load) -> None:
    text = """
        archcalc: 1
        name: map_and_frame
        inputs: {map: {C: 2, H: 2, W: 2}, clip: {C: 2, T: 1, H: 4, W: 4}}
        layers:
          - conv2d: {name: beside, from: map, out: 2, kernel: 2}
          - conv2d: {name: frame, from: clip, out: 2, kernel: 4}
          - add: {from: [frame, beside]}
    """
    assert whole_image(archcalc.analyze(load(text))) == "frame"


def test_totals_are_sums_over_layers(layers: Load) -> None:
    analysis = analyze_graph(layers(SPEC).graph, Settings(batch=3, dtype="float16"), views=(10, 3))
    totals = analysis.totals
    conv, tied, fc = 4 * 3 * WIDE, 4 * 4, 5 * 4 * CELLS
    params = (conv + 4) + 2 * 4 + tied + (fc + 5)
    macs = conv * CELLS + 2 * tied * CELLS + fc
    assert (totals.layers, totals.params, totals.buffers) == (8, params, 2 * 4 + 1)
    assert (totals.macs, totals.cost, totals.cost_per_video) == (macs, macs, macs * 10 * 3)
    assert totals.parameter_bytes == 2 * params
    assert totals.activation_bytes == 2 * 3 * (7 * 4 * CELLS + 5)
    assert analyze_graph(layers(SPEC).graph, Settings()).totals.cost_per_video is None


def test_a_layer_with_the_weights_of_another_has_none(layers: Load) -> None:
    analysis = archcalc.analyze(layers(SPEC))
    owner, again = analysis.layer("b"), analysis.layer("again")
    assert (owner.params, again.params, again.owner, again.buffers) == (4 * 4, 0, "b", 0)
    assert owner.macs == again.macs
    assert weights_of(analysis.layers).parameters == (4 * 3 * WIDE, 4, 4, 4, 4 * 4, 5 * 4 * CELLS, 5)


def test_tensors_of_a_recurrence_are_one_for_each_layer_and_direction(layers: Load) -> None:
    text = "- global_avg_pool: {axes: [H, W]}\n- gru: {hidden_size: 5, num_layers: 2, bidirectional: true}"
    analysis = archcalc.analyze(layers(text))
    sizes = weights_of(analysis.layers).parameters
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")
    module = torch.nn.GRU(3, 5, num_layers=2, bidirectional=True)
    assert len(sizes) == len(list(module.parameters()))
    assert sum(sizes) == sum(each.numel() for each in module.parameters())


def test_values_held_and_computed(layers: Load) -> None:
    graph = layers(SPEC).graph
    assert [held_values(graph.nodes[path]) > 0 for path in ("a", "norm", "relu", "dropout", "flatten", "fc")] == [
        True, True, False, False, False, True]  # fmt: skip
    assert all_values(graph) == 3 * 8 * 16 * 16 + 4 * 4 * CELLS + 5


def test_bytes_of_numbers() -> None:
    half = Memory("float16", 3, mixed=True)
    assert (half.itemsize, half.weight_itemsize, half.activation(10)) == (2, 4, 10 * 3 * 2)
    plain = Memory("float64", 2)
    assert (plain.itemsize, plain.weight_itemsize, plain.activation(10)) == (8, 8, 10 * 2 * 8)
    assert Memory() == Memory("float32", 1, mixed=False)


def test_labels_of_totals_say_their_conditions(layers: Load) -> None:
    spec = layers(SPEC)
    analysis = analyze_graph(spec.graph, Settings("fvcore", 3, "float16", "adam"), views=(10, 3))
    labels = {key: each.label_of(analysis) for key, each in QUANTITIES.items()}
    assert labels["peak_inference_bytes"] == "peak activations at inference (float16, batch 3)"
    assert labels["training_bytes"] == "training with adam (float16, batch 3)"
    assert "10 clips x 3 crops" in labels["cost_per_video"]
    assert QUANTITIES["cost"].heading_of(analysis) == CONVENTIONS["fvcore"].unit
    assert "1 clips x 1 crops" in QUANTITIES["cost_per_video"].label_of(archcalc.analyze(spec))


def test_numbers_of_layers_by_key(layers: Load) -> None:
    analysis = archcalc.analyze(layers(SPEC))
    found = {layer.path: values for layer, values in layer_values(analysis)}
    assert found["a"]["weights"] == 4 * 3 * WIDE
    assert found["again"]["weights"] == 0
    assert found["b"]["parameter_bytes"] == 4 * 16
    assert found["relu"]["values"] == 4 * CELLS
    assert found["relu"]["held"] == 0
    costs = [layer.cost for layer in analysis.layers]
    assert [values["cumulative_cost"] for values in found.values()] == [
        sum(costs[: at + 1]) for at in range(len(costs))
    ]
    assert QUANTITIES["cumulative_cost"].total(analysis) == sum(costs)
    assert QUANTITIES["params"].total(analysis) == analysis.totals.params
    with pytest.raises(UsageError, match=r"no quantity 'parms'; expected one of .*did you mean 'params'"):
        layer_quantity("parms")
    with pytest.raises(UsageError, match="training_bytes of layers; only a network has it"):
        QUANTITIES["training_bytes"].of_layers(analysis)
    assert layer_quantity("macs") is QUANTITIES["macs"]
    assert ("kernel", "kernel", "positions that the kernel multiplies") in glossary()


def test_windows_by_axis() -> None:
    windows: dict[str, Window | TransposedWindow] = {"T": Window(3, 2, 1, 0, 4), "H": TransposedWindow(2, 5, 1)}
    found = {key: windows_by_axis(windows, each) for key, each in WINDOWS.items()}
    assert found == {
        "kernel": {"T": 3, "H": 2},
        "stride": {"T": 2, "H": 5},
        "padding": {"T": (1, 0), "H": (1, 1)},
        "dilation": {"T": 4, "H": 1},
    }
    assert windows_by_axis(None, WINDOWS["kernel"]) is None


def test_a_cost_counts_what_its_convention_says() -> None:
    shape = Shape.of({"C": 3})
    arithmetic = Arithmetic(
        (term("products", a=10),), (term("sums", a=7),), (("lstm", 4), ("mm", 2)), ("a kernel",)
    )  # fmt: skip
    done = LayerArithmetic(LayerNorm(), (shape,), shape, arithmetic, 10)
    fvcore = cost(CONVENTIONS["fvcore"], done)
    assert fvcore.value == 5 * 3 + (10 - 4)
    assert extra(CONVENTIONS["fvcore"], done) == 5 * 3
    assert [(each.number, each.operation) for each in fvcore.uncounted] == [(4, "lstm"), (None, "a kernel")]
    assert cost(CONVENTIONS["flops"], done).value == 2 * 10 + 7
    assert cost(CONVENTIONS["torch"], done).value == 2 * 10
    assert cost(CONVENTIONS["macs"], done).value == 10
    assert [str(each) for each in fvcore.uncounted] == [
        "4 multiply-accumulates of lstm, for which fvcore has no rule",
        "multiply-accumulates of a kernel, whose number is not known",
    ]


def test_what_is_left_out_by_operation() -> None:
    several = [Uncounted(3, "lstm", "fvcore"), Uncounted(None, "x", "fvcore"), Uncounted(4, "lstm", "fvcore")]
    assert together(several) == (Uncounted(7, "lstm", "fvcore"), Uncounted(None, "x", "fvcore"))
    assert together([]) == ()
    assert together([Uncounted(3, "lstm", "fvcore"), Uncounted(3, "lstm", "torch")]) == (
        Uncounted(3, "lstm", "fvcore"),
        Uncounted(3, "lstm", "torch"),
    )


POOLED = """
archcalc: 1
name: pooled
inputs: {clip: {C: 2, T: 8, H: 4, W: 4}}
layers:
  - max_pool3d: {name: half, kernel: [2, 1, 1], stride: [2, 1, 1]}
  - global_avg_pool: {name: slow, from: half}
  - global_avg_pool: {name: fast, from: clip}
  - multiply: {name: one, from: [clip, slow]}
  - multiply: {name: other, from: [slow, clip]}
  - multiply: {name: wide, from: [half, fast]}
  - adaptive_avg_pool3d: {name: whole, from: clip, output_size: 1}
  - max_pool3d: {name: most, from: clip, kernel: [7, 1, 1]}
"""


def test_a_gate_of_another_rate_changes_no_shift(load: Load) -> None:
    shifts = time_shifts(load(POOLED).graph, "clip")
    assert shifts["one"] == shifts["other"] == TimeShift(1, 1)
    assert shifts["wide"] == TimeShift(2, 1)
    assert shifts["whole"] == TimeShift(1, 1, pooled=True)
    assert shifts["most"] == TimeShift(7, 1), "a window of seven frames leaves one out"


def test_a_table_of_positions_breaks_the_shift_of_several_frames_alone(layers: Load) -> None:
    graph = layers("- position: {name: all, over: [T]}\n- mean: {name: one, axes: [H]}", "").graph
    assert time_shifts(graph, "clip")["one"] == TimeShift(1, 1, broken="all")
    single = layers("""
        - conv3d: {name: conv, out: 4, kernel: [8, 1, 1]}
        - position: {name: alone, over: [T]}
    """).graph  # fmt: skip
    assert time_shifts(single, "clip")["alone"] == TimeShift(1, 1)


@pytest.mark.parametrize(
    ("before", "taps", "after"),
    [
        (TimeShift(1, 1), Taps((0,), (2,), 2), TimeShift(2, 1)),
        (TimeShift(2, 1), Taps((0,), (2,), 3), TimeShift(6, 1)),
        (TimeShift(1, 2), Taps((0,), (2,), 2), TimeShift(1, 1)),
        (TimeShift(1, 2), Taps((0,), (2,), 3), TimeShift(3, 2)),
        (TimeShift(2, 1), Taps((0, 0), (0, 0), 1), TimeShift(2, 2)),
        (TimeShift(4, 3), Taps((0, 0, 1), (0, 1, 1), 2), TimeShift(8, 9)),
    ],
)
def test_a_shift_after_a_pattern_of_reads(before: TimeShift, taps: Taps, after: TimeShift) -> None:
    assert before.read(taps) == after
    assert after.rate == Fraction(after.frames, after.positions)


STREAMS = """
archcalc: 1
name: streams
inputs: {clip: {C: 2, T: 8, H: 4, W: 4}, slow: {C: 2, T: 2, H: 4, W: 4}, image: {C: 2, H: 4, W: 4}}
layers:
  - conv3d: {name: conv, from: clip, out: 2, kernel: [3, 1, 1], padding: [1, 0, 0]}
  - max_pool3d: {name: half, kernel: [2, 1, 1], stride: [2, 1, 1]}
  - max_pool3d: {name: whole, from: clip, kernel: [8, 1, 1]}
  - global_avg_pool: {name: pooled, from: half}
  - multiply: {name: gate, from: [half, pooled]}
  - relu: {name: flat, from: image}
  - add: {name: picture, from: [half, flat]}
  - max_pool3d: {name: fourth, from: half, kernel: [2, 1, 1], stride: [2, 1, 1]}
  - add: {name: both, from: [fourth, slow]}
  - select: {name: first, from: conv, axis: T, index: 0}
  - add: {name: after, from: [first, picture]}
  - global_avg_pool: {name: other, from: slow}
  - add: {name: pools, from: [pooled, other]}
"""


def test_shifts_of_layers_of_several_streams(load: Load) -> None:
    shifts = time_shifts(load(STREAMS).graph, "clip")
    assert shifts == {
        "conv": TimeShift(1, 1),
        "half": TimeShift(2, 1),
        "whole": TimeShift(1, 1, pooled=True),
        "pooled": TimeShift(2, 1, pooled=True),
        "gate": TimeShift(2, 1),
        "flat": None,
        "picture": TimeShift(2, 1),
        "fourth": TimeShift(4, 1),
        "both": TimeShift(4, 1),
        "first": TimeShift(1, 1, broken="first"),
        "after": TimeShift(1, 1, broken="first"),
        "other": TimeShift(4, 1, pooled=True),
        "pools": TimeShift(4, 1, pooled=True),
    }
    slow = time_shifts(load(STREAMS).graph, "slow")
    assert (slow["conv"], slow["both"], slow["flat"]) == (TimeShift(1, 4), TimeShift(1, 1), None)


def test_what_a_layer_reads_has_to_shift_together(load: Load) -> None:
    spec = load("""
        archcalc: 1
        name: rates
        inputs: {clip: {C: 2, T: 8, H: 2, W: 2}}
        layers:
          - max_pool3d: {name: half, kernel: [2, 1, 1], stride: [2, 1, 1]}
          - max_pool3d: {name: short, from: clip, kernel: [5, 1, 1], stride: 1}
          - add: {name: apart, from: [half, short]}
          - conv_transpose3d: {name: again, from: half, out: 2, kernel: [2, 1, 1], stride: [2, 1, 1]}
          - add: {name: together, from: [clip, again]}
          - add: {name: last, from: [together, again]}
    """)
    shifts = time_shifts(spec.graph, "clip")
    assert shifts["apart"] == TimeShift(2, 1, broken="apart")
    assert (shifts["short"], shifts["again"]) == (TimeShift(1, 1), TimeShift(2, 2))
    assert shifts["together"] == shifts["last"] == TimeShift(2, 2)


def test_parts_of_compared_networks(layers: Load) -> None:
    text = """
        - conv3d: {name: stem, out: OUT, kernel: 1}
        - repeat: {name: body, times: 2, layers: [{conv3d: {out: 4, kernel: 3}}]}
    """
    plain, wide = (archcalc.analyze(layers(text.replace("OUT", out))) for out in "48")
    first, second = compared({"plain": plain, "wide": wide})
    assert ((first.name, second.name), first.analysis) == (("plain", "wide"), plain)
    assert {stage: values["params"] for stage, values in first.stages.items()} == {
        "stem": 3 * 4 + 4, "body": 2 * (4 * 4 * 27 + 4)}  # fmt: skip
    assert second.stages["body"]["params"] == 4 * 8 * 27 + 4 + 4 * 4 * 27 + 4
    assert first.totals["params"] == sum(values["params"] for values in first.stages.values())
    assert first.totals["training_bytes"] == plain.totals.training_bytes
    assert first.time is not None
    assert (first.time.fusing, first.whole_image) == (("body.0.conv3d", "body.1.conv3d"), None)


def test_stacked_frames_show_their_factors(layers: Load) -> None:
    analysis = archcalc.analyze(layers("- stack_frames\n- conv2d: {out: 4, kernel: 3}\n- conv2d: {out: 5, kernel: 3}"))
    assert [layer.label for layer in analysis.layers][1:] == ["Conv2D (3x3, 3*8->4)", "Conv2D (3x3, 4->5)"]
    flat = archcalc.analyze(layers("- flatten\n- linear: {out: 4}"))
    blocks = archcalc.analyze(layers("- space_to_depth: {H: 2, W: 2}\n- conv2d: {out: 4, kernel: 3}"))
    assert blocks.layers[1].label == "Conv2D (3x3, 12->4)"
    assert flat.layers[1].label == f"Linear ({3 * 8 * 16 * 16}->4)"


def test_fields_of_grid_and_tokens_are_joined(load: Load) -> None:
    analysis = archcalc.analyze(load("""
        archcalc: 1
        name: tokens
        inputs: {clip: {C: 8, T: 4, H: 6, W: 6}}
        layers:
          - conv3d: {name: conv, out: 8, kernel: 3, padding: 1}
          - class_token
          - attention: {name: att, over: [H, W], heads: 2, class_token: copy}
          - conv3d: {name: after, out: 8, kernel: [3, 1, 1], padding: [1, 0, 0]}
    """))  # fmt: skip
    joined = analysis.layer("att").field
    assert joined is not None
    grid, tokens = (
        {axis: value for (_, axis), value in found.items()}
        for found in (analysis.tensor_fields["att"].grid, analysis.tensor_fields["att"].tokens)
    )
    for axis in "THW":
        assert joined.full[axis] == max(grid[axis].full_size, tokens[axis].full_size)
        assert joined.clipped[axis] == max(grid[axis].clipped_size, tokens[axis].clipped_size)
        assert joined.sees_all[axis] == (grid[axis].sees_all or tokens[axis].sees_all)
        assert joined.jump[axis] == grid[axis].jump
    assert joined.offset["T"] == -1
    assert joined.center["T"] == 0
    assert joined.effective_padding["T"] == 1
