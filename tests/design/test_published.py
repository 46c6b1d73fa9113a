"""Searches and sweeps that ship with archcalc give what papers and code releases printed."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli.main import main
from archcalc.core.published_value import RoundedValue

REGNETX = {
    # model: (depth, w_0, w_a, w_m, group), flops in G, parameters and activations in M; pycls MODEL_ZOO.md and configs
    "200MF": ((13, 24, 36.44, 2.49, 8), "0.2", "2.7", "2.2"),
    "400MF": ((22, 24, 24.48, 2.54, 16), "0.4", "5.2", "3.1"),
    "600MF": ((16, 48, 36.97, 2.24, 24), "0.6", "6.2", "4.0"),
    "800MF": ((16, 56, 35.73, 2.28, 16), "0.8", "7.3", "5.1"),
    "1.6GF": ((18, 80, 34.01, 2.25, 24), "1.6", "9.2", "7.9"),
    "3.2GF": ((25, 88, 26.31, 2.25, 48), "3.2", "15.3", "11.4"),
    "4.0GF": ((23, 96, 38.65, 2.43, 40), "4.0", "22.1", "12.2"),
    "6.4GF": ((17, 184, 60.83, 2.07, 56), "6.5", "26.2", "16.4"),
    "8.0GF": ((23, 80, 49.56, 2.88, 120), "8.0", "39.6", "14.1"),
    "12GF": ((19, 168, 73.36, 2.37, 112), "12.1", "46.1", "21.4"),
    "16GF": ((22, 216, 55.59, 2.1, 128), "15.9", "54.3", "25.5"),
    "32GF": ((23, 320, 69.86, 2.0, 168), "31.7", "107.8", "36.3"),
}
EFFICIENTNET = {
    # parameters, and MACs in G: metadata of torchvision's weights
    0: (5288548, "0.386"), 1: (7794184, "0.687"), 2: (9109994, "1.088"), 3: (12233232, "1.827"),
    4: (19341616, "4.394"), 5: (30389784, "10.266"), 6: (43040704, "19.068"), 7: (66347960, "37.746"),
}  # fmt: skip
MIDDLE = {
    (64, 64): 144,
    (64, 128): 230,
    (128, 128): 288,
    (128, 256): 460,
    (256, 256): 576,
    (256, 512): 921,
    (512, 512): 1152,
}
"""Channels between the two convolutions of torchvision's R(2+1)D, by channels before and after."""


def found(command: str, name: str, *options: str) -> dict[str, object]:
    result = CliRunner().invoke(main, [command, name, "--format", "json", *options])
    assert result.exit_code == 0, result.output
    described: dict[str, object] = json.loads(result.stdout)
    return described


@pytest.mark.parametrize("model", REGNETX)
def test_regnetx(model: str) -> None:
    (depth, first, slope, factor, group), macs, params, activations = REGNETX[model]
    spec = archcalc.load("regnetx", depth=depth, first=first, slope=slope, factor=factor, group=group, half="even")
    analysis = archcalc.analyze(spec)
    convolutions = sum(layer.shape.elements for layer in analysis.layers if layer.op == "conv2d")
    assert RoundedValue.parse(f"{macs} G").matches(analysis.totals.macs)
    assert RoundedValue.parse(f"{params} M").matches(analysis.totals.params)
    assert RoundedValue.parse(f"{activations} M").matches(convolutions)


def test_efficientnet() -> None:
    designs = found("sweep", "efficientnet_scaling")["designs"]
    assert isinstance(designs, list)
    assert len(designs) == len(EFFICIENTNET)
    for design in designs:
        params, macs = EFFICIENTNET[design["set"]["b"]]
        assert design["quantities"]["params"] == params
        assert RoundedValue.parse(f"{macs} G").matches(design["quantities"]["macs"])


def test_middle_channels_of_r2plus1d() -> None:
    by = found("search", "r2plus1d_mid")["by"]
    assert isinstance(by, dict)
    assert {tuple(json.loads(block)): best["set"]["mid"] for block, best in by.items()} == MIDDLE


def test_regnetx_designs_of_400_mf() -> None:
    result = found("search", "regnetx_400mf", "--draw", "300")
    front = result["front"]
    assert isinstance(front, list)
    assert len(front) > 5
    for design in front:
        assert 360_000_000 <= design["quantities"]["macs"] <= 440_000_000
    params = [design["quantities"]["params"] for design in front]
    values = [design["quantities"]["values"] for design in front]
    assert params == sorted(params)
    assert values == sorted(values, reverse=True)
