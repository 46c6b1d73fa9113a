"""The pages of a report in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.messages import counted
from archcalc.render.markdown import escaped, grid_text
from archcalc.report.facts import dates, differences, facts_table
from archcalc.report.kinds import kinds_table, speeds_table
from archcalc.report.limits import limits
from archcalc.report.main_table import main_table
from archcalc.report.measured import device_of, leading, of_setup, setups
from archcalc.report.pairs import (
    DEPTHWISE_NETWORKS,
    depthwise_pairs,
    factorized_pairs,
    pair_sentences,
    pairs_table,
)
from archcalc.report.speeds import depthwise_sentences, speed_sentences
from archcalc.report.summary import summary
from archcalc.report.words import listed, setup_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archcalc.report.measured import Measured
    from archcalc.report.pairs import FoundPair

PLOT_TITLES = {
    "latency.svg": "Analytic and measured latency",
    "roofline.svg": "Layers under the roof",
    "time_by_kind.svg": "Time by kind of layer",
    "memory.svg": "Memory predicted and measured",
    "prediction.svg": "Error of the prediction",
    "factorized.svg": "Arithmetic saved, time saved",
}

COLUMNS_MEAN = (
    "ms: the median of all runs for the whole batch; spread: how far the medians of two rounds lie apart; roofline: "
    "the least time by the analytic numbers and the measured peaks; predicted: by a fit on the other networks alone."
)
SPEEDS_MEAN = "TFLOP/s that the layers of each kind reach together, setup by setup:"
PARTS_TITLE = "### Depthwise convolutions within their networks"
WHOLE_DESIGNS = (
    "These networks differ from the plain one in width, depth and input as well: it is whole designs that are compared."
)


def overview(cases: Sequence[Measured], command: str, plots: Mapping[str, str]) -> str:
    """What was measured, the figures in short, the plots with their captions, the table, and its limits."""
    return _page(
        f"# Networks measured on {escaped(device_of(cases[0].profile))}",
        _made_by(command, cases) + " Where anisotropic and factorized kernels pay: [factorized.md](factorized.md).",
        *_bullets("## In short", summary(cases)),
        "## What was measured",
        *_warning(cases),
        grid_text(facts_table(cases)),
        "## Plots",
        *_figures(plots),
        "## All measurements",
        COLUMNS_MEAN,
        grid_text(main_table(cases)),
        *_bullets("## What the numbers do not say", limits(cases)),
    )


def story(cases: Sequence[Measured], command: str, plots: Mapping[str, str]) -> str:
    """Kinds of layers, and pairs of networks that differ by their kernels."""
    setup = leading(cases)
    some = of_setup(cases, setup)
    split, deep = factorized_pairs(cases), depthwise_pairs(cases)
    return _page(
        "# Where anisotropic and factorized kernels pay",
        _made_by(command, cases) + " The measurements are those of [README.md](README.md).",
        "## Kinds of layers",
        f"All layers of all networks under one setup ({escaped(setup_words(setup))}).",
        grid_text(kinds_table(some)),
        *_together(speed_sentences(some)),
        *([SPEEDS_MEAN, grid_text(speeds_table(cases))] if len(setups(cases)) > 1 else []),
        *_figures(plots),
        *_pairs("## Split and mixed kernels", split, cases),
        *_pairs("## Depthwise kernels", deep, cases),
        *([WHOLE_DESIGNS] if deep else []),
        *_bullets(PARTS_TITLE, depthwise_sentences([case for case in some if case.name in DEPTHWISE_NETWORKS])),
        *([] if split or deep else ["No two networks were measured that differ by their kernels alone."]),
    )


def _together(sentences: Sequence[str]) -> list[str]:
    """One paragraph, or none."""
    return [escaped(" ".join(sentences))] if sentences else []


def _page(*parts: str) -> str:
    return "\n\n".join(parts) + "\n"


def _made_by(command: str, cases: Sequence[Measured]) -> str:
    profiles = f"{counted(len(cases), 'profile')} in [profiles](profiles)"
    return (
        f"Written by `{command}`; every figure and sentence is computed from the {profiles}, measured on "
        f"{escaped(device_of(cases[0].profile))}, {dates(cases)}."
    )


def _warning(cases: Sequence[Measured]) -> list[str]:
    found = differences(cases)
    return [f"Not all profiles were measured alike: they differ in {escaped(listed(found))}."] if found else []


def _bullets(title: str, sentences: Iterable[str]) -> list[str]:
    items = [f"- {escaped(each)}" for each in sentences]
    return [title, "\n".join(items)] if items else []


def _figures(plots: Mapping[str, str]) -> list[str]:
    return [
        part
        for name, caption in plots.items()
        for part in (f"### {PLOT_TITLES[name]}", f"![{PLOT_TITLES[name]}]({name})", escaped(caption))
    ]


def _pairs(title: str, pairs: Sequence[FoundPair], cases: Sequence[Measured]) -> list[str]:
    if not pairs:
        return []
    setup = leading(cases)
    told = [escaped(" ".join(pair_sentences(each, setup))) for each in pairs]
    return [title, *told, grid_text(pairs_table(pairs))]
