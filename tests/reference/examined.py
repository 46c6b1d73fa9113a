"""What the reference finds for the random networks, worked out once for all tests."""

from __future__ import annotations

from functools import cache

from .fields import Findings, examine
from .random_networks import random_network


@cache
def examined(seed: int) -> Findings:
    """Return what the reference finds for the random network of a seed; not to be changed."""
    return examine(random_network(seed))
