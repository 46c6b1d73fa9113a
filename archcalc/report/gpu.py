"""What a report says of a GPU alone: launches, CUDA graphs, number formats, workspace, layouts, clocks."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from archcalc.core.messages import counted
from archcalc.report.measured import of_setup, setups
from archcalc.report.words import extent, listed, percent, setup_words, times
from archcalc.results.profile import INFERENCE, TRAINING
from archcalc.tables.cuda_remarks import fell_behind, held_back, slow_conv3d
from archcalc.tables.profile import figure, mebi

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.report.measured import Measured
    from archcalc.results.profile import Profile, Setup


def gpu_summary(cases: Sequence[Measured]) -> list[str]:
    """Return a sentence for each setup of inference on what launches cost, and one on workspace; none for a CPU."""
    launches = [_launches(setup, [case.profile for case in of_setup(cases, setup)]) for setup in setups(cases)]
    return [*(each for each in launches if each), *_workspace(cases)]


def _launches(setup: Setup, profiles: Sequence[Profile]) -> str:
    known = [each for each in profiles if each.host_ms is not None]
    if setup.mode != INFERENCE or not known:
        return ""
    bound = sum(each.launch_bound for each in known)
    graphs = [each.latency.median / each.graph.median for each in known if each.graph and each.graph.median]
    words = f"; as CUDA graphs networks run {times(median(graphs))} times as fast in the median" if graphs else ""
    return (
        f"Launches ({setup_words(setup)}): {bound} of {counted(len(known), 'network')} run eagerly take the host "
        f"longer to start than the device to compute, and are bound by launches{words}."
    )


def _workspace(cases: Sequence[Measured]) -> list[str]:
    found = sorted(use.workspace_bytes for case in cases if (use := case.profile.memory).workspace_bytes is not None)
    if not found:
        return []
    spans = extent([mebi(found[0]), mebi(found[-1])])
    return [f"Workspace beyond tensors, which no prediction counts: {mebi(int(median(found)))} in the median, {spans}."]


def gpu_limits(cases: Sequence[Measured]) -> list[str]:
    """Return what has to be known to read the figures of a GPU; none for a CPU."""
    profiles = [case.profile for case in cases if case.setup.device == "cuda"]
    if not profiles:
        return []
    return [
        "Times of networks are those of PyTorch running layer after layer, unless a CUDA graph is named. Times of "
        "layers are those of the device with the layer queued before; where the host starts layers one by one, a small "
        "one takes as long as its launch. Bound by launches is a network whose layers take the host longer to start.",
        *_formats(profiles),
        *_layouts(profiles),
        *_clocks(profiles),
        *dict.fromkeys(said for each in profiles if (said := slow_conv3d(each))),
        *_behind(profiles),
        "Memory is that of tensors, as predicted. cuDNN takes the fastest algorithm whatever its workspace.",
    ]


def _formats(profiles: Sequence[Profile]) -> list[str]:
    formats = {each.setup.dtype for each in profiles}
    half = [each for each in ("fp16", "bf16") if each in formats]
    found = []
    if half:
        found.append(
            f"In {listed(half)} all weights are cast, norms and the state of training too; this is not automatic mixed "
            "precision, which keeps them in float32."
        )
    if "tf32" in formats:
        found.append("TF32 is used in matrix products and convolutions alone; fused attention does without.")
    return found


def _layouts(profiles: Sequence[Profile]) -> list[str]:
    if any(each.setup.channels_last for each in profiles):
        return []
    return [
        "Tensors have their channels first. cuDNN computes convolutions on tensor cores with channels last, and "
        "converts inputs and outputs where they are not: --channels-last may be faster."
    ]


def _clocks(profiles: Sequence[Profile]) -> list[str]:
    such = [each for each in profiles if held_back(each.environment)]
    if not such:
        return []
    reasons = listed(list(dict.fromkeys(why for each in such for why in held_back(each.environment))))
    return [
        f"In {percent(len(such) / len(profiles))} of the profiles clocks were held back by {reasons}, so that peaks, "
        "taken on a cooler device, are above what it keeps up."
    ]


def _behind(profiles: Sequence[Profile]) -> list[str]:
    such = [each for each in profiles if fell_behind(each)]
    training = sum(each.setup.mode == TRAINING for each in such)
    if not such:
        return []
    share = figure(100 * len(such) / len(profiles))
    return [f"In {share}% of the profiles ({training} of training) the host could not queue every layer ahead."]
