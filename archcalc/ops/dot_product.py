"""The affinity of every position with every other, without projections: the heart of a non-local block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.channels import OWN_CHANNEL, AllChannels, ChannelReads
from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, AxisReads, WholeAxisRead
from archcalc.core.shape import CHANNEL, Shape
from archcalc.core.tape import Held
from archcalc.core.terms import Arithmetic, term, total
from archcalc.ops.axes import require_no_tokens
from archcalc.ops.base import IndexIndependent, Inputs, Parameterless, PlainChannels, TokensPass, Windowless
from archcalc.ops.traits import Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.tape import Tape


@dataclass(frozen=True, kw_only=True)
class DotProduct(Parameterless, Windowless, PlainChannels, TokensPass, IndexIndependent):
    """Averages g over all positions for each position of theta, weighted by the affinity of theta and phi.

    Example: `dot_product: {from: [theta, phi, g]}`, and `scale: true` to divide the affinities by the root of C.
    `softmax: false` divides by the number of positions instead. Takes N * N' * C multiply-accumulates for the
    affinities of N with N' positions and N * N' * Cg for the sum; elementwise it counts per affinity 5 operations for a
    softmax, 1 for a division by N', and 1 for the scale. The output has g's channels on theta's grid.
    Saved for backward: theta, phi and g as rows, and the weights.
    Reference: Wang et al. 2018 (arXiv:1711.07971).
    """

    title: ClassVar[str] = "DotProduct"
    traits: ClassVar[Traits] = Traits(
        family=Family.ATTENTION, storage=Storage.OWN, weights=False, whole_axis="attention", join=Join.NONE
    )

    softmax: bool = True
    scale: bool = False

    def output_shape(self, inputs: Inputs) -> Shape:
        """The channels of g on theta's grid."""
        if len(inputs) != 3:
            raise OperatorError(f"{len(inputs)} inputs", "three: theta, phi and g", argument="from")
        theta, phi, g = inputs
        for shape in inputs:
            require_no_tokens(shape, self.title)
        if theta.channels != phi.channels:
            raise OperatorError(
                f"theta with {theta.channels} and phi with {phi.channels} channels", "as many in both", argument="from"
            )
        if phi.without((CHANNEL,)) != g.without((CHANNEL,)):
            raise OperatorError(f"phi of {phi} and g of {g}", "the same grid in both", argument="from")
        return theta.with_channels(g.channels)

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """All of theta and phi, which make one affinity for all channels of g; each channel reads its own of g."""
        return OWN_CHANNEL if input_index == 2 else AllChannels(inputs[input_index].channels)

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Each position its own theta, and all of phi and g."""
        del inputs, axis
        return WholeAxisRead.ALL if input_index else POINTWISE

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """N * N' * C and N * N' * Cg; 5 or 1 operations per affinity, and 1 for the scale."""
        theta, phi, g = inputs
        pairs = {"heads": theta.heads, "positions": theta.cells, "others": phi.cells}
        affinities = term("affinities", **pairs, channels=theta.channels)
        sums = term("weighted sums", **pairs, channels=g.channels)
        operations = (5 if self.softmax else 1) + (1 if self.scale else 0)
        weights = term(
            "softmax of affinities" if self.softmax else "mean of affinities", **pairs, operations=operations
        )
        products = (affinities, sums)
        return Arithmetic(macs=products, elementwise=(weights,), fused=(("matmul", total(products)),))

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate affinities, scaled ones, weights and sums; save the three inputs as rows, and the weights."""
        del inputs
        rows, columns, values = (tape.flatten(each.grid.unsqueeze(each.grid.dim), 2, each.grid.dim) for each in given)
        grad = rows.requires_grad or columns.requires_grad
        pairs = (rows.sizes[0], rows.sizes[2], columns.sizes[2])
        affinities = tape.empty(pairs, requires_grad=grad)
        if self.scale:
            scaled = tape.elementwise(affinities)
            tape.drop(affinities)
            affinities = scaled
        weights = tape.elementwise(affinities)
        tape.save(rows, when=columns.requires_grad)
        tape.save(columns, when=rows.requires_grad)
        tape.save(values, when=grad)
        tape.save(weights, when=(grad and self.softmax) or values.requires_grad)
        sums = tape.empty((*values.sizes[:2], rows.sizes[2]), requires_grad=grad or values.requires_grad)
        theta = given[0].grid
        return Held(sums.unflatten(2, theta.sizes[2:]) if theta.dim > 2 else sums.select(2))

    def summary(self, inputs: Inputs) -> str:
        """How many positions look at how many, and how affinities become weights."""
        theta, phi, _ = inputs
        scaled = ", scaled" if self.scale else ""
        return f"{theta.cells}x{phi.cells}, {'softmax' if self.softmax else '1/N'}{scaled}"
