"""fvcore: multiply-accumulates, norms, 2-D adaptive average pools and 2-D upsampling."""

from __future__ import annotations

from archcalc.analysis.conventions.convention import Convention, LayerArithmetic, Rule, each_of
from archcalc.core.terms import total
from archcalc.ops import word_of

VERSION = "fvcore 0.1.5.post20221221"


def _affine(layer: LayerArithmetic) -> bool:
    """Whether a norm has a weight, which is what fvcore looks at."""
    return bool(layer.operator.learned.weight)


def _norm(layer: LayerArithmetic) -> int:
    return layer.elements * (5 if _affine(layer) else 4)


def _batch_norm(layer: LayerArithmetic) -> int:
    if not layer.operator.track_running_stats:
        return _norm(layer)
    return layer.elements * (2 if _affine(layer) else 1)


def _global_pool(layer: LayerArithmetic) -> int:
    flat = set(layer.operator.pooled(layer.inputs[0])) == {"H", "W"}
    return layer.grid_elements if flat else 0


def _upsampling(layer: LayerArithmetic) -> int:
    mode, axes = layer.operator.mode, len(layer.operator.module_axes(layer.inputs))
    each = {"nearest": 1, "bilinear": 4}.get(mode, 0) if axes == 2 else 0
    return each * layer.grid_outputs


def _sampled(layer: LayerArithmetic) -> int:
    """Count 4 operations for each value that is sampled between four others."""
    operator, out = layer.operator, layer.output
    if word_of(operator) == "deform_conv2d":
        return int(4 * layer.inputs[0].channels * operator.taps * out["H"] * out["W"])
    return int(4 * out.elements * getattr(operator, "sampling_ratio", 1) ** 2)


def _standardized(layer: LayerArithmetic) -> int:
    """Count the batch norm of the weights that standardizes them."""
    return 2 * total(layer.operator.parameters(layer.inputs).weights) if layer.operator.weight_standardization else 0


RULES = {
    **each_of("conv1d conv2d conv3d", Rule(_standardized, "2 per weight that is standardized")),
    **each_of("layer_norm group_norm instance_norm", Rule(_norm, "5 per element with a weight, 4 without")),
    "batch_norm": Rule(_batch_norm, "2 per element with a weight, 1 without"),
    "adaptive_avg_pool2d": Rule(lambda layer: layer.grid_elements, "1 per input element"),
    "global_avg_pool": Rule(_global_pool, "1 per input element, over H and W alone"),
    **each_of("grid_sample deform_conv2d roi_align", Rule(_sampled, "4 per sample")),
    "interpolate": Rule(_upsampling, "1 (nearest) or 4 (bilinear) per output element, on two axes"),
}
TRAINING = {**RULES, "batch_norm": Rule(_norm, "5 per element with a weight, 4 without")}

WITHOUT_RULE = frozenset({"scaled_dot_product_attention", "rnn_tanh", "rnn_relu", "lstm", "gru"})

FVCORE = Convention(
    "fvcore",
    "MACs (fvcore)",
    "multiply-accumulates, norms, 2-D adaptive average pools and 2-D upsampling",
    tool=f"{VERSION}, eval mode",
    rules=RULES,
    without_rule=WITHOUT_RULE,
)
FVCORE_TRAIN = Convention(
    "fvcore-train",
    "MACs (fvcore, train)",
    "as fvcore, but 5 per batch norm element",
    tool=f"{VERSION}, training mode",
    rules=TRAINING,
    without_rule=WITHOUT_RULE,
)
