"""Conventions of counting: which parts of a layer's arithmetic make up its cost; one file for each tool."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from archcalc.analysis.conventions.convention import (
    Convention,
    Cost,
    LayerArithmetic,
    Uncounted,
    cost,
    counted_parameters,
    extra,
    together,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "CONVENTIONS",
    "Convention",
    "Cost",
    "LayerArithmetic",
    "Uncounted",
    "cost",
    "counted_parameters",
    "extra",
    "together",
]


class Conventions(Mapping[str, Convention]):
    """Conventions by name; the file of a tool is imported when one of its conventions is used."""

    def __init__(self, homes: Mapping[str, str]) -> None:
        self._homes = homes

    def __getitem__(self, name: str) -> Convention:
        home, _, constant = self._homes[name].partition(".")
        found: Convention = getattr(import_module(f"archcalc.analysis.conventions.{home}"), constant)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._homes

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)


CONVENTIONS = Conventions(
    {
        "macs": "plain.MACS",
        "flops": "plain.FLOPS",
        "torch": "plain.TORCH",
        "fvcore": "fvcore.FVCORE",
        "fvcore-train": "fvcore.FVCORE_TRAIN",
        "ptflops": "ptflops.PTFLOPS",
        "thop": "thop.THOP",
        "ultralytics": "ultralytics.ULTRALYTICS",
        "keras": "keras.KERAS",
    }
)
