"""Biases that a normalization removes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.terms import total
from archcalc.lint.finding import Observation, Rule
from archcalc.ops.group_norm import GroupNorm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.graph import Node
    from archcalc.lint.network import Network

SUBTRACT_MEAN_OF_CHANNEL = frozenset({"batch_norm", "instance_norm"})


def _check(network: Network) -> Iterator[Observation]:
    for node in network.linear_maps():
        biases = total(network.records[node.path].parameters.biases)
        readers = network.readers[node.path]
        if biases and readers and node.path not in network.outputs and all(map(_removes_bias, readers)):
            message = f"{biases:,} biases have no effect: {readers[0].path} subtracts the mean of each channel"
            yield Observation(node.path, None, message, {"biases": biases, "norm": readers[0].path})


def _removes_bias(node: Node) -> bool:
    if isinstance(node.operator, GroupNorm):
        return node.operator.num_groups == node.typed.inputs[0].channels
    return node.op in SUBTRACT_MEAN_OF_CHANNEL


BIAS_BEFORE_NORM = Rule(
    "AC201",
    "bias_before_norm",
    "a bias that the next normalization removes",
    "Batch and instance normalization subtract the mean of every channel. A bias of the layer before moves that mean"
    " and nothing else, so it has no effect and gets no gradient; the normalization has a bias of its own.",
    "Set bias: false in the layer before the normalization.",
    "Ioffe and Szegedy, Batch Normalization (arXiv:1502.03167), section 3.2.",
    _check,
)
