"""The border layer of Richter et al.: the first layer whose input has a field as large as the network input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.lint.finding import Observation, Rule
from archcalc.lint.network import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.graph import Node
    from archcalc.lint.network import Network


def _check(network: Network) -> Iterator[Observation]:
    for name, given in network.graph.inputs.items():
        for axis in given.shape.grid:
            layers = [node for node, taps in network.convolutions if axis in taps and taps[axis].kernel > 1]
            extent = given.shape[axis]
            largest = next((node for node in layers if _largest(network, node, name, axis) >= extent), None)
            if largest is not None and extent > 1:
                smallest = next(
                    (node for node in layers if (_smallest(network, node, name, axis) or 0) >= extent), None
                )
                yield _observation(network, largest, smallest, name, axis)


def _largest(network: Network, node: Node, name: str, axis: str) -> int:
    field = network.fields(node.inputs[0], axis).get(name)
    return 0 if field is None else field.full_size


def _smallest(network: Network, node: Node, name: str, axis: str) -> int | None:
    """Return the smallest field over paths of what a layer reads; None where no path has windows alone, or unknown."""
    source = node.inputs[0]
    if source in network.graph.inputs:
        return 1 if source == name else None
    return network.analysis.smallest_fields[source].get(name, {}).get(axis)


def _observation(network: Network, node: Node, surely: Node | None, name: str, axis: str) -> Observation:
    extent, field = network.extent(name, axis), _largest(network, node, name, axis)
    smallest = _smallest(network, node, name, axis)
    on_all = ""
    if surely is not None and surely is not node:
        on_all = f"; the smallest field over paths first gets there at {surely.path}"
    elif surely is None and smallest is not None:
        on_all = "; the smallest field over paths stays smaller"
    message = (
        f"border layer along {axis}: what it reads has a field of {field:,}, at least the {counted(extent, axis)} of"
        f" {name}{on_all}"
    )
    figures = {"field": field, "smallest_field": smallest, "extent": extent,
               "smallest_field_gets_there_at": None if surely is None else surely.path}  # fmt: skip
    return Observation(node.path, axis, message, figures)


BORDER = Rule(
    "AC102",
    "border",
    "the first layer that reads fields as large as the input",
    "The border layer is the first convolution with a kernel along the axis whose input has a full receptive field at"
    " least as large as the network input. Richter et al. found for image classifiers that layers from there on hardly"
    " improve what the network predicts. With several paths the largest field over paths decides; the message also says"
    " at which layer the smallest field over paths gets there.",
    "Spend layers before the border layer, reduce the early stride, or train with a larger input.",
    "Richter et al., Should You Go Deeper? (arXiv:2106.12307), section 3; Richter and Pal, Receptive Field Refinement"
    " for Convolutional Neural Networks (arXiv:2211.14487).",
    _check,
)
