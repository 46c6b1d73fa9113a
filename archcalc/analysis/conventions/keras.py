"""Keras, which counts running statistics as parameters, and no arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.conventions.convention import Convention, LayerArithmetic
from archcalc.core.terms import total
from archcalc.ops import word_of

if TYPE_CHECKING:
    from archcalc.core.terms import Parameters

ONE_BIAS = ("rnn", "lstm", "conv_lstm2d")
"""Layers that have one bias per gate in Keras; a GRU has two, as in PyTorch (`reset_after`)."""


def _parameters(layer: LayerArithmetic, parameters: Parameters) -> int:
    """Return what is learned and the running means and variances, with the biases that the layer of Keras has."""
    statistics = sum(each.value for each in parameters.buffers if each.what.startswith("running"))
    two = word_of(layer.operator) in ONE_BIAS and layer.operator.biases == 2
    return total(parameters.learned) + statistics - (total(parameters.biases) // 2 if two else 0)


KERAS = Convention(
    "keras",
    "MACs",
    "multiply-accumulates, as Keras itself counts no arithmetic",
    tool="Keras 3.15.1",
    counts_cost=False,
    params=_parameters,
    params_meaning="with running means and variances, and one bias per gate of an RNN or LSTM",
)
