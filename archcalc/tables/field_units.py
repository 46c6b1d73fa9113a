"""Receptive fields in the units a reader thinks in: positions, seconds, millimeters."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from archcalc.core.problem import UsageError
from archcalc.tables.table import Extent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.graph import NetworkInput


class FieldUnit(Enum):
    """What a receptive field is counted in."""

    FRAMES = "frames"
    SECONDS = "seconds"
    MM = "mm"

    @property
    def remark(self) -> str:
        """What a heading adds: nothing for positions."""
        return {FieldUnit.FRAMES: "", FieldUnit.SECONDS: ", T in s", FieldUnit.MM: ", mm"}[self]


NO_WINDOW = "-"
"""Shown for an axis on which no path leads through windows alone."""


def extent_in(unit: FieldUnit, sizes: Mapping[str, int | None], network_input: NetworkInput) -> Extent:
    """A field by axis: frames and pixels; T in seconds (frames / fps); or every axis in millimeters.

    UsageError when the input does not say its frame rate or spacing.
    """
    return Extent(
        {axis: NO_WINDOW if size is None else _in(unit, axis, size, network_input) for axis, size in sizes.items()}
    )


def _in(unit: FieldUnit, axis: str, size: int, network_input: NetworkInput) -> int | str:
    if unit is FieldUnit.SECONDS and axis == "T":
        return _seconds(size, network_input)
    return _millimeters(axis, size, network_input) if unit is FieldUnit.MM else size


def _seconds(frames: int, network_input: NetworkInput) -> str:
    if network_input.fps is None:
        sizes = network_input.shape
        raise UsageError(
            f"input {network_input.name!r} has no fps, so its frames have no length in seconds;"
            f" give it one: --input {network_input.name}={sizes}@25"
        )
    return f"{frames / network_input.fps:.3g}"


def _millimeters(axis: str, size: int, network_input: NetworkInput) -> str:
    if axis not in network_input.spacing:
        raise UsageError(
            f"input {network_input.name!r} has no spacing along {axis}; give it spacing: {{{axis}: ...}} in millimeters"
        )
    return f"{size * network_input.spacing[axis]:.4g}"
