"""The layers of an analysis as a pandas frame, with typed columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.core.problem import UsageError
from archcalc.core.shape import AXES, GRID_AXES

if TYPE_CHECKING:
    import pandas

    from archcalc.analysis.records import Analysis, LayerRecord

COUNTS = ("params", "buffers", "macs", "flops", "cost", "activation_bytes")


def layers_frame(analysis: Analysis) -> pandas.DataFrame:
    """One row a layer, indexed by path.

    Sizes (`C`, `T`, ...), receptive fields (`full_T`, `clipped_T`, ...; of the first network input that reaches the
    layer) and counts are integers, Int64 where a layer lacks the axis. UsageError when pandas is not installed.
    """
    try:
        import pandas
    except ModuleNotFoundError:
        raise UsageError("a frame needs pandas: pip install 'archcalc[frame]'") from None
    grid = [axis for axis in GRID_AXES if any(axis in each.shape for each in analysis.inputs)]
    axes = [axis for axis in AXES if any(axis in layer.shape for layer in analysis.layers)]
    frame = pandas.DataFrame([_row(layer, axes, grid) for layer in analysis.layers])
    whole = [*axes, *(f"{view}_{axis}" for view in ("full", "clipped") for axis in grid), "groups"]
    types = dict.fromkeys(whole, "Int64") | dict.fromkeys(COUNTS, "int64")
    return frame.astype(types).set_index("path")


def _row(layer: LayerRecord, axes: list[str], grid: list[str]) -> dict[str, Any]:
    seen = layer.field
    row: dict[str, Any] = {"path": layer.path, "op": layer.op, "label": layer.label}
    row |= {axis: layer.shape.sizes.get(axis) for axis in axes}
    row |= {f"full_{axis}": seen.full.get(axis) if seen else None for axis in grid}
    row |= {f"clipped_{axis}": seen.clipped.get(axis) if seen else None for axis in grid}
    row["groups"] = layer.groups
    row |= {count: getattr(layer, count) for count in COUNTS}
    row["status"] = layer.status
    return row
