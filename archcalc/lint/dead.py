"""Layers, groups of channels and weights that cannot change an output."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from archcalc.core.terms import total
from archcalc.lint.finding import Observation, Rule
from archcalc.lint.network import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archcalc.analysis.padding import AxisTaps
    from archcalc.graph import Node
    from archcalc.lint.network import Network


def _check(network: Network) -> Iterator[Observation]:
    yield from _unread_layers(network)
    for node, taps in network.convolutions:
        yield from _weights_on_padding(network, node, taps)
    yield from _groups_that_never_mix(network)
    yield from _unread_parameters(network)


def _unread_layers(network: Network) -> Iterator[Observation]:
    for path in network.graph.unread():
        record = network.records[path]
        message = f"no output reads this layer; it has {record.params:,} params and {record.macs:,} MACs"
        yield Observation(path, None, message, {"params": record.params, "macs": record.macs})


def _weights_on_padding(network: Network, node: Node, taps: Mapping[str, AxisTaps]) -> Iterator[Observation]:
    """Yield the weights of a convolution that meet nothing but padding, at every output."""
    used, kernel = prod(each.used for each in taps.values()), prod(each.kernel for each in taps.values())
    weights = total(network.records[node.path].parameters.weights)
    if used < kernel and weights:
        dead = weights * (kernel - used) // kernel
        axes = [axis for axis, each in taps.items() if each.used < each.kernel]
        where = ", ".join(f"{taps[axis].kernel - taps[axis].used} of {taps[axis].kernel} along {axis}" for axis in axes)
        message = f"{dead:,} of {weights:,} weights only ever multiply zeros of padding ({where})"
        figures = {"weights": dead, "of": weights, "share": dead / weights}
        yield Observation(node.path, axes[0] if len(axes) == 1 else None, message, figures)


def _groups_that_never_mix(network: Network) -> Iterator[Observation]:
    """Yield grouped convolutions from which the groups stay separate up to the outputs."""
    mixed: dict[str, bool] = {}
    for node in reversed(network.graph.nodes.values()):
        readers = network.readers[node.path]
        ends = node.path in network.outputs or not readers
        mixed[node.path] = not ends and all(mixed[each.path] or _mixes(each, node.path) for each in readers)
    for node, _ in network.convolutions:
        groups = network.records[node.path].groups or 1
        if groups > 1 and not mixed[node.path] and node.path not in network.graph.unread():
            message = f"its {groups} groups of channels never mix on the way to an output"
            yield Observation(node.path, None, message, {"groups": groups})


def _mixes(reader: Node, path: str) -> bool:
    """Return whether a channel of a layer reads all channels of one of its inputs."""
    inputs = reader.typed.inputs
    return any(
        len(part.channels) == inputs[input_index].channels
        for input_index, source in enumerate(reader.inputs)
        if source == path
        for part in reader.operator.channel_reads(inputs, input_index).parts(range(1))
    )


def _unread_parameters(network: Network) -> Iterator[Observation]:
    """Yield the parameters of a recorded module that its forward pass does not read."""
    imported = network.graph.imported
    unread = 0 if imported is None else sum(imported.unread.values())
    if unread and network.analysis.totals.params:
        share = unread / network.analysis.totals.params
        message = f"the forward pass reads none of {unread:,} parameters ({percent(share)} of all)"
        yield Observation(next(iter(network.graph.inputs)), None, message, {"params": unread, "share": share})


DEAD = Rule(
    "AC204",
    "dead",
    "layers, groups or weights that cannot change an output",
    "Counted, stored and trained for nothing: a layer that leads to no output; weights at the ends of a kernel that"
    " meet padding at every output (a kernel of 3 over one position with padding 1 uses a third of its weights); groups"
    " of a grouped convolution that stay separate up to the output, so that the network is several networks side by"
    " side; parameters of a module that its forward pass does not read.",
    "Remove the layer, make the kernel as long as what it can read, mix the groups by a pointwise convolution or a"
    " channel shuffle.",
    "Zhang et al., ShuffleNet (arXiv:1707.01083), section 3.1, on groups; counted from the windows and the graph.",
    _check,
)
