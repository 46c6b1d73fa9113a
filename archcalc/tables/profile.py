"""Tables of profiles: the layers of one profile, or several profiles."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from archcalc.analysis.hardware import device_reported_as
from archcalc.analysis.roofline import COMPUTE, LAUNCH, MEMORY
from archcalc.core.messages import counted
from archcalc.results.profile import TRAINING, format_words
from archcalc.tables.cuda_remarks import host_bound, slow_conv3d, throttled
from archcalc.tables.table import BYTES, COUNT, MEASURED, NAME, SHARE, SHORT_COUNT, TEXT, Cell, Column, Table, Total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.results.profile import LayerProfile, Profile

GIGA, MICRO = 1e9, 1e6
UNSTEADY = 0.2
"""Relative difference of two rounds above which a remark is printed."""
NEAR = 0.05
"""Relative difference of layers and network that is called near, even if the spread is smaller."""

LAYER_COLUMNS = (
    Column("path", "layer", TEXT),
    Column("op", "operator", TEXT),
    Column("kind", "kind", TEXT),
    Column("ms", "ms", MEASURED),
    Column("spread", "spread", SHARE),
    Column("macs", "MACs", SHORT_COUNT),
    Column("flops", "FLOPs of MACs", SHORT_COUNT),
    Column("bytes", "moved", BYTES),
    Column("intensity", "FLOPs per byte", MEASURED),
    Column("tflops", "TFLOP/s", MEASURED),
    Column("roofline_ms", "roofline ms", MEASURED),
    Column("roofline_share", "reached", SHARE),
    Column("bound", "bound", TEXT),
    Column("eager_ms", "eager ms", MEASURED),
    Column("host_ms", "host ms", MEASURED),
)
NARROW = ("path", "ms", "macs", "bytes", "roofline_ms", "roofline_share", "bound")


def profile_table(profile: Profile, slowest: int | None = None, columns: Sequence[str] = NARROW) -> Table:
    """Return the layers of one profile in order, or the slowest ones, with the times of the whole network below."""
    layers = sorted(profile.layers, key=lambda layer: -layer.ms)[:slowest] if slowest else profile.layers
    wanted = (*columns, "eager_ms", "host_ms") if profile.setup.device == "cuda" else columns
    shown = tuple(column for column in LAYER_COLUMNS if column.key in wanted)
    return Table(
        title=f"{profile.spec}: {profile.title}" if profile.title else profile.spec,
        subtitle=(f"{', '.join(profile.inputs)}; {setup_text(profile)}", surroundings_text(profile)),
        columns=shown,
        rows=tuple(tuple(_cell(layer, column) for column in shown) for layer in layers),
        totals=tuple(Total(label, text, TEXT) for label, text in _totals(profile)),
        remarks=_remarks(profile),
    )


def _cell(layer: LayerProfile, column: Column) -> Cell:
    value: Cell = getattr(layer, column.key)
    nothing = column.key in ("roofline_ms", "roofline_share") and layer.bound is None
    return None if nothing else value


def setup_text(profile: Profile) -> str:
    """`cuda, bf16 weights, batch 8, inference, compiled`."""
    setup = profile.setup
    more = ["compiled"] * setup.compiled + ["channels last"] * setup.channels_last
    return ", ".join((setup.device, format_words(setup.dtype), f"batch {setup.batch}", setup.mode, *more))


def surroundings_text(profile: Profile) -> str:
    """The device and the versions that a reader has to know."""
    found = profile.environment
    threads = f", {counted(int(str(found.get('threads'))), 'thread')}" if profile.setup.device == "cpu" else ""
    return f"{found.get('device')}{threads}; PyTorch {found.get('torch')}; {str(found.get('date'))[:10]}"


def _totals(profile: Profile) -> list[tuple[str, str]]:
    took = profile.latency
    lines = [
        ("whole network", f"{figure(took.median)} ms, median of {took.runs} runs"),
        ("p10 to p90", f"{figure(took.p10)} to {figure(took.p90)} ms; two rounds differ by {100 * took.spread:.1f}%"),
        ("clips per second", figure(profile.clips_per_second)),
    ]
    if profile.videos_per_second is not None:
        lines.append(("videos per second", f"{figure(profile.videos_per_second)}, {profile.views} views each"))
    return [
        *lines,
        *_graph(profile),
        ("layer by layer", f"{figure(profile.layers_ms)} ms: {gap_text(profile)}"),
        *_host(profile),
        ("roofline", f"{figure(profile.roofline_ms)} ms: {_share(profile.roofline_ms, took.median)} of the network"),
        ("time by bound", _bounds(profile)),
        *_memory(profile),
        *_peaks(profile),
    ]


def _graph(profile: Profile) -> list[tuple[str, str]]:
    """The network as a CUDA graph, or why there is none; nothing on a CPU."""
    if profile.graph is None:
        return [] if profile.no_graph is None else [("as a CUDA graph", f"none: {profile.no_graph}")]
    took, eager = profile.graph.median, profile.latency.median
    return [("as a CUDA graph", f"{figure(took)} ms, {_share(took, eager)} of the eager network")]


def _host(profile: Profile) -> list[tuple[str, str]]:
    """What the host takes to start the layers, where it works ahead."""
    host = profile.host_ms
    if host is None:
        return []
    side = "the host: the network is bound by launches" if profile.launch_bound else "the device"
    return [("host", f"{figure(host)} ms to start them; most time passes on {side}")]


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.0f}%" if whole else "none"


def gap_text(profile: Profile) -> str:
    """How far the times of the layers together are from that of the whole network, and why."""
    whole, difference = profile.latency.median, profile.layers_ms - profile.latency.median
    if abs(difference) <= max(NEAR, profile.latency.spread) * whole:
        return f"{_share(profile.layers_ms, whole)} of the network, which is near"
    size = f"{figure(abs(difference))} ms {'more' if difference > 0 else 'less'}"
    return f"{size} than the network: {_reason(profile, difference)}"


def _reason(profile: Profile, difference: float) -> str:
    if profile.setup.compiled:
        return "layers are timed one by one, and not compiled"
    if profile.latency.spread > UNSTEADY:
        return unsteady_reason(profile)
    if profile.setup.mode == TRAINING:
        if difference > 0:
            return "each is run forward and backward separately"
        return "gradients of branches are summed and weights moved between and after the layers"
    if difference < 0:
        return "the device waits for the host" if profile.launch_bound else "time between the layers"
    if profile.setup.device == "cuda":
        return "the device lowered its clocks, or layers run faster one after the other in a cache"
    return "the machine did other work, or its clock changed"


def unsteady_reason(profile: Profile) -> str:
    """Return the likely reason for a large difference between the two rounds of a profile."""
    if profile.setup.device == "cuda":
        return "the clocks of the GPU changed, or the machine does other work"
    return "the machine did other work"


def _bounds(profile: Profile) -> str:
    spent: dict[str, float] = defaultdict(float)
    for layer in profile.layers:
        spent[layer.bound or "nothing to do"] += layer.ms
    shown = (
        f"{bound} {_share(spent[bound], profile.layers_ms)}" for bound in (COMPUTE, MEMORY, LAUNCH) if spent[bound]
    )
    return ", ".join(shown)


def _memory(profile: Profile) -> list[tuple[str, str]]:
    use = profile.memory
    what = "weights, gradients, state, activations" if profile.setup.mode == TRAINING else "activations"
    lines = [
        ("peak of memory", f"{mebi(use.peak_bytes)} of {what}"),
        ("predicted", f"{mebi(use.predicted_peak_bytes)}; measured {use.ratio:.2f} of it: {_difference(profile)}"),
    ]
    if use.allocated_bytes is not None and use.workspace_bytes is not None:
        lines.append(("allocator gave out", f"{mebi(use.allocated_bytes)}, {mebi(use.workspace_bytes)} beyond tensors"))
    if use.reserved_bytes is not None:
        lines.append(("allocator took", mebi(use.reserved_bytes)))
    return lines


def _difference(profile: Profile) -> str:
    more = profile.memory.peak_bytes - profile.memory.predicted_peak_bytes
    if more < 0:
        return "not all is alive at one time"
    if more == 0:
        return "as predicted"
    return "gradients of activations" if profile.setup.mode == TRAINING else "what kernels make inside"


def _peaks(profile: Profile) -> list[tuple[str, str]]:
    peaks, sheet = profile.peaks, device_reported_as(str(profile.environment.get("device")))
    printed = None if sheet is None else sheet.peak.get(profile.setup.dtype)
    product, copy = peaks.flops_per_second, peaks.bytes_per_second
    return [
        ("measured peaks", f"{figure(product / GIGA)} GFLOP/s in a product of matrices{_of_sheet(product, printed)}"),
        ("", f"{figure(copy / GIGA)} GB/s in a copy{_of_sheet(copy, None if sheet is None else sheet.bandwidth)}"),
        ("", f"{figure(peaks.launch_seconds * MICRO)} µs to start a small layer"),
    ]


def _of_sheet(measured: float, printed: float | None) -> str:
    return "" if printed is None else f", {100 * measured / printed:.0f}% of its data sheet"


def mebi(size: int) -> str:
    """Return a size in bytes as MiB."""
    return f"{size / 2**20:,.1f} MiB"


def figure(value: float) -> str:
    """Four significant digits, and no power of ten."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def _remarks(profile: Profile) -> tuple[str, ...]:
    halved = (f"batch {profile.asked_batch} did not fit into memory: measured with {profile.setup.batch}",)
    unsteady = (f"the two rounds differ by {100 * profile.latency.spread:.0f}%: {unsteady_reason(profile)}",)
    cuda = (slow_conv3d(profile), throttled(profile), host_bound(profile))
    return (
        *profile.remarks,
        *(remark for remark in cuda if remark),
        *(halved if profile.asked_batch != profile.setup.batch else ()),
        *(unsteady if profile.latency.spread > UNSTEADY else ()),
    )


PROFILE_COLUMNS = (
    Column("spec", "network", NAME),
    Column("device", "device", NAME),
    Column("dtype", "dtype", NAME),
    Column("batch", "batch", COUNT),
    Column("mode", "mode", NAME),
    Column("ms", "ms", MEASURED),
    Column("spread", "spread", SHARE),
    Column("clips_per_second", "clips/s", MEASURED),
    Column("against_first", "to first", NAME),
    Column("time_ratio", "sample over first", MEASURED),
    Column("roofline_share", "roofline", SHARE),
    Column("graph_ms", "graph ms", MEASURED),
    Column("peak_bytes", "memory", BYTES),
    Column("memory_ratio", "of predicted", MEASURED),
)
SETTINGS = ("device", "dtype", "batch", "mode")
NARROW_PROFILES = ("spec", *SETTINGS, "ms", "spread", "clips_per_second", "against_first", "peak_bytes")


def profiles_table(profiles: Sequence[Profile], columns: Sequence[str] = NARROW_PROFILES) -> Table:
    """Return a row for each of several profiles; settings that are equal for all are in the title.

    `to first` is the time of a sample divided by that in the first profile; a difference smaller than the spread is
    `same`.
    """
    first = profiles[0]
    same = [key for key in SETTINGS if len({getattr(each.setup, key) for each in profiles}) == 1]
    shown = [column for column in PROFILE_COLUMNS if column.key in columns and column.key not in same]
    cells = [_cells(each, first) for each in profiles]
    return Table(
        title="profiles: " + ", ".join(setting_text(key, first) for key in same),
        subtitle=(surroundings_text(first),),
        columns=tuple(shown),
        rows=tuple(tuple(each[column.key] for column in shown) for each in cells),
        remarks=tuple(dict.fromkeys(f"{each.spec}: {remark}" for each in profiles for remark in _remarks(each))),
    )


def setting_text(key: str, profile: Profile) -> str:
    """Return one of the settings as text that is understood without a heading."""
    value = getattr(profile.setup, key)
    return f"batch {value}" if key == "batch" else str(value)


def _cells(profile: Profile, first: Profile) -> dict[str, Cell]:
    took, setup = profile.latency, profile.setup
    return {
        "spec": profile.spec,
        **{key: getattr(setup, key) for key in SETTINGS},
        "ms": took.median,
        "spread": took.spread,
        "clips_per_second": profile.clips_per_second,
        "against_first": "" if profile is first else against_text(profile, first),
        "time_ratio": sample_ms(profile) / sample_ms(first),
        "roofline_share": profile.roofline_ms / took.median,
        "graph_ms": None if profile.graph is None else profile.graph.median,
        "peak_bytes": profile.memory.peak_bytes,
        "memory_ratio": profile.memory.ratio,
    }


def sample_ms(profile: Profile) -> float:
    """Return the time of one sample of the batch, in milliseconds."""
    return profile.latency.median / profile.setup.batch


def against_text(profile: Profile, other: Profile) -> str:
    """Return the ratio of the times of a sample in two profiles, `same` if they differ by less than their spreads."""
    mine, theirs = sample_ms(profile), sample_ms(other)
    if abs(mine - theirs) <= max(profile.latency.spread, other.latency.spread) * max(mine, theirs):
        return "same"
    return f"{figure(mine / theirs)}x" if mine >= theirs else f"1/{figure(theirs / mine)}x"
