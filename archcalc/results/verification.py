"""Results of comparing built networks with the analysis."""

from __future__ import annotations

from dataclasses import dataclass

AGREES, DISAGREES = "agrees", "disagrees"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A number of one layer for which a witness has another."""

    layer: str
    quantity: str
    analytic: str
    measured: str
    witness: str


@dataclass(frozen=True, slots=True)
class Testimony:
    """What was compared with one reference, how many numbers, where it has none, and what it looked at in samples."""

    witness: str
    about: str
    numbers: int
    silent: tuple[str, ...] = ()
    sampled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MemoryRatio:
    """Bytes seen while the network ran, and predicted."""

    measured: int
    predicted: int

    @property
    def ratio(self) -> float:
        """Return measured over predicted; 1 where both are nothing."""
        return self.measured / self.predicted if self.predicted else float(self.measured == 0)

    def within(self, share: float) -> bool:
        """Return whether the measured differs from the predicted by at most a share of it."""
        return abs(self.measured - self.predicted) <= share * self.predicted


@dataclass(frozen=True, slots=True)
class Verification:
    """One network: what it is, what was asked of whom, and every disagreement."""

    spec: str
    inputs: tuple[str, ...]
    layers: int
    params: int
    buffers: int
    macs: int
    field: str
    testimonies: tuple[Testimony, ...]
    disagreements: tuple[Disagreement, ...]
    memory: MemoryRatio
    saved: MemoryRatio

    @property
    def verdict(self) -> str:
        """Whether every witness agrees on every number."""
        return DISAGREES if self.disagreements else AGREES
