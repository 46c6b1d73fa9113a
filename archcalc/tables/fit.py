"""The largest batches that a memory holds, as a table."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from archcalc.analysis.fit import TRAINING
from archcalc.tables.table import BYTES, TEXT, Column, Table, Total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis.fit import Fit, Setup
    from archcalc.analysis.records import Analysis

PARTS = ("weights", "gradients", "optimizer", "inputs", "activations", "step", "total")
_NAMES = {
    "weights": "weights and buffers",
    "optimizer": "state of the optimizer",
    "step": "step of the optimizer",
    "total": "needed at once",
}


def fit_table(analysis: Analysis, fits: Sequence[Fit], setup: Setup) -> Table:
    """A row a part of what the largest batch needs, a column a mode; below, the batches."""
    return Table(
        f"largest batch of {analysis.title or analysis.name}",
        (f"input {', '.join(str(each.shape) for each in analysis.inputs)}; {_described(setup)}",),
        (Column("part", "part", TEXT), *(Column(each.mode, each.mode, BYTES) for each in fits)),
        tuple((_NAMES.get(part, part), *(getattr(each.need, part) for each in fits)) for part in PARTS),
        (
            Total("memory", fits[0].limit, BYTES),
            *(Total(f"largest batch for {each.mode}", str(each.batch), TEXT) for each in fits),
        ),
        tuple(_remarks(fits)),
    )


def fit_object(analysis: Analysis, fits: Sequence[Fit], setup: Setup) -> dict[str, Any]:
    """Return the same as plain data: by mode the batch and the bytes of every part."""
    return {
        "spec": analysis.name,
        "memory": fits[0].limit,
        **asdict(setup),
        "fits": [
            {"mode": each.mode, "batch": each.batch, **{part: getattr(each.need, part) for part in PARTS}}
            for each in fits
        ],
    }


def _described(setup: Setup) -> str:
    types = f"weights float32, activations {setup.dtype}" if setup.mixed else setup.dtype
    blocks = "" if setup.checkpoint is None else f", blocks nested {setup.checkpoint} deep recomputed"
    return f"{types}, {setup.optimizer}{blocks}"


def _remarks(fits: Sequence[Fit]) -> list[str]:
    remarks = [
        f"not even one sample fits for {one.mode}: it needs {one.need.total:,} bytes of {one.limit:,}"
        for one in fits
        if not one.batch
    ]
    if any(one.mode == TRAINING for one in fits):
        remarks.append(
            "activations: saved for backward; of activations and step, never there at once, the larger counts"
        )
    return remarks
