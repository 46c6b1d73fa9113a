"""What some channels of a tensor have seen, for the few layers that do not read all channels alike.

A field is kept for all channels of a tensor together. Only a layer that moves or drops some channels (a temporal shift,
a slice) has to know what these have seen by themselves. That is then asked backward, for runs of channels, up to where
all channels see the same.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Generic

from archcalc.analysis.layer_reads import LayerReads, Way
from archcalc.analysis.tensor_values import TensorValues, Value
from archcalc.core.channels import ChannelPlace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from archcalc.core.channels import ChannelReads
    from archcalc.graph import NetworkGraph, Node, TypedOperator

Wanted = tuple[str, range]
"""The path of a tensor and some of its channels."""


class ChannelFields(Generic[Value]):
    """Answers questions about runs of channels during a walk.

    `values` are the answers so far, by path, in the order of the graph; `sources` are the tensors where it started.
    """

    def __init__(
        self,
        graph: NetworkGraph,
        layer_reads: LayerReads[Value],
        values: Mapping[str, TensorValues[Value]],
        sources: frozenset[str],
    ) -> None:
        self._graph, self._layer_reads, self._values, self._sources = graph, layer_reads, values, sources
        self._known: dict[Wanted, TensorValues[Value]] = {}
        self._alike: dict[str, bool] = {}
        self._ways: dict[TypedOperator, tuple[Way, ...]] = {}
        self._reads: dict[TypedOperator, tuple[ChannelReads, ...]] = {}

    def layer(self, node: Node) -> TensorValues[Value]:
        """Return the values of a layer from those of the channels that it reads."""
        return self._found((node.path, range(node.shape.channels)))

    def _found(self, wanted: Wanted) -> TensorValues[Value]:
        """Return an answer; what it needs is computed first, without recursion."""
        open_ones = [wanted]
        while open_ones:
            first = open_ones[-1]
            missing = [each for _, each in self._needs(first) if each not in self._known]
            if missing:
                open_ones += missing
                continue
            ways = [(way, self._known[each]) for way, each in self._needs(open_ones.pop())]
            self._known[first] = self._layer_reads.together(self._graph.nodes[first[0]], ways)
        return self._known[wanted]

    def _needs(self, wanted: Wanted) -> Iterator[tuple[Way, Wanted]]:
        """The channels that some channels of a layer read, and how; those that need no search are known at once."""
        path, channels = wanted
        node = self._graph.nodes[path]
        if node.typed not in self._ways:
            self._ways[node.typed] = self._layer_reads.ways(node)
        reads = self._channel_reads(node.typed)
        for source, way, own in zip(node.inputs, self._ways[node.typed], reads, strict=True):
            for part in own.parts(channels):
                found = Way(way.flow, {**way.reads, **part.reads}) if part.reads else way
                for run in self._runs(source, part.channels):
                    each = (source, run)
                    if source not in self._values or self._is_known(source, run):
                        self._known[each] = self._values.get(source, TensorValues())
                    yield found, each

    def _runs(self, path: str, channels: range) -> Iterable[range]:
        """Return channels that are asked for together: channels that do not follow each other only if all are alike."""
        if channels.step == 1 or path not in self._values or self._sees_alike(path):
            return (channels,)
        return (range(channel, channel + 1) for channel in channels)

    def _is_known(self, path: str, channels: range) -> bool:
        return len(channels) == self._graph.shape(path).channels or self._sees_alike(path)

    def _sees_alike(self, path: str) -> bool:
        """Whether all channels of a tensor are known to see the same."""
        for each in islice(self._values, len(self._alike), None):
            self._alike[each] = each in self._sources or self._gives_alike(self._graph.nodes[each])
        return self._alike[path]

    def _gives_alike(self, node: Node) -> bool:
        reads = self._channel_reads(node.typed)
        if any(isinstance(each, ChannelPlace) for each in reads):
            one = self._values.get(node.inputs[0])
            return all(self._alike.get(path, True) and self._values.get(path) == one for path in node.inputs)
        read = zip(node.inputs, reads, strict=True)
        return all(each.mixes or (each.keeps_alike and self._alike.get(path, True)) for path, each in read)

    def _channel_reads(self, typed: TypedOperator) -> tuple[ChannelReads, ...]:
        if typed not in self._reads:
            numbers = range(len(typed.inputs))
            self._reads[typed] = tuple(
                typed.operator.channel_reads(typed.inputs, input_index) for input_index in numbers
            )
        return self._reads[typed]
