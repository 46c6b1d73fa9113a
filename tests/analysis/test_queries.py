"""Positions read and reached, from Python; the smallest field over paths of networks that are known."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.spec.library import bundled_networks
from archcalc.spec.load import load_spec
from tests.conftest import Load


def analysis(name: str, **parameters: object) -> archcalc.Analysis:
    return archcalc.analyze(load_spec(name, parameters, {}))


def test_records_say_what_they_are_on_one_line() -> None:
    c3d = analysis("c3d")
    assert repr(c3d.reads("conv3a", {"T": 4})) == (
        "Reads(conv3a at T=4 reads of clip: T 4 to 13, H 0 to 111, W 0 to 111)"
    )
    assert repr(c3d.reached_from("clip", {"T": 4})["pool2"]) == (
        "Reached(pool2 from clip at T=4: T 1 to 3; H 0 to 27; W 0 to 27)"
    )
    assert repr(c3d.reads("fc7", of="fc6")) == "Reads(fc7 reads of fc6: its one position)"


def test_reads_hold_both_ends_and_the_field_of_a_layer_in_another() -> None:
    reads = analysis("c3d").reads("conv4a", {"T": 0}, of="conv3a")
    assert reads.ends["T"] == (0, 4)
    assert reads.extents == {"T": 5, "H": 28, "W": 28}
    assert reads.field is not None
    assert dict(reads.field.full) == {"T": 8, "H": 8, "W": 8}
    assert dict(reads.field.clipped) == {"T": 7, "H": 8, "W": 8}


def test_padding_alone_is_no_position(load: Load) -> None:
    network = archcalc.analyze(load("""
        archcalc: 1
        name: padded
        inputs: {clip: {C: 1, T: 2}}
        layers: [conv1d: {out: 1, kernel: 1, padding: 1}]
    """))  # fmt: skip
    assert [network.reads("conv1d", {"T": at}).ends["T"] for at in range(4)] == [None, (0, 0), (1, 1), None]
    assert network.reads("conv1d", {"T": 0}).extents == {"T": 0}
    assert "padding only" in repr(network.reads("conv1d", {"T": 0}))


def test_a_tensor_without_axes_reaches_and_is_read_as_a_whole() -> None:
    network = analysis("c3d")
    reached = network.reached_from("fc6")["fc7"]
    assert (reached.axes, reached.grid, reached.tokens, reached.everywhere) == ({}, True, False, True)
    reads = network.reads("fc7", of="fc6")
    assert (reads.ends, reads.sizes, reads.tokens, reads.field) == ({}, {}, False, None)


def test_tokens_keep_their_field_where_windows_pass_them_by(layers: Load) -> None:
    network = archcalc.analyze(layers("""
        - conv3d: {name: patches, out: 6, kernel: [2, 4, 4], stride: [2, 4, 4]}
        - class_token
        - attention: {over: [T, H, W], heads: 2}
        - conv3d: {name: after, out: 6, kernel: 3, padding: 1}
        - select: {name: token, tokens: class}
    """))  # fmt: skip
    whole = {"T": 8, "H": 16, "W": 16}
    for path in ("after", "token"):
        field = network.layer(path).field
        assert field is not None
        assert dict(field.clipped) == whole
    tokens = network.tensor_fields["after"].tokens
    assert {axis: tokens["clip", axis].full_size for axis in "THW"} == whole


def test_tokens_read_and_are_reached_as_a_whole() -> None:
    network = analysis("timesformer_b", attention="joint")
    token = next(path for path, node in network.graph.nodes.items() if node.op == "class_token")
    blocks = [path for path, node in network.graph.nodes.items() if node.op == "attention"]
    assert network.reads(blocks[0], {"T": 3}, of=token).tokens
    field = network.reads(blocks[0], {"T": 3}, of=token).field
    assert field is not None
    assert set(field.by_axis) == {"T", "H", "W"}, "tokens are no axis"
    assert network.reads(blocks[0], {"T": 3}, of=token).ends["T"] == (0, 7)
    reached = network.reached_from("clip", {"T": 3})
    assert not reached[token].tokens
    assert reached[token].axes["T"].positions.runs == (range(3, 4),)
    assert reached[blocks[0]].tokens
    assert reached[blocks[0]].everywhere


def test_a_layer_with_one_position_reaches_what_depends_on_it() -> None:
    network = analysis("c3d")
    assert list(network.reached_from("fc6"))[-1] == network.layers[-1].path
    assert network.reached_from("fc6")["fc7"].everywhere


LONG = """
archcalc: 1
name: chain
inputs: {clip: {C: 1, T: 100000}}
layers:
  - repeat: {times: 10, index: i, layers: [conv1d: {out: 1, kernel: 2, padding: causal, dilation: $(2**i)}]}
"""


def test_a_chain_of_doubled_dilations_reaches_a_block_without_holes(load: Load) -> None:
    network = archcalc.analyze(load(LONG))
    last = network.layers[-1].path
    assert network.reached_from("clip", {"T": 50})[last].axes["T"].positions.runs == (range(50, 50 + 2**10),)
    assert network.reads(last, {"T": 5000}).ends["T"] == (5000 - 2**10 + 1, 5000)


def test_resnet18_has_139_and_435() -> None:
    network = analysis("resnet", depth=18)
    fields = {layer.path: layer.field for layer in network.layers}
    smallest = {path: inputs["image"]["H"] for path, inputs in network.smallest_fields.items() if inputs.get("image")}
    last = fields["layer4.1.conv2"]
    assert last is not None
    assert (smallest["layer4.1.conv2"], last.full["H"]) == (139, 435)
    assert smallest["layer4.1.add"] == 7 + (3 - 1) * 2, "the stem and the shortcuts, whose kernels are 1"
    assert "H" not in network.smallest_fields["fc"].get("image", {}), "after the global pool no path has windows alone"


@pytest.mark.parametrize("name", [each.name for each in bundled_networks()])
def test_the_smallest_field_is_never_larger_than_the_largest(name: str) -> None:
    network = analysis(name)
    for layer in network.layers:
        for source, sizes in network.smallest_fields[layer.path].items():
            for axis, size in sizes.items():
                assert size is not None
                assert 0 <= size <= layer.fields[source].full[axis], (layer.path, source, axis)


def test_chains_have_one_path() -> None:
    network = analysis("c3d")
    for layer in network.layers:
        for axis, size in network.smallest_fields[layer.path].get("clip", {}).items():
            assert layer.field is not None
            assert size == layer.field.full[axis]


def test_frame_has_the_smallest_field() -> None:
    pandas = pytest.importorskip("pandas")
    frame = analysis("resnet", depth=18).to_frame()
    assert frame.loc["layer4.1.conv2", ["full_H", "smallest_H", "clipped_H"]].tolist() == [435, 139, 224]
    assert pandas.isna(frame.loc["fc", "smallest_H"])
