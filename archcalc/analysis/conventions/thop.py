"""thop (pytorch-OpCounter), which has rules for modules alone: what is outside of them is not counted."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from archcalc.analysis.conventions.convention import Convention, LayerArithmetic, Rule, each_of
from archcalc.analysis.conventions.pools import adaptive_sizes, pools_plane, torch_pool
from archcalc.analysis.conventions.recurrence import RECURRENT
from archcalc.core.terms import total
from archcalc.ops import word_of
from archcalc.ops.computed_weights import WEIGHT_NORM

if TYPE_CHECKING:
    from archcalc.core.terms import Parameters

UPSAMPLING = {"nearest": 1, "linear": 5, "bilinear": 11}
UNKNOWN_PARAMETERS = (
    "group_norm", "rms_norm", "scale", "embedding", "position", "class_token", "conv_lstm2d", "conv_gru2d", "constant",
    "deform_conv2d",
)  # fmt: skip
"""Operators whose parameters do not belong to a module that thop knows."""


def _norm(layer: LayerArithmetic) -> int:
    return layer.elements * (4 if layer.operator.learned.weight else 2)


def _transposed(layer: LayerArithmetic) -> int:
    """Count the products at every position of the output instead of the input."""
    if layer.is_parametrized:
        return 0
    before, after = (shape.with_tokens(0).positions for shape in (layer.inputs[0], layer.output))
    return layer.macs // before * after - layer.macs


def _adaptive(layer: LayerArithmetic) -> int:
    """Count a window of the mean size, which thop works out in floating point, and a division."""
    window = prod(before / after for before, after in adaptive_sizes(layer))
    return int((window + 1) * layer.grid_outputs)


def _softmax(layer: LayerArithmetic) -> int:
    shape = layer.inputs[0]
    return shape.positions * (3 * shape.channels - 1)


def _parameters(layer: LayerArithmetic, parameters: Parameters) -> int:
    if word_of(layer.operator) in UNKNOWN_PARAMETERS or layer.is_parametrized:
        return 0
    relative = sum(each.value for each in parameters.weights if each.what.startswith("relative positions"))
    return total(parameters.learned) - relative


RULES = {
    **each_of(
        "conv_transpose1d conv_transpose2d conv_transpose3d",
        Rule(_transposed, "products at the positions of the output, which are too many"),
    ),
    **each_of("batch_norm instance_norm layer_norm", Rule(_norm, "4 per element with a weight, 2 without")),
    "prelu": Rule(lambda layer: layer.elements, "1 per element"),
    "softmax": Rule(_softmax, "3 per element, 1 less per position"),
    **each_of(
        "avg_pool1d avg_pool2d avg_pool3d", Rule(lambda layer: torch_pool(layer).outputs, "1 per output element")
    ),
    **each_of("adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d", Rule(_adaptive, "inputs and outputs")),
    "global_avg_pool": Rule(lambda layer: _adaptive(layer) if pools_plane(layer) else 0, "inputs and outputs"),
    "interpolate": Rule(
        lambda layer: UPSAMPLING.get(layer.operator.mode, 0) * layer.grid_outputs,
        "1 (nearest), 5 (linear) or 11 (bilinear) per output element",
        missing=lambda layer: "" if layer.operator.mode in UPSAMPLING else f"{layer.operator.mode} upsampling",
    ),
    **each_of("rnn lstm gru", RECURRENT),
}

THOP = Convention(
    "thop",
    "MACs (thop)",
    "multiply-accumulates of modules, norms and average pools",
    tool="thop 0.1.1.post2209072238",
    rules=RULES,
    without_rule=frozenset(
        {"scaled_dot_product_attention", "matmul", "einsum", "functional.conv1d", "functional.conv2d", WEIGHT_NORM}
    ),
    sees_modules=True,
    params=_parameters,
    params_meaning="those of modules that it has a rule for, and tied ones again for each module of another kind",
    counts_tied=True,
)
