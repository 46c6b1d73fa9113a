"""What thop and its fork count for recurrent layers: 1 per gate, 2 per bias, and the products of the unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.conventions.convention import Rule

if TYPE_CHECKING:
    from archcalc.analysis.conventions.convention import LayerArithmetic

UNIT = {1: 0, 3: 4, 4: 4}
"""Operations of a unit besides its gates, by the number of gates: an Elman network, a GRU, an LSTM."""


def units(layer: LayerArithmetic) -> int:
    """Return how often a hidden unit is worked out: by layer, direction, step and position."""
    operator, shape = layer.operator, layer.inputs[0]
    return int(operator.num_layers * operator.directions * operator.hidden_size * shape.heads * shape.cells)


def _gates(layer: LayerArithmetic) -> int:
    gates, bias = layer.operator.gates, bool(layer.operator.bias)
    return units(layer) * int(gates * (1 + 2 * bias) + UNIT[gates])


RECURRENT = Rule(_gates, "1 per gate, 2 per gate with biases, and 4 per unit of a GRU or LSTM")
