"""Fits of latency that were made before, with the error that they showed: read from JSON and written to it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from math import log
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from archcalc.analysis.latency import Prediction
from archcalc.analysis.latency_model import LatencyModel
from archcalc.analysis.precision import PRECISION_OF_DTYPE, PRECISIONS
from archcalc.analysis.roofline import Limits
from archcalc.core.problem import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = 2
STORED = Path(__file__).with_name("fits")


@dataclass(frozen=True, slots=True)
class PredictionError:
    """The relative errors of predictions for networks that the fit did not use, without sign."""

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
    """A model of inference on one device in one precision and batch, and how well it predicts networks it has not seen.

    `device` is the name of the device, `torch` the version that ran on it, `date` the day of the last measurement.
    """

    device: str
    precision: str
    torch: str
    date: str
    batch: int
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
            "model": LatencyModel(**{**model, "limits": Limits(**model["limits"])}),
            "predictions": tuple(Prediction(**each) for each in found["predictions"]),
        }
    )


def stored_names() -> list[str]:
    """The devices whose fits come with archcalc."""
    return sorted(path.stem for path in STORED.glob("*.json"))


def latency_fit(text: str, dtype: str, batch: int = 1) -> LatencyFit:
    """Return the fit `cpu` or `h200:tf32`, for numbers stored as `dtype`, whose batch is nearest to `batch` as a ratio.

    In place of a name, the file of a report.

    Raises:
        UsageError: no such device or file, or no fit in that precision.
    """
    name, _, precision = text.partition(":")
    precision = precision or PRECISION_OF_DTYPE.get(dtype, dtype)
    every = fits_from(_read(name), name)
    fits = [each for each in every if each.precision == precision]
    if not fits:
        known = ", ".join(dict.fromkeys(each.precision for each in every))
        raise UsageError(f"no fit of latency in {precision} for {name}; it has {known}")
    if PRECISIONS[precision] != dtype:
        raise UsageError(f"{precision} numbers are stored as {PRECISIONS[precision]}, not as {dtype}; set --dtype")
    return min(fits, key=lambda each: abs(log(each.batch / batch)))


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
