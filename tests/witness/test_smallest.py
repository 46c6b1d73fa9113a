"""The smallest receptive field over paths: the package against every path followed by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

import archcalc

from .comparison import analysis_of
from .network import Network, flatten, render
from .random_networks import random_network
from .smallest import TooManyPathsError, smallest_field


def disagreements(network: Network, analysis: archcalc.Analysis) -> tuple[list[str], int]:
    """The layers and axes on which the two differ, and how many were compared."""
    wrong, compared = [], 0
    for node in flatten(network):
        if not node.written:
            continue
        for source, shape in network.inputs.items():
            for axis in shape.sizes:
                try:
                    expected = smallest_field(network, node.path, source, axis)
                except TooManyPathsError:
                    continue
                found = analysis.smallest_fields[node.path].get(source, {}).get(axis)
                compared += 1
                if found != expected:
                    wrong.append(f"{node.path} on {axis} of {source}: {found}, path by path {expected}")
    return wrong, compared


@pytest.mark.parametrize("seed", range(150))
def test_agrees_with_every_path_followed(seed: int, tmp_path: Path) -> None:
    network = random_network(seed)
    wrong, compared = disagreements(network, analysis_of(network, tmp_path))
    assert not wrong, "\n".join([*wrong, render(network)])
    assert compared
