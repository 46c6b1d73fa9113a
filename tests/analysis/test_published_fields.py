"""Fields, strides and effective paddings that google-research/receptive_field prints for networks of TF-slim."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

import archcalc
from tests.conftest import Load

TABLE = Path(__file__).with_name("tf_slim_fields.csv")
ANY_SIZE = 299
"""For rows without a resolution, whose fields hold for every input."""
BUNDLED: dict[str, tuple[str, dict[str, object]]] = {
    "inception_v2": ("inception_v2", {}),
    "inception_v2-no-separable-conv": ("inception_v2", {"separable": False}),
    "inception_v3": ("inception_v3", {}),
    "inception_v4": ("inception_v4", {}),
    "inception_resnet_v2": ("inception_resnet_v2", {}),
    "inception_resnet_v2-same": ("inception_resnet_v2", {"padding": "same"}),
    "mobilenet_v1_075": ("mobilenet_v1_075", {}),
}
"""Networks that are bundled; the others are written here once more, by what the field depends on alone."""
ENDS = ("", ".relu", ".concat")
"""What the last layer of an end point is called after it."""

Row = dict[str, str]


def rows() -> list[Row]:
    """The rows of the table."""
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


def conv(name: str, kernel: int, stride: int = 1, padding: str = "same") -> str:
    """A convolution; the channels do not matter here."""
    return f"conv2d: {{name: {name}, out: 1, kernel: {kernel}, stride: {stride}, padding: {padding}}}"


def pool(name: str, kernel: int, padding: str = "valid", stride: int = 2) -> str:
    """A maximum pool."""
    return f"max_pool2d: {{name: {name}, kernel: {kernel}, stride: {stride}, padding: {padding}}}"


def alexnet_v2() -> list[str]:
    """Convolutions as `same` but the first, pools without padding."""
    return [
        conv("conv1", 11, 4, "valid"), pool("pool1", 3), conv("conv2", 5), pool("pool2", 3),
        conv("conv3", 3), conv("conv4", 3), conv("conv5", 3), pool("pool5", 3),
    ]  # fmt: skip


def vgg(*stages: int) -> list[str]:
    """Stages of so many 3x3 convolutions, a pool after each."""
    return [
        layer
        for stage, count in enumerate(stages, start=1)
        for layer in (*(conv(f"conv{stage}_{at}", 3) for at in range(1, count + 1)), pool(f"pool{stage}", 2))
    ]


def mobilenet_v1() -> list[str]:
    """A strided convolution, and thirteen pairs of a depthwise and a pointwise one."""
    pairs = [(conv(f"deep{at}", 3, 2 if at in (2, 4, 6, 12) else 1), conv(f"Conv2d_{at}_pointwise", 1))
             for at in range(1, 14)]  # fmt: skip
    return [conv("Conv2d_0", 3, 2), *(layer for pair in pairs for layer in pair)]


def resnet(*units: int) -> list[str]:
    """Bottlenecks; the last unit of a block strides. A strided convolution is padded by kernel - 1."""
    layers = [conv("root", 7, 2, "3"), pool("root_pool", 3, "same")]
    for block, count in enumerate(units, start=1):
        for unit in range(1, count + 1):
            stride = 2 if unit == count and block < len(units) else 1
            body = [conv("one", 1), conv("two", 3, stride, "1"), conv("three", 1)]
            name = f"block{block}" if unit == count else f"block{block}_{unit}"
            by = listed([conv("by", 1, stride)])
            layers += [f"residual: {{name: {name}_unit, body: [{listed(body)}], shortcut: [{by}]}}"]
            layers += [f"identity: {{name: {name}}}"]
    return layers


def listed(layers: list[str]) -> str:
    return ", ".join(f"{{{layer}}}" for layer in layers)


NETWORKS = {
    "alexnet_v2": alexnet_v2(),
    "vgg_a": vgg(1, 1, 2, 2, 2),
    "vgg_16": vgg(2, 2, 3, 3, 3),
    "mobilenet_v1": mobilenet_v1(),
    **{
        f"resnet_{version}_{depth}": resnet(*units)
        for version in ("v1", "v2")
        for depth, units in {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3), 200: (3, 24, 36, 3)}.items()
    },
}


def spec(network: str, size: int) -> str:
    """The text of a network on an image of this size."""
    layers = "".join(f"  - {layer}\n" for layer in NETWORKS[network])
    return f"archcalc: 1\nname: {network}\ninputs: {{image: {{C: 1, H: {size}, W: {size}}}}}\nlayers:\n{layers}"


def by_network() -> Iterator[tuple[str, str, list[Row]]]:
    for (network, resolution), group in groupby(rows(), key=lambda row: (row["network"], row["resolution"])):
        yield network, resolution, list(group)


def analyzed(load: Load, network: str, size: int) -> archcalc.Analysis:
    """The analysis of a network on an image of this size."""
    if network not in BUNDLED:
        return archcalc.analyze(load(spec(network, size)))
    name, parameters = BUNDLED[network]
    return archcalc.analyze(archcalc.load(name, inputs=f"image=3x{size}x{size}", **parameters))


def end_point(found: archcalc.Analysis, name: str) -> str:
    """The path of the layer that an end point of TF-slim is."""
    if name == "PreAuxLogits":
        return "block17.19.relu"
    return next(f"{name}{end}" for end in ENDS if f"{name}{end}" in found.graph.nodes)


@pytest.mark.parametrize(
    ("network", "resolution", "printed"), list(by_network()), ids=lambda each: each if isinstance(each, str) else ""
)
def test_fields_strides_and_effective_paddings_are_those_printed(
    load: Load, network: str, resolution: str, printed: list[Row]
) -> None:
    found = analyzed(load, network, int(resolution or ANY_SIZE))
    for row in printed:
        field = found.layer(end_point(found, row["layer"])).field
        assert field is not None
        assert (field.full["H"], field.window["H"]) == (int(row["field"]),) * 2, row
        assert field.jump["H"] == int(row["stride"]), row
        if row["padding"]:
            assert field.effective_padding == dict.fromkeys("HW", int(row["padding"])), row
            assert field.center["H"] == (int(row["field"]) - 1) / 2 - int(row["padding"]), row


def test_the_table_is_whole() -> None:
    printed = rows()
    alone, mixed = 7 + 13 + 13 + 14, 2 * 15 + 18 + 22 + 2 * 12 + 14
    assert len(printed) == 3 * alone + 2 * 3 * 4 * 4 + 3 * mixed
    without_resolution = 7 + 13 + 13 + 18 + 22 + 12
    assert sum(bool(row["padding"]) for row in printed) == 2 * (alone + 2 * 4 * 4 + mixed) + without_resolution
