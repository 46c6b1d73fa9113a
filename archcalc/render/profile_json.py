"""The JSON of profiles: written, and read again."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from archcalc._version import __version__
from archcalc.analysis.hardware import device_reported_as
from archcalc.core.problem import UsageError
from archcalc.render.json import SCHEMA, object_json
from archcalc.results.profile import Latency, LayerProfile, MemoryUse, Peaks, Profile, Setup

if TYPE_CHECKING:
    from collections.abc import Sequence


def profiles_json(profiles: Sequence[Profile]) -> str:
    """One object for a single profile, a list for several; one layer a line."""
    found = [object_json(profile_object(each)) for each in profiles]
    return (found[0] if len(found) == 1 else "[" + ",\n".join(found) + "]") + "\n"


def profile_object(profile: Profile) -> dict[str, Any]:
    """A profile as plain data; the times of its layers are in milliseconds."""
    setup, latency, memory = profile.setup, profile.latency, profile.memory
    return {
        "schema": SCHEMA,
        "archcalc": __version__,
        "spec": profile.spec,
        "title": profile.title,
        "inputs": list(profile.inputs),
        "device": setup.device,
        "dtype": setup.dtype,
        "batch": setup.batch,
        "mode": setup.mode,
        "compiled": setup.compiled,
        "channels_last": setup.channels_last,
        "asked_batch": profile.asked_batch,
        "views": profile.views,
        "params": profile.params,
        "macs": profile.macs,
        "network": {
            "latency_ms": asdict(latency),
            "clips_per_second": profile.clips_per_second,
            "videos_per_second": profile.videos_per_second,
            "layers_ms": profile.layers_ms,
            "roofline_ms": profile.roofline_ms,
            "graph_ms": None if profile.graph is None else asdict(profile.graph),
            "no_graph": profile.no_graph,
            **asdict(memory),
        },
        "layers": [_layer(each) for each in profile.layers],
        "peaks": {**asdict(profile.peaks), "data_sheet": _data_sheet(profile)},
        "environment": dict(profile.environment),
        "fingerprint": profile.fingerprint,
        "remarks": list(profile.remarks),
    }


def _layer(layer: LayerProfile) -> dict[str, Any]:
    worked_out = {"intensity": layer.intensity, "tflops": layer.tflops, "roofline_share": layer.roofline_share}
    return {**asdict(layer), **worked_out}


def _data_sheet(profile: Profile) -> dict[str, Any] | None:
    """What the maker of the device prints of it, where that is known."""
    found = device_reported_as(str(profile.environment.get("device")))
    if found is None:
        return None
    return {
        "device": found.name,
        "flops_per_second": found.peak.get(profile.setup.dtype),
        "bytes_per_second": found.bandwidth,
        "source": dict(found.source),
    }


def profile_from(text: str, name: str) -> Profile:
    """The profile that a JSON text of one describes; UsageError when it describes none."""
    try:
        return _profile(json.loads(text))
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError(f"{name} is not a profile of archcalc {__version__}: {error}") from None


def _profile(found: dict[str, Any]) -> Profile:
    if found["schema"] != SCHEMA:
        raise ValueError(f"schema {found['schema']}, not {SCHEMA}")
    network = found["network"]
    memory = {key: network[key] for key in MemoryUse.__dataclass_fields__ if key in network}
    graph = network.get("graph_ms")
    setup = {key: found[key] for key in ("device", "dtype", "batch", "mode", "compiled", "channels_last")}
    return Profile(
        spec=found["spec"],
        title=found["title"],
        inputs=tuple(found["inputs"]),
        setup=Setup(**setup),
        asked_batch=found["asked_batch"],
        views=found["views"],
        params=found["params"],
        macs=found["macs"],
        latency=Latency(**network["latency_ms"]),
        memory=MemoryUse(**memory),
        layers=tuple(_read_layer(each) for each in found["layers"]),
        peaks=Peaks(**{key: found["peaks"][key] for key in Peaks.__dataclass_fields__}),
        environment=found["environment"],
        fingerprint=found["fingerprint"],
        graph=None if graph is None else Latency(**graph),
        no_graph=network.get("no_graph"),
        remarks=tuple(found.get("remarks", ())),
    )


def _read_layer(found: dict[str, Any]) -> LayerProfile:
    return LayerProfile(**{key: found[key] for key in LayerProfile.__dataclass_fields__ if key in found})
