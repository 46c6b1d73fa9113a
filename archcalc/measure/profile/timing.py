"""The times of a network and of its layers, in rounds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archcalc.measure.profile.graph import captured
from archcalc.measure.profile.recorder import LayerTimes, Pace
from archcalc.measure.profile.runs import ROUNDS, Plan, one_round, warm_up

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.measure.profile.stopwatch import Stopwatch
    from archcalc.measure.profile.workload import Workload

MILLI = 1000.0
GRAPH_SHARE = 0.5
"""Of the time that the network is run, that its CUDA graph is run."""

Rounds = list[list[float]]
"""Milliseconds of every run of each round."""


@dataclass(frozen=True)
class NetworkTimes:
    """Milliseconds of all runs: of the network, of each of its layers, and of its CUDA graph or why there is none.

    On a device with a queue `layers` are times of queued work, `eager` those of layers that the host starts one by one,
    and `host` what it takes to start them; both None elsewhere. `ahead` says which layers were queued in time.
    """

    whole: Rounds
    layers: list[Rounds]
    eager: list[Rounds] | None = None
    host: list[Rounds] | None = None
    ahead: list[bool] | None = None
    graph: Rounds | None = None
    no_graph: str | None = None


@dataclass(frozen=True)
class _Pass:
    """One pass over the layers: queued, and as the host starts them where that is another thing."""

    queued: LayerTimes
    eager: LayerTimes


def network_times(workload: Workload, clock: Stopwatch, plan: Plan, tell: Callable[[str], None]) -> NetworkTimes:
    """Run a network and its layers alternately, so that changes of the machine affect both."""
    tell("warming up")
    warm_up(workload.run, plan)
    passes = _Passes(workload, clock)
    warm_up(passes.run, plan)
    whole, layers = [], []
    for number in range(1, ROUNDS + 1):
        tell(f"whole network, round {number} of {ROUNDS}")
        whole.append(one_round(lambda: clock.milliseconds(workload.run), plan, clock))
        tell(f"layers, round {number} of {ROUNDS}")
        layers.append(one_round(passes.run, plan, clock))
    found = _network_times(whole, layers, queued=clock.busy is not None)
    return found if clock.busy is None else _with_graph(found, workload, clock, plan, tell)


class _Passes:
    """Passes over the layers of a network, at a pace at which the host is ahead of the device."""

    def __init__(self, workload: Workload, clock: Stopwatch) -> None:
        self._subject, self._clock = workload, clock
        self._pace = None if clock.busy is None else Pace()

    def run(self) -> _Pass:
        """Run all layers once, and once more queued where they can be; again, more slowly, where the host was late."""
        eager = self._subject.run_layers(self._clock)
        if self._pace is None:
            return _Pass(eager, eager)
        queued = self._subject.run_layers(self._clock, self._pace)
        while not all(queued.ahead) and not self._pace.slowest:
            self._pace = self._pace.slower()
            queued = self._subject.run_layers(self._clock, self._pace)
        return _Pass(queued, eager)


def _network_times(whole: Rounds, rounds: Sequence[Sequence[_Pass]], *, queued: bool) -> NetworkTimes:
    layers = _by_layer([[each.queued.device for each in passes] for passes in rounds])
    if not queued:
        return NetworkTimes(whole, layers)
    every = [each.queued.ahead for passes in rounds for each in passes]
    return NetworkTimes(
        whole,
        layers,
        eager=_by_layer([[each.eager.device for each in passes] for passes in rounds]),
        host=_by_layer([[each.queued.host for each in passes] for passes in rounds]),
        ahead=[all(layer) for layer in zip(*every, strict=True)],
    )


def _by_layer(rounds: Sequence[Sequence[Sequence[float]]]) -> list[Rounds]:
    """Times by round, run and layer as times by layer, round and run."""
    count = len(rounds[0][0])
    return [[[run[at] for run in runs] for runs in rounds] for at in range(count)]


def _with_graph(
    found: NetworkTimes, workload: Workload, clock: Stopwatch, plan: Plan, tell: Callable[[str], None]
) -> NetworkTimes:
    tell("CUDA graph")
    run = captured(workload)
    if isinstance(run, str):
        return replace(found, no_graph=run)
    shorter = replace(plan, seconds=GRAPH_SHARE * plan.seconds)
    warm_up(run, shorter)
    rounds = [one_round(lambda: clock.milliseconds(run), shorter, clock) for _ in range(ROUNDS)]
    return replace(found, graph=rounds)
