"""Random networks of the reference draw every operator of the language."""

from __future__ import annotations

from archcalc.ops import OPS

from .network import flatten
from .random_channels import random_channels
from .random_networks import random_network
from .random_stacks import random_stacks

NETWORKS = 1_200
"""So many that the rarest operators are among them: one network in 200 has a sinusoidal position."""


def test_every_operator_is_drawn() -> None:
    generators = (random_network, random_channels, random_stacks)
    networks = [generator(seed) for generator in generators for seed in range(NETWORKS)]
    drawn = {node.operation.spec()[0] for network in networks for node in flatten(network)}
    assert set(OPS) - drawn == set()
