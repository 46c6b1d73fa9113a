"""The profiles of a report in their order, each with the family of its network and the prediction made without it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.analysis.precision import PRECISIONS
from archcalc.core.problem import UsageError
from archcalc.results.latency_fit import is_fitted, is_of
from archcalc.results.profile import INFERENCE, MODES
from archcalc.spec.library import bundled_networks
from archcalc.tables.networks import FAMILIES, OTHERS, network_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis.latency import Prediction
    from archcalc.analysis.latency_fit import LatencyFit
    from archcalc.results.profile import Profile, Setup


@dataclass(frozen=True, slots=True)
class Measured:
    """A profile, the family of its network, and its latency predicted from the other networks, where there is one."""

    profile: Profile
    family: str
    prediction: Prediction | None

    @property
    def name(self) -> str:
        """Return the name of the network."""
        return self.profile.spec

    @property
    def setup(self) -> Setup:
        """How it was run."""
        return self.profile.setup


def measured(profiles: Sequence[Profile], fits: Sequence[LatencyFit]) -> list[Measured]:
    """The profiles by family, name and setup, with the predictions of fits made from them in this order.

    Raises:
        UsageError: there are no profiles, or they are of several devices.
    """
    _check(profiles)
    families, predictions = _families(), _predictions(profiles, fits)
    return [Measured(each, families.get(each.spec, OTHERS), predictions.get(id(each))) for each in profiles]


def in_order(profiles: Sequence[Profile]) -> list[Profile]:
    """Return profiles by family, name and setup."""
    families = _families()
    return sorted(profiles, key=lambda each: _place(each, families.get(each.spec, OTHERS)))


def _families() -> dict[str, str]:
    return {row.name: row.family for row in network_rows(bundled_networks())}


def _check(profiles: Sequence[Profile]) -> None:
    if not profiles:
        raise UsageError("no profiles to report on")
    devices = sorted({device_of(each) for each in profiles})
    if len(devices) > 1:
        raise UsageError(f"profiles of {len(devices)} devices ({', '.join(devices)}); expected profiles of one device")


def device_of(profile: Profile) -> str:
    """The name of the device, or what kind it is where that is not known."""
    return str(profile.environment.get("device") or profile.setup.device)


def _place(profile: Profile, family: str) -> tuple[object, ...]:
    place = FAMILIES.index(family) if family in FAMILIES else len(FAMILIES)
    date = str(profile.environment.get("date"))
    return place, family, profile.spec, *_setup_place(profile.setup), profile.inputs, date, profile.fingerprint


def _setup_place(setup: Setup) -> tuple[int, int, int, bool, bool]:
    formats = list(PRECISIONS)
    number = formats.index(setup.dtype) if setup.dtype in formats else len(formats)
    return number, MODES.index(setup.mode), setup.batch, setup.compiled, setup.channels_last


def _predictions(profiles: Sequence[Profile], fits: Sequence[LatencyFit]) -> dict[int, Prediction]:
    """By the identity of the profile: a fit keeps the order of those it is made from."""
    found = {}
    for fit in fits:
        used = [each for each in profiles if is_fitted(each) and is_of(fit, each)]
        names = {each.name for each in fit.predictions}
        used = [each for each in used if each.spec in names]
        found.update({id(each): prediction for each, prediction in zip(used, fit.predictions, strict=True)})
    return found


def setups(cases: Sequence[Measured]) -> list[Setup]:
    """The setups there are, in their order."""
    return sorted({each.setup for each in cases}, key=_setup_place)


def leading(cases: Sequence[Measured]) -> Setup:
    """The setup that stands for all where only one can be shown.

    That with most networks; of several inference before training, plain before compiled, and large batches, which say
    more about kernels than about starting them.
    """
    count = Counter(each.setup for each in cases)

    def worth(setup: Setup) -> tuple[int, bool, bool, int]:
        return count[setup], setup.mode == INFERENCE, not setup.compiled, setup.batch

    return max(setups(cases), key=worth)


def of_setup(cases: Sequence[Measured], setup: Setup) -> list[Measured]:
    """Those measured under one setup."""
    return [each for each in cases if each.setup == setup]


def networks(cases: Sequence[Measured]) -> list[str]:
    """The names of the networks, each once."""
    return list(dict.fromkeys(each.name for each in cases))


def guesses(cases: Sequence[Measured]) -> list[Prediction]:
    """Return the predictions of all measured networks."""
    return [case.prediction for case in cases if case.prediction is not None]
