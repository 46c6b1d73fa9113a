"""What a network does with time: when it mixes frames, when it drops them, and how many it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.time_fusion import TIME, time_fusion
from archcalc.lint.finding import Observation, Rule
from archcalc.ops.traits import Family

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.analysis.time_fusion import TimeFusion
    from archcalc.graph import NetworkInput
    from archcalc.lint.finding import Figure
    from archcalc.lint.network import Network


def _check(network: Network) -> Iterator[Observation]:
    fusion = time_fusion(network.analysis)
    if fusion is None or fusion.frames == 1:
        return
    timed = max((each for each in network.graph.inputs.values() if TIME in each.shape), key=_frames)
    yield from _given_up_at_once(network, fusion)
    yield from _never_mixed(network, fusion, timed)
    yield from _subsampled_first(network, timed)
    yield from _not_equivariant(fusion)
    yield from _seconds(network, fusion, timed)


def _frames(given: NetworkInput) -> int:
    return given.shape[TIME]


def _with_weights(network: Network, path: str) -> bool:
    return bool(network.records[path].macs) or network.graph.nodes[path].operator.traits.family in (
        Family.RECURRENT, Family.ATTENTION
    )  # fmt: skip


def _given_up_at_once(network: Network, fusion: TimeFusion) -> Iterator[Observation]:
    """Yield the layer that ends time before or in the first layer with weights."""
    if fusion.ends is None:
        return
    paths = list(network.graph.nodes)
    first = next((path for path in paths if _with_weights(network, path)), None)
    if first is not None and paths.index(fusion.ends) <= paths.index(first):
        message = (
            f"time is given up at once: {fusion.ends} leaves one time step of {fusion.frames} frames before any feature"
            " is computed in time"
        )
        yield Observation(fusion.ends, TIME, message, {"frames": fusion.frames})


def _never_mixed(network: Network, fusion: TimeFusion, timed: NetworkInput) -> Iterator[Observation]:
    """Yield the input if frames meet in nothing but pools, sums and the like, or nowhere."""
    operators = {path: network.graph.nodes[path].operator for path in fusion.fusing}
    if any(_with_weights(network, path) or each.traits.family is Family.REARRANGEMENT
           for path, each in operators.items()):  # fmt: skip
        return
    where = f"; frames meet in {', '.join(fusion.fusing[:2])} alone" if fusion.fusing else ""
    message = f"no layer with weights reads more than one frame{where}"
    yield Observation(timed.name, TIME, message, {"frames": fusion.frames})


def _subsampled_first(network: Network, timed: NetworkInput) -> Iterator[Observation]:
    """Yield the first layer that skips frames although nothing before it has read two of them."""
    for layer in network.analysis.layers:
        seen = layer.fields.get(timed.name)
        sizes = None if seen is None else seen.by_axis.get(TIME)
        if sizes is not None and sizes.full == 1 and sizes.jump is not None and sizes.jump > 1:
            if layer.shape.get(TIME) > 1:
                message = f"keeps one of {sizes.jump} frames before any layer has mixed frames"
                yield Observation(layer.path, TIME, message, {"every": float(sizes.jump)})
            return


def _not_equivariant(fusion: TimeFusion) -> Iterator[Observation]:
    shift = fusion.shift
    if shift is not None and shift.broken not in (None, fusion.ends) and not shift.unknown:
        assert shift.broken is not None
        message = (
            "depends on the time index: shifting the clip does not shift the features, as in convolutions it would"
        )
        yield Observation(shift.broken, TIME, message, {})


def _seconds(network: Network, fusion: TimeFusion, timed: NetworkInput) -> Iterator[Observation]:
    """Yield the layer with the largest temporal field before frames are pooled, if it is shorter than the clip."""
    families = (Family.POOL, Family.GLOBAL_POOL)
    if fusion.ends is not None and network.graph.nodes[fusion.ends].operator.traits.family not in families:
        return
    largest = _largest_window(network, timed)
    if largest is None or largest[1] >= fusion.frames:
        return
    (path, field), frames, fps = largest, fusion.frames, timed.fps
    seconds = f", {field / fps:.3g} of {frames / fps:.3g} s" if fps else ""
    sees = "an output" if fusion.ends is None else "before time is pooled, a feature"
    figures: dict[str, Figure] = {"field": field, "frames": frames}
    if fps:
        figures |= {"field_seconds": field / fps, "clip_seconds": frames / fps}
    yield Observation(path, TIME, f"{sees} sees at most {field} of {frames} frames{seconds}", figures)


def _largest_window(network: Network, timed: NetworkInput) -> tuple[str, int] | None:
    """Return the layer with several time steps and the largest field; None if one depends on a whole axis."""
    fields = {
        layer.path: sizes
        for layer in network.analysis.layers
        if layer.shape.get(TIME) > 1 and timed.name in layer.fields
        and (sizes := layer.fields[timed.name].by_axis.get(TIME)) is not None
    }  # fmt: skip
    if not fields or any(sizes.sees_all for sizes in fields.values()):
        return None
    path = max(fields, key=lambda each: fields[each].full)
    return path, fields[path].full


TIME_RULE = Rule(
    "AC401",
    "time",
    "time given up at once, never mixed, or seen in part",
    "What a network does with time decides what it can learn of motion. Early fusion puts all frames into channels at"
    " once, and its features cannot move in time. A network that pools over frames only at its end sees no motion."
    " Subsampling before frames have been mixed throws them away unread. A learned position in time breaks the"
    " equivariance that convolutions have: an action that comes later gives other features. A temporal field shorter"
    " than the clip sees an action in part (in seconds at the clip's frame rate).",
    "Mix frames with small temporal kernels before time is subsampled or pooled; use relative positions.",
    "Karpathy et al., Large-scale Video Classification (CVPR 2014), section 3.1, on the fusions; Tran et al., C3D"
    " (arXiv:1412.0767), section 3.1.",
    _check,
)
