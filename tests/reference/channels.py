"""What each channel of a network depends on, tap by tap: for networks in which some channels are shifted.

Everywhere else all channels of a tensor may be taken together, which is much less work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .channel_moves import ChannelRange, DepthToSpace, Half
from .dependence import Hull, Lengths, lengths_along
from .network import Network, Node, flatten, shapes
from .operation import Operands
from .others import TemporalShift
from .unclipped import Motion, hull_of

Key = tuple[str, int, int]
"""A tensor, one of its channels and one of its positions."""


BY_CHANNEL = (TemporalShift, ChannelRange, Half, DepthToSpace)
"""Operations that read some channels at other positions than the rest, or not at all."""


def shifts_channels(network: Network) -> bool:
    """Whether some channels are read at other positions than the rest."""
    return any(isinstance(node.operation, BY_CHANNEL) for node in flatten(network))


@dataclass
class ByChannel:
    """One axis of one input of a network, channel by channel."""

    network: Network
    source: str
    axis: str
    moving: Mapping[str, Motion]
    clipped: dict[Key, frozenset[int]] = field(default_factory=dict)
    windows: dict[Key, frozenset[int]] = field(default_factory=dict)
    all_of: dict[Key, frozenset[int]] = field(default_factory=dict)
    connected: dict[tuple[str, int], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.nodes = {node.path: node for node in flatten(self.network)}
        self.lengths: Lengths = lengths_along(self.network, self.axis)
        self.counts = {path: shape.channels for path, shape in shapes(self.network).items()}

    def hull(self, seen: str, path: str, index: int) -> Hull | None:
        """The hull over all channels of what a position reads: `clipped`, through `windows`, or `all_of` it."""
        look = {"clipped": self.reads, "windows": self.through, "all_of": self.depends}[seen]
        return hull_of(frozenset().union(*(look((path, channel, index)) for channel in range(self.counts[path]))))

    def wired(self, key: Key, *, window: bool) -> Iterable[Key]:
        """The channels and positions that one is wired to, those outside the tensors included."""
        path, channel, index = key
        node = self.nodes[path]
        counts = tuple(self.counts[each] for each in node.inputs)
        for at, read, i in node.operation.wires(self.axis, channel, index, self.operands(node), counts, window=window):
            yield node.inputs[at], read, i

    def hangs_on_source(self, path: str) -> bool:
        """Whether any channel of a tensor is wired to the input, at whatever positions."""
        return any(self.is_wired(path, channel) for channel in range(self.counts[path]))

    def is_wired(self, path: str, channel: int) -> bool:
        """Whether one channel is."""
        if path not in self.nodes:
            return path == self.source
        if (path, channel) not in self.connected:
            positions = range(self.lengths[path] or 1)
            read = {key[:2] for at in positions for key in self.wired((path, channel, at), window=False)}
            self.connected[path, channel] = any(self.is_wired(*each) for each in read)
        return self.connected[path, channel]

    def operands(self, node: Node) -> Operands:
        return tuple(self.lengths[path] for path in node.inputs)

    def inside(self, key: Key) -> bool:
        return 0 <= key[2] < (self.lengths[key[0]] or 1)

    def at_input(self, key: Key) -> frozenset[int] | None:
        """What an input of the network reads: itself, or nothing if it is another; None for a layer."""
        if key[0] in self.nodes:
            return None
        return frozenset({key[2]} if key[0] == self.source else ())

    def reads(self, key: Key) -> frozenset[int]:
        """Of the input as it is, every tensor with its ends."""
        known = self.at_input(key)
        if known is not None:
            return known
        if key not in self.clipped:
            taken = [each for each in self.wired(key, window=False) if self.inside(each)]
            self.clipped[key] = frozenset().union(*map(self.reads, taken))
        return self.clipped[key]

    def through(self, key: Key) -> frozenset[int]:
        """Of an endless input, through windows alone."""
        known = self.at_input(key)
        if known is not None:
            return known
        if key not in self.windows:
            self.windows[key] = frozenset().union(*map(self.through, self.wired(key, window=True)))
        return self.windows[key]

    def depends(self, key: Key) -> frozenset[int]:
        """Of an endless input in all: from an operation on a whole axis on, tensors have ends."""
        motion = self.moving.get(key[0])
        if key[0] not in self.nodes or motion is None or not motion.sees_all:
            return self.through(key)
        if key not in self.all_of:
            taken = [each for each in self.wired(key, window=False) if self.inside(each)]
            node = self.nodes[key[0]]
            whole = {node.inputs[at] for at in node.operation.whole_operands(self.axis, self.operands(node))}
            windows = map(self.through, (each for each in taken if each[0] in whole))
            self.all_of[key] = frozenset().union(*map(self.depends, taken), *windows)
        return self.all_of[key]
