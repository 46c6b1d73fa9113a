"""The times of layers in one pass: on the device, and of the host that starts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archcalc.measure.profile.stopwatch import Stopwatch

MILLI = 1000.0
MOST_SECONDS = 0.4
MARGIN = 3.0
"""A device is kept busy for so many times as long as its host is expected to need."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How work is queued: so many layers at once, while the device is kept busy for so many seconds.

    A device takes about a thousand kernels into its queue, and then lets the host wait.
    """

    layers: int = 48
    seconds: float = 0.02

    def slower(self) -> Pace:
        """Return a pace at which the host is ahead more easily: half the layers, and twice the seconds."""
        return Pace(max(1, self.layers // 2), min(2 * self.seconds, MOST_SECONDS))

    @property
    def slowest(self) -> bool:
        """Whether nothing more can be done for the host."""
        return self.layers == 1 and self.seconds >= MOST_SECONDS


@dataclass(frozen=True)
class LayerTimes:
    """The times of every layer in one run in milliseconds, on the device and on the host.

    `ahead` says for every layer whether the host had queued it, and the rest of its part, before it ran.
    """

    device: list[float]
    host: list[float]
    ahead: list[bool]


class Recorder:
    """Notes when each layer starts and ends; with a pace, keeps the device busy before each piece of layers."""

    def __init__(self, stopwatch: Stopwatch, pace: Pace | None) -> None:
        self._watch = stopwatch
        self._pace = pace if stopwatch.busy is not None else None
        self._spans: list[tuple[Any, Any]] = []
        self._layers: list[list[int]] = []
        self._host: list[float] = []
        self._ahead: list[bool] = []
        self._start: Any = None
        self._launched = 0.0

    def layer(self) -> None:
        """Begin the next layer, after queued work where the device has to be kept busy."""
        if self._pace is not None and len(self._layers) % self._pace.layers == 0:
            self._close()
            self._busy().start(self._pace.seconds)
        self._layers.append([])
        self._host.append(0.0)

    def start(self) -> None:
        """Begin a part of the layer that counts."""
        self._start = self._watch.mark()
        self._launched = self._watch.clock()

    def stop(self) -> None:
        """End the part and keep its time on the host, in milliseconds, and its marks on the device."""
        self._host[-1] += MILLI * (self._watch.clock() - self._launched)
        self._layers[-1].append(len(self._spans))
        self._spans.append((self._start, self._watch.mark()))

    def times(self) -> LayerTimes:
        """Return the times of all layers; a layer of several parts takes what they take together."""
        self._close()
        spans = self._watch.spans(self._spans)
        return LayerTimes([sum(spans[at] for at in parts) for parts in self._layers], self._host, self._ahead)

    def _close(self) -> None:
        """End a piece: was the device busy until the last layer of it was queued?"""
        if self._pace is None:
            return
        piece = len(self._layers) - len(self._ahead)
        self._ahead += [self._busy().lasts()] * piece
        self._watch.wait()

    def _busy(self) -> Any:
        return self._watch.busy
