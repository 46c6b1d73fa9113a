"""Two linear maps in a row, which together are one linear map."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from archcalc.core.terms import total
from archcalc.core.window import TransposedWindow
from archcalc.lint.finding import Observation, Rule
from archcalc.lint.network import AFFINE

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from archcalc.graph import Node
    from archcalc.lint.network import Network


def _check(network: Network) -> Iterator[Observation]:
    linear = {node.path: node for node in network.linear_maps()}
    for node in linear.values():
        chain = list(_back_to_linear(network, node, linear))
        if chain and chain[-1].path in linear:
            yield _observation(network, chain[-1], node, [each.op for each in reversed(chain[:-1])])


def _back_to_linear(network: Network, node: Node, linear: Container[str]) -> Iterator[Node]:
    """Yield the layers before one up to the next linear map, while they only scale and shift channels."""
    for before in network.chain_before(node):
        if before.path in linear:
            yield before
            return
        if before.op not in AFFINE:
            return
        yield before


def _observation(network: Network, first: Node, second: Node, between: list[str]) -> Observation:
    weights = sum(total(network.records[each.path].parameters.weights) for each in (first, second))
    merged = _merged_weights(first, second)
    through = f" with only {', '.join(dict.fromkeys(between))} between them" if between else ""
    message = f"{first.path} and this layer are one linear map{through}; no nonlinearity separates them"
    if merged is not None:
        fewer = weights < merged
        message += f" ({weights:,} weights {'factorize' if fewer else 'do the work of'} {merged:,})"
    return Observation(second.path, None, message, {"first": first.path, "weights": weights, "merged_weights": merged})


def _merged_weights(first: Node, second: Node) -> int | None:
    """Return the weights of one dense layer that does the same; None for transposed convolutions."""
    windows = [each.operator.windows(each.typed.inputs) or {} for each in (first, second)]
    if any(isinstance(window, TransposedWindow) for each in windows for window in each.values()):
        return None
    channels = first.typed.inputs[0].channels * second.shape.channels
    return channels * prod(
        _merged_kernel(*(each.get(axis) for each in windows)) for axis in {**windows[0], **windows[1]}
    )


def _merged_kernel(first: object, second: object) -> int:
    kernels = [getattr(each, "extent", 1) for each in (first, second)]
    return int(kernels[0] + (kernels[1] - 1) * getattr(first, "stride", 1))


LINEAR_PAIR = Rule(
    "AC202",
    "linear_pair",
    "two linear maps without a nonlinearity between them",
    "A convolution or linear layer that directly follows another one, or with only operations between them that scale"
    " and shift channels (batch normalization at inference, dropout), computes together with it one linear map. The"
    " pair can express no more than one layer with the merged kernel. It can be meant: as a factorization with fewer"
    " weights (depthwise then pointwise, spatial then temporal, a linear bottleneck); the figures say how many weights"
    " the merged layer has. At borders with padding the two differ.",
    "Put a nonlinearity between them, merge them, or keep the factorization knowingly.",
    "Sandler et al., MobileNetV2 (arXiv:1801.04381), section 3.2, on linear bottlenecks; Tran et al., R(2+1)D"
    " (arXiv:1711.11248), section 3.5, on the nonlinearity between the factors.",
    _check,
)
