"""Ultralytics: GFLOPs are twice what its fork of thop counts, which sees products outside of modules too."""

from __future__ import annotations

from math import prod

from archcalc.analysis.conventions.convention import Convention, LayerArithmetic, Rule, each_of
from archcalc.analysis.conventions.pools import adaptive_sizes, pools_plane, torch_pool
from archcalc.analysis.conventions.recurrence import RECURRENT

UPSAMPLING = {"nearest": 0, "linear": 5, "bilinear": 11, "trilinear": 31}


def _norm(layer: LayerArithmetic) -> int:
    return layer.elements * (4 if layer.operator.learned.weight else 2)


def _rms_norm(layer: LayerArithmetic) -> int:
    return layer.elements * (4 if layer.operator.elementwise_affine else 2)


def _avg_pool(layer: LayerArithmetic) -> int:
    """Count an addition for each value of a window, padding only where it is averaged too, and a division."""
    pool, padded = torch_pool(layer), layer.operator.count_include_pad
    read = 1
    for n, window in pool.axes:
        low, high = (-window.before, n + window.after) if padded else (0, n)
        starts = [at * window.stride - window.before for at in range(window.size(n))]
        read *= sum(max(min(start + window.kernel, high) - max(start, low), 0) for start in starts)
    return (pool.others + pool.shares) * read + pool.outputs


def _adaptive(layer: LayerArithmetic) -> int:
    """Count an addition for each value of a window, and a division."""
    sizes = adaptive_sizes(layer)
    planes = layer.grid_outputs // prod(after for _, after in sizes)
    read = prod(sum(_window(n, after, at) for at in range(after)) for n, after in sizes)
    return planes * read + layer.grid_outputs


def _window(n: int, outputs: int, at: int) -> int:
    return -(-(at + 1) * n // outputs) - at * n // outputs


def _softmax(layer: LayerArithmetic) -> int:
    shape = layer.inputs[0]
    return shape.positions * (3 * shape.channels - 1)


RULES = {
    **each_of("batch_norm instance_norm layer_norm group_norm", Rule(_norm, "4 per element with a weight, 2 without")),
    "rms_norm": Rule(_rms_norm, "4 per element with a weight, 2 without"),
    "prelu": Rule(lambda layer: layer.elements, "1 per element"),
    "softmax": Rule(_softmax, "3 per element, 1 less per position"),
    **each_of("avg_pool1d avg_pool2d avg_pool3d", Rule(_avg_pool, "inputs of all windows, and outputs")),
    **each_of(
        "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d",
        Rule(_adaptive, "inputs of all windows, and outputs"),
    ),
    "global_avg_pool": Rule(lambda layer: _adaptive(layer) if pools_plane(layer) else 0, "inputs and outputs"),
    "interpolate": Rule(
        lambda layer: UPSAMPLING[layer.operator.mode] * layer.grid_outputs,
        "5 (linear), 11 (bilinear) or 31 (trilinear) per output element",
    ),
    **each_of("rnn lstm gru", RECURRENT),
}

ULTRALYTICS = Convention(
    "ultralytics",
    "FLOPs (ultralytics)",
    "2 for each multiply-accumulate and for each operation of norms and average pools",
    tool="ultralytics 8.4.190 with ultralytics-thop 2.2.3",
    factor=2,
    rules=RULES,
    without_rule=frozenset({"functional.conv1d", "functional.conv2d"}),
    sees_modules=True,
)
