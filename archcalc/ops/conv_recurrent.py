"""Convolutional recurrent layers along time: ConvLSTM and ConvGRU on every frame's H and W."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, AxisReads, WholeAxisRead
from archcalc.core.tape import Held
from archcalc.core.terms import Arithmetic, Parameters, Term, Terms, term, total
from archcalc.core.window import Window
from archcalc.ops.arguments import Sizes, one_of
from archcalc.ops.axes import require_axes, require_no_tokens
from archcalc.ops.base import Inputs, MixedChannels, TokensPass, by_axis, per_axis, require_at_least, single
from archcalc.ops.traits import Family, Join, Storage, Traits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.core.shape import Shape
    from archcalc.core.tape import Tape

PLANE = ("H", "W")


@dataclass(frozen=True, kw_only=True)
class ConvRecurrent(MixedChannels, TokensPass):
    """A recurrence along T whose products are 2-D convolutions of the frame and of the state, padded to keep H and W.

    The state is zeros before the first frame. Each step widens what a position has seen of H and W by kernel - 1.
    `reverse: true` runs from the last frame to the first; `output: last` is the state after the last step that is run.
    """

    traits: ClassVar[Traits] = Traits(
        family=Family.RECURRENT, storage=Storage.OWN, weights=True, whole_axis="recurrence", join=Join.NONE
    )
    aliases: ClassVar[tuple[str, ...]] = ("out_channels", "kernel_size")
    gates: ClassVar[int]
    """Convolutions of each kind."""
    unit_operations: ClassVar[int]
    """Activation functions, and additions and multiplications of the state, per channel, position and step."""
    products: ClassVar[int]
    """Tensors with the channels of all gates that a step makes."""
    kept_products: ClassVar[int]
    """Those of them that live until the next step has made its own."""
    kept_states: ClassVar[int]
    """Tensors of the size of the state that live as long, in addition to the state."""
    unit_saved: ClassVar[int]
    """Tensors of the size of the state that autograd saves of a step, in addition to the state."""
    saved_of_all: ClassVar[int]
    """How many more or fewer it saves of all steps together, because of the first and the last."""

    out: int
    kernel: Sizes
    bias: bool = True
    biases: int = 1
    reverse: bool = False
    output: Annotated[str, one_of("sequence", "last")] = "sequence"

    def __post_init__(self) -> None:
        require_at_least(1, "out", self.out)
        require_at_least(1, "kernel", self.kernel)
        if self.biases not in (1, 2):
            raise OperatorError(f"biases {self.biases}", "1 or 2 for each gate", argument="biases")
        for each in self.kernel if isinstance(self.kernel, tuple) else (self.kernel,):
            if each % 2 == 0:
                raise OperatorError(f"kernel {each}", "an odd kernel, which keeps the size", argument="kernel")

    def kernels(self) -> dict[str, int]:
        """Return the kernel along H and W."""
        return dict(zip(PLANE, per_axis(self.kernel, PLANE, "kernel"), strict=True))

    def output_shape(self, inputs: Inputs) -> Shape:
        """Return `out` channels; without T for the last step alone."""
        shape = single(inputs)
        require_axes(shape, ("T", *PLANE))
        require_no_tokens(shape, self.title)
        out = shape.resized({"C": self.out})
        return out if self.output == "sequence" else out.without(("T",))

    def windows(self, inputs: Inputs) -> Mapping[str, Window]:
        """Return the window of one step along H and W."""
        del inputs
        return {axis: Window(kernel, 1, kernel // 2, kernel // 2) for axis, kernel in self.kernels().items()}

    def size_windows(self, inputs: Inputs) -> Mapping[str, Window]:
        """Return the same windows, which keep the sizes."""
        return self.windows(inputs)

    def channel_groups(self, inputs: Inputs) -> int:
        """Return 1: all channels are read together."""
        del inputs
        return 1

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Along T past or future of each step, or all; along H and W what the kernels of all steps reach together."""
        del input_index
        if axis == "T" and self.output == "sequence":
            return WholeAxisRead.FUTURE if self.reverse else WholeAxisRead.PAST
        if axis == "T":
            return WholeAxisRead.ALL
        kernels, steps = self.kernels(), single(inputs)["T"]
        margin = steps * (kernels[axis] // 2)
        return Window(2 * margin + 1, 1, margin, margin).taps() if margin else POINTWISE

    def depends_on_index(self, inputs: Inputs, axis: str) -> bool:
        """The state at a step depends on how many steps came before."""
        del inputs
        return axis == "T"

    def _weights(self, inputs: Inputs) -> Terms:
        kernel = tuple((f"kernel {axis}", size) for axis, size in self.kernels().items())
        sizes = (("gates", self.gates), ("out", self.out))
        return (
            Term("input weights", (*sizes, ("in", single(inputs).channels), *kernel)),
            Term("hidden weights", (*sizes, ("hidden", self.out), *kernel)),
        )

    def parameters(self, inputs: Inputs) -> Parameters:
        """Return kernels for the frame and for the state, and one or two biases per gate."""
        biases = term("biases", gates=self.gates, biases=self.biases, out=self.out)
        return Parameters(self._weights(inputs), (biases,) if self.bias else ())

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Return every weight once a step and position; 1 operation a gate and 1 per bias, and those of the unit."""
        shape = single(inputs)
        places = tuple((f"out {axis}", shape[axis]) for axis in ("T", *PLANE))
        macs = tuple(Term(weights.what, (*weights.factors, *places)) for weights in self._weights(inputs))
        operations = self.gates * (1 + self.biases * self.bias) + self.unit_operations
        gates = Term("gates and states", (("out", self.out), *places, ("operations", operations)))
        return Arithmetic(macs=macs, elementwise=(gates,), fused=(("functional.conv2d", total(macs)),))

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate gates and states step by step, and the output; save the input, gates and states."""
        frames, steps = given[0].grid, single(inputs)["T"]
        batch, _, _, *plane = frames.sizes
        one, wide = (batch, self.out, *plane), (batch, self.gates * self.out, *plane)
        start, earlier = tape.empty(one), tape.empty((steps - 1, *one))
        tape.save(frames, start, earlier)
        if tape.training:
            tape.save(tape.empty((steps * self.unit_saved + self.saved_of_all, *one)))
        kept = [*[wide] * self.kept_products, *[one] * self.kept_states]
        before = [tape.empty(sizes) for sizes in kept] if steps > 1 else []
        tape.drop(*[start] * (steps > 1))
        tape.drop(*[tape.empty(wide) for _ in range(self.products)], *before)
        after = [tape.empty(sizes) for sizes in kept]
        product, last = tape.empty(one), tape.empty(one, requires_grad=True)
        tape.drop(start, product)
        made = last
        if self.output == "sequence":
            made = tape.empty((batch, self.out, steps, *plane), requires_grad=True)
            tape.drop(last)
        tape.drop(earlier, *after)
        return Held(made)

    def summary(self, inputs: Inputs) -> str:
        """Return kernel and channels, and biases and output where they are not the usual ones."""
        parts = [by_axis(tuple(self.kernels().values())), f"{single(inputs).channels}->{self.out}"]
        parts += ["two biases"] * (self.bias and self.biases == 2)
        parts += ["reversed"] * self.reverse
        parts += ["last step"] * (self.output == "last")
        return ", ".join(parts)


class ConvLstm2d(ConvRecurrent):
    """Convolutional LSTM: the four gates are 2-D convolutions of the frame and of the hidden state.

    Example: `conv_lstm2d: {out: 16, kernel: 3}`. Parameters: 4 * out * (in + out) * kernel weights, and 4 * out biases
    as in Keras; `biases: 2` has a second one for the hidden state. Elementwise per channel, position and step: an
    addition of the two products and of each bias for each gate, five activation functions, three products and one
    addition. `reverse: true` runs from the last frame to the first. There are no
    peephole weights; kernels are odd, and H and W stay.
    Saved for backward: the input, and per step the gates, the cell, its tanh and the state.
    Reference: Shi et al. 2015 (arXiv:1506.04214); keras.layers.ConvLSTM2D with padding="same".
    """

    title: ClassVar[str] = "ConvLSTM2D"
    gates: ClassVar[int] = 4
    unit_operations: ClassVar[int] = 9
    products: ClassVar[int] = 3
    kept_products: ClassVar[int] = 1
    kept_states: ClassVar[int] = 4
    unit_saved: ClassVar[int] = 6
    saved_of_all: ClassVar[int] = -1


class ConvGru2d(ConvRecurrent):
    """Convolutional GRU: the three gates are 2-D convolutions of the frame and of the hidden state.

    Example: `conv_gru2d: {out: 16, kernel: 3}`. Parameters: 3 * out * (in + out) * kernel weights, and 3 * out biases;
    `biases: 2` has a second one for the hidden state. The candidate is tanh(W x + r * (U h)), the new state
    n + z * (h - n). Elementwise per channel, position and step: an addition of the two products and of each bias for
    each gate, three activation functions, the product with r, and three operations for the state. `reverse: true`
    runs from the last frame to the first. Kernels are odd, and H and W stay.
    Saved for backward: the input, and per step the gates, the products with the state, the difference and the state.
    Reference: Ballas et al. 2016 (arXiv:1511.06432); torch.nn.GRU.
    """

    title: ClassVar[str] = "ConvGRU2D"
    gates: ClassVar[int] = 3
    unit_operations: ClassVar[int] = 7
    products: ClassVar[int] = 2
    kept_products: ClassVar[int] = 2
    kept_states: ClassVar[int] = 3
    unit_saved: ClassVar[int] = 7
    saved_of_all: ClassVar[int] = 0
