"""The designs that a search tried as a pandas frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.core.extras import install_command
from archcalc.core.problem import UsageError
from archcalc.core.units import BYTES, COUNT, SHORT_COUNT

if TYPE_CHECKING:
    import pandas

    from archcalc.results.search import SearchResult, TriedDesign


def designs_frame(result: SearchResult) -> pandas.DataFrame:
    """One row a design: what it sets, what follows from that, its figures, `answers` and `error`.

    Counts and bytes are Int64, other figures Float64, missing where a design cannot be built. A field has a column for
    each axis, such as `receptive_field_T`. UsageError when pandas is not installed.
    """
    try:
        import pandas
    except ModuleNotFoundError:
        raise UsageError(f"a frame needs pandas; {install_command('frame')}") from None
    frame = pandas.DataFrame([_row(result, each) for each in result.tried])
    return frame.astype({name: kind for name, kind in _types(result).items() if name in frame})


def _row(result: SearchResult, tried: TriedDesign) -> dict[str, Any]:
    found = tried.design
    row: dict[str, Any] = {**found.values, **found.derived}
    for kind in result.figures:
        figure = found.quantities.get(kind.label)
        if kind.kind == "extent":
            sizes = figure if isinstance(figure, dict) else {}
            row |= {f"{kind.label}_{axis}": sizes.get(axis) for axis in kind.axes}
        elif kind.label not in row:
            row[kind.label] = figure
    return {**row, "answers": tried.answers, "error": tried.error}


def _types(result: SearchResult) -> dict[str, str]:
    types: dict[str, str] = {}
    for kind in result.figures:
        if kind.kind == "extent":
            whole = all(_is_whole(each.design.quantities.get(kind.label)) for each in result.tried)
            types |= {f"{kind.label}_{axis}": "Int64" if whole else "Float64" for axis in kind.axes}
        elif kind.label not in result.names:
            types[kind.label] = "Int64" if kind.kind in (COUNT, SHORT_COUNT, BYTES) else "Float64"
    return types


def _is_whole(figure: object) -> bool:
    return not isinstance(figure, dict) or all(each is None or isinstance(each, int) for each in figure.values())
