"""The embedding: a table with a row for each token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.problem import OperatorError
from archcalc.core.tape import Held
from archcalc.core.terms import NO_ARITHMETIC, Arithmetic, Parameters, term
from archcalc.ops.axes import require_no_tokens
from archcalc.ops.base import Inputs, MixedChannels, Pointwise, TokensPass, Windowless, require_at_least, single
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.core.tape import Tape


@dataclass(frozen=True, kw_only=True)
class Embedding(Windowless, MixedChannels, TokensPass, Pointwise):
    """Looks up a row of `out` numbers for the integer at each position, in a table of `num` rows.

    Example: `embedding: {num: 5000, out: 100}` on an input `{C: 1, T: 8}` of 8 tokens. The input has one channel, which
    holds the numbers of the tokens; the built network takes them modulo `num`.
    Parameters: num * out weights. Multiply-accumulates and elementwise: none. A linear layer without bias uses the
    table with `linear: {out: 5000, bias: false, share: NAME}`, where NAME is that of the embedding.
    Saved for backward: an int64 number per position.
    Reference: torch.nn.Embedding.
    """

    title: ClassVar[str] = "Embedding"
    traits: ClassVar[Traits] = Traits(
        family=Family.ELEMENTWISE, storage=Storage.OWN, weights=True, whole_axis=POOLED, join=Join.NONE
    )
    aliases: ClassVar[tuple[str, ...]] = ("num_embeddings", "embedding_dim")
    shares_with: ClassVar[tuple[str, ...]] = ("Linear",)

    num: int
    out: int

    def __post_init__(self) -> None:
        require_at_least(1, "num", self.num)
        require_at_least(1, "out", self.out)

    def output_shape(self, inputs: Inputs) -> Shape:
        """Return `out` channels; OperatorError unless the input has one channel."""
        shape = single(inputs)
        require_no_tokens(shape, self.title)
        if shape.channels != 1:
            found = f"an embedding of {shape.channels} channels"
            raise OperatorError(found, "one channel, which holds the numbers of tokens")
        return shape.resized({"C": self.out})

    def parameters(self, inputs: Inputs) -> Parameters:
        """Return the weights of the table: rows times channels."""
        del inputs
        return Parameters(weights=(term("table", num=self.num, out=self.out),))

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Return no arithmetic: rows are copied."""
        del inputs
        return NO_ARITHMETIC

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the numbers of the rows as int64, and the rows; save the numbers."""
        del inputs
        batch, _, *grid = given[0].grid.sizes
        integers = tape.indices((batch, *grid))
        wrapped = tape.indices((batch, *grid))
        tape.drop(integers)
        tape.save(wrapped)
        made = tape.empty((batch, *grid, self.out), requires_grad=True)
        tape.drop(wrapped)
        return Held(made.channels_second())

    def summary(self, inputs: Inputs) -> str:
        """Return the rows and columns of the table: `5000x100`."""
        del inputs
        return f"{self.num}x{self.out}"
