"""The smallest receptive field over paths: the package against every path followed by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

import archcalc

from .channels import shifts_channels
from .comparison import analysis_of, analysis_of_text
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
    if shifts_channels(network):
        pytest.skip("channels that a shift moves are paths of their own, which this does not follow")
    wrong, compared = disagreements(network, analysis_of(network, tmp_path))
    assert not wrong, "\n".join([*wrong, render(network)])
    assert compared


SHIFTED = """
archcalc: 1
name: shifted
inputs: {clip: {C: 8, T: 12}}
layers:
  - conv1d: {name: first, out: 8, kernel: 3, padding: 1}
  - temporal_shift: {name: shift, shift: 2, fold_div: FOLD}
  - conv1d: {name: last, out: 8, kernel: 3, padding: 1}
"""


@pytest.mark.parametrize(("fold", "smallest"), [(8, 3), (2, 3)])
def test_channels_that_a_shift_moves_are_paths_of_their_own(fold: int, smallest: int, tmp_path: Path) -> None:
    analysis = analysis_of_text(SHIFTED.replace("FOLD", str(fold)), tmp_path)
    sizes = {path: inputs["clip"]["T"] for path, inputs in analysis.smallest_fields.items()}
    assert sizes == {"first": 3, "shift": smallest, "last": smallest + 2}
    assert {layer.path: layer.fields["clip"].full["T"] for layer in analysis.layers}["last"] == 3 + 2 * 2 + 2
