"""Calls of CUDA, against stand-ins that note them: busy kernels and graphs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import torch

from archcalc.measure import failures
from archcalc.measure.failures import is_device_failure
from archcalc.measure.profile.busy import CALIBRATION, BusyDevice
from archcalc.measure.profile.graph import captured
from archcalc.measure.profile.workload import Workload
from archcalc.results.profile import TRAINING, Setup
from archcalc.spec.load import load_spec

if TYPE_CHECKING:
    from collections.abc import Iterator

HERTZ = 1.5e9


class Device:
    """A stream whose kernels only wait: the time at which it is done, and the time now."""

    def __init__(self) -> None:
        self.now = self.free = 0.0
        self.slept: list[int] = []

    def sleep(self, cycles: int) -> None:
        self.slept.append(cycles)
        self.free = max(self.now, self.free) + cycles / HERTZ

    def event(self, *, enable_timing: bool = False) -> Any:
        device = self

        class Event:
            timed = enable_timing
            at = 0.0

            def record(self) -> None:
                self.at = max(device.now, device.free)

            def query(self) -> bool:
                return device.now >= self.at

            def elapsed_time(self, end: Any) -> float:
                assert self.timed
                return 1000 * float(end.at - self.at)

        return Event()


def test_a_device_is_kept_busy_for_the_seconds_that_were_asked_for(monkeypatch):
    device, waits = Device(), []
    monkeypatch.setattr(torch.cuda, "_sleep", device.sleep)
    monkeypatch.setattr(torch.cuda, "Event", device.event)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: waits.append(1))
    busy = BusyDevice()
    assert not busy.lasts()
    for seconds in (0.02, 0.04):
        busy.start(seconds)
    assert device.slept == [CALIBRATION, pytest.approx(0.02 * HERTZ, abs=1), pytest.approx(0.04 * HERTZ, abs=1)]
    assert waits == [1], "the rate is found once"
    device.now = device.free - 1e-6
    assert busy.lasts()
    device.now = device.free
    assert not busy.lasts()


@pytest.fixture
def graphs(monkeypatch) -> list[str]:
    """What CUDA was asked for, with stand-ins for streams and graphs."""
    done: list[str] = []

    class Stream:
        def wait_stream(self, other: object) -> None:
            done.append("wait")

    class Graph:
        def replay(self) -> None:
            done.append("replay")

    @contextmanager
    def noted(what: object) -> Iterator[None]:
        done.append(f"in {type(what).__name__}")
        yield
        done.append("out")

    for name, stand_in in {"Stream": Stream, "current_stream": Stream, "CUDAGraph": Graph, "stream": noted,
                           "graph": noted}.items():  # fmt: skip
        monkeypatch.setattr(torch.cuda, name, stand_in)
    return done


def test_a_network_is_run_in_a_stream_of_its_own_before_it_is_captured(graphs, monkeypatch):
    workload = Workload(load_spec("field_temporal", {}, {}).graph, Setup("meta"))
    run = Workload.run
    monkeypatch.setattr(
        Workload, "run", lambda self, *given, **named: graphs.append("run") or run(self, *given, **named)
    )
    replay = captured(workload)
    assert not isinstance(replay, str)
    replay()
    assert graphs == ["wait", "in Stream", "run", "out", "wait", "in Graph", "run", "out", "replay"]


@pytest.mark.parametrize("changed", [{"mode": TRAINING}, {"compiled": True}])
@pytest.mark.usefixtures("graphs")
def test_training_and_compiled_networks_have_no_graph(changed):
    workload = Workload(load_spec("field_temporal", {}, {}).graph, Setup("meta", mode=changed.get("mode", "inference")))
    workload.setup = Setup("meta", **changed)
    assert captured(workload) == "of inference that is not compiled alone"


def test_a_network_that_cannot_be_captured_says_why(graphs, monkeypatch):
    def fails(*_: object) -> None:
        raise RuntimeError("operation not permitted when stream is capturing\nmore")

    workload = Workload(load_spec("field_temporal", {}, {}).graph, Setup("meta"))
    monkeypatch.setattr(Workload, "run", fails)
    assert captured(workload) == "operation not permitted when stream is capturing"
    assert "replay" not in graphs


@pytest.mark.parametrize(("answers", "failed"), [(True, False), (False, True)])
def test_an_error_stays_where_the_device_does_not_answer_any_more(monkeypatch, answers, failed):
    def synchronize() -> None:
        if not answers:
            raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(torch.cuda, "synchronize", synchronize)
    assert failures._usable() == answers
    assert is_device_failure(torch.AcceleratorError("CUDA error: invalid configuration argument")) == failed
