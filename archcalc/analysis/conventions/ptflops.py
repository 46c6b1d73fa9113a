"""ptflops with its backend `pytorch`, the default: modules by hooks, functions of PyTorch by replacing them.

A module whose forward pass calls a replaced function is counted twice: pools, ReLU, PReLU, ELU, GELU, upsampling.
"""

from __future__ import annotations

from math import prod

from archcalc.analysis.conventions.convention import Convention, LayerArithmetic, Rule, each_of
from archcalc.analysis.conventions.pools import pools_plane, torch_pool
from archcalc.analysis.conventions.recurrence import units
from archcalc.ops.computed_weights import WEIGHT_NORM

TWICE = "twice, as a module and as the function that it calls"


def _biases(layer: LayerArithmetic) -> int:
    """Count the biases of modules; a linear map with some biases alone is a function, whose biases do not count."""
    if layer.is_parametrized:
        return 0
    terms = [term for term in layer.arithmetic.elementwise if term.what.startswith("bias additions")]
    given = layer.operator.bias
    if isinstance(given, tuple) and not {"query", "key", "value"} <= set(given):
        terms = [term for term in terms if term.factors[0][0] != "projections"]
    return sum(term.value for term in terms)


BIASES = Rule(_biases, "1 per bias and output")
UNIT = {1: 1, 3: 7, 4: 10}
"""Operations of a recurrent unit by its number of gates: an Elman network, a GRU, an LSTM."""


def per_element(count: int, note: str = "") -> Rule:
    """Return a rule of so many operations for each number of the input."""
    return Rule(lambda layer: count * layer.elements, note)


def _norm(layer: LayerArithmetic) -> int:
    return layer.elements * (2 if layer.operator.learned.weight else 1)


def _pool(layer: LayerArithmetic) -> int:
    inner, windows = torch_pool(layer), layer.operator.windows(layer.inputs).values()
    written = layer.operator.padding
    same = all(each == "same" for each in (written if isinstance(written, tuple) else (written,) * len(windows)))
    keeps_module = same and not layer.operator.ceil_mode and not hasattr(layer.operator, "count_include_pad")
    return inner.inputs + (layer.grid_elements if keeps_module else inner.inputs)


def _response_norm(layer: LayerArithmetic) -> int:
    """Count a product of the input with itself, a factor, a sum, and a pool over padded channels."""
    shape, size = layer.inputs[0], int(layer.operator.size)
    return 3 * layer.elements + (shape.channels + size - 1) * shape.positions


def _upsampling(layer: LayerArithmetic) -> int:
    """Count one sample of the module's output, of which each frame may be one, and for the function the whole output.

    ptflops works out the latter from the input and its scales, cut to whole numbers if they differ.
    """
    axes, scales = layer.operator.module_axes(layer.inputs), layer.operator.scales(layer.inputs)
    module = layer.output.channels * prod(layer.output[axis] for axis in axes)
    if not scales:
        return module + layer.grid_outputs
    alike = len(set(scales)) == 1
    return module + int(layer.grid_elements * prod(scales if alike else map(int, scales)))


def _recurrent(layer: LayerArithmetic) -> int:
    gates, bias = layer.operator.gates, bool(layer.operator.bias)
    return units(layer) * int(UNIT[gates] + 2 * gates * bias)


def _experts(layer: LayerArithmetic) -> int:
    """Count the biases of the active experts, and their activations once: they are functions, not modules."""
    biases = sum(each.value for each in layer.arithmetic.elementwise if each.what.endswith("biases"))
    return biases + int(layer.inputs[0].positions * layer.operator.active * layer.operator.hidden)


def _conv_recurrent(layer: LayerArithmetic) -> int:
    """Count the products of gates and states."""
    shape = layer.inputs[0]
    return int(layer.operator.out * shape.cells * (3 if layer.operator.gates == 4 else 2))


RULES = {
    **each_of("conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d linear project_heads", BIASES),
    **each_of("attention sequence_attention cross_attention", BIASES),
    **each_of("batch_norm instance_norm group_norm", Rule(_norm, "2 per element with a weight, 1 without")),
    "mixture_of_experts": Rule(_experts, "biases, and activations of active experts"),
    "layer_norm": per_element(1),
    "local_response_norm": Rule(_response_norm, "the functions that it calls"),
    **each_of("relu prelu elu gelu", per_element(2, TWICE)),
    **each_of("relu6 leaky_relu silu softmax", per_element(1)),
    **each_of("max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d", Rule(_pool, TWICE)),
    **each_of(
        "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d"
        " adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d",
        Rule(lambda layer: 2 * layer.grid_elements, TWICE),
    ),
    "global_avg_pool": Rule(lambda layer: 2 * layer.grid_elements if pools_plane(layer) else 0, TWICE),
    "roi_align": Rule(lambda layer: int(layer.output.elements * layer.operator.sampling_ratio**2), "1 per sample"),
    "interpolate": Rule(_upsampling, "twice, as a module (of one frame alone if it works on frames) and as a function"),
    **each_of("rnn lstm gru", Rule(_recurrent, "biases and products of the unit")),
    **each_of("conv_lstm2d conv_gru2d", Rule(_conv_recurrent, "products of gates and states")),
}

PTFLOPS = Convention(
    "ptflops",
    "MACs (ptflops)",
    "multiply-accumulates, biases, norms, pools and activations, some of them twice",
    tool="ptflops 0.7.5, backend pytorch",
    rules=RULES,
    without_rule=frozenset(
        {"scaled_dot_product_attention", "matmul", "einsum", "functional.conv1d", "functional.conv2d", WEIGHT_NORM}
    ),
    sees_modules=True,
)
