"""Evaluates parts of a search on the machines of a Dask cluster.

The text of the spec and its libraries travels, so that workers need no files. A part is sent to workers whose version
of archcalc was asked for before; workers may join and leave at any time, and what a lost worker had goes to others.
"""

from __future__ import annotations

import logging
import pickle
import time
import zlib
from collections import deque
from concurrent.futures import CancelledError
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from archcalc._version import __version__
from archcalc.core.extras import install_command
from archcalc.core.problem import Unavailable, UsageError
from archcalc.design.outcomes import OutcomeFinder
from archcalc.design.parts import outcomes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from archcalc.design.model import SearchFile
    from archcalc.design.outcomes import Outcome
    from archcalc.design.parts import Done, Part

AHEAD = 3
"""Parts that are sent for each thread of a worker before the first of them is done."""
CONNECT = 10.0
"""Seconds for which the answer of a scheduler is waited for."""
LOOK = 1.0
"""Seconds after which it is looked whether workers joined or left."""
NOBODY = 60.0
"""Seconds for which a search waits while no worker can take parts."""


class Cluster:
    """Evaluates parts on the workers of a scheduler; those of another version of archcalc get none."""

    def __init__(self, search: SearchFile, address: str, refused: Callable[[str], None]) -> None:
        """Connect to a scheduler; `refused` is called with why a worker gets no parts.

        Raises:
            Unavailable: Dask is not installed, or no scheduler answers.
            UsageError: the address is none.
        """
        self._packed = zlib.compress(pickle.dumps(search))
        self._address = address
        self._client = _connected(address)
        self._refused = refused
        self._threads: dict[str, int] = {}
        self._looked = self._alone = time.monotonic()
        self._look()

    def run(self, parts: Iterable[Part]) -> Iterator[Done]:
        """Yield the outcomes of each part, in the order of the parts.

        Raises:
            Unavailable: the scheduler is gone, no worker is left, or workers end at the same part again and again.
        """
        waiting: deque[_Sent] = deque()
        for part in parts:
            waiting.append(self._sent(part))
            while len(waiting) >= AHEAD * max(1, sum(self._able().values())):
                yield self._received(waiting)
        while waiting:
            yield self._received(waiting)

    def close(self) -> None:
        """Leave the cluster; parts that were sent are given up."""
        self._client.close(timeout=2)

    def _sent(self, part: Part) -> _Sent:
        self._look_if_due()
        while not self._able():
            self._wait_for_workers()
        return _Sent(part, self._submitted(part), frozenset(self._able()))

    def _submitted(self, part: Part) -> Any:
        workers = sorted(self._able())
        return self._client.submit(_evaluate, self._packed, part, pure=False, workers=workers)

    def _received(self, waiting: deque[_Sent]) -> Done:
        first = waiting[0]
        while True:
            self._look_if_due()
            self._send_again(waiting)
            try:
                outcomes = first.future.result(timeout=LOOK)
            except TimeoutError:
                self._check_connected()
            except Exception as error:
                raise self._failure(error) from None
            else:
                waiting.popleft()
                return first.part, outcomes

    def _send_again(self, waiting: Iterable[_Sent]) -> None:
        """Send the parts again that wait for workers all of which have left."""
        for each in waiting:
            if each.workers.isdisjoint(self._able()) and not each.future.done():
                while not self._able():
                    self._wait_for_workers()
                each.future.cancel(force=True)
                each.future, each.workers = self._submitted(each.part), frozenset(self._able())

    def _able(self) -> dict[str, int]:
        """Return the threads of each worker that may be sent parts."""
        return {address: threads for address, threads in self._threads.items() if threads}

    def _look_if_due(self) -> None:
        if time.monotonic() - self._looked > LOOK:
            self._look()

    def _look(self) -> None:
        """Note which workers are there, and ask new ones for their version."""
        self._looked = time.monotonic()
        found = self._workers()
        self._threads = {address: threads for address, threads in self._threads.items() if address in found}
        new = [address for address in found if address not in self._threads]
        for address, version in self._versions(new).items():
            self._threads[address] = found[address] if version == __version__ else 0
            if version != __version__:
                self._refused(f"worker {address} gets no designs: it has {_described(version)}, this is {__version__}")
        if self._able():
            self._alone = self._looked

    def _workers(self) -> dict[str, int]:
        try:
            workers = self._client.scheduler_info(n_workers=-1)["workers"]
        except Exception as error:
            raise self._failure(error) from None
        return {address: int(each["nthreads"]) for address, each in workers.items()}

    def _versions(self, workers: list[str]) -> dict[str, object]:
        """Return the version of each worker, or what it raised; a worker that has left meanwhile is left out."""
        if not workers:
            return {}
        try:
            found = self._client.run(version, workers=workers, on_error="return")
        except OSError:
            return {}
        return {address: each for address, each in found.items() if not isinstance(each, OSError)}

    def _wait_for_workers(self) -> None:
        self._check_connected()
        if time.monotonic() - self._alone > NOBODY:
            what = "no worker of this version of archcalc" if self._threads else "no worker"
            raise Unavailable(f"{what} at {self._address}; expected one started by: dask worker {self._address}")
        time.sleep(LOOK / 5)
        self._look()

    def _check_connected(self) -> None:
        if self._client.status != "running":
            raise Unavailable(f"the scheduler at {self._address} is gone")

    def _failure(self, error: Exception) -> Exception:
        from distributed import KilledWorker

        if isinstance(error, KilledWorker):
            return Unavailable("several workers ended at the same designs: killed, or out of memory")
        if self._client.status != "running" or isinstance(error, (OSError, CancelledError)):
            return Unavailable(f"the scheduler at {self._address} is gone")
        return error


class _Sent:
    """A part with the workers that it was sent to."""

    def __init__(self, part: Part, future: Any, workers: frozenset[str]) -> None:
        self.part = part
        self.future = future
        self.workers = workers


def _connected(address: str) -> Any:
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        if error.name not in ("distributed", "dask"):
            raise
        raise Unavailable(f"--cluster needs Dask: {install_command('cluster')}") from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    if not address.startswith(("tcp://", "tls://")):
        raise UsageError(f"--cluster {address}: expected the address of a scheduler, such as tcp://HOST:8786")
    try:
        return Client(address, timeout=CONNECT, set_as_default=False)
    except ValueError as error:
        raise UsageError(f"--cluster {address}: {error}; expected an address such as tcp://HOST:8786") from None
    except OSError as error:
        raise Unavailable(f"no scheduler answers at {address}; expected one started by: dask scheduler") from error


def _described(found: object) -> str:
    return f"archcalc {found}" if isinstance(found, str) else "an earlier archcalc, or none"


def version() -> str:
    """Return the version of archcalc on a worker."""
    return __version__


_one_at_a_time = Lock()
"""A worker may have several threads, and the evaluation of designs remembers earlier ones."""


@lru_cache(maxsize=2)
def _finder(packed: bytes) -> OutcomeFinder:
    return OutcomeFinder(pickle.loads(zlib.decompress(packed)))


def _evaluate(packed: bytes, part: Part) -> list[Outcome]:
    """Evaluate a part on a worker."""
    with _one_at_a_time:
        return outcomes_of(_finder(packed), part)
