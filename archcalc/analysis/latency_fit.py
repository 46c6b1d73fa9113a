"""Fits of latency that were made before, with the error that they showed: read from JSON and written to it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from archcalc.analysis.latency import LatencyModel, Prediction
from archcalc.analysis.precision import PRECISION_OF_DTYPE, PRECISIONS
from archcalc.analysis.roofline import Limits
from archcalc.core.problem import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = 1
STORED = Path(__file__).with_name("fits")


@dataclass(frozen=True, slots=True)
class PredictionError:
    """How far predictions of networks that a fit did not see lie from the measured: shares, without sign."""

    networks: int
    median: float
    p90: float
    worst: float


def error_of(predictions: Sequence[Prediction]) -> PredictionError:
    """The median, the 90th of 100 and the worst error."""
    sizes = sorted(abs(each.error) for each in predictions)
    tenths = quantiles(sizes, n=10, method="inclusive") if len(sizes) > 1 else sizes * 9
    return PredictionError(len({each.name for each in predictions}), median(sizes), tenths[-1], sizes[-1])


@dataclass(frozen=True)
class LatencyFit:
    """A model of inference on one device in one precision, and how well it predicts each network from the others.

    `device` is the name of the device, `torch` the version that ran on it, `date` the day of the last measurement.
    """

    device: str
    precision: str
    torch: str
    date: str
    batches: tuple[int, ...]
    model: LatencyModel
    predictions: tuple[Prediction, ...]

    @property
    def error(self) -> PredictionError:
        """The spread of the error."""
        return error_of(self.predictions)


def fits_json(fits: Sequence[LatencyFit]) -> str:
    """The fits of one device as JSON text."""
    return json.dumps({"schema": SCHEMA, "fits": [asdict(each) for each in fits]}, indent=1) + "\n"


def fits_from(text: str, name: str) -> list[LatencyFit]:
    """The fits in a JSON text; UsageError when it holds none."""
    try:
        found = json.loads(text)
        if found["schema"] != SCHEMA:
            raise ValueError(f"schema {found['schema']}, not {SCHEMA}")
        return [_fit(each) for each in found["fits"]]
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError(f"{name} holds no fits of latency: {error}") from None


def _fit(found: dict[str, Any]) -> LatencyFit:
    model = found["model"]
    return LatencyFit(
        **{
            **found,
            "batches": tuple(found["batches"]),
            "model": LatencyModel(**{**model, "limits": Limits(**model["limits"])}),
            "predictions": tuple(Prediction(**each) for each in found["predictions"]),
        }
    )


def stored_names() -> list[str]:
    """The devices whose fits come with archcalc."""
    return sorted(path.stem for path in STORED.glob("*.json"))


def latency_fit(text: str, dtype: str) -> LatencyFit:
    """The fit `cpu` or `cuda:tf32`, for numbers stored as `dtype`; in place of a name, the file of a report.

    Raises:
        UsageError: no such device or file, or no fit in that precision.
    """
    name, _, precision = text.partition(":")
    fits = {each.precision: each for each in fits_from(_read(name), name)}
    precision = precision or PRECISION_OF_DTYPE.get(dtype, dtype)
    if precision not in fits:
        raise UsageError(f"no fit of latency in {precision} for {name}; it has {', '.join(fits)}")
    if PRECISIONS[precision] != dtype:
        raise UsageError(f"{precision} numbers are stored as {PRECISIONS[precision]}, not as {dtype}; set --dtype")
    return fits[precision]


def _read(name: str) -> str:
    names = stored_names()
    if name not in names and not name.endswith(".json"):
        hint = did_you_mean(name, names)
        expected = ", ".join([*names, "or the latency.json of a report"])
        raise UsageError(f"no fit of latency for {name!r}; {expected}" + (f" ({hint})" if hint else ""))
    path = STORED / f"{name}.json" if name in names else Path(name)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise UsageError(f"cannot read {path}: {error}") from None
