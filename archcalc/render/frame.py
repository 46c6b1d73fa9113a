"""The layers of an analysis as a pandas frame, with typed columns."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from archcalc.core.extras import install_command
from archcalc.core.problem import UsageError
from archcalc.core.shape import AXES, GRID_AXES

if TYPE_CHECKING:
    import pandas

    from archcalc.analysis.records import Analysis, LayerRecord

WHOLE_FIELDS = ("full", "window", "clipped", "offset", "effective_padding")
PLACES = ("center", "jump")
COUNTS = ("params", "buffers", "macs", "flops", "cost", "activation_bytes", "saved_bytes")


def layers_frame(analysis: Analysis) -> pandas.DataFrame:
    """One row a layer, indexed by path.

    Sizes (`C`, `T`, ...), receptive fields (`full_T`, `window_T`, `smallest_T`, `clipped_T`, `offset_T`,
    `effective_padding_T`, ...; of the first network input that reaches the layer) and counts are integers, Int64 where
    a layer lacks the axis or the window; `jump_T` and `center_T` are Float64. UsageError when pandas is not installed.
    """
    try:
        import pandas
    except ModuleNotFoundError:
        raise UsageError(f"a frame needs pandas; {install_command('frame')}") from None
    grid = [axis for axis in GRID_AXES if any(axis in each.shape for each in analysis.inputs)]
    axes = [axis for axis in AXES if any(axis in layer.shape for layer in analysis.layers)]
    frame = pandas.DataFrame([_row(analysis, layer, axes, grid) for layer in analysis.layers])
    whole = [*axes, *(f"{view}_{axis}" for view in (*WHOLE_FIELDS, "smallest") for axis in grid), "groups"]
    parts = [f"{view}_{axis}" for view in PLACES for axis in grid]
    types = dict.fromkeys(whole, "Int64") | dict.fromkeys(parts, "Float64") | dict.fromkeys(COUNTS, "int64")
    return frame.astype(types).set_index("path")


def _row(analysis: Analysis, layer: LayerRecord, axes: list[str], grid: list[str]) -> dict[str, Any]:
    seen = layer.field
    smallest = analysis.smallest_fields[layer.path].get(next(iter(layer.fields), ""), {})
    row: dict[str, Any] = {"path": layer.path, "op": layer.op, "label": layer.label}
    row |= {axis: layer.shape.sizes.get(axis) for axis in axes}
    for view in (*WHOLE_FIELDS, *PLACES):
        known = getattr(seen, view) if seen else {}
        row |= {f"{view}_{axis}": _plain(known.get(axis)) for axis in grid}
    row |= {f"smallest_{axis}": smallest.get(axis) for axis in grid}
    row["groups"] = layer.groups
    row |= {count: getattr(layer, count) for count in COUNTS}
    row["status"] = layer.status
    return row


def _plain(value: int | Fraction | None) -> int | float | None:
    return float(value) if isinstance(value, Fraction) else value
