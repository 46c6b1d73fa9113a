"""Layers with a kernel along an axis that every position they read sees whole already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.lint.finding import Observation, Rule
from archcalc.lint.network import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.core.field import AxisField
    from archcalc.graph import Node
    from archcalc.lint.network import Network


def _check(network: Network) -> Iterator[Observation]:
    for node, taps in network.convolutions:
        for axis, each in taps.items():
            if each.kernel > 1 and _adds_no_context(network, node, axis):
                yield _observation(network, node, axis, each.kernel)


def _adds_no_context(network: Network, node: Node, axis: str) -> bool:
    fields = network.fields(node.inputs[0], axis)
    return bool(fields) and all(sees_whole(field, network.extent(name, axis)) for name, field in fields.items())


def sees_whole(field: AxisField, extent: int) -> bool:
    """Return whether every position of a tensor sees a whole axis of an input, and through windows.

    A gate or a norm over positions lets every position depend on the whole axis through a few averages; windows still
    add context after it until they reach as far themselves.
    """
    if field.clipped.common != (0, extent - 1):
        return False
    if not field.sees_all:
        return True
    hulls = [window.hulls(len(field)).common for window in field.windows]
    return any(hull is not None and hull[0] <= 0 and hull[1] >= extent - 1 for hull in hulls)


def _observation(network: Network, node: Node, axis: str, kernel: int) -> Observation:
    positions = node.typed.inputs[0][axis]
    name = next(iter(network.fields(node.inputs[0], axis)))
    extent, macs = network.extent(name, axis), network.records[node.path].macs
    whole = counted(extent, axis)
    reads = "the position that it reads sees" if positions == 1 else f"each of the {positions} positions sees"
    message = f"kernel {kernel} along {axis} adds no context: {reads} all {whole} of {name} already"
    return Observation(node.path, axis, message, {"kernel": kernel, "positions": positions, "extent": extent,
                                                  "share": network.share(macs)})  # fmt: skip


UNPRODUCTIVE = Rule(
    "AC101",
    "unproductive",
    "a kernel that adds no context: its input sees the whole axis",
    "Every position that the convolution reads depends on the whole axis of the network input (its clipped receptive"
    " field is the axis). Its kernel along this axis gives no position more context; it only combines features that"
    " have seen the same. If positions see the whole axis only through a gate or a norm over positions, the rule waits"
    " until windows reach as far.",
    "Give the kernel size 1 along this axis, remove the layer, reduce strides before it, or use a larger input.",
    "Richter et al., Should You Go Deeper? (arXiv:2106.12307), sections 3 and 4, for images; here for every axis and"
    " with the border of the input.",
    _check,
)
