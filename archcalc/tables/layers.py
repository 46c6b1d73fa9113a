"""Tables of the layers of one network, in the styles that readers know."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.analysis.conventions import together
from archcalc.analysis.quantities import QUANTITIES
from archcalc.analysis.statuses import STATUSES, statuses_in_doubt
from archcalc.core.imported import ONE_RUN
from archcalc.core.problem import UsageError, did_you_mean
from archcalc.tables.columns import DEFAULT_COLUMNS, FIELD_VIEWS, TIMED_COLUMNS, chosen_columns
from archcalc.tables.options import Body
from archcalc.tables.rows import rows_to_depth
from archcalc.tables.table import BYTES, COUNT, Table, Total

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.analysis.records import Analysis
    from archcalc.graph import NetworkInput
    from archcalc.tables.options import TableOptions


class Style(NamedTuple):
    """A style of the table; `costs` says whether it prints inputs and totals, `totals` replaces the totals."""

    body: Callable[[Analysis, TableOptions], Body]
    costs: bool
    totals: Callable[[Analysis], tuple[Total, ...]] | None = None


def layer_table(analysis: Analysis, options: TableOptions) -> Table:
    """The table of one network; UsageError for a style, column, view or unit that cannot be shown."""
    _check(options)
    style = STYLES[options.style]
    columns, rows, paths = style.body(analysis, options)
    shows_full = any(column.key.partition("_")[0] == "full" for column in columns)
    shows_full |= options.style == "lecture" and options.field_views[0] == "full"
    basis = _basis(analysis) if shows_full else ()
    table = Table(table_title(analysis), (), columns, rows, remarks=basis, paths=paths)
    if not style.costs:
        return table._replace(totals=style.totals(analysis)) if style.totals else table
    inputs = tuple(input_line(each) for each in analysis.inputs)
    totals, remarks = _totals(analysis), (*basis, *_remarks(analysis))
    if analysis.convention.params is not None:
        totals, remarks = _with_parameters(analysis, totals), (*remarks, _parameters_meaning(analysis))
    for timing in options.timings:
        totals, remarks = totals + timing.totals, remarks + timing.remarks
    return table._replace(subtitle=inputs, totals=totals, remarks=remarks)


def _basis(analysis: Analysis) -> tuple[str, ...]:
    if not any(any(field.sees_all.values()) for layer in analysis.layers for field in layer.fields.values()):
        return ()
    from archcalc.tables.field_basis import field_basis

    return field_basis(analysis)


def _check(options: TableOptions) -> None:
    _require_known("style", options.style, tuple(STYLES))
    if not options.field_views:
        raise UsageError(f"no receptive field; expected one of {', '.join(FIELD_VIEWS)}, or several")
    for view in options.field_views:
        _require_known("receptive field", view, FIELD_VIEWS)
    if options.columns and options.style != "default":
        raise UsageError(
            f"columns for the style {options.style!r}, which has fixed columns; expected only one of the two"
        )
    if options.timings and not STYLES[options.style].costs:
        shown = " and ".join(timing.name for timing in options.timings)
        raise UsageError(f"{shown} in the style {options.style!r}, which shows no costs; expected default or full")


def _require_known(what: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        hint = did_you_mean(name, known)
        raise UsageError(f"no {what} {name!r}; expected one of {', '.join(known)}" + (f" ({hint})" if hint else ""))


def _default_body(analysis: Analysis, options: TableOptions) -> Body:
    timed = [key for timing in options.timings for key in timing.narrow]
    usual = (*TIMED_COLUMNS[len(options.timings) - 1], *timed) if timed else DEFAULT_COLUMNS
    return _table_body(analysis, options, options.columns or (*usual, *statuses_in_doubt(analysis)))


def _full(analysis: Analysis, options: TableOptions) -> Body:
    more = [column.key for timing in options.timings for column, _ in timing.columns]
    known = STATUSES if analysis.graph.imported is not None else ()
    body = _table_body(analysis, options, (*FULL_COLUMNS, *known, *more))
    named = (each._replace(heading=f"cost ({each.heading})") if each.key == "cost" else each for each in body.columns)
    return body._replace(columns=tuple(named))


def _lecture(analysis: Analysis, options: TableOptions) -> Body:
    from archcalc.tables.lecture import lecture_body

    return lecture_body(analysis, options)


def _paper(analysis: Analysis, options: TableOptions) -> Body:
    from archcalc.tables.paper import paper_body

    return paper_body(analysis, options)


def _values(analysis: Analysis, options: TableOptions) -> Body:
    from archcalc.tables.values import values_body

    return values_body(analysis, options)


def _values_totals(analysis: Analysis) -> tuple[Total, ...]:
    from archcalc.tables.values import values_totals

    return values_totals(analysis)


def _table_body(analysis: Analysis, options: TableOptions, keys: Sequence[str]) -> Body:
    kinds = chosen_columns(analysis, keys, options.field_views, options.field_unit, options.timings)
    rows = rows_to_depth(analysis, options.depth)
    cells = tuple(zip(*(kind.show(rows) for kind in kinds), strict=True))
    return Body(tuple(kind.column for kind in kinds), cells, tuple(row.paths for row in rows))


FULL_COLUMNS = (
    "layer", "op", "label", "kernel", "stride", "padding", "dilation", "groups", "size", "full", "window", "clipped",
    "jump", "offset", "center", "effective_padding", "sees_all", "aligned", "params", "buffers", "macs", "flops",
    "cost", "activation_bytes", "saved_bytes", "status",
)  # fmt: skip

STYLES = {
    "default": Style(_default_body, costs=True),
    "lecture": Style(_lecture, costs=False),
    "paper": Style(_paper, costs=False),
    "full": Style(_full, costs=True),
    "values": Style(_values, costs=False, totals=_values_totals),
}


def table_title(analysis: Analysis) -> str:
    """Return name and title of a network."""
    return f"{analysis.name}: {analysis.title}" if analysis.title else analysis.name


def input_line(network_input: NetworkInput) -> str:
    """An input with its shape, its axes and its frame rate: every cost is shown with it."""
    axes = "x".join(network_input.shape.axes)
    rate = f" at {network_input.fps:g} fps" if network_input.fps else ""
    return f"input {network_input.name} {network_input.shape} ({axes}){rate}"


TOTALS = (
    "layers", "params", "cost", "cost_per_video", "parameter_bytes", "peak_inference_bytes", "activation_bytes",
    "saved_bytes", "training_bytes",
)  # fmt: skip
"""Quantities whose totals stand below a table."""


def _totals(analysis: Analysis) -> tuple[Total, ...]:
    found = ((quantity, quantity.total(analysis)) for quantity in map(QUANTITIES.__getitem__, TOTALS))
    return tuple(
        Total(quantity.label_of(analysis), value, BYTES if quantity.kind == BYTES else COUNT)
        for quantity, value in found
        if value is not None
    )


def _with_parameters(analysis: Analysis, totals: tuple[Total, ...]) -> tuple[Total, ...]:
    """Return totals with the parameters as the convention counts them, after those that are learned."""
    from archcalc.analysis.by_convention import counted_by

    counted = Total(f"params ({analysis.convention.name})", counted_by(analysis, analysis.convention).params, COUNT)
    at = TOTALS.index("params") + 1
    return (*totals[:at], counted, *totals[at:])


def _parameters_meaning(analysis: Analysis) -> str:
    return f"params ({analysis.convention.name}): {analysis.convention.params_meaning}"


def _remarks(analysis: Analysis) -> tuple[str, ...]:
    uncounted = together(each for layer in analysis.layers for each in layer.uncounted)
    active = sum(layer.active_params for layer in analysis.layers)
    text = f"active params: {active:,} of {analysis.totals.params:,} for one position"
    remarks = [text] * any(layer.parameters.idle for layer in analysis.layers)
    remarks += [f"lower bound: leaves out {each}" for each in uncounted]
    imported = analysis.graph.imported
    if imported is not None:
        remarks += [*imported.remarks, ONE_RUN]
    if any(not field.aligned for layer in analysis.layers for field in layer.fields.values()):
        remarks.append("branches move at different rates: the field is the largest over the real positions")
    return tuple(remarks)
