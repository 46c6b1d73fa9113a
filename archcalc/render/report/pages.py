"""The pages of a report in Markdown, from the templates in this folder."""

from __future__ import annotations

import re
from functools import cache
from statistics import median
from typing import TYPE_CHECKING, Any

from archcalc.core.messages import counted
from archcalc.render.markdown import escaped, grid_text
from archcalc.report import contrast, facts, figures, kinds, measured, pairs, series, words
from archcalc.report.main_table import main_table
from archcalc.results.latency_fit import LEAST_NETWORKS
from archcalc.results.profile import MODES
from archcalc.tables.profile import UNSTEADY, figure, mebi, unsteady_reason

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from jinja2 import Environment

    from archcalc.report.contrast import Contrast
    from archcalc.report.figures import Part
    from archcalc.report.measured import Measured
    from archcalc.tables.table import Table

AIM = 0.15
"""The error of a prediction that is aimed at."""


def overview(cases: Sequence[Measured], command: str, plots: Collection[str]) -> str:
    """Return what was measured, the figures in short, the plots with their captions, the table, and its limits."""
    return _page("overview.md.jinja", cases, command, plots)


def story(cases: Sequence[Measured], command: str, plots: Collection[str]) -> str:
    """Return kinds of layers, and pairs of networks that differ by their kernels."""
    more = {"split": pairs.factorized_pairs(cases), "deep": pairs.depthwise_pairs(cases)}
    return _page("factorized.md.jinja", cases, command, plots, **more)


def _page(template: str, cases: Sequence[Measured], command: str, plots: Collection[str], **more: Any) -> str:
    setup = measured.leading(cases)
    values = {
        "cases": cases,
        "command": command,
        "plots": plots,
        "setup": setup,
        "some": measured.of_setup(cases, setup),
        "device": measured.device_of(cases[0].profile),
    }
    return joined(_environment().get_template(template).render(**values, **more))


def joined(text: str) -> str:
    """Return a page with one line for each paragraph and each item of a list, and one blank line between blocks."""
    return "\n\n".join(_block(block) for block in re.split(r"\n\s*\n", text.strip())) + "\n"


def _block(block: str) -> str:
    lines: list[str] = []
    for line in filter(None, map(str.strip, block.splitlines())):
        if lines and not line.startswith(("- ", "|")):
            lines[-1] = f"{lines[-1]} {line}"
        else:
            lines.append(line)
    return "\n".join(line if line.startswith("|") else " ".join(line.split()) for line in lines)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    def finalize(value: object) -> Markup:
        return value.strip() if isinstance(value, Markup) else Markup(escaped(str(value)))

    def grid(table: Table) -> Markup:
        return Markup(grid_text(table))

    found = Environment(loader=PackageLoader("archcalc.render.report", "."), undefined=StrictUndefined, autoescape=True,
                        finalize=finalize, trim_blocks=True, lstrip_blocks=True)  # fmt: skip
    found.globals.update(FUNCTIONS)
    found.filters.update({**FILTERS, "grid": grid, "raw": Markup})
    return found


def _names_the_slower(way: tuple[str, float]) -> str:
    name, share = way
    return f"{name} name the slower one in {words.percent(share)}"


def _kind_share(kind: tuple[str, float]) -> str:
    return f"{kind[0]} {words.percent(kind[1])}"


def _by_spread(network: tuple[str, float]) -> str:
    return f"{network[0]} by {words.percent(network[1])}"


def _asked_batch(case: Measured) -> str:
    return f"{case.name} ({words.setup_words(case.setup)}, not batch {case.profile.asked_batch})"


def _convolutions(shares: Mapping[str, float]) -> float:
    return sum(share for kind, share in shares.items() if kind.endswith("convolution"))


def _of_networks(cases: Sequence[Measured], names: Sequence[str]) -> list[Measured]:
    return [case for case in cases if case.name in names]


def _all_about_one(ratios: Sequence[float], spread: float) -> bool:
    return all(abs(each - 1) <= spread * max(each, 1.0) for each in ratios)


def _time_of_a_mac(each: Contrast) -> float:
    return each.time / each.macs


def _layers_share(case: Measured) -> float:
    return case.profile.layers_ms / case.profile.latency.median


def _alike(part: Part) -> bool:
    return abs(part.time - part.macs) <= part.spread * max(part.time, part.macs)


def _halved(cases: Sequence[Measured]) -> list[Measured]:
    return [case for case in cases if case.profile.asked_batch != case.setup.batch]


def _unmeasured(cases: Sequence[Measured]) -> list[str]:
    missing = [mode for mode in MODES if all(case.setup.mode != mode for case in cases)]
    return missing + ([] if any(case.setup.compiled for case in cases) else ["compiled networks"])


FUNCTIONS: dict[str, Any] = {
    each.__name__: each
    for each in (
        facts.dates, facts.differences, facts.facts_table, figures.dense_speed, figures.depthwise_parts, figures.ends,
        figures.errors, figures.errors_by_format, figures.families, figures.gpu, figures.launches,
        figures.missing_families, figures.nearness, figures.order, figures.speeds, figures.unsteady,
        figures.workspaces, kinds.kinds_table, kinds.speeds_table, main_table, measured.networks, measured.setups,
        pairs.depthwise_networks, pairs.pairs_table, series.error_bars, series.layer_points, series.mean_shares,
        series.time_bars,
        unsteady_reason,
    )
} | {
    "aim": AIM, "halved": _halved, "least_networks": LEAST_NETWORKS, "modes": MODES, "unmeasured": _unmeasured,
    "unsteady_spread": UNSTEADY,
}  # fmt: skip
FILTERS: dict[str, Any] = {
    each.__name__.removeprefix("_"): each
    for each in (
        contrast.about_one, contrast.all_unsteady, contrast.verdict, counted, figure, figures.reached, mebi, median,
        pairs.convolution_ms, words.are, words.extent, words.listed, words.percent, words.setup_words, words.times,
        _alike, _all_about_one, _asked_batch, _by_spread, _convolutions, _kind_share, _layers_share,
        _names_the_slower, _of_networks, _time_of_a_mac,
    )
} | {"two": "{:.2f}".format}  # fmt: skip
