"""Features of boxes of an image, each sampled to the same size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.channels import OWN_CHANNEL, AllChannels, ChannelReads
from archcalc.core.problem import OperatorError
from archcalc.core.shape import Shape
from archcalc.core.tape import Held
from archcalc.core.terms import Arithmetic, Term, term
from archcalc.ops.arguments import Sizes
from archcalc.ops.base import Inputs, Parameterless, PlainChannels, Windowless, by_axis, per_axis, require_at_least
from archcalc.ops.sampled import BILINEAR_OPERATIONS, PLANE, Sampled, require_places, sampling
from archcalc.ops.traits import Traits

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Tape


@dataclass(frozen=True, kw_only=True)
class RoiAlign(Parameterless, Windowless, PlainChannels, Sampled):
    """Samples the features inside each box to `output_size` positions along H and W.

    Example: `roi_align: {from: [features, boxes], output_size: 7, spatial_scale: 0.25}`: `boxes` has 4 channels, x1,
    y1, x2, y2 in pixels of the input, and one axis T of boxes, which the output keeps before H and W. Each output
    element is the mean of sampling_ratio * sampling_ratio bilinear samples. What is read depends on values: counts are
    exact, and the field is the whole input.
    Elementwise: 7 operations per sample, and one per sample for the mean.
    Saved for backward: the features, the places of the samples, and the samples.
    Reference: torchvision.ops.roi_align with a sampling_ratio; samples outside the input read its border. He et al.
    2017 (arXiv:1703.06870).
    """

    title: ClassVar[str] = "RoIAlign"
    traits: ClassVar[Traits] = sampling(weights=False)
    names: ClassVar[tuple[str, ...]] = ("features", "boxes")

    output_size: Sizes
    spatial_scale: float = 1.0
    sampling_ratio: int = 2
    aligned: bool = False

    def __post_init__(self) -> None:
        require_at_least(1, "output_size", self.output_size)
        require_at_least(1, "sampling_ratio", self.sampling_ratio)

    def check(self, inputs: Inputs) -> None:
        """Raise OperatorError unless boxes are four numbers along T."""
        require_places(inputs[1], 4, "boxes")
        if inputs[1].grid != ("T",):
            raise OperatorError(f"boxes with the axes {', '.join(inputs[1].axes)}", "C and T", argument="from")

    def pooled(self) -> tuple[int, ...]:
        """Return the positions of each box along H and W."""
        return per_axis(self.output_size, PLANE, "output_size")

    def output_shape(self, inputs: Inputs) -> Shape:
        """Return the channels of the features, the boxes, and the positions of each."""
        shape = self.checked(inputs)
        return shape.resized({"T": inputs[1]["T"], **dict(zip(PLANE, self.pooled(), strict=True))})

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """Each channel that of its number, at places that all numbers of a box say."""
        return AllChannels(inputs[1].channels) if input_index else OWN_CHANNEL

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """7 operations per sample, and one for the mean."""
        samples = {"elements": self.output_shape(inputs).elements, "samples": self.sampling_ratio**2}
        sums = Term("weighted sums of neighbors", (*samples.items(), ("operations", BILINEAR_OPERATIONS)))
        return Arithmetic(elementwise=(sums, term("means", **samples)))

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate places, samples and means; save features, places and samples."""
        features, boxes = (held.grid for held in given)
        out, each = self.output_shape(inputs), self.sampling_ratio
        batch, (height, width) = features.sizes[0], self.pooled()
        rows, columns = height * each, width * each
        corners = tape.empty((batch, 4, out["T"]), requires_grad=boxes.requires_grad)
        along = [self._along(tape, (batch, out["T"]), count) for count in (rows, columns)]
        places = tape.empty((batch, out["T"] * rows, columns, 2), requires_grad=boxes.requires_grad)
        tape.drop(corners, *along)
        grad = features.requires_grad or boxes.requires_grad
        samples = tape.empty((batch, out.channels, out["T"] * rows, columns), requires_grad=grad)
        tape.save(features, places, samples, when=grad)
        for count in (rows, columns):
            tape.save_statistics(count, when=boxes.requires_grad)
            tape.save_statistics(batch, out["T"], when=boxes.requires_grad and not self.aligned)
        tape.drop(places)
        means = tape.empty((batch, out.channels, out["T"] * height, width), requires_grad=grad)
        tape.drop(samples)
        return Held(means.unflatten(2, (out["T"], height)))

    @staticmethod
    def _along(tape: Tape, boxes: tuple[int, int], count: int) -> Strided:
        """Allocate the places of samples along one axis, and for a moment what they are computed from."""
        lengths, steps = tape.empty(boxes), tape.empty((count,))
        made, *others = [tape.empty((*boxes, count)) for _ in range(3)]
        tape.drop(lengths, steps, *others)
        return made

    def summary(self, inputs: Inputs) -> str:
        """Return the boxes and the positions of each: `100 boxes, 7x7`."""
        return f"{inputs[1]['T']} boxes, {by_axis(self.pooled())}"
