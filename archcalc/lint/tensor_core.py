"""Channels that do not fill the tiles of tensor cores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.lint.finding import Observation, Rule
from archcalc.lint.network import percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.graph import Node
    from archcalc.lint.network import Network

HALF, TF32 = 8, 4
"""Channels in a tile: 16 bytes of fp16 or bf16, and of tf32."""
LEAST_SHARE = 0.001


def _check(network: Network) -> Iterator[Observation]:
    computed = _computed(network)
    for node in network.linear_maps():
        record = network.records[node.path]
        groups = record.groups or 1
        if groups == node.typed.inputs[0].channels > 1 or network.share(record.macs) < LEAST_SHARE:
            continue
        channels = {"out_channels": node.shape.channels // groups}
        if node.inputs[0] in computed:
            channels["in_channels"] = node.typed.inputs[0].channels // groups
        odd = {role: size for role, size in channels.items() if size % HALF}
        if odd:
            yield _observation(node, odd, record.macs, network.share(record.macs))


def _computed(network: Network) -> set[str]:
    """Return the layers that depend on a layer with arithmetic; the channels of the others are those of the input."""
    found: set[str] = set()
    for layer in network.analysis.layers:
        if layer.macs or not found.isdisjoint(layer.inputs):
            found.add(layer.path)
    return found


def _observation(node: Node, odd: dict[str, int], macs: int, share: float) -> Observation:
    listed = " and ".join(f"{size} {role.replace('_', ' ')}" for role, size in odd.items())
    worst = TF32 if any(size % TF32 for size in odd.values()) else HALF
    kinds = "fp16, bf16) or 4 (tf32" if worst == TF32 else "fp16, bf16"
    message = f"{listed}: no multiple of 8 ({kinds}), with {percent(share)} of the multiply-accumulates"
    return Observation(node.path, None, message, {**odd, "divisor": HALF, "divisible_by_4": worst == HALF,
                                                  "macs": macs, "share": share})  # fmt: skip


TENSOR_CORE = Rule(
    "AC301",
    "tensor_core",
    "channels that are no multiple of 8",
    "Tensor cores multiply tiles whose channels are multiples of 8 in fp16 and bf16 and of 4 in tf32 (16 bytes)."
    " Other channel counts are padded or run on slower kernels. Depthwise convolutions do not use tensor cores, and the"
    " channels of a network input cannot be chosen; both are left out, as are layers with less than a thousandth of"
    " the multiply-accumulates.",
    "Round channels up to a multiple of 8, as R(2+1)D's 45, 230 or 921 could be 48, 232 and 928.",
    "NVIDIA, Deep Learning Performance Documentation: Convolutional Layers User's Guide, Tensor Core requirements.",
    _check,
)
