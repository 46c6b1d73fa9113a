"""The reference itself, compared with fields and shapes worked out by hand."""

from __future__ import annotations

import pytest
import yaml

from .dependence import Hull
from .fields import Field, examine
from .network import Item, Layer, Network, PooledAttention, Shape, Structure, flatten, render, shapes
from .operation import DoesNotFitError, Operation
from .others import Crop, Merge, Pad, Pointwise, Select, SpaceToDepth, Subsample, TemporalShift
from .unclipped import growths
from .whole import Attention, DotProduct, Recurrent, Whole
from .windows import Adaptive, Interpolate, Padding, Transposed, Window, amounts


def conv(kernel: int, stride: int = 1, padding: Padding = 0, dilation: int = 1) -> Window:
    return Window("conv1d", ("T",), (kernel,), (stride,), (padding,), (dilation,), 1)


def pool(kernel: int, stride: int, padding: Padding = 0, *, ceil_mode: bool = False, op: str = "max_pool1d") -> Window:
    return Window(op, ("T",), (kernel,), (stride,), (padding,), (1,), None, ceil_mode)


def transposed(kernel: int, stride: int, padding: int = 0, output_padding: int = 0, dilation: int = 1) -> Transposed:
    return Transposed("conv_transpose1d", ("T",), (kernel,), (stride,), (padding,), (output_padding,), (dilation,), 1)


def named(*operations: Operation) -> tuple[Layer, ...]:
    return tuple(Layer(f"n{at}", operation) for at, operation in enumerate(operations))


def last_field(n: int, *items: Item) -> Field:
    """The field on T of the last layer of a network over n frames."""
    network = Network({"clip": Shape(1, {"T": n})}, items)
    last = [node.path for node in flatten(network) if node.written][-1]
    return examine(network).fields[last]["clip"]["T"]


def field(n: int, *operations: Operation) -> Field:
    return last_field(n, *named(*operations))


def pairs(found: Field) -> list[tuple[int, int] | None]:
    return [None if hull is None else (hull.lo, hull.hi) for hull in found.clipped]


def test_three_anisotropic_convolutions() -> None:
    # T: 3, then 3 + (3 - 1)*1 = 5, then 5. H and W: 7 at jump 2, then 7, then 7 + (3 - 1)*2 = 11.
    axes = ("T", "H", "W")
    ones = (1, 1, 1)
    network = Network(
        {"clip": Shape(3, {"T": 8, "H": 32, "W": 32})},
        named(
            Window("conv3d", axes, (3, 7, 7), (1, 2, 2), (1, 3, 3), ones, 8),
            Window("conv3d", axes, (3, 1, 1), ones, (1, 0, 0), ones, 8),
            Window("conv3d", axes, (1, 3, 3), ones, (0, 1, 1), ones, 8),
        ),
    )
    findings = examine(network)
    last = findings.fields["n2"]["clip"]
    assert findings.shapes["n2"] == Shape(8, {"T": 8, "H": 16, "W": 16})
    assert {axis: found.full for axis, found in last.items()} == {"T": 5, "H": 11, "W": 11}
    assert {axis: found.clipped_size for axis, found in last.items()} == {"T": 5, "H": 11, "W": 11}
    # H: output 0 reads -1..1 of the first layer, -1 is padding; 0 and 1 read -3..3 and -1..5, clipped 0..5.
    # Output 15 reads 14 and 15 of it: 14*2 - 3 = 25 up to the last row, 31.
    assert (last["H"].clipped[0], last["H"].clipped[15]) == (Hull(0, 5), Hull(25, 31))


def test_parallel_branches_take_the_union() -> None:
    # 3 and 5, both centered: 5.
    items = (Structure("branches", "add", (named(conv(3, padding=1)), (Layer("b", conv(5, padding=2)),))),)
    found = last_field(9, *items, Layer("end", Pointwise("relu")))
    assert (found.full, found.clipped_size) == (5, 5)
    assert pairs(found)[:3] == [(0, 2), (0, 3), (0, 4)]


def test_dilation_counts_the_holes() -> None:
    # 4*(3 - 1) + 1 = 9 positions from the first tap to the last.
    found = field(12, conv(3, dilation=4))
    assert (found.full, pairs(found)) == (9, [(0, 8), (1, 9), (2, 10), (3, 11)])


def test_a_dilated_tap_in_the_padding_reads_nothing() -> None:
    # Taps -4, 0, 4 of 3 positions: only 0; then -3, 1, 5: only 1.
    assert pairs(field(3, conv(3, padding=4, dilation=4))) == [(0, 0), (1, 1), (2, 2)]


def test_same_puts_the_odd_one_after() -> None:
    # 6 positions, kernel 3, stride 2: ceil(6/2) = 3 outputs need 2*2 + 3 - 6 = 1 position, which goes after.
    assert amounts("same", 6, 3, 2, 1) == (0, 1)
    assert pairs(field(6, conv(3, 2, "same"))) == [(0, 2), (2, 4), (4, 5)]
    # 5 positions: 2*2 + 3 - 5 = 2, one on either side.
    assert pairs(field(5, conv(3, 2, "same"))) == [(0, 1), (1, 3), (3, 4)]
    # Kernel 1 with stride 3 needs no padding at all: ceil(7/3) = 3 outputs at 0, 3 and 6.
    assert pairs(field(7, conv(1, 3, "same"))) == [(0, 0), (3, 3), (6, 6)]


def test_causal_looks_back_only() -> None:
    # Kernel 3, dilation 2: 4 positions before; output i reads i - 4, i - 2, i.
    assert pairs(field(6, conv(3, 1, "causal", 2))) == [(0, 0), (1, 1), (0, 2), (1, 3), (0, 4), (1, 5)]


def test_uneven_padding_and_an_even_kernel() -> None:
    # (2, 0) and kernel 4 on 4 positions: floor((4 + 2 - 4)/1) + 1 = 3 outputs from -2, -1 and 0 on.
    assert pairs(field(4, conv(4, 1, (2, 0)))) == [(0, 1), (0, 2), (0, 3)]


def test_a_window_in_the_padding_sees_nothing() -> None:
    # Two positions padded by 2, kernel 1: outputs 0, 1, 4, 5 lie in the padding.
    assert pairs(field(2, conv(1, padding=2))) == [None, None, (0, 0), (1, 1), None, None]
    # A tap on such an output brings nothing either: kernel 2 over the six, stride 2.
    assert pairs(field(2, conv(1, padding=2), conv(2, 2))) == [None, (0, 1), None]
    # And a network that sees nothing at all has a field of 0: the one output of stride 6 lies in the padding.
    assert field(2, conv(1, 6, 2)).clipped_size == 0


def test_clipping_happens_at_every_tensor() -> None:
    # Six frames in threes: 0-2 and 3-5. A 3 padded by 1 sees both from either; without ends it sees 3 + 2*3 = 9.
    found = field(6, conv(3, 3), conv(3, padding=1))
    assert (found.full, pairs(found)) == (9, [(0, 5), (0, 5)])
    # Four frames through stride 2: outputs at 0 and 2, frame 3 is not read; a padded 3 after it does not reach it.
    found = field(4, conv(1, 2), conv(3, padding=1))
    assert (found.full, found.clipped_size, pairs(found)) == (5, 3, [(0, 2), (0, 2)])


def test_down_up_and_over() -> None:
    # Stride 2 kernel 2: 0-1, 2-3, 4-5, 6-7. Transposed 2/2: each twice. Kernel 3: two pairs wherever it lies, 4 frames.
    found = field(8, conv(2, 2), transposed(2, 2), conv(3, padding=1))
    assert pairs(found) == [(0, 1), (0, 3), (0, 3), (2, 5), (2, 5), (4, 7), (4, 7), (6, 7)]
    assert (found.full, found.clipped_size) == (4, 4)
    # Kernel 4 touches two pairs or three, as it starts: 4 or 6. The largest phase is reported.
    assert field(16, conv(2, 2), transposed(2, 2), conv(4)).full == 6


def test_transposed_convolution_tap_by_tap() -> None:
    # Length (3 - 1)*2 - 2*1 + 1*(3 - 1) + 1 + 1 = 6. Output o is written by i = (o + 1 - j)/2:
    # o=0: j=1 i=0; o=1: j=0 i=1, j=2 i=0; o=2: i=1; o=3: i=2, 1; o=4: i=2; o=5: j=0 would be i=3, j=2 i=2.
    found = field(3, transposed(3, 2, 1, 1))
    assert pairs(found) == [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (2, 2)]
    assert found.full == 2
    # Kernel 1 with stride 2 leaves every second output without an input.
    assert pairs(field(2, transposed(1, 2, 0, 1))) == [(0, 0), None, (1, 1), None]
    # Dilation 2 with stride 2: (2 - 1)*2 + 2*1 + 1 = 5; taps land on 0 and 2 of each stride: o=2 by i=1 and i=0.
    assert pairs(field(2, transposed(2, 2, dilation=2))) == [(0, 0), None, (0, 1), None, (1, 1)]


def test_ceil_mode_lets_the_last_window_hang_over() -> None:
    # 6 positions, kernel 3, stride 2: floor((6 - 3)/2) + 1 = 2, ceil gives 3; the third starts at 4, inside.
    assert pairs(field(6, pool(3, 2))) == [(0, 2), (2, 4)]
    assert pairs(field(6, pool(3, 2, ceil_mode=True))) == [(0, 2), (2, 4), (4, 5)]
    # 4 positions padded by 1, kernel 2, stride 3: ceil((4 + 2 - 2)/3) + 1 = 3, but the third starts after the input.
    assert pairs(field(4, pool(2, 3, 1, ceil_mode=True))) == [(0, 0), (2, 3)]
    # 2 positions, kernel 3, stride 2: one window, less than a stride larger than its input.
    assert pairs(field(2, pool(3, 2, ceil_mode=True))) == [(0, 1)]


def test_adaptive_windows_overlap() -> None:
    # 7 to 3: floor(0/3)..ceil(7/3) = 0..2, floor(7/3)..ceil(14/3) = 2..4, floor(14/3)..7 = 4..6.
    found = field(7, Adaptive("adaptive_avg_pool1d", ("T",), (3,)))
    assert (pairs(found), found.full) == ([(0, 2), (2, 4), (4, 6)], 3)
    # 5 to 4 reads 0-1, 1-2, 2-3, 3-4.
    assert pairs(field(5, Adaptive("adaptive_avg_pool1d", ("T",), (4,)))) == [(0, 1), (1, 2), (2, 3), (3, 4)]


def test_interpolation_skips_neighbors_of_weight_zero() -> None:
    # Doubling: places -1/4, 1/4, 3/4, 5/4, 7/4, 9/4 on 3 positions.
    double = Interpolate("interpolate", ("T",), (6,), "trilinear")
    assert pairs(field(3, double)) == [(0, 0), (0, 1), (0, 1), (1, 2), (1, 2), (2, 2)]
    # Tripling: places -1/3, 0, 1/3, 2/3, 1, 4/3; 0 and 1 are met exactly.
    triple = Interpolate("interpolate", ("T",), (6,), "trilinear")
    assert pairs(field(2, triple)) == [(0, 0), (0, 0), (0, 1), (0, 1), (1, 1), (1, 1)]
    # 26 to 22: 11 * 26/22 = 13, but in float32 26/22 is 1.18181813, and 11 times that less than 13.
    assert pairs(field(26, Interpolate("interpolate", ("T",), (22,))))[10:13] == [(11, 11), (12, 12), (14, 14)]
    # Nearest, 5 to 3: floor(0), floor(5/3), floor(10/3).
    assert pairs(field(5, Interpolate("interpolate", ("T",), (3,)))) == [(0, 0), (1, 1), (3, 3)]


def test_branches_of_unlike_strides_are_not_aligned() -> None:
    # 8 frames. Kernel 5 unpadded gives 4 outputs i..i+4; kernel 1 stride 2 gives 4 outputs at 2i.
    # Unions: 0..4, 1..5, 2..6, and at 3 the strided branch reads 6: 3..7.
    items = (Structure("branches", "add", (named(conv(5)), (Layer("b", conv(1, 2)),))),)
    found = last_field(8, *items, Layer("end", Pointwise("relu")))
    assert not found.motion.aligned
    assert (pairs(found), found.full) == ([(0, 4), (1, 5), (2, 6), (3, 7)], 5)
    # After it a 3 padded by 1 reads positions -1..4 of a tensor without ends. At output 3 that is 2, 3 and 4:
    # 2..6, 3..7, and 4..8 with 8: 2..8 = 7. At output 0: -1 reads -1..3 and -2: -2..5 = 8, the largest.
    found = last_field(8, *items, Layer("end", conv(3, padding=1)))
    assert (pairs(found), found.full) == ([(0, 5), (0, 6), (1, 7), (2, 7)], 8)


def test_one_axis_may_be_aligned_while_another_is_not() -> None:
    axes = ("H", "W")
    straight = Window("conv2d", axes, (5, 1), (1, 1), (0, 0), (1, 1), 8)
    strided = Window("conv2d", axes, (1, 1), (2, 1), (0, 0), (1, 1), 8)
    branches = Structure("branches", "add", (named(straight), (Layer("b", strided),)))
    network = Network({"image": Shape(3, {"H": 8, "W": 8})}, (branches, Layer("end", Pointwise("relu"))))
    last = examine(network).fields["end"]["image"]
    assert {axis: found.motion.aligned for axis, found in last.items()} == {"H": False, "W": True}


def test_a_global_pool_sees_what_its_input_reads() -> None:
    # 8 frames, kernel 3 stride 3 unpadded: 0-2 and 3-5; frames 6 and 7 are read by nobody.
    found = field(8, conv(3, 3), Whole("global_avg_pool", ("T",), "one"))
    assert (pairs(found), found.window, found.full) == ([(0, 5)], None, 6)
    # An axis that is dropped leaves one position as well.
    assert pairs(field(8, conv(3, 3), Whole("mean", ("T",), "drop"))) == [(0, 5)]


def test_a_gate_keeps_the_field_of_its_windows() -> None:
    gate = (Layer("squeeze", Whole("global_avg_pool", ("T",), "one")), Layer("excite", conv(1)))
    items = (Layer("a", conv(3, padding=1)), Structure("branches", "multiply", ((), gate)))
    found = last_field(6, *items, Layer("end", Pointwise("relu")))
    assert pairs(found) == [(0, 5)] * 6
    # The gate depends on -1..6: all windows of 6 positions, with the padding at both ends.
    assert (found.window, found.full, found.motion.sees_all) == (3, 8, True)


def test_shifts_subsampling_margins_and_folds() -> None:
    wide = Pointwise("linear", 8)
    assert pairs(field(4, wide, TemporalShift())) == [(0, 1), (0, 2), (1, 3), (2, 3)]
    assert pairs(field(5, wide, TemporalShift(2, causal=True))) == [(0, 0), (1, 1), (0, 2), (1, 3), (2, 4)]
    assert pairs(field(4, TemporalShift())) == [(0, 0), (1, 1), (2, 2), (3, 3)], "one channel, and none is moved"
    assert pairs(field(5, Crop({"T": 2}))) == [(1, 1), (2, 2)]
    assert pairs(field(5, conv(2), Select("T", -1))) == [(3, 4)]
    assert pairs(field(7, Subsample("T", 3, 1))) == [(1, 1), (4, 4)]
    assert pairs(field(4, Crop({"T": (1, 1)}))) == [(1, 1)]
    assert pairs(field(2, Pad({"T": (1, 2)}))) == [None, (0, 0), (1, 1), None, None]
    assert pairs(field(6, SpaceToDepth({"T": 2}))) == [(0, 1), (2, 3), (4, 5)]
    # Cropped away and padded back is gone: 1..2 are left of 0..3.
    assert pairs(field(4, Crop({"T": (1, 2)}), conv(3, padding=1))) == [(1, 2), (1, 2)]


def test_attention_in_windows() -> None:
    # 7 positions in windows of 3: 0-2, 3-5, and 6 alone with padding.
    found = field(7, Attention(("T",), 1, (3,), (0,)))
    assert pairs(found) == [(0, 2)] * 3 + [(3, 5)] * 3 + [(6, 6)]
    assert found.full == 3
    # Shifted by 1: 0 alone, 1-3, 4-6.
    assert pairs(field(7, Attention(("T",), 1, (3,), (1,)))) == [(0, 0)] + [(1, 3)] * 3 + [(4, 6)] * 3
    # A window as long as the axis is not shifted and sees all of it.
    assert pairs(field(3, Attention(("T",), 1, (3,), (1,)))) == [(0, 2)] * 3
    # Global attention sees what its input tensor reads: 0..4 of 6 through a stride of 2.
    assert pairs(field(6, conv(1, 2), Attention(("T",), 1))) == [(0, 4)] * 3


def test_a_sequence_has_seen_the_past() -> None:
    # Frames 0-1, 2-3, 4-5 of 7, one after the other.
    assert pairs(field(7, conv(2, 2), Recurrent("lstm", 1))) == [(0, 1), (0, 3), (0, 5)]
    assert pairs(field(7, conv(2, 2), Recurrent("lstm", 1, last=True))) == [(0, 5)]
    assert pairs(field(7, conv(2, 2), Recurrent("lstm", 1, both_ways=True))) == [(0, 5)] * 3


def test_a_dot_product_sees_all_of_phi_and_g() -> None:
    # theta at its own frame, phi and g at frames 0-1 and 2-3 of 5: frame 4 only where theta stands on it.
    items = (
        Layer("x", Pointwise("identity")),
        Layer("small", pool(2, 2), ("x",)),
        Layer("end", DotProduct(), ("x", "small", "small")),
    )
    assert pairs(last_field(5, *items)) == [(0, 3)] * 4 + [(0, 4)]


def test_attention_with_pooled_queries_and_keys() -> None:
    # Keys at frames 0-2 of 5; queries at 0-1, 1-2, 2-3, 3-4 see those and their own.
    lists = ((Layer("q", pool(2, 1)),), (Layer("k", pool(3, 3)),), (Layer("v", pool(3, 3)),))
    found = last_field(5, PooledAttention("attention", ("T",), 1, lists))
    assert pairs(found) == [(0, 2), (0, 2), (0, 3), (0, 4)]
    assert (found.window, found.full) == (2, 5)


def test_inputs_are_kept_separate() -> None:
    items = (
        Layer("a", conv(3, 2, 1), ("fast",)),
        Layer("alone", Pointwise("relu"), ("a",)),
        Layer("b", conv(3, padding=1), ("slow",)),
        Layer("end", Merge("concat"), ("a", "b")),
    )
    network = Network({"fast": Shape(1, {"T": 8}), "slow": Shape(1, {"T": 4})}, items)
    findings = examine(network)
    assert set(findings.fields["alone"]) == {"fast"}
    assert pairs(findings.fields["end"]["fast"]["T"]) == [(0, 1), (1, 3), (3, 5), (5, 7)]
    assert pairs(findings.fields["end"]["slow"]["T"]) == [(0, 1), (0, 2), (1, 3), (2, 3)]
    assert findings.shapes["end"] == Shape(2, {"T": 4})
    # Enlarged, the fast input grows by two for each one of the slow.
    longer = growths(network, "T", 10)
    assert longer["fast"] - 8 == 2 * (longer["slow"] - 4)


def test_an_image_is_stretched_over_time() -> None:
    items = (Layer("end", Merge("add"), ("clip", "image")),)
    network = Network({"clip": Shape(1, {"T": 4, "H": 2}), "image": Shape(1, {"H": 2})}, items)
    fields = examine(network).fields["end"]
    assert set(fields["image"]) == {"H"}
    assert pairs(fields["image"]["H"]) == [(0, 0), (1, 1)]
    assert pairs(fields["clip"]["T"]) == [(i, i) for i in range(4)]


@pytest.mark.parametrize(
    ("n", "operation"),
    [
        (4, conv(5)),
        (4, conv(3, dilation=2)),
        (8, pool(3, 1, 2)),
        (2, pool(3, 1, 1, op="avg_pool3d")),
        (2, Crop({"T": (1, 2)})),
        (5, SpaceToDepth({"T": 2})),
        (2, transposed(2, 2, output_padding=2)),
    ],
)
def test_what_does_not_fit_is_refused(n: int, operation: Operation) -> None:
    with pytest.raises(DoesNotFitError):
        shapes(Network({"clip": Shape(1, {"T": n})}, named(operation)))


def test_a_residual_does_not_stretch() -> None:
    squeeze = (Layer("squeeze", Whole("global_avg_pool", ("T",), "one")),)
    with pytest.raises(DoesNotFitError):
        shapes(Network({"clip": Shape(1, {"T": 4})}, (Structure("residual", "add", (squeeze, ())),)))


def test_rendering() -> None:
    body = (Layer("a", Window("conv2d", ("H", "W"), (3, 3), (1, 2), ((1, 0), "same"), (1, 1), 8)),)
    items = (
        Layer("start", Pointwise("relu"), ("image",)),
        Structure("branches", "concat", (body, (Layer("b", pool(1, 1)),)), "both", "start"),
        Layer("end", Merge("add"), ("both", "start")),
    )
    document = yaml.safe_load(render(Network({"image": Shape(3, {"H": 4, "W": 5})}, items), "example"))
    assert document == {
        "archcalc": 1,
        "name": "example",
        "inputs": {"image": {"C": 3, "H": 4, "W": 5}},
        "layers": [
            {"relu": {"name": "start", "from": "image"}},
            {
                "branches": {
                    "name": "both",
                    "from": "start",
                    "merge": "concat",
                    "paths": [
                        [
                            {
                                "conv2d": {
                                    "name": "a",
                                    "out": 8,
                                    "kernel": 3,
                                    "stride": [1, 2],
                                    "padding": [[1, 0], "same"],
                                }
                            }
                        ],
                        [{"max_pool1d": {"name": "b", "kernel": 1, "stride": 1}}],
                    ],
                }
            },
            {"add": {"name": "end", "from": ["both", "start"]}},
        ],
    }


def test_a_shift_moves_only_what_it_moves() -> None:
    # 16 channels, the first 8 see 1 frame and the others 9; of the first, two are moved each way: 9, not 11.
    both = (
        Layer("near", Window("conv1d", ("T",), (1,), (1,), (0,), (1,), 8)),
        Layer("far", Window("conv1d", ("T",), (9,), (1,), (4,), (1,), 8), ("clip",)),
        Layer("both", Merge("concat"), ("near", "far")),
    )
    found = last_field(20, *both, Layer("shift", TemporalShift()))
    assert (found.window, found.full, found.clipped_size) == (9, 9, 9)
    # With fold_div 2 one half is moved to the future and the other to the past: 1 - 4..4 - 1 is -5..3, and 1.
    found = last_field(20, *both, Layer("shift", TemporalShift(fold_div=2)))
    assert found.window == 9
    # Moved by 8 frames the near ones lie outside: t + 8 and t - 8 with -4..4.
    found = last_field(40, *both, Layer("shift", TemporalShift(8)))
    assert found.window == 17
