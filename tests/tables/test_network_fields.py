"""Distill's table of twelve networks: receptive field, effective stride and effective padding."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from archcalc.cli.main import main
from archcalc.tables.network_fields import fields_table, network_field

TWELVE = {
    "alexnet_v2": (195, 32, 64),
    "vgg16": (212, 32, 90),
    "mobilenet_v1": (315, 32, 126),
    "mobilenet_v1_075": (315, 32, 126),
    "resnet_v1_50": (483, 32, 239),
    "inception_v2": (699, 32, 318),
    "resnet_v1_101": (1027, 32, 511),
    "inception_v3": (1311, 32, 618),
    "resnet_v1_152": (1507, 32, 751),
    "resnet_v1_200": (1763, 32, 879),
    "inception_v4": (2071, 32, 998),
    "inception_resnet_v2": (3039, 32, 1482),
}
"""google-research/receptive_field, RECEPTIVE_FIELD_TABLE.md, the last end point at a resolution of 224."""


@pytest.mark.parametrize("name", TWELVE)
def test_the_twelve_networks(name: str) -> None:
    (row,) = fields_table([network_field(name)]).rows
    assert tuple(str(cell) for cell in row[2:5]) == tuple(map(str, TWELVE[name]))


def test_networks_whose_first_layer_is_global_or_whose_branches_disagree_have_gaps() -> None:
    (median,) = fields_table([network_field("temporal_median")]).rows
    (slowfast,) = fields_table([network_field("slowfast_r50_4x16")]).rows
    assert str(median[2]) == "25x1x1"
    assert median[0] == "temporal_median"
    assert "-" in str(slowfast[3])


def test_the_command_takes_names_in_their_order_and_knows_them_only() -> None:
    shown = CliRunner().invoke(main, ["list", "--fields", "vgg16", "alexnet_v2", "--format", "csv"]).stdout.splitlines()
    assert [line.split(",")[0] for line in shown[1:]] == ["vgg16", "alexnet_v2"]
    result = CliRunner().invoke(main, ["list", "vgg17"])
    assert (result.exit_code, "did you mean 'vgg16'" in result.stderr) == (2, True)
