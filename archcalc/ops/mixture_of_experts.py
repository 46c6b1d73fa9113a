"""Mixture of experts: perceptrons of which a router chooses a few for each position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from archcalc.core.problem import OperatorError
from archcalc.core.tape import Held
from archcalc.core.terms import Arithmetic, Parameters, Term, Terms, term
from archcalc.ops.arguments import one_of
from archcalc.ops.axes import require_no_tokens
from archcalc.ops.base import (
    Inputs,
    MixedChannels,
    Pointwise,
    TokensPass,
    Windowless,
    require_at_least,
    require_at_most,
    single,
)
from archcalc.ops.linear import linear
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Tape

SOFTMAX_OPERATIONS = 5
MOST_EXPERTS = 10_000


@dataclass(frozen=True, kw_only=True)
class MixtureOfExperts(Windowless, MixedChannels, TokensPass, Pointwise):
    """Applies a few of many perceptrons to each position: a router chooses them, and weighs their outputs.

    Example: `mixture_of_experts: {experts: 8, active: 2, hidden: 14336, gated: true, activation: silu}` as in Mixtral.
    Each expert has a linear layer to `hidden` channels, the activation and a linear layer back; `gated` multiplies the
    activation by a second linear layer of the input. `bias` adds biases to the layers of the experts.
    Parameters: those of the router, C * experts, and of all experts; `explain` and tables also say how many are active
    for one position. Multiply-accumulates: of the router and of the active experts at each position. Elementwise: a
    softmax over the active experts, activations, products of gates, biases, and weighted sums of outputs.
    Saved for backward: what each layer and each product reads.
    Reference: Shazeer et al. 2017 (arXiv:1701.06538); Jiang et al. 2024 (arXiv:2401.04088).
    """

    title: ClassVar[str] = "MixtureOfExperts"
    traits: ClassVar[Traits] = Traits(
        family=Family.LINEAR, storage=Storage.OWN, weights=True, whole_axis=POOLED, join=Join.NONE
    )

    experts: int
    hidden: int
    active: int = 2
    gated: bool = False
    activation: Annotated[str, one_of("relu", "gelu", "silu")] = "gelu"
    bias: bool = False

    def __post_init__(self) -> None:
        for argument in ("experts", "active", "hidden"):
            require_at_least(1, argument, getattr(self, argument))
        require_at_most(MOST_EXPERTS, "experts", self.experts)
        if self.active > self.experts:
            raise OperatorError(f"{self.active} active of {self.experts} experts", "at most all", argument="active")

    def layer_count(self) -> int:
        """Return one for each expert."""
        return self.experts

    def output_shape(self, inputs: Inputs) -> Shape:
        """Return that of the input; OperatorError if it has tokens."""
        shape = single(inputs)
        require_no_tokens(shape, self.title)
        return shape

    def _of_experts(self, inputs: Inputs, count: int) -> tuple[Terms, Terms]:
        channels, matrices = single(inputs).channels, 2 + self.gated
        weights = Term(
            "expert weights", (("experts", count), ("matrices", matrices), ("hidden", self.hidden), ("in", channels))
        )
        hidden = term("hidden biases", experts=count, layers=matrices - 1, hidden=self.hidden)
        return (weights,), (hidden, term("output biases", experts=count, out=channels)) if self.bias else ()

    def parameters(self, inputs: Inputs) -> Parameters:
        """Return the weights of the router and of all experts; idle are those of the experts that are not chosen."""
        router = Term("router weights", (("out", self.experts), ("in", single(inputs).channels)))
        weights, biases = self._of_experts(inputs, self.experts)
        spare = self.experts - self.active
        idle = sum(self._of_experts(inputs, spare), ()) if spare else ()
        return Parameters((router, *weights), biases, idle=idle)

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Return those of the router, and of the active experts at each position."""
        shape = single(inputs)
        positions = shape.positions
        router = Term("router", (("out", self.experts), ("in", shape.channels), ("positions", positions)))
        (weights,), _ = self._of_experts(inputs, self.active)
        rows = {"positions": positions, "active": self.active}
        elementwise = [
            term("softmax of the router", **rows, operations=SOFTMAX_OPERATIONS),
            term("activations and gates", **rows, hidden=self.hidden, operations=1 + self.gated),
            term("weighted sums", **rows, channels=shape.channels, operations=2),
        ]
        if self.bias:
            elementwise += [term("hidden biases", **rows, layers=1 + self.gated, hidden=self.hidden)]
            elementwise += [term("output biases", **rows, channels=shape.channels)]
        experts = Term("active experts", (*weights.factors, ("positions", positions)))
        return Arithmetic(macs=(router, experts), elementwise=tuple(elementwise))

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate what is routed to experts, their outputs and sums; save what layers and products read."""
        grid, channels = given[0].grid.channels_last(), single(inputs).channels
        count = grid.elements // channels
        rows = tape.reshape(grid, (count, channels))
        weights, chosen = self._routed(tape, rows)
        order, sources = tape.indices((count * self.active,)), tape.indices((count * self.active,))
        tape.save(order, sources)
        taken = tape.empty((count * self.active, channels), requires_grad=True)
        tape.save(taken)
        made = [self._expert(tape, size, channels) for size in even_parts(count * self.active, self.experts)]
        joined = tape.empty(taken.sizes, requires_grad=True)
        picked = tape.empty((count * self.active,), requires_grad=True)
        weighed = tape.empty(taken.sizes, requires_grad=True)
        tape.save(joined, picked, weighed)
        tape.drop(picked, joined)
        sums = tape.empty((count, channels), requires_grad=True)
        tape.drop(weighed, taken, order, sources, weights, chosen, *made)
        tape.replaced(rows, given[0].grid)
        return Held(sums.unflatten(0, grid.sizes[:-1]).channels_second())

    def _routed(self, tape: Tape, rows: Strided) -> tuple[Strided, Strided]:
        logits = linear(tape, rows, self.experts)
        sizes = (rows.sizes[0], self.active)
        scores, chosen = tape.empty(sizes, requires_grad=True), tape.indices(sizes)
        tape.drop(logits)
        weights = tape.empty(sizes, requires_grad=True)
        tape.drop(scores)
        tape.save(chosen, weights)
        return weights, chosen

    def _expert(self, tape: Tape, count: int, channels: int) -> Strided:
        sizes = (count, self.hidden)
        first = tape.empty(sizes, requires_grad=True)
        active = tape.empty(sizes, requires_grad=True)
        tape.save(active if self.activation == "relu" else first, active)
        tape.drop(first)
        if self.gated:
            gates, product = tape.empty(sizes, requires_grad=True), tape.empty(sizes, requires_grad=True)
            tape.save(gates, product)
            tape.drop(active, gates)
            active = product
        made = tape.empty((count, channels), requires_grad=True)
        tape.drop(active)
        return made

    def summary(self, inputs: Inputs) -> str:
        """Return how many experts are active, and their channels."""
        gated = ", gated" * self.gated
        channels = single(inputs).channels
        return f"{self.active} of {self.experts} experts, {channels}->{self.hidden}->{channels}{gated}"


def even_parts(count: int, parts: int) -> list[int]:
    """Return sizes of parts that differ by one at most, the larger ones first, as for a router that uses all alike."""
    each, more = divmod(count, parts)
    return [each + (at < more) for at in range(parts)]
