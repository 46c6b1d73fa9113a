"""Results of the comparison between built networks and the analysis."""

from __future__ import annotations

from dataclasses import dataclass

AGREES, DISAGREES = "agrees", "disagrees"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A number of one layer that differs from that of a reference implementation."""

    layer: str
    quantity: str
    analytic: str
    measured: str
    reference: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A comparison with one reference implementation: what it is about, and how many numbers were compared.

    `silent` says which numbers the reference does not have, and `sampled` which ones were compared at samples only.
    """

    reference: str
    about: str
    numbers: int
    silent: tuple[str, ...] = ()
    sampled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MemoryRatio:
    """Measured and predicted memory in bytes."""

    measured: int
    predicted: int

    @property
    def ratio(self) -> float:
        """Return measured divided by predicted; 1 if both are 0."""
        return self.measured / self.predicted if self.predicted else float(self.measured == 0)

    def within(self, share: float) -> bool:
        """Return whether measured and predicted differ by at most a fraction of the predicted."""
        return abs(self.measured - self.predicted) <= share * self.predicted


@dataclass(frozen=True, slots=True)
class Verification:
    """The comparison of one network: its totals, the checks, and every disagreement.

    Memory is None where a module cannot be run without numbers.
    """

    spec: str
    inputs: tuple[str, ...]
    layers: int
    params: int
    buffers: int
    macs: int
    field: str
    checks: tuple[CheckResult, ...]
    disagreements: tuple[Disagreement, ...]
    memory: MemoryRatio | None
    saved: MemoryRatio | None

    @property
    def verdict(self) -> str:
        """Return whether every reference implementation agrees on every number."""
        return DISAGREES if self.disagreements else AGREES
