"""Sampling of an image at the places that another tensor says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from archcalc.core.channels import OWN_CHANNEL, AllChannels, ChannelReads
from archcalc.core.problem import OperatorError
from archcalc.core.tape import Held
from archcalc.core.terms import Arithmetic, term
from archcalc.ops.arguments import one_of
from archcalc.ops.base import Inputs, Parameterless, PlainChannels, Windowless, by_axis
from archcalc.ops.sampled import BILINEAR_OPERATIONS, PLANE, Sampled, require_places, sampling
from archcalc.ops.traits import Traits

if TYPE_CHECKING:
    from archcalc.core.shape import Shape
    from archcalc.core.tape import Tape


@dataclass(frozen=True, kw_only=True)
class GridSample(Parameterless, Windowless, PlainChannels, Sampled):
    """Samples an image at the places that the two channels of another tensor say, as a warp by optical flow does.

    Example: `grid_sample: {from: [image, places]}`: `places` has 2 channels, x and y from -1 to 1, and the H and W of
    the output. What is read depends on values: counts are exact, and the field is the whole image.
    Elementwise: 7 operations per output element for bilinear sampling, none for nearest.
    Saved for backward: both inputs.
    Reference: torch.nn.functional.grid_sample; Jaderberg et al. 2015 (arXiv:1506.02025).
    """

    title: ClassVar[str] = "GridSample"
    traits: ClassVar[Traits] = sampling(weights=False)
    names: ClassVar[tuple[str, ...]] = ("an image", "places")

    mode: Annotated[str, one_of("bilinear", "nearest")] = "bilinear"
    padding_mode: Annotated[str, one_of("zeros", "border", "reflection")] = "zeros"
    align_corners: bool = False

    def check(self, inputs: Inputs) -> None:
        """Raise OperatorError unless places are two numbers on a grid of H and W."""
        require_places(inputs[1], 2, "places")
        if inputs[1].grid != PLANE:
            raise OperatorError(f"places with the axes {', '.join(inputs[1].axes)}", "C, H and W", argument="from")

    def output_shape(self, inputs: Inputs) -> Shape:
        """Return the channels of the image on the grid of the places."""
        image = self.checked(inputs)
        return inputs[1].with_channels(image.channels)

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """Each channel that of its number, at a place that both channels of the places say."""
        return AllChannels(inputs[1].channels) if input_index else OWN_CHANNEL

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """7 operations per output element for the weighted sum of 4 neighbors."""
        elements = self.output_shape(inputs).elements
        sums = term("weighted sums of neighbors", elements=elements, operations=BILINEAR_OPERATIONS)
        return Arithmetic(elementwise=(sums,) * (self.mode == "bilinear"))

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output and save both inputs."""
        image, places = (held.grid for held in given)
        grad = image.requires_grad or places.requires_grad
        tape.save(image, places, when=grad)
        sizes = (image.sizes[0], *self.output_shape(inputs).sizes.values())
        return Held(tape.empty(sizes, requires_grad=grad))

    def summary(self, inputs: Inputs) -> str:
        """Return the mode, and the sizes before and after."""
        before, after = (by_axis(tuple(shape[axis] for axis in PLANE)) for shape in inputs)
        return f"{self.mode}, {before}->{after}"
