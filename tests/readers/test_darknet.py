"""Darknet configurations: sizes and parameters follow the formulas of darknet's source, written out as products."""

from __future__ import annotations

from pathlib import Path

import pytest

import archcalc
from archcalc.core.problem import SpecError
from archcalc.readers.darknet import INPUT, READERS, _read, _State
from archcalc.readers.darknet_options import USED
from archcalc.readers.darknet_shapes import Sizes
from archcalc.readers.darknet_text import sections
from archcalc.readers.read import ReadFile, read_file, readable_format
from archcalc.spec.inputs import parse_override
from archcalc.spec.text.source import source_of

NET = "[net]\nwidth=32\nheight=24\nchannels=3\n"
CONV = "[convolutional]\nbatch_normalize=1\nfilters={}\nsize={}\nstride={}\npad=1\nactivation=leaky\n"
LAST = "[convolutional]\nfilters=8\nsize=1\nactivation=linear\n"


def read(folder: Path, text: str, *inputs: str) -> ReadFile:
    file = folder / "model.cfg"
    file.write_text(text, encoding="utf-8")
    found = readable_format(str(file))
    assert found is not None
    return read_file(str(file), found, dict(parse_override(each) for each in inputs))


def conv(filters: int, size: int, stride: int = 1) -> str:
    return CONV.format(filters, size, stride)


SHORTCUT = "[shortcut]\nfrom=-3\nactivation=linear\n"
STEM = 3 * 16 * 9 + 2 * 16  # conv(16, 3), normalized
CASES: dict[str, tuple[str, tuple[int, ...], int]] = {
    "plain": ("[conv]\nfilters=4\nsize=3\nactivation=relu\n", (4, 22, 30), 3 * 4 * 9 + 4),
    "padded": (
        "[convolutional]\nfilters=4\nsize=3\npadding=2\nstride=2\nactivation=mish\n", (4, 13, 17), 3 * 4 * 9 + 4),
    "dilated": (
        "[convolutional]\nfilters=4\nsize=3\ndilation=2\npadding=2\nactivation=swish\n", (4, 24, 32), 3 * 4 * 9 + 4),
    "strides": (
        "[convolutional]\nfilters=4\nsize=3\npad=1\nstride_x=2\nstride_y=1\nactivation=linear\n", (4, 24, 16), 108 + 4),
    "grouped": (conv(16, 3) + "[convolutional]\nbatch_normalize=1\nfilters=8\nsize=3\npad=1\ngroups=4\n"
                "activation=logistic\n", (8, 24, 32), STEM + 4 * 8 * 9 + 2 * 8),
    "unpadded": ("[convolutional]\nbatch_normalize=1\nfilters=4\nsize=3\nactivation=tanh\n", (4, 22, 30), 108 + 8),
    "pool of 2": ("[maxpool]\nsize=2\nstride=2\n", (3, 12, 16), 0),
    "pool of 2 at stride 1": ("[max]\nsize=2\nstride=1\n", (3, 24, 32), 0),
    "pool of 3": ("[maxpool]\nsize=3\nstride=2\n", (3, 12, 16), 0),
    "pool without padding": ("[maxpool]\nsize=3\nstride=2\npadding=0\n", (3, 11, 15), 0),
    "local average": ("[local_avgpool]\nsize=2\nstride=2\n", (3, 12, 16), 0),
    "classifier": (conv(16, 3) + "[avg]\n[dropout]\nprobability=.3\n[connected]\noutput=5\nactivation=linear\n"
                   "[softmax]\ngroups=1\n[cost]\ntype=sse\n", (5,), STEM + 16 * 5 + 5),
    "normalized connection": ("[connected]\noutput=5\nbatch_normalize=1\nactivation=elu\n", (5,), 3 * 24 * 32 * 5 + 10),
    "upsampled": (conv(16, 3, 2) + "[upsample]\nstride=2\n", (16, 24, 32), STEM),
    "reorg": (conv(16, 3) + "[reorg]\nstride=2\n", (64, 12, 16), STEM),
    "reorg3d reversed": (conv(16, 3) + "[reorg3d]\nstride=2\nreverse=1\n", (4, 48, 64), STEM),
    "route": (conv(16, 3) + conv(8, 1) + "[route]\nlayers=-1,0\n", (24, 24, 32), STEM + 16 * 8 + 16),
    "route of groups": (conv(16, 3) + "[route]\nlayers=-1\ngroups=2\ngroup_id=1\n", (8, 24, 32), STEM),
    "shortcut": (conv(16, 3) + conv(8, 1) + conv(16, 3) + SHORTCUT, (16, 24, 32), 464 + 128 + 16 + 8 * 16 * 9 + 32),
    "wider shortcut": (conv(16, 3) + conv(8, 1) + conv(24, 3) + SHORTCUT, (24, 24, 32),
                       STEM + 128 + 16 + 8 * 24 * 9 + 48),
    "narrower shortcut": (conv(16, 3) + conv(8, 1) + conv(12, 3) + SHORTCUT, (12, 24, 32),
                          STEM + 128 + 16 + 8 * 12 * 9 + 24),
    "strided shortcut": (conv(16, 3) + conv(8, 1, 2) + conv(24, 3) + SHORTCUT, (24, 12, 16),
                         STEM + 128 + 16 + 8 * 24 * 9 + 48),
    "scaled": (conv(16, 3) + "[avgpool]\n[convolutional]\nfilters=16\nsize=1\nactivation=logistic\n"
               "[scale_channels]\nfrom=0\n", (16, 24, 32), STEM + 16 * 16 + 16),
    "sam": (conv(16, 3) + conv(16, 1) + "[sam]\nfrom=-2\n", (16, 24, 32), STEM + 256 + 32),
    "norms": ("[batchnorm]\n[lrn]\nsize=5\nalpha=.0001\nbeta=.75\nkappa=1\n", (3, 24, 32), 6),
    "functions": ("[activation]\nactivation=gelu\n[activation]\nactivation=selu\n[activation]\nactivation=relu6\n"
                  "[logistic]\n", (3, 24, 32), 0),
    "deconvolution": ("[deconv]\nfilters=4\nsize=4\nstride=2\npadding=1\nbatch_normalize=1\nactivation=leaky\n",
                      (4, 48, 64), 3 * 4 * 16 + 8),
    "crop": ("[crop]\ncrop_height=20\ncrop_width=28\nflip=0\nangle=0\n", (3, 20, 28), 0),
}  # fmt: skip
"""Sections, size CxHxW of the last one, parameters: a normalized convolution has its weights and two a channel."""


@pytest.mark.parametrize("name", CASES)
def test_sizes_and_parameters(name: str, tmp_path: Path) -> None:
    sections, size, params = CASES[name]
    analysis = archcalc.analyze(read(tmp_path, NET + sections).spec)
    assert tuple(each for each in analysis.layers[-1].shape.sizes.values() if each != 1) == size
    assert analysis.totals.params == params


def test_there_is_a_case_for_every_section() -> None:
    text = "".join(sections for sections, _, _ in CASES.values())
    short = {"avgpool": "avg", "deconvolutional": "deconv", "normalization": "lrn"}
    assert not [word for word in READERS if f"[{word}]" not in text and f"[{short.get(word)}]" not in text]
    assert set(USED) == set(READERS)


def test_the_spec_is_short_and_says_what_was_left_out(tmp_path: Path) -> None:
    unit = conv(8, 1) + conv(16, 3) + SHORTCUT
    text = NET + conv(16, 3) + unit * 4 + LAST + "[yolo]\nmask=0\n[route]\nlayers=-3\n" + LAST + "[yolo]\nmask=1\n"
    assert (
        read(tmp_path, text).text
        == """\
# Written from model.cfg. The name layer36 stands for its section with the number 36, from 0 on.
# Left out: [yolo], which read what the outputs are and compute no features.
archcalc: 1
name: model
source: darknet configuration model.cfg
inputs:
  image: {C: 3, H: 24, W: 32}
outputs: {yolo14: layer13, yolo17: layer16}
blocks:
  conv_bn_leaky:
    parameters: {out: required, kernel: required}
    layers:
      - conv2d: {out: $out, kernel: $kernel, padding: $(kernel // 2), bias: false}
      - batch_norm
      - leaky_relu: {negative_slope: 0.1}
layers:
  - conv_bn_leaky: {out: 16, kernel: 3}
  - repeat:
      times: 3
      layers:
        - residual:
            body:
              - conv_bn_leaky: {out: 8, kernel: 1}
              - conv_bn_leaky: {out: 16, kernel: 3}
  - residual:
      name: layer12
      body:
        - conv_bn_leaky: {out: 8, kernel: 1}
        - conv_bn_leaky: {out: 16, kernel: 3}
  - conv2d: {name: layer13, out: 8, kernel: 1}
  - conv2d: {name: layer16, out: 8, kernel: 1, from: layer12}
"""
    )


HEAD = "[convolutional]\nsize=1\nstride=1\npad=1\nfilters=255\nactivation=linear\n[yolo]\nclasses=80\n"


def yolov3() -> str:
    """YOLOv3 (Redmon and Farhadi 2018), written from its paper: Darknet-53 and three heads."""

    def stage(filters: int, blocks: int) -> str:
        return conv(filters, 3, 2) + (conv(filters // 2, 1) + conv(filters, 3) + SHORTCUT) * blocks

    def head(filters: int) -> str:
        return (conv(filters, 1) + conv(2 * filters, 3)) * 3 + HEAD

    def lateral(filters: int, layer: int) -> str:
        return f"[route]\nlayers=-4\n{conv(filters, 1)}[upsample]\nstride=2\n[route]\nlayers=-1,{layer}\n"

    stages = stage(64, 1) + stage(128, 2) + stage(256, 8) + stage(512, 8) + stage(1024, 4)
    heads = head(512) + lateral(256, 61) + head(256) + lateral(128, 36) + head(128)
    return "[net]\nwidth=416\nheight=416\nchannels=3\n" + conv(32, 3) + stages + heads


def test_yolov3_has_the_published_totals(tmp_path: Path) -> None:
    found = read(tmp_path, yolov3())
    totals = archcalc.analyze(found.spec, convention="torch").totals
    assert totals.params == 61_949_149
    assert totals.cost is not None
    assert f"{totals.cost / 1e9:.3f} BFLOPs" == "65.864 BFLOPs"
    assert found.text.count("\n") < 100
    assert [str(found.spec.graph.nodes[path].shape) for path in found.spec.graph.outputs.values()] == [
        "255x13x13", "255x26x26", "255x52x52",
    ]  # fmt: skip


def test_folding_changes_no_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = conv(4, 1) + conv(8, 3) + SHORTCUT
    unit = conv(8, 1) + inner * 2 + conv(16, 3) + "[shortcut]\nfrom=-9\nactivation=leaky\n"
    text = NET + conv(16, 3) + unit * 4 + "[route]\nlayers=-1,0,-4\n" + LAST
    folded = read(tmp_path, text)
    assert "repeat" in folded.text
    assert "residual" in folded.text
    monkeypatch.setattr("archcalc.readers.write.folded", lambda layers, *_: tuple(map(_single, layers)))
    plain = read(tmp_path, text)
    assert "residual" not in plain.text

    def facts(found: ReadFile) -> list[object]:
        layers = archcalc.analyze(found.spec).layers
        return [(each.op, each.shape, each.params, each.macs, each.fields) for each in layers]

    assert facts(folded) == facts(plain)


def _single(layer: object) -> object:
    from archcalc.readers.folding import Single
    from archcalc.readers.network import ReadLayer

    assert isinstance(layer, ReadLayer)
    return Single(layer)


def test_the_built_network_has_the_same_numbers(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")
    from tests.pytorch.agreement import assert_agrees

    unit = conv(8, 1) + conv(16, 3) + SHORTCUT
    text = NET + conv(16, 3, 2) + unit * 3 + "[maxpool]\nsize=2\nstride=1\n[upsample]\nstride=2\n[avgpool]\n" + LAST
    assert_agrees(read(tmp_path, text + "[softmax]\n").spec)


@pytest.mark.parametrize("name", CASES)
def test_darknets_own_sizes_are_those_of_the_spec(name: str, tmp_path: Path) -> None:
    """The reader follows darknet's formulas; the spec follows PyTorch's."""
    text = NET + CASES[name][0]
    state = _State(INPUT, False, Sizes(3, 24, 32))
    for section in sections(source_of("model.cfg", text))[1:]:
        _read(section, state)
    shapes = {layer.path: layer.shape.sizes for layer in archcalc.analyze(read(tmp_path, text).spec).layers}
    last = list(shapes.values())[-1]
    assert state.sizes == (last["C"], last.get("H", 1), last.get("W", 1))


def test_an_input_of_another_size_is_written(tmp_path: Path) -> None:
    assert "image: {C: 3, H: 64, W: 96}" in read(tmp_path, NET + conv(16, 3), "image=3x64x96").text


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(SpecError) as error:
        read(folder, text)
    return [str(problem).replace(f"{folder}/", "") for problem in error.value.problems]


def test_everything_without_an_operator_is_listed(tmp_path: Path) -> None:
    text = NET + "[local]\nfilters=2\n[convolutional]\nfilters=2\nactivation=stair\nxnor=1\nwidth=3\n[crnn]\n"
    assert problems(tmp_path, text) == [
        "model.cfg:5:1: [local], for which archcalc has no operator (see archcalc ops)",
        "model.cfg:10:1: xnor=1 of [convolutional], whose weights and inputs are bits; expected a layer without it",
        "model.cfg:11:1: the unknown option 'width' of [convolutional]; expected none",
        "model.cfg:9:1: activation=stair of [convolutional], for which archcalc has no operator; expected elu, gelu,"
        " leaky, logistic, mish, relu, relu6, selu, swish, tanh or linear",
        "model.cfg:12:1: [crnn], for which archcalc has no operator (see archcalc ops)",
    ]


HOSTILE = {
    "no size": ("[net]\nbatch=1\n[avgpool]\n", "model.cfg:1:1: [net] without a size of the input"),
    "no layers": (NET, "model.cfg:1:1: a network without layers"),
    "no section head": (NET + "[conv\n", "model.cfg:5:1: '[conv' as the head of a section"),
    "no value": (NET + "[avgpool]\n  size\n", "model.cfg:6:3: 'size'; expected option=value"),
    "text for a number": (NET + "[convolutional]\nfilters=many\n", "model.cfg:6:1: filters=many; expected an integer"),
    "many digits": (NET + "[convolutional]\nfilters=" + "9" * 9999 + "\n", "expected an integer of at most 9 digits"),
    "zero stride": (NET + "[convolutional]\nfilters=2\nstride=0\n", "model.cfg:7:1: stride=0; expected an integer"),
    "later layer": (NET + conv(4, 3) + "[route]\nlayers=7\n", "layers=7 of [route], which is section 1; expected -1"),
    "too far back": (NET + conv(4, 3) + "[shortcut]\nfrom=-2\n", "from=-2 of [shortcut], which is section 1"),
    "no source": (NET + conv(4, 3) + "[route]\n", "model.cfg:12:1: [route] without layers"),
    "shapes": (
        NET + "[maxpool]\nsize=7\nstride=7\n[conv]\nfilters=3\nsize=2\n[shortcut]\nfrom=-2\n",
        "model.cfg:11:1: [shortcut] of 3x4x5 and 3x3x4, for which archcalc has no operator",
    ),
    "concat": (NET + conv(4, 3) + conv(8, 3, 2) + "[route]\nlayers=-1,-2\n", "model.cfg:19:1: concat: 8x12x16 and"),
    "window": (NET + "[convolutional]\nfilters=4\nsize=99\n", "model.cfg:5:1: conv2d: a kernel of 99 does not fit"),
    "sections": (NET + "[avgpool]\n" * 30_000, "more than 20,000 sections"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_their_place(name: str, tmp_path: Path) -> None:
    text, said = HOSTILE[name]
    assert said in problems(tmp_path, text)[0]
    assert problems(tmp_path, text)[0].startswith("model.cfg:")
