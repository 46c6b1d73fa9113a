"""The networks whose tables are looked at, and their tables."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from archcalc.analysis.records import Analysis
from archcalc.api import analyze, load
from archcalc.tables.layers import layer_table
from archcalc.tables.options import TableOptions
from archcalc.tables.table import Table

SPECS = Path(__file__).parent / "specs"
WITH_TOTALS = ("default", "full")

# A chain, branches, two paths, tokens, recurrence; the large ones are shown by their stages.
NETWORKS = ("c3d", "i3d", "slowfast_r50_4x16", "tokens", "recurrent")
SMALL = ("slow_fusion", "branches", "two_paths", "tokens", "recurrent")
ALL_NETWORKS = tuple(sorted({*NETWORKS, *SMALL, "names"}))
DEPTHS = {"i3d": 1, "slowfast_r50_4x16": 1}


@cache
def analysis_of(name: str) -> Analysis:
    own = SPECS / f"{name}.yaml"
    return analyze(load(own if own.exists() else name))


def table_of(name: str, style: str) -> Table:
    depth = None if style == "paper" else DEPTHS.get(name)
    return layer_table(analysis_of(name), TableOptions(style=style, depth=depth))


GRAPHS: dict[str, dict[str, str]] = {
    "slow_fusion": {},
    "r2plus1d_18": {"theme": "print", "orientation": "right"},
    "slowfast_r50_4x16": {"theme": "dark"},
}
"""Networks whose graphs have golden texts, and the options they are drawn with."""
