"""Networks compared: the numbers of each in total and by stage, and where it sees time and space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.analysis.quantities import QUANTITIES, layer_quantities
from archcalc.analysis.time_fusion import TimeFusion, time_fusion, whole_image

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.analysis.records import Analysis


@dataclass(frozen=True, slots=True)
class ComparedNetwork:
    """One network of a comparison.

    `name` is the spec with what was changed in it. `totals` are by quantity, `stages` by top-level part and
    quantity. `time` is None without a time axis; `whole_image` is the first layer that sees a whole frame or image.
    """

    name: str
    analysis: Analysis
    totals: Mapping[str, int | None]
    stages: Mapping[str, Mapping[str, int]]
    time: TimeFusion | None
    whole_image: str | None


def compared(networks: Mapping[str, Analysis]) -> list[ComparedNetwork]:
    """Return what is compared of each network, in their order."""
    return [
        ComparedNetwork(
            name,
            analysis,
            {key: each.total(analysis) for key, each in QUANTITIES.items()},
            _stages(analysis),
            time_fusion(analysis),
            whole_image(analysis),
        )
        for name, analysis in networks.items()
    ]


def _stages(analysis: Analysis) -> dict[str, dict[str, int]]:
    places = [analysis.graph.part(layer.path, 1).path for layer in analysis.layers]
    stages: dict[str, dict[str, int]] = {place: {} for place in places}
    for quantity in layer_quantities():
        values: dict[str, list[int]] = {place: [] for place in stages}
        for place, value in zip(places, quantity.of_layers(analysis), strict=True):
            values[place].append(value)
        for stage, own in values.items():
            stages[stage][quantity.key] = quantity.join(own)
    return stages
