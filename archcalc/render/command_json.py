"""The JSON of commands whose rows are no layers: compare, list, audit, check, ops, clip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.analysis.statuses import STATUSES, cost_status, network_status
from archcalc.ops import OPS
from archcalc.render.json import input_object, number_json, problem_object, rows_json
from archcalc.spec.bind import argument_by_axis, operator_fields
from archcalc.spec.library import library_blocks
from archcalc.spec.structure_pages import STRUCTURES
from archcalc.tables.blocks import default_text
from archcalc.tables.catalog import operator_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archcalc.analysis.comparison import ComparedNetwork
    from archcalc.analysis.time_fusion import TimeFusion
    from archcalc.analysis.time_shift import TimeShift
    from archcalc.core.clip import Clip, Stages
    from archcalc.core.problem import Problem
    from archcalc.results.audit import AuditedFigure
    from archcalc.results.check import CheckedSpec
    from archcalc.spec.bind import Field
    from archcalc.spec.model import Block
    from archcalc.tables.network_fields import NetworkField


def comparison_json(networks: Sequence[ComparedNetwork]) -> str:
    """Return the networks of a comparison, with their totals, stages and temporal properties."""
    asked = networks[0].analysis
    head = {"convention": asked.convention.name, "batch": asked.batch, "dtype": asked.dtype}
    return rows_json("networks", [_network(each) for each in networks], head)


def _network(one: ComparedNetwork) -> dict[str, Any]:
    return {
        "name": one.name,
        "spec": one.analysis.name,
        "title": one.analysis.title,
        "inputs": [input_object(each) for each in one.analysis.inputs],
        "totals": dict(one.totals),
        **({key: network_status(one.analysis, key) for key in STATUSES} if one.analysis.graph.imported else {}),
        "cost_status": cost_status(one.analysis),
        "stages": [{"stage": stage, **values} for stage, values in one.stages.items()],
        "time": None if one.time is None else _time(one.time),
        "spatial_field_covers_frame_from": one.whole_image,
    }


def _time(time: TimeFusion) -> dict[str, Any]:
    return {
        "frames": time.frames,
        "temporal_fusion_in": list(time.fusing),
        "temporal_size_1_from": time.ends,
        "temporal_field_covers_clip_from": time.whole_clip,
        "shift": None if time.shift is None else _shift(time.shift),
    }


def _shift(shift: TimeShift) -> dict[str, Any]:
    frames = None if shift.broken else number_json(shift.rate)
    if shift.unknown:
        return {"equivariant": None, "frames": None, "broken_by": None, "unknown_from": shift.broken}
    return {"equivariant": shift.broken is None, "frames": frames, "broken_by": shift.broken}


def network_fields_json(networks: Iterable[NetworkField]) -> str:
    """Return what networks see through windows: field, effective stride and effective padding by axis."""
    return rows_json("networks", [_network_field(each) for each in networks])


def _network_field(one: NetworkField) -> dict[str, Any]:
    inputs = [input_object(each) for each in one.analysis.inputs]
    described = {"name": one.name, "inputs": inputs, "stage": one.stage}
    seen = None if one.layer is None else one.layer.field
    if one.layer is None or seen is None:
        return {**described, "layer": None, "field": None, "stride": None, "padding": None}
    stride = {axis: number_json(jump) for axis, jump in seen.jump.items()}
    return {
        **described,
        "layer": one.layer.path,
        "field": dict(seen.full),
        "stride": stride,
        "padding": seen.effective_padding,
    }


def audit_json(figures: Iterable[AuditedFigure]) -> str:
    """Return published figures with ours and the verdicts."""
    return rows_json("figures", [_figure(each) for each in figures])


def _figure(each: AuditedFigure) -> dict[str, Any]:
    figure = each.figure
    return {
        "network": each.network,
        "quantity": figure.quantity,
        "layer": figure.layer or None,
        "axis": figure.axis or None,
        "convention": figure.convention or figure.at.convention or None,
        "set": dict(figure.at.settings),
        "input": dict(figure.at.inputs),
        "printed": figure.value,
        "ours": int(each.ours) if each.ours.isdigit() else each.ours or None,
        "verdict": each.verdict,
        "source": figure.source,
        "remark": each.remark,
    }


def check_json(checked: Iterable[CheckedSpec]) -> str:
    """Return what is wrong with specs: problems, and warnings about those that can be used."""
    return rows_json("specs", [_checked(each) for each in checked])


def _checked(one: CheckedSpec) -> dict[str, Any]:
    return {
        "spec": one.spec,
        "valid": not one.problems,
        "layers": one.layers,
        **({} if one.designs is None else {"designs": one.designs}),
        "problems": _problems(one.problems),
        "warnings": _problems(one.warnings),
    }


def _problems(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    return [problem_object(each) for each in problems]


def operators_json(names: Iterable[str]) -> str:
    """Return operators with their arguments."""
    return rows_json("operators", [_operator(each) for each in names])


def blocks_json(libraries: Iterable[str]) -> str:
    """Return the blocks of bundled libraries with their parameters, inputs and outputs."""
    return rows_json("blocks", [_block(each, block) for each in libraries for block in library_blocks(each).values()])


def _block(library: str, block: Block) -> dict[str, Any]:
    return {
        "library": library,
        "name": block.name,
        "parameters": [
            {"name": each.name, "required": each.default is None, "default": default_text(each)}
            for each in block.parameters
        ],
        "inputs": list(block.inputs or ("input",)),
        "outputs": [str(key.value) for key, _ in block.outputs],
    }


def _operator(name: str) -> dict[str, Any]:
    if name in STRUCTURES:
        return _structure(name)
    description = operator_page(OPS[name])
    return {
        "name": name,
        "meaning": description.splitlines()[0],
        "description": description,
        "arguments": [_argument(each) for each in operator_fields(OPS[name]).values()],
        "takes_other_axes": argument_by_axis(OPS[name]) is not None,
    }


def _structure(name: str) -> dict[str, Any]:
    page, keys = STRUCTURES[name]
    arguments: list[dict[str, Any]] = [
        {"name": key.name, "aliases": [], "required": key.default == "required", "default": None, "takes": key.takes}
        for key in keys
    ]
    return {"name": name, "meaning": page.splitlines()[0], "description": page, "arguments": arguments}


def _argument(argument: Field) -> dict[str, Any]:
    plain = argument.default is None or isinstance(argument.default, (bool, int, float, str))
    return {
        "name": argument.name,
        "aliases": list(argument.aliases),
        "required": argument.required,
        "default": argument.default if plain else str(argument.default),
        "takes": argument.argument.expects,
    }


def clip_json(stages: Stages, dtype: str) -> str:
    """Return the stages of a video: raw, sampled, resized."""
    named = {"raw": stages.raw, "sampled": stages.sampled, "resized": stages.resized}
    rows = [_stage(name, clip) for name, clip in named.items() if clip is not None]
    return rows_json("stages", rows, {"dtype": dtype})


def _stage(name: str, clip: Clip) -> dict[str, Any]:
    return {
        "stage": name,
        "frames": clip.frames,
        "size": {axis: clip.shape[axis] for axis in ("W", "H")},
        "channels": clip.shape.channels,
        "fps": number_json(clip.fps),
        "seconds": number_json(clip.seconds),
        "bytes": clip.bytes,
        "bytes_per_second": number_json(clip.bytes_per_second),
    }
