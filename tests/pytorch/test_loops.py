"""Loops in written source: equal iterations of a repeat, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from archcalc.pytorch.source.names import numbered
from archcalc.spec.load import Spec
from tests.pytorch.test_source import source_text

Layers = Callable[..., Spec]
CONV = "conv3d: {name: $NAME, out: 3, kernel: 3, padding: 1}"


def loops(spec: Spec) -> list[tuple[str, ...]]:
    """The loops of the constructors, with the names that they give."""
    found = re.finditer(r"for i in (range\(.*\)):\n +self\.add_module\(f\"(.*?)\"", source_text(spec))
    return [each.groups() for each in found]


def layer(name: str) -> str:
    return CONV.replace("$NAME", name)


def test_iterations_of_a_repeat_are_a_loop(layers: Layers) -> None:
    spec = layers(f"- repeat: {{times: 4, index: i, layers: [{{{layer('conv$(i + 2)')}}}]}}")
    assert loops(spec) == [("range(2, 6)", "conv{i}")]


def test_layers_with_numbers_that_no_repeat_made_are_no_loop(layers: Layers) -> None:
    spec = layers("\n".join(f"- {layer(f'conv{number}')}" for number in range(4)))
    assert not loops(spec)
    assert "self.conv3 = nn.Conv3d(" in source_text(spec)


def test_iterations_of_two_repeats_are_two_loops(layers: Layers) -> None:
    """The names of the second go on where those of the first end; the loops do not."""
    repeats = (f"- repeat: {{times: 2, index: i, layers: [{{{layer(name)}}}]}}" for name in ("conv$i", "conv$(i + 2)"))
    assert loops(layers("\n".join(repeats))) == [("range(2)", "conv{i}"), ("range(2, 4)", "conv{i}")]


def test_names_that_do_not_count_are_no_loop(layers: Layers) -> None:
    spec = layers(f"- repeat: {{times: 4, index: i, layers: [{{{layer('conv$(2 * i)')}}}]}}")
    assert not loops(spec)


def test_an_iteration_that_is_read_again_ends_a_loop(layers: Layers) -> None:
    spec = layers(f"- repeat: {{times: 5, index: i, layers: [{{{layer('conv$i')}}}]}}\n- add: {{from: [conv1, conv4]}}")
    assert loops(spec) == [("range(2)", "conv{i}"), ("range(2, 5)", "conv{i}")]


def test_zeros_before_a_number_stay(layers: Layers) -> None:
    spec = layers(f"- repeat: {{times: 11, index: i, layers: [{{{layer('conv0$i')}}}]}}")
    assert loops(spec) == [("range(11)", "conv0{i}")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("block12", ("block", 12)), ("block0", ("block", 0)), ("block007", ("block00", 7)), ("block00", ("block0", 0)),
     ("layer1_3", ("layer1_", 3)), ("7", ("", 7)), ("block", None), ("block1a", None)],
)  # fmt: skip
def test_numbers_at_the_end_of_names(name: str, expected: tuple[str, int] | None) -> None:
    assert numbered(name) == expected
    assert expected is None or f"{expected[0]}{expected[1]}" == name
