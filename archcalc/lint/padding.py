"""Multiply-accumulates that multiply zeros of padding."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from archcalc.analysis.padding import inside_fraction
from archcalc.lint.finding import Observation, Rule
from archcalc.lint.network import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archcalc.analysis.padding import AxisTaps
    from archcalc.graph import Node
    from archcalc.lint.network import Network

OF_A_LAYER = 0.25
OF_A_NETWORK = 0.1


def _check(network: Network) -> Iterator[Observation]:
    on_padding = 0
    for node, taps in network.convolutions:
        inside, products = inside_fraction(taps)
        macs = network.records[node.path].macs
        padded = macs * (products - inside) // products
        on_padding += padded
        yield from _of_layer(node, taps, padded, macs)
    share = network.share(on_padding)
    if share >= OF_A_NETWORK:
        name = next(iter(network.graph.inputs))
        message = f"{percent(share)} of all multiply-accumulates multiply zeros of padding"
        figures = {"share": share, "macs": on_padding, "of": network.analysis.totals.macs}
        yield Observation(name, None, message, figures)


def _of_layer(node: Node, taps: Mapping[str, AxisTaps], padded: int, macs: int) -> Iterator[Observation]:
    large = {axis: each for axis, each in taps.items() if each.padding_share >= OF_A_LAYER}
    for axis, each in large.items():
        outside = each.all - each.inside
        message = (
            f"{percent(each.padding_share)} of the products along {axis} multiply zeros of padding: {outside:,} of"
            f" {each.all:,}, with kernel {each.kernel} over {node.typed.inputs[0][axis]}"
        )
        yield Observation(node.path, axis, message, {"share": each.padding_share, "products": outside,
                                                     "of": each.all})  # fmt: skip
    share = 1 - prod(each.inside for each in taps.values()) / prod(each.all for each in taps.values())
    if share >= OF_A_LAYER:
        message = f"{percent(share)} of its multiply-accumulates multiply zeros of padding, over all axes"
        yield Observation(node.path, None, message, {"share": share, "macs": padded, "of": macs})


PADDING = Rule(
    "AC103",
    "padding",
    "arithmetic on zeros of padding",
    "At the ends of an axis a window with padding multiplies zeros. On short axes, such as the two frames that many"
    " video networks have left, that is much of the arithmetic: a kernel of 3 over 2 positions multiplies zeros in two"
    " of six products. The share is counted from the windows, exactly. Layers are named from a quarter of their"
    " arithmetic on, a network from a tenth on; --columns padding_macs of archcalc table has it for every layer.",
    "Use a smaller kernel where the axis is short, downsample later, or use a larger input.",
    "Counted from the definition of a convolution (Dumoulin and Visin, arXiv:1603.07285).",
    _check,
)
