"""Networks of PyTorch, built from the same graph as the numbers, to witness them.

Shapes are all that is taken from the analysis. Modules are those of torch.nn wherever there is one, so what a network
has and computes is PyTorch's own answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.graph import NetworkGraph
from archcalc.nn.builders import BUILDERS, Builder
from archcalc.nn.features import Features
from archcalc.nn.network import Network

if TYPE_CHECKING:
    from archcalc.spec.load import Spec

__all__ = ["BUILDERS", "Builder", "Features", "Network", "build"]


def build(network: Spec | NetworkGraph) -> Network:
    """A spec or its graph as a module of PyTorch, with weights as PyTorch starts them.

    >>> import archcalc, torch
    >>> from archcalc.nn import build
    >>> with torch.device("meta"):
    ...     c3d = build(archcalc.load("c3d"))
    >>> c3d.conv1a.weight.shape
    torch.Size([64, 3, 3, 3, 3])
    """
    return Network(network if isinstance(network, NetworkGraph) else network.graph)
