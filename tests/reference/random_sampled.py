"""Random layers that read an image at places which other layers make of the same tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .operation import DoesNotFitError
from .others import Pointwise, Select
from .random_operations import axes_of, random_window
from .sampled import DeformConv2d, GridSample, RoiAlign
from .whole import Whole
from .windows import Window

if TYPE_CHECKING:
    from .random_networks import Grower, Tensor

PLANE = ("H", "W")


def sampled(grower: Grower, tensor: Tensor) -> Tensor:
    """An image of the tensor, and what reads it at places that depend on values."""
    if axes_of(tensor.shape)[-2:] != PLANE:
        raise DoesNotFitError("an image has H and W")
    tensor = grower.named(tensor)
    image = frame(grower, tensor)
    return grower.rng.choice((warped, deformed, boxed))(grower, tensor, image)


def frame(grower: Grower, tensor: Tensor) -> Tensor:
    """The tensor itself, or one of its frames."""
    n = tensor.shape.along("T")
    if n is None:
        return tensor
    return grower.put(Select("T", grower.rng.randint(-n, n - 1)), tensor)


def warped(grower: Grower, tensor: Tensor, image: Tensor) -> Tensor:
    """The image at places of one of its own frames, on a grid of another size at times."""
    places = frame(grower, tensor) if grower.rng.random() < 0.5 else image
    if grower.rng.random() < 0.5:
        places = grower.put(random_window(grower.rng, places.shape, "max_pool"), places)
    places = grower.put(Pointwise("linear", 2), places)
    return grower.put(GridSample(grower.rng.choice(("zeros", "border"))), image, places)


def deformed(grower: Grower, tensor: Tensor, image: Tensor) -> Tensor:
    """A deformable convolution of the image, its offsets made by one of the same windows, taps weighed at times."""
    rng = grower.rng
    kernel = (rng.choice((1, 2, 3)), rng.choice((1, 3)))
    stride, padding, dilation = rng.choice((1, 1, 2)), rng.choice((0, 1)), rng.choice((1, 1, 2))
    seen = frame(grower, tensor) if rng.random() < 0.3 else image

    def made(channels: int) -> Tensor:
        pairs = ((stride, stride), (padding, padding), (dilation, dilation))
        return grower.put(Window("conv2d", PLANE, kernel, *pairs, channels), seen)

    taps = kernel[0] * kernel[1]
    others = [made(2 * taps), *([made(taps)] if rng.random() < 0.4 else [])]
    return grower.put(DeformConv2d(grower.rng.randint(1, 4), kernel, stride, padding, dilation), image, *others)


def boxed(grower: Grower, tensor: Tensor, image: Tensor) -> Tensor:
    """What lies in the boxes that each frame has."""
    rng = grower.rng
    if "T" not in tensor.shape.sizes:
        raise DoesNotFitError("no frames")
    wide = grower.put(Pointwise("linear", 4), tensor)
    boxes = grower.put(Whole("mean", PLANE, "drop", {"axes": list(PLANE)}), wide)
    return grower.put(RoiAlign(rng.randint(1, 3), rng.randint(1, 3)), image, boxes)
