"""Random networks whose positions become channels, of which some are then taken or become other positions."""

from __future__ import annotations

from random import Random

from .channel_moves import ChannelRange, DepthToSpace, Glu, Half, PixelShuffle, Shuffle
from .network import Layer, Network, Shape, shape_after
from .operation import DoesNotFitError, Operation
from .others import Merge, Pointwise, SpaceToDepth, TemporalShift
from .random_channels import convolution
from .whole import Flatten, StackFrames


def random_stacks(seed: int) -> Network:
    """Two convolutions, of two inputs at times, put together; all frames as channels; and what takes these apart."""
    rng = Random(seed)
    sizes = {"T": rng.randint(1, 6), **{axis: rng.randint(1, 4) for axis in rng.choice(("H", "W", "HW", "HW"))}}
    shape = Shape(rng.choice((1, 2, 3)), sizes)
    inputs = {"clip": shape} | ({"other": shape} if seed % 3 == 0 else {})
    branches = [Layer(f"branch{at}", convolution(rng, rng.choice((1, 2))), (name,)) for at, name in _sources(inputs)]
    layers = [*branches, Layer("together", Merge("concat"), tuple(layer.name for layer in branches))]
    tensor = shape_after(Merge("concat"), [shape_after(layer.operation, [shape]) for layer in branches])
    for words in ((moved,), (stacked,), (taken, unfolded, mixed), (taken, unfolded, mixed), (taken, unfolded, mixed)):
        try:
            operation = rng.choice(words)(rng, tensor)
            tensor = shape_after(operation, [tensor])
        except DoesNotFitError:
            continue
        layers.append(Layer(f"layer{len(layers)}", operation))
    return Network(inputs, tuple(layers))


def _sources(inputs: dict[str, Shape]) -> list[tuple[int, str]]:
    """Two branches and what they read: the same input, or each its own."""
    return list(enumerate((next(iter(inputs)), list(inputs)[-1])))


def moved(rng: Random, tensor: Shape) -> Operation:
    """Something before the frames become channels."""
    del tensor
    shift = TemporalShift(rng.randint(1, 2), rng.random() < 0.5, rng.choice((2, 4)))
    return rng.choice((Pointwise("relu"), shift, SpaceToDepth({"T": 2}), convolution(rng, 2)))


def stacked(rng: Random, tensor: Shape) -> Operation:
    """All frames, or all positions, into channels."""
    if rng.random() < 0.3:
        return Flatten(sizes=dict(tensor.sizes))
    return StackFrames(frames=tensor.sizes["T"])


def taken(rng: Random, tensor: Shape) -> Operation:
    """Some of the channels, or all in another order, which needs an axis."""
    first = rng.randint(0, tensor.channels // 2)
    some = ChannelRange(first, rng.randint(1, tensor.channels - first))
    shuffled = Shuffle(rng.choice((2, 4))) if tensor.sizes else some
    return rng.choice((some, shuffled, Half(rng.random() < 0.5), Glu()))


def unfolded(rng: Random, tensor: Shape) -> Operation:
    """Channels into positions of the axes that are left."""
    factors = {axis: rng.choice((2, 3)) for axis in tensor.sizes if rng.random() < 0.7}
    if "T" in tensor.sizes or not factors:
        raise DoesNotFitError("no axis")
    return (
        PixelShuffle({"H": 2, "W": 2})
        if {"H", "W"} <= set(tensor.sizes) and rng.random() < 0.3
        else DepthToSpace(factors)
    )


def mixed(rng: Random, tensor: Shape) -> Operation:
    """A function of each value, or of all channels."""
    del tensor
    return rng.choice((Pointwise("relu"), Pointwise("linear", 2), Pointwise("linear", 8)))
