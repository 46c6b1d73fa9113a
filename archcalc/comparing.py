"""Networks compared from Python: as tables of a notebook, as a data frame, as records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.analysis.comparison import compared
from archcalc.analysis.records import Analysis
from archcalc.core.messages import describe_value
from archcalc.core.problem import UsageError
from archcalc.tables.compare import BY_STAGE, comparison, tidy_comparison

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas

    from archcalc.analysis.comparison import ComparedNetwork
    from archcalc.tables.table import Table


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """What `archcalc.compare` found; a notebook shows it as tables.

    `networks` has the numbers of each network: `totals` by quantity, `stages` by part and quantity, `time`.
    `.to_frame()` has all of them with their differences and ratios to the first network.
    """

    networks: tuple[ComparedNetwork, ...]
    quantities: tuple[str, ...] = BY_STAGE

    @property
    def tables(self) -> list[Table]:
        """The tables of `archcalc compare`: totals, the quantities by stage, and time."""
        return comparison(self.networks, self.quantities)

    def to_frame(self) -> pandas.DataFrame:
        """Return a row for each number, or layer that is named, of each network.

        `stage` is empty for a whole network; `difference` and `ratio` are to the first network.

        Raises:
            UsageError: pandas is not installed.
        """
        from archcalc.render.frame import table_frame

        return table_frame(tidy_comparison(self.networks))

    def __repr__(self) -> str:
        return f"<Comparison of {', '.join(each.name for each in self.networks)}>"

    def _repr_html_(self) -> str:
        """The tables, as a notebook shows them."""
        from archcalc.render.notebook import notebook_html

        return "".join(map(notebook_html, self.tables))


def compare(*analyses: Analysis, quantities: Sequence[str] = BY_STAGE, **named: Analysis) -> Comparison:
    """Compare networks, or variants of one network: totals, stages, and temporal properties.

    Args:
        analyses: the networks, which keep their names; the first is what others are compared with.
        quantities: what is compared by stage, by the keys of columns (docs/quantities.md).
        named: more networks under names of their own, such as `wide=archcalc.analyze(...)`.

    Raises:
        UsageError: fewer than two networks, two of one name, no such quantity, or something that is no analysis.
    """
    networks: dict[str, Analysis] = {}
    for name, analysis in [*((getattr(each, "name", ""), each) for each in analyses), *named.items()]:
        if not isinstance(analysis, Analysis):
            raise UsageError(f"{describe_value(analysis)} to compare; expected the result of archcalc.analyze")
        if name in networks:
            raise UsageError(f"two networks with the name {name}; give one another, as in wide={name}")
        networks[name] = analysis
    if len(networks) < 2:
        raise UsageError(f"{len(networks)} networks to compare; expected at least two")
    found = Comparison(tuple(compared(networks)), tuple(quantities))
    comparison(found.networks, found.quantities)  # raises UsageError for a quantity that does not exist
    return found
