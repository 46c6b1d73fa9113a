"""Recurrent layers along time."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from archcalc.core.channels import AllChannels, ChannelDirections
from archcalc.core.messages import counted
from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, AxisReads, WholeAxisRead
from archcalc.core.shape import Shape
from archcalc.core.tape import Held
from archcalc.core.terms import Arithmetic, Parameters, Term, Terms, term, total
from archcalc.ops.arguments import GridAxis, one_of
from archcalc.ops.axes import require_axes, require_no_tokens
from archcalc.ops.base import Inputs, PlainChannels, TokensPass, Windowless, require_at_least, require_at_most, single
from archcalc.ops.folding import FIRST, folded
from archcalc.ops.traits import Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.channels import ChannelReads
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Tape

MOST_STACKED = 100
"""Largest `num_layers`; more are written as a repeat."""


@dataclass(frozen=True, kw_only=True)
class Recurrent(Windowless, PlainChannels, TokensPass):
    """A recurrence along T, or along the axis `over`, with a zero initial state.

    Its weights are the same at every position of the other axes.
    `output: sequence` gives the last layer's hidden state at every step, `last` only that at the last step, as
    output[:, -1] of PyTorch's modules: for the backward direction it is the first one computed. `merge: sum` adds the
    two directions of the last layer in place of concatenating them. `reverse: true` runs from the last step to the
    first, so that `last` is the state after the first step. `biases: 1` has one bias per gate, as Keras and TensorFlow
    have, in place of PyTorch's two.
    Weights of a layer and direction, for `gates` gates: gates * hidden * in, gates * hidden * hidden, and `biases`
    times gates * hidden biases; a layer after another one reads both of its directions. Every step takes as many
    multiply-accumulates as there are weights. Elementwise it counts per step, layer, direction and hidden unit the
    addition of the two products and of each bias for each gate, every activation function, what the state takes, and
    one addition per output element for directions that are added.
    """

    traits: ClassVar[Traits] = Traits(
        family=Family.RECURRENT, storage=Storage.OWN, weights=True, whole_axis="recurrence", join=Join.NONE
    )
    gates: ClassVar[int]
    """Matrices of each kind."""
    unit_operations: ClassVar[int]
    """Activation functions, and additions and multiplications of the state, per hidden unit and step."""
    states: ClassVar[int]
    """States that the recurrence carries: hidden, and cell."""
    input_products: ClassVar[int]
    """Products with the input that are computed for all steps before the first, per hidden unit and step."""
    unit_saved: ClassVar[int]
    """Numbers that autograd saves per hidden unit and step; none where a workspace holds them."""
    unread_states: ClassVar[int]
    """Of these the states after the last step, which no step reads."""
    step_numbers: ClassVar[int]
    """Numbers per hidden unit that a step holds for a moment, in addition to the states of all steps."""
    fused: ClassVar[bool]
    """Whether oneDNN runs all steps as one, on an input in order, and saves the output; else a copy of states is it."""

    @property
    @abstractmethod
    def operation(self) -> str:
        """Return the name of the operation of PyTorch that does all of it."""

    hidden_size: int
    num_layers: int = 1
    bias: bool = True
    biases: int = 2
    bidirectional: bool = False
    reverse: bool = False
    merge: Annotated[str, one_of("concat", "sum")] = "concat"
    output: Annotated[str, one_of("sequence", "last")] = "sequence"
    over: GridAxis = "T"

    def __post_init__(self) -> None:
        require_at_least(1, "hidden_size", self.hidden_size)
        require_at_least(1, "num_layers", self.num_layers)
        require_at_most(MOST_STACKED, "num_layers", self.num_layers)
        if self.biases not in (1, 2):
            raise OperatorError(f"biases {self.biases}", "1 or 2 for each gate", argument="biases")
        if self.merge == "sum" and not self.bidirectional:
            raise OperatorError("merge: sum of one direction", "bidirectional: true", argument="merge")
        if self.reverse and self.bidirectional:
            raise OperatorError("reverse: true in both directions", "one of them", argument="reverse")

    @property
    def directions(self) -> int:
        """2 when it runs back as well."""
        return 2 if self.bidirectional else 1

    @property
    def out(self) -> int:
        """Return the output channels: those of both directions, unless these are added."""
        return self.hidden_size * (1 if self.merge == "sum" else self.directions)

    def layer_count(self) -> int:
        """Return the layers of all directions."""
        return self.num_layers * self.directions

    def output_shape(self, inputs: Inputs) -> Shape:
        """hidden_size channels for each direction; without T for the last step alone."""
        shape = single(inputs)
        require_axes(shape, (self.over,), argument="" if self.over == "T" else "over")
        require_no_tokens(shape, self.title)
        out = shape.with_channels(self.out)
        return out if self.output == "sequence" else out.without((self.over,))

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Along T the past or future of each step; all from both directions or for the last step alone."""
        del inputs, input_index
        if axis != self.over:
            return POINTWISE
        if self.bidirectional or self.output == "last":
            return WholeAxisRead.ALL
        return WholeAxisRead.FUTURE if self.reverse else WholeAxisRead.PAST

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """Return that the channels of two directions read past and future, where nothing joins the two inside."""
        joined = not self.bidirectional or self.merge == "sum" or self.num_layers > 1 or self.output == "last"
        if joined:
            return AllChannels(inputs[input_index].channels)
        return ChannelDirections(inputs[input_index].channels, self.hidden_size, self.over)

    def depends_on_index(self, inputs: Inputs, axis: str) -> bool:
        """The state at a step depends on how many steps came before."""
        del inputs
        return axis == self.over

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
            term(
                "biases",
                layers=layers,
                directions=directions,
                gates=self.gates,
                biases=self.biases,
                hidden=self.hidden_size,
            ),
        )

    def parameters(self, inputs: Inputs) -> Parameters:
        """Matrices for input and hidden state with a bias vector for each, by layer and direction."""
        return Parameters(self._weights(inputs), self._biases() if self.bias else ())

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Every weight once a step and place; 1 operation a gate and 1 per bias, and those of the unit."""
        steps = self._steps(single(inputs))
        macs = tuple(Term(weights.what, (*weights.factors, *steps)) for weights in self._weights(inputs))
        operations = self.gates * (1 + self.biases * self.bias) + self.unit_operations
        gates = Term("gates and states", (*self._units(inputs), ("operations", operations)))
        sums = Term("sums of directions", (("channels", self.out), *steps)) if self.merge == "sum" else None
        return Arithmetic(
            macs=macs, elementwise=(gates, sums) if sums else (gates,), fused=((self.operation, total(macs)),)
        )

    def _steps(self, shape: Shape) -> tuple[tuple[str, int], ...]:
        return ("steps", shape[self.over]), ("places", shape.heads * shape.without((self.over,)).cells)

    def _units(self, inputs: Inputs) -> tuple[tuple[str, int], ...]:
        layers = (("layers", self.num_layers), ("directions", self.directions), ("hidden", self.hidden_size))
        return (*layers, *self._steps(single(inputs)))

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate input gates, states and outputs layer by layer; save each layer's input, its states and gates."""
        shape = single(inputs)

        def step(inner: Strided) -> Strided:
            first = tape.replaced(inner, tape.elementwise(inner)) if self.reverse else inner
            made = self._steps_of(tape, first)
            turned = self.reverse and self.output == "sequence"
            return tape.replaced(made, tape.elementwise(made)) if turned else made

        made = folded(tape, given[0], shape, (self.over,), step)
        return made if self.output == "sequence" else Held(self._last_step(made.grid, inputs))

    def _steps_of(self, tape: Tape, inner: Strided) -> Strided:
        """Record all layers on (batch, C, T); the call holds its input until it returns."""
        given = inner.permute(2, 0, 1)
        first = self._states(tape, given.sizes[1])
        tape.save(first)
        zeros = self._second_biases(tape)
        start = rows = tape.contiguous(given) if self.fused else given
        ends: list[Strided] = []
        for layer in range(self.num_layers):
            rows = self._layer(tape, rows, ends, between=layer > 0)
        if not self.fused:
            ends += [self._last_states(tape, rows.sizes[1]) for _ in tuple(ends)]
        tape.drop(first, zeros, start, inner, *ends)
        made = rows.permute(1, 2, 0)
        return tape.replaced(made, tape.elementwise(made.narrow(1, self.out))) if self.merge == "sum" else made

    def _states(self, tape: Tape, batch: int) -> Strided:
        """Allocate the states before the first step; with one bias per gate, zeros serve for all kinds of states."""
        kinds = 1 if self._one_bias else self.states
        return tape.empty((self.num_layers * self.directions, batch, self.hidden_size * kinds))

    def _second_biases(self, tape: Tape) -> Strided:
        """Allocate zeros in place of the second biases, which the function of PyTorch takes, where there is one."""
        return tape.empty((self._one_bias * self.num_layers * self.directions * self.gates * self.hidden_size,))

    @property
    def _one_bias(self) -> bool:
        return self.bias and self.biases == 1

    def _layer(self, tape: Tape, rows: Strided, ends: list[Strided], *, between: bool) -> Strided:
        """Record one layer on (T, batch, C): outputs of both directions, concatenated.

        Products with the input live until those of the other direction are made, states of all steps until the end.
        The states after the last step, `ends`, live until those of all layers are stacked; rows that are `between` two
        layers are freed before.
        """
        outputs, alive = [], []
        products: Strided | None = None
        for _ in range(self.directions):
            earlier, products = products, self._products(tape, rows)
            tape.drop(*[each for each in (earlier,) if each is not None])
            kept = self._kept(tape, rows)
            tape.drop(tape.empty((rows.sizes[1], self.hidden_size * self.step_numbers)))
            outputs.append(tape.empty((*rows.sizes[:2], self.hidden_size), requires_grad=True))
            if self.fused:
                ends.append(self._last_states(tape, rows.sizes[1]))
            tape.save(kept)
            tape.save(outputs[-1], *ends[-1:], when=self.fused)
            alive += [kept, products]
        made = tape.cat(outputs, 2) if self.bidirectional else outputs[0]
        if between:
            tape.drop(rows)
        if len(ends) == self.num_layers * self.directions:
            ends += [self._last_states(tape, rows.sizes[1]) for _ in tuple(ends)]
        tape.drop(*alive, *(outputs if self.bidirectional else ()))
        if not self.fused:
            ends += [self._last_states(tape, rows.sizes[1]) for _ in outputs]
        return made

    def _products(self, tape: Tape, given: Strided) -> Strided:
        """Allocate what is computed of the input of all steps before the first; its rows are saved."""
        steps, batch, channels = given.sizes
        rows = given if self.fused else tape.reshape(given, (steps * batch, channels))
        products = tape.empty((steps, batch, self.hidden_size * self.input_products))
        tape.save(rows)
        if rows.storage != given.storage:
            tape.drop(rows)
        return products

    def _last_states(self, tape: Tape, batch: int) -> Strided:
        """Allocate the states after the last step of one layer and direction."""
        return tape.empty((batch, self.hidden_size * self.states))

    def _kept(self, tape: Tape, given: Strided) -> Strided:
        """Allocate what stays of all steps besides input and output: to be saved in training."""
        steps, batch, channels = given.sizes
        if not tape.training:
            return tape.empty((steps, batch, self.hidden_size * (1 - self.fused)))
        if self.fused:
            return tape.empty((workspace_bytes(steps, batch, channels, self.hidden_size),), itemsize=1)
        return tape.empty((steps * self.unit_saved - self.unread_states, batch, self.hidden_size))

    def _last_step(self, grid: Strided, inputs: Inputs) -> Strided:
        return grid.select(FIRST + single(inputs).grid.index(self.over))

    def summary(self, inputs: Inputs) -> str:
        """Channels, and layers, directions and output where they are not the usual ones."""
        parts = [f"{single(inputs).channels}->{self.out}"]
        parts += [counted(self.num_layers, "layer")] * (self.num_layers > 1)
        parts += ["bidirectional" if self.merge == "concat" else "sum of both directions"] * self.bidirectional
        parts += ["reversed"] * self.reverse
        parts += ["one bias"] * (self.bias and self.biases == 1)
        parts += ["last step"] * (self.output == "last")
        parts += [f"along {self.over}"] * (self.over != "T")
        return ", ".join(parts)


@dataclass(frozen=True, kw_only=True)
class Rnn(Recurrent):
    """Elman recurrent network: h = tanh(W x + b + U h + c), or relu in place of tanh.

    Example: `rnn: {hidden_size: 256, output: last}`. It runs along T, or along the axis `over`.
    One gate with its activation function:
    4 elementwise operations with biases, 2 without.
    Saved for backward: the input and the hidden states.
    Reference: torch.nn.RNN.
    """

    title: ClassVar[str] = "RNN"
    gates: ClassVar[int] = 1
    unit_operations: ClassVar[int] = 1
    states: ClassVar[int] = 1
    input_products: ClassVar[int] = 1
    unit_saved: ClassVar[int] = 1
    unread_states: ClassVar[int] = 0
    step_numbers: ClassVar[int] = 1
    fused: ClassVar[bool] = False

    nonlinearity: Annotated[str, one_of("tanh", "relu")] = "tanh"

    @property
    def operation(self) -> str:
        """Return torch's name, which depends on the nonlinearity."""
        return f"rnn_{self.nonlinearity}"


class Lstm(Recurrent):
    """Long short-term memory (LSTM).

    Example: `lstm: {hidden_size: 512, num_layers: 2}`. It runs along T, or along the axis `over`.
    Four gates; the unit has their activation functions, that of
    the cell, three products and one addition: 21 elementwise operations with biases, 13 without. Saved for
    backward: the input in order, the output, and the workspace of oneDNN on a CPU, about 16 float32 per unit and step.
    Reference: torch.nn.LSTM.
    """

    title: ClassVar[str] = "LSTM"
    gates: ClassVar[int] = 4
    unit_operations: ClassVar[int] = 9
    states: ClassVar[int] = 2
    input_products: ClassVar[int] = 0
    unit_saved: ClassVar[int] = 0
    unread_states: ClassVar[int] = 0
    step_numbers: ClassVar[int] = 0
    fused: ClassVar[bool] = True

    @property
    def operation(self) -> str:
        """Return the name of the function in torch: `lstm`."""
        return "lstm"


class Gru(Recurrent):
    """Gated recurrent unit (GRU).

    Example: `gru: {hidden_size: 512, bidirectional: true}`. It runs along T, or along the axis `over`.
    Three gates; the unit has their activation functions, the
    reset of the hidden product, and (1 - z) * n + z * h: 17 elementwise operations with biases, 11 without. Saved
    for backward: the input, and 7 numbers per unit and step (three gates, copies of two factors, the candidate, the
    state before). Reference: torch.nn.GRU.
    """

    title: ClassVar[str] = "GRU"
    gates: ClassVar[int] = 3
    unit_operations: ClassVar[int] = 8
    states: ClassVar[int] = 1
    input_products: ClassVar[int] = 3
    unit_saved: ClassVar[int] = 7
    unread_states: ClassVar[int] = 1
    step_numbers: ClassVar[int] = 4
    fused: ClassVar[bool] = False

    @property
    def operation(self) -> str:
        """Return the name of the function in torch: `gru`."""
        return "gru"


PAGE, LINE, FLOAT_BYTES = 4096, 16, 4


def workspace_bytes(steps: int, batch: int, channels: int, hidden: int) -> int:
    """Return the bytes that oneDNN keeps of an LSTM for its backward pass.

    Gates and hidden products of every step; states, cells and their gradients of every step and the one before the
    first, for the layer and its input; each in pages, rows of all but the cells padded to cache lines.
    """
    wide, narrow = _padded_row(max(channels, hidden)), _padded_row(hidden)
    states = 2 * (steps + 1) * batch
    parts = (
        steps * batch * _padded_row(4 * hidden),
        steps * batch * narrow,
        *(states * wide for _ in ("states", "gradients of outputs", "gradients of states")),
        *(states * hidden for _ in ("cells", "gradients of cells")),
    )
    return sum(-(-part * FLOAT_BYTES // PAGE) * PAGE for part in parts)


def _padded_row(numbers: int) -> int:
    lines = -(-numbers // LINE) * LINE
    return lines + LINE if lines % 256 == 0 else lines
