"""The random networks are worth comparing on, and the reference is consistent on them."""

from __future__ import annotations

import pytest

from .examined import examined
from .fields import Findings
from .network import Network, flatten, shapes
from .random_networks import random_network
from .unclipped import enlarged_field, growths, motions, unbounded


@pytest.mark.parametrize("seed", range(100))
def test_random_networks_are_valid_and_repeatable(seed: int) -> None:
    network = random_network(seed)
    assert network == random_network(seed)
    assert all(length >= 1 for shape in shapes(network).values() for length in shape.sizes.values())
    taken = {path for node in flatten(network) for path in node.inputs}
    assert set(network.inputs) <= taken


def test_random_networks_hold_the_hard_cases() -> None:
    results = [examined(seed) for seed in range(100)]
    found = [
        field
        for one in results
        for inputs in one.fields.values()
        for axes in inputs.values()
        for field in axes.values()
    ]
    assert sum(not field.motion.aligned for field in found) > 50
    assert sum(field.motion.outputs > 1 and not field.motion.endless for field in found) > 50
    assert sum(None in field.clipped for field in found) > 50
    assert sum(field.motion.endless for field in found) > 50
    assert sum(len(inputs) > 1 for one in results for inputs in one.fields.values()) > 50


LONGEST = 1500
"""A longer enlarged input is left out, for time."""


def test_an_enlarged_input_shows_the_same_field() -> None:
    compared = 0
    for seed in range(40):
        network = random_network(seed)
        for source, shape in network.inputs.items():
            for axis in shape.sizes:
                compared += assert_enlarged_agrees(network, examined(seed), source, axis)
    assert compared > 350


def assert_enlarged_agrees(network: Network, findings: Findings, source: str, axis: str) -> int:
    """Both ways to the full field agree on every tensor that has one; how many were compared comes back."""
    if max(growths(network, axis, 7).values()) > LONGEST:
        return 0
    enlarged = enlarged_field(network, source, axis, 7)
    expected = {
        path: field.full
        for path, inputs in findings.fields.items()
        if source in inputs
        for field in [inputs[source][axis]]
        if enlarged.get(path) is not None and not field.motion.endless
    }
    assert {path: enlarged[path] for path in expected} == expected
    return len(expected)


def test_the_reference_sees_that_a_field_is_not_the_full_one_cut_to_the_input() -> None:
    # min(full, extent), and the full hull cut at the input only, are both wrong where borders were met on the way.
    short, cut, total = 0, 0, 0
    for seed in range(60):
        network = random_network(seed)
        search, moving = unbounded(network, "clip", "H"), motions(network, "clip", "H")
        for path, inputs in examined(seed).fields.items():
            found = inputs.get("clip", {}).get("H")
            if found is None or moving[path].endless:
                continue
            total += 1
            short += found.clipped_size != min(found.full, network.inputs["clip"].sizes["H"])
            cut += any(search.hull_on_input(path, i) != hull for i, hull in enumerate(found.clipped))
    assert short > total // 20
    assert cut > total // 20
