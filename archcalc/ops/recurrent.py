"""Recurrent layers along time."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar

from archcalc.core.reads import POINTWISE, AxisReads, Reach
from archcalc.core.shape import Shape
from archcalc.core.terms import Arithmetic, Parameters, Saved, Term, Terms, term, total
from archcalc.core.words import counted
from archcalc.ops.arguments import one_of
from archcalc.ops.axes import require_axes, require_no_tokens
from archcalc.ops.base import Inputs, MixedChannels, Windowless, require_at_least, single


@dataclass(frozen=True, kw_only=True)
class Recurrent(Windowless, MixedChannels):
    """A recurrence along T, the same at every place of the other axes, starting from zeros.

    `output: sequence` gives the last layer's hidden state at every step, `last` only that at the last step of T, as
    output[:, -1] of PyTorch's modules: of the backward direction it is the first that was worked out.
    Weights of a layer and direction, for `gates` gates: gates * hidden * in, gates * hidden * hidden, and twice
    gates * hidden biases; a layer behind another one reads both of its directions. Every step takes as many
    multiply-accumulates as there are weights. Elementwise it counts per step, layer, direction and hidden unit the
    addition of the two products and both biases for each gate, every activation function, and what the state takes.
    """

    gates: ClassVar[int]
    """Matrices of each kind."""
    unit_operations: ClassVar[int]
    """Activation functions, and additions and multiplications of the state, per hidden unit and step."""
    unit_saved: ClassVar[int]
    """Gates and states that autograd keeps per hidden unit and step, the hidden state among them."""

    @property
    @abstractmethod
    def operation(self) -> str:
        """Return the name of the operation of PyTorch that does all of it."""

    hidden_size: int
    num_layers: int = 1
    bias: bool = True
    bidirectional: bool = False
    output: Annotated[str, one_of("sequence", "last")] = "sequence"

    def __post_init__(self) -> None:
        require_at_least(1, "hidden_size", self.hidden_size)
        require_at_least(1, "num_layers", self.num_layers)

    @property
    def directions(self) -> int:
        """2 when it runs back as well."""
        return 2 if self.bidirectional else 1

    def output_shape(self, inputs: Inputs) -> Shape:
        """hidden_size channels for each direction; without T for the last step alone."""
        shape = single(inputs)
        require_axes(shape, ("T",))
        require_no_tokens(shape, self.title)
        out = shape.resized({"C": self.hidden_size * self.directions})
        return out if self.output == "sequence" else out.without(("T",))

    def reads(self, inputs: Inputs, slot: int, axis: str) -> AxisReads:
        """Along T the past of each step; all of it from both directions or for the last step alone."""
        del inputs, slot
        if axis != "T":
            return POINTWISE
        return Reach.ALL if self.bidirectional or self.output == "last" else Reach.PAST

    def depends_on_index(self, inputs: Inputs, axis: str) -> bool:
        """The state at a step depends on how many steps came before."""
        del inputs
        return axis == "T"

    def _weights(self, inputs: Inputs) -> Terms:
        terms = []
        for layer in range(self.num_layers):
            width = self.hidden_size * self.directions if layer else single(inputs).channels
            for what, columns in (("input", width), ("hidden", self.hidden_size)):
                size = (("gates", self.gates), ("hidden", self.hidden_size), (what, columns))
                terms.append(Term(f"{what} weights of layer {layer}", (("directions", self.directions), *size)))
        return tuple(terms)

    def _biases(self) -> Terms:
        layers, directions = self.num_layers, self.directions
        return (
            term("biases", layers=layers, directions=directions, gates=self.gates, both=2, hidden=self.hidden_size),
        )

    def parameters(self, inputs: Inputs) -> Parameters:
        """Matrices for input and hidden state with a bias vector for each, by layer and direction."""
        return Parameters(self._weights(inputs), self._biases() if self.bias else ())

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Every weight once a step and place; (1 + 2 biases) operations a gate and those of the unit."""
        steps = self._steps(single(inputs))
        macs = tuple(Term(weights.what, (*weights.factors, *steps)) for weights in self._weights(inputs))
        operations = self.gates * (3 if self.bias else 1) + self.unit_operations
        gates = Term("gates and states", (*self._units(inputs), ("operations", operations)))
        return Arithmetic(macs=macs, elementwise=(gates,), fused=((self.operation, total(macs)),))

    @staticmethod
    def _steps(shape: Shape) -> tuple[tuple[str, int], ...]:
        return ("steps", shape["T"]), ("places", shape.heads * shape.without(("T",)).cells)

    def _units(self, inputs: Inputs) -> tuple[tuple[str, int], ...]:
        layers = (("layers", self.num_layers), ("directions", self.directions), ("hidden", self.hidden_size))
        return (*layers, *self._steps(single(inputs)))

    def saved(self, inputs: Inputs) -> Saved:
        """The input, and the gates and states of every step; the last layer's hidden states are the output."""
        units = Term("units", self._units(inputs)).value
        if self.output == "last":
            return Saved(inputs=(0,), elements=units * self.unit_saved)
        return Saved(inputs=(0,), output=True, elements=units * self.unit_saved - self.output_shape(inputs).elements)

    def summary(self, inputs: Inputs) -> str:
        """Channels, and layers, directions and output where they are not the usual ones."""
        parts = [f"{single(inputs).channels}->{self.hidden_size * self.directions}"]
        parts += [counted(self.num_layers, "layer")] * (self.num_layers > 1)
        parts += ["bidirectional"] * self.bidirectional
        parts += ["last step"] * (self.output == "last")
        return ", ".join(parts)


@dataclass(frozen=True, kw_only=True)
class Rnn(Recurrent):
    """Elman's recurrence: h = tanh(W x + b + U h + c), or relu.

    Example: `rnn: {hidden_size: 256, output: last}`. One gate, whose activation function is all that the unit takes:
    4 elementwise operations with biases, 2 without. Reference: torch.nn.RNN.
    """

    title: ClassVar[str] = "RNN"
    gates: ClassVar[int] = 1
    unit_operations: ClassVar[int] = 1
    unit_saved: ClassVar[int] = 1

    nonlinearity: Annotated[str, one_of("tanh", "relu")] = "tanh"

    @property
    def operation(self) -> str:
        """Return torch's name, which depends on the nonlinearity."""
        return f"rnn_{self.nonlinearity}"


class Lstm(Recurrent):
    """Long short-term memory.

    Example: `lstm: {hidden_size: 512, num_layers: 2}`. Four gates; the unit takes their activation functions, that of
    the cell, three products and one addition: 21 elementwise operations with biases, 13 without. Autograd keeps the
    gates, the cell and the hidden state. Reference: torch.nn.LSTM.
    """

    title: ClassVar[str] = "LSTM"
    gates: ClassVar[int] = 4
    unit_operations: ClassVar[int] = 9
    unit_saved: ClassVar[int] = 6

    @property
    def operation(self) -> str:
        """Return torch's name."""
        return "lstm"


class Gru(Recurrent):
    """Gated recurrent unit.

    Example: `gru: {hidden_size: 512, bidirectional: true}`. Three gates; the unit takes their activation functions, the
    reset of the hidden product, and (1 - z) * n + z * h: 17 elementwise operations with biases, 11 without. Autograd
    keeps the gates, the hidden product before its reset, and the hidden state. Reference: torch.nn.GRU.
    """

    title: ClassVar[str] = "GRU"
    gates: ClassVar[int] = 3
    unit_operations: ClassVar[int] = 8
    unit_saved: ClassVar[int] = 5

    @property
    def operation(self) -> str:
        """Return torch's name."""
        return "gru"
