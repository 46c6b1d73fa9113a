"""Rules on random networks against brute force, and on published figures."""

from __future__ import annotations

from pathlib import Path

import pytest

import archcalc
from archcalc.lint.finding import Rule
from archcalc.lint.needed import needed_positions
from archcalc.lint.rules import RULES
from archcalc.spec.ignored_rules import RULE_NAMES
from tests.reference.channels import shifts_channels
from tests.reference.comparison import analysis_of
from tests.reference.dependence import lengths_along, mark, union
from tests.reference.network import Network, flatten
from tests.reference.random_channels import random_channels
from tests.reference.random_networks import random_network

SEEDS = range(60)


def read_by_outputs(network: Network, outputs: list[str], source: str, axis: str) -> set[int]:
    """The positions of an input that some output depends on, tap by tap."""
    marks = mark(flatten(network), lengths_along(network, axis), axis, source)
    mask = union(each for path in outputs for each in marks[path])
    return {position for position in range(mask.bit_length()) if mask >> position & 1}


def test_needed_positions_are_those_of_brute_force(tmp_path: Path) -> None:
    incomplete = 0
    for seed in SEEDS:
        network = random_network(seed)
        analysis = analysis_of(network, tmp_path)
        needed, outputs = needed_positions(analysis.graph), [flatten(network)[-1].path]
        for source, shape in network.inputs.items():
            for axis, size in shape.sizes.items():
                expected = read_by_outputs(network, outputs, source, axis)
                positions = needed.get(source, {}).get(axis)
                assert set(positions or ()) == expected, (seed, source, axis)
                incomplete += 0 < len(expected) < size
    assert incomplete > 20


def test_kernels_add_no_context_where_every_position_reads_the_whole_axis(tmp_path: Path) -> None:
    found = 0
    for seed in SEEDS:
        network = random_network(seed)
        if shifts_channels(network):
            continue
        analysis = analysis_of(network, tmp_path)
        for each in analysis.lint(select=["unproductive"]):
            assert each.axis is not None
            source, lengths = analysis.layer(each.path).inputs[0], lengths_along(network, each.axis)
            for name, fields in analysis.layer(each.path).fields.items():
                if each.axis in fields.full and source in lengths:
                    last = analysis.graph.inputs[name].shape[each.axis] - 1
                    marks = mark(flatten(network), lengths, each.axis, name)[source]
                    assert all(mask & 1 and mask >> last & 1 for mask in marks), (seed, each)
                    found += 1
    assert found > 10


def test_random_networks_are_checked_whole(tmp_path: Path) -> None:
    codes = {
        each.code
        for seed in range(30)
        for network in (random_network(seed), random_channels(seed))
        for each in analysis_of(network, tmp_path).lint()
    }
    assert len(codes) >= len(RULES) - 2


def test_border_layers_of_published_networks_at_32_pixels() -> None:
    """VGG-16: 10 layers from conv3_3 on, pools included, as the toolbox of Richter et al. counts them.

    Its fields are 3, 5, 6, 10, 14, 16, 24, 32, ...: conv3_3 is the first to read features with a field of 32.
    """
    analysis = archcalc.analyze(archcalc.load("vgg16", inputs="image=3x32x32"))
    assert [(each.path, each.axis) for each in analysis.lint(select=["border"])] == [("conv3_3", "H"), ("conv3_3", "W")]
    paths = [layer.path for layer in analysis.layers if layer.windows]
    assert len(paths[paths.index("conv3_3") :]) == 10


def test_border_layer_on_the_shortest_paths_of_a_residual_network() -> None:
    """ResNet-18 at 32 pixels: stem 7, pool 11; shortcuts keep 11 until conv1 of layer3.1 adds 2 steps of 16."""
    analysis = archcalc.analyze(archcalc.load("resnet", inputs="image=3x32x32", depth=18))
    found = analysis.lint(select=["AC102"])[0]
    assert (found.path, found.axis) == ("layer1.1.conv2", "H")
    assert found.figures["field"] == 11 + 3 * 2 * 4
    assert found.figures["smallest_field_gets_there_at"] == "layer3.1.conv2"


def test_gates_do_not_make_kernels_unproductive() -> None:
    """Every position of X3D sees the whole clip from the first gate on; windows get there in res4."""
    analysis = archcalc.analyze(archcalc.load("x3d_s"))
    found = [each for each in analysis.lint(select=["unproductive"]) if each.axis == "T"]
    assert analysis.layer("res2.block0.se.multiply").fields["clip"].clipped["T"] == 13
    assert found[0].path == "res4.block2.conv_b"


def test_names_in_the_language_are_those_of_the_rules() -> None:
    assert {each.code: each.name for each in RULES.values()} == RULE_NAMES


@pytest.mark.parametrize("rule", RULES.values(), ids=[each.name for each in RULES.values()])
def test_every_rule_says_why_what_to_do_and_where_it_comes_from(rule: Rule) -> None:
    assert min(map(len, (rule.title, rule.explanation, rule.advice, rule.source))) > 20
