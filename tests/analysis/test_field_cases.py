"""Receptive fields that today's tools get wrong, each worked out by hand."""

from __future__ import annotations

import json

import pytest

import archcalc
from archcalc.analysis.records import InputField
from tests.conftest import Load

Sizes = tuple[int, ...]


def last(spec: archcalc.Spec) -> InputField:
    field = archcalc.analyze(spec).layers[-1].field
    assert field is not None
    return field


def sizes(by_axis: object) -> Sizes:
    assert isinstance(by_axis, dict)
    return tuple(by_axis.values())


@pytest.mark.parametrize(("stem", "frames"), [(3, 5), (1, 3)])
def test_anisotropic_chain(layers: Load, stem: int, frames: int) -> None:
    # H and W: 7, then 7 + 2 * 2 = 11 through the 3x3 after stride 2. T: stem + 2.
    field = last(
        layers(f"""
            - conv3d: {{out: 4, kernel: [{stem}, 7, 7], stride: [1, 2, 2], padding: [{stem // 2}, 3, 3]}}
            - conv3d: {{out: 4, kernel: [3, 1, 1], padding: [1, 0, 0]}}
            - conv3d: {{out: 4, kernel: [1, 3, 3], padding: [0, 1, 1]}}
        """)
    )
    assert sizes(field.full) == (frames, 11, 11)


def test_parallel_branches_are_united(layers: Load) -> None:
    field = last(
        layers("""
            - branches:
                merge: add
                paths:
                  - [{conv3d: {out: 4, kernel: 3, padding: 1}}]
                  - [{conv3d: {out: 4, kernel: 5, padding: 2}}]
        """)
    )
    assert sizes(field.full) == (5, 5, 5)
    assert field.aligned


def test_a_strided_and_an_unstrided_branch(layers: Load) -> None:
    # H: 16 -> 8 by stride 2; 16 -> 8 by a kernel of 9. Position 7 sees 14..15 and 7..15; position 0 sees 0..1 and 0..8.
    field = last(
        layers("""
            - branches:
                merge: add
                paths:
                  - [{conv2d: {out: 4, kernel: 2, stride: 2}}]
                  - [{conv2d: {out: 4, kernel: 9}}]
        """)
    )
    assert not field.aligned
    assert field.jump["H"] is None
    assert field.jump["T"] == 1
    assert sizes(field.full) == (1, 9, 9)


def test_dilation_counts_its_holes(layers: Load) -> None:
    assert sizes(last(layers("- conv2d: {out: 4, kernel: 3, dilation: 4}")).full) == (1, 9, 9)


def test_same_padding_puts_the_odd_one_after(layers: Load) -> None:
    spec = layers("- conv3d: {out: 4, kernel: [3, 3, 2], stride: [1, 2, 1], padding: same}")
    hulls = archcalc.analyze(spec).fields["conv3d"]["clip"]
    # H: 16 -> 8 needs (8 - 1) * 2 + 3 - 16 = 1, all of it after: position 0 reads 0..2, position 7 reads 14..15.
    assert hulls["H"].clipped.at(0) == (0, 2)
    assert hulls["H"].clipped.at(7) == (14, 15)
    assert hulls["W"].clipped.at(15) == (15, 15)


def test_causal_padding_reads_the_past_only(layers: Load) -> None:
    spec = layers("- conv3d: {out: 4, kernel: [3, 1, 1], padding: [causal, 0, 0]}")
    hulls = archcalc.analyze(spec).fields["conv3d"]["clip"]["T"].clipped
    assert list(hulls) == [(max(0, frame - 2), frame) for frame in range(8)]


def test_stride_transposed_conv(layers: Load) -> None:
    # conv k2 s2: 2 per position, jump 2. Transposed k2 s2: each output reads one of them, in two phases: 2, jump 1.
    # conv k3: three neighbors lie on two of those (4) or, from an odd start, on two as well: 4 in both phases.
    spec = layers("""
        - conv2d: {out: 4, kernel: 2, stride: 2}
        - conv_transpose2d: {out: 4, kernel: 2, stride: 2}
        - conv2d: {out: 4, kernel: 3}
    """)
    analysis = archcalc.analyze(spec)
    field = analysis.layers[-1].field
    assert field is not None
    assert sizes(field.full) == (1, 4, 4)
    assert field.jump["H"] == 1
    window = analysis.fields["conv2d_2"]["clip"]["H"].windows[0]
    assert [hi - lo + 1 for lo, hi in filter(None, window.spans)] == [4, 4]


def test_phases_of_a_transposed_convolution_differ(layers: Load) -> None:
    spec = layers("- conv_transpose2d: {out: 4, kernel: 3, stride: 2, padding: 1}")
    window = archcalc.analyze(spec).fields["conv_transpose2d"]["clip"]["H"].windows[0]
    assert [hi - lo + 1 for lo, hi in filter(None, window.spans)] == [1, 2]
    assert window.rate == archcalc.analyze(spec).layers[0].fields["clip"].jump["H"]


def test_adaptive_pooling(load: Load) -> None:
    # 7 -> 3: windows 0..2, 2..4, 4..6.
    spec = load("""
        archcalc: 1
        name: adaptive
        inputs: {clip: {C: 3, T: 7, H: 7, W: 7}}
        layers: [{adaptive_avg_pool3d: {output_size: 3}}]
    """)
    hulls = archcalc.analyze(spec).fields["adaptive_avg_pool3d"]["clip"]["T"]
    assert list(hulls.clipped) == [(0, 2), (2, 4), (4, 6)]
    assert hulls.full_size == 3


def test_temporal_shift_widens_by_one_each_way(layers: Load) -> None:
    assert sizes(last(layers("- conv2d: {out: 8, kernel: 1}\n- temporal_shift")).full) == (3, 1, 1)


def test_even_kernels_are_not_centred(layers: Load) -> None:
    spec = layers("- conv3d: {out: 4, kernel: [4, 3, 3], padding: [[1, 2], 1, 1]}")
    hulls = archcalc.analyze(spec).fields["conv3d"]["clip"]["T"].clipped
    assert hulls.at(3) == (2, 5)


def test_dilation_at_the_border_reads_one_side_only(load: Load) -> None:
    # W 4, kernel 2, dilation 3, padding 1: the outputs read {-1, 2}, {0, 3} and {1, 4}, of which 2, 0..3 and 1 exist.
    spec = load("""
        archcalc: 1
        name: holes
        inputs: {clip: {C: 3, H: 1, W: 4}}
        layers: [{conv2d: {out: 1, kernel: [1, 2], dilation: [1, 3], padding: [0, 1]}}]
    """)
    hulls = archcalc.analyze(spec).fields["conv2d"]["clip"]["W"].clipped
    assert list(hulls) == [(2, 2), (0, 3), (1, 1)]


def test_clipped_is_smaller_than_the_smaller_of_full_and_extent(load: Load) -> None:
    # W 5, kernel 2 with dilation 4 and padding 1 on either side: outputs read {i - 1, i + 3}: 0 reads 3 alone, 1 reads
    # 0 and 4, 2 reads 1 alone. After it, kernel 2 with dilation 2 reads outputs 0 and 2, that is 3 and 1: a hull of 3,
    # where full is 7 and the input has 5.
    spec = load("""
        archcalc: 1
        name: holes
        inputs: {clip: {C: 3, H: 1, W: 5}}
        layers:
          - conv2d: {out: 1, kernel: [1, 2], dilation: [1, 4], padding: [0, 1]}
          - conv2d: {out: 1, kernel: [1, 2], dilation: [1, 2]}
    """)
    field = archcalc.analyze(spec).layers[-1].field
    assert field is not None
    assert (field.full["W"], field.clipped["W"]) == (7, 3)


def test_a_leftover_stride_before_a_global_pool(load: Load) -> None:
    # 7 frames in windows of 3 by stride 3: frame 6 is read by nobody, so the pool sees 6 of 7.
    spec = load("""
        archcalc: 1
        name: leftover
        inputs: {clip: {C: 3, T: 7, H: 4, W: 4}}
        layers: [{conv3d: {out: 2, kernel: [3, 1, 1], stride: [3, 1, 1]}}, global_avg_pool]
    """)
    field = archcalc.analyze(spec).layers[-1].field
    assert field is not None
    assert (field.full["T"], field.clipped["T"], field.sees_all["T"]) == (6, 6, True)


def test_squeeze_and_excitation_depends_on_all_that_its_pool_reads(layers: Load) -> None:
    field = last(
        layers("""
            - conv3d: {name: features, out: 8, kernel: 3, padding: 1}
            - branches:
                merge: multiply
                paths: [[], [global_avg_pool, {conv3d: {out: 8, kernel: 1}}, sigmoid]]
        """)
    )
    assert sizes(field.full) == (1 + 8 + 1, 1 + 16 + 1, 1 + 16 + 1)
    assert sizes(field.window) == (3, 3, 3)
    assert sizes(field.clipped) == (8, 16, 16)
    assert all(field.sees_all.values())


def test_the_frame_axis_of_the_input_outlives_that_of_the_tensor(layers: Load) -> None:
    spec = layers("- stack_frames\n- conv2d: {out: 4, kernel: 3, padding: 1}")
    field = last(spec)
    assert sizes(field.full) == (8, 3, 3)
    assert str(spec.graph.nodes["conv2d"].shape) == "4x16x16"


def test_padding_alone_sees_nothing(load: Load) -> None:
    spec = load("""
        archcalc: 1
        name: nothing
        inputs: {clip: {C: 1, H: 4, W: 2}}
        layers: [{conv2d: {out: 1, kernel: [1, 1], padding: [0, 3]}}, {crop: {W: [0, 2]}}]
    """)
    field = archcalc.analyze(spec).layers[-1].field
    assert field is not None
    assert field.clipped == {"H": 1, "W": 0}


def test_recurrence_sees_the_past_and_a_last_step_everything(layers: Load) -> None:
    spec = layers("- global_avg_pool: {axes: [H, W]}\n- lstm: {hidden_size: 5}")
    hulls = archcalc.analyze(spec).fields["lstm"]["clip"]["T"].clipped
    assert list(hulls) == [(0, frame) for frame in range(8)]


def test_the_class_token_sees_what_it_attends_to(load: Load) -> None:
    spec = load("""
        archcalc: 1
        name: tokens
        inputs: {clip: {C: 8, T: 4, H: 6, W: 6}}
        layers:
          - class_token
          - attention: {over: [H, W], heads: 2, class_token: copy}
          - select: {tokens: class}
    """)
    analysis = archcalc.analyze(spec)
    before, after, taken = analysis.layers
    assert before.field is not None
    assert after.field is not None
    assert taken.field is not None
    assert after.field.sees_all == {"T": True, "H": True, "W": True}, "through the token, which averages over frames"
    assert analysis.fields["attention"]["clip"]["T"].clipped_size == 1, (
        "its grid still sees one frame: the token was blank"
    )
    assert before.field.clipped == {"T": 1, "H": 1, "W": 1}
    assert taken.field.clipped == {"T": 4, "H": 6, "W": 6}


ATTENTION_FIELDS = """
archcalc: 1
name: attention
inputs: {{clip: {{C: 4, T: 8, H: 32, W: 32}}}}
layers:
  - conv3d: {{name: patches, out: 12, kernel: [2, 16, 16], stride: [2, 16, 16]}}
  {token}
  - attention: {{over: [{over}], heads: 3{more}}}
  - conv3d: {{name: after, out: 12, kernel: [3, 1, 1], padding: [1, 0, 0]}}
  - linear: {{name: last, out: 4}}
"""


@pytest.mark.parametrize("token", ["- class_token", ""])
def test_attention_and_what_lies_after_it_depend_on_everything(load: Load, token: str) -> None:
    analysis = archcalc.analyze(load(ATTENTION_FIELDS.format(token=token, over="T, H, W", more="")))
    for path, window in {"attention": 2, "after": 2 + 2 * 2, "last": 2 + 2 * 2}.items():
        field = analysis.layer(path).field
        assert field is not None
        assert (sizes(field.full), sizes(field.clipped)) == ((8, 32, 32), (8, 32, 32)), path
        assert sizes(field.window) == (window, 16, 16)


def test_attention_over_time_depends_on_all_frames_at_its_own_place(load: Load) -> None:
    analysis = archcalc.analyze(load(ATTENTION_FIELDS.format(token="", over="T", more="")))
    field = analysis.layer("attention").field
    assert field is not None
    assert (sizes(field.full), field.sees_all) == ((8, 16, 16), {"T": True, "H": False, "W": False})


def test_attention_in_windows_that_do_not_cover_an_axis_is_a_window_there(load: Load) -> None:
    # Along T a window of 2 of 4 positions: blocks of 2 * 2 frames. H and W are covered.
    analysis = archcalc.analyze(load(ATTENTION_FIELDS.format(token="", over="T, H, W", more=", window: [2, 2, 2]")))
    field = analysis.layer("attention").field
    assert field is not None
    assert sizes(field.full) == (4, 32, 32)
    assert sizes(field.window) == (4, 16, 16)
    assert field.sees_all == {"T": False, "H": True, "W": True}


@pytest.mark.parametrize(
    ("operations", "full", "window"),
    [
        ("- group_norm: {num_groups: 2}", (8, 16, 16), (1, 1, 1)),
        ("- instance_norm", (8, 16, 16), (1, 1, 1)),
        ("- batch_norm: {track_running_stats: false}", (8, 16, 16), (1, 1, 1)),
        ("- batch_norm", (1, 1, 1), (1, 1, 1)),
        ("- layer_norm", (1, 1, 1), (1, 1, 1)),
        ("- global_avg_pool", (8, 16, 16), (None, None, None)),
        ("- mean: {axes: [T]}", (8, 1, 1), (None, 1, 1)),
        ("- flatten", (8, 16, 16), (None, None, None)),
        ("- stack_frames", (8, 1, 1), (None, 1, 1)),
        ("- global_avg_pool: {axes: [H, W]}\n- lstm: {hidden_size: 4}", (8, 16, 16), (None, None, None)),
        ("- global_avg_pool: {axes: [H, W]}\n- lstm: {hidden_size: 4, output: last}", (8, 16, 16), (None,) * 3),
    ],
)
def test_global_operations_depend_on_all_that_they_read(
    layers: Load, operations: str, full: Sizes, window: tuple[int | None, ...]
) -> None:
    field = last(layers(f"- conv2d: {{out: 4, kernel: 1}}\n{operations}"))
    assert (sizes(field.full), sizes(field.window)) == (full, window)


def test_more_fields_than_the_layers_allow_are_refused(load: Load) -> None:
    # s0 depends on 2 inputs, s1 on 3, ...: up to s329 these are 330 * 333 / 2 fields; 50,000 + 12 * 400 are allowed.
    inputs = {f"x{number}": {"C": 1, "T": 2} for number in range(401)}
    sums = [{"add": {"name": f"s{i}", "from": [f"s{i - 1}" if i else "x400", f"x{i}"]}} for i in range(400)]
    spec = load(json.dumps({"archcalc": 1, "name": "many", "inputs": inputs, "layers": sums}))
    with pytest.raises(archcalc.SpecError, match="s329: more than 54,800 receptive fields"):
        archcalc.analyze(spec)


def test_a_shortcut_within_its_body_adds_nothing_and_others_do(layers: Load) -> None:
    # A body whose kernels see their own position holds the shortcut; windows that look back do not.
    held = last(layers("- residual: {body: [{conv3d: {out: 3, kernel: 3, padding: 1}}]}"))
    assert sizes(held.full) == (3, 3, 3)
    shifted = last(
        layers(
            "- residual: {body: [{conv3d: {out: 3, kernel: [2, 1, 1], padding: [[3, 0], 0, 0]}}, {crop: {T: [0, 8]}}]}"
        )
    )
    assert sizes(shifted.full)[0] == 4  # t - 3 and t - 2, and t by the shortcut
