"""Random networks over time whose channels see different frames: branches side by side, shifted and read by groups."""

from __future__ import annotations

from random import Random

from .channel_moves import ChannelRange, DepthToSpace, Glu, Half, Shuffle
from .network import Layer, Network, Shape, shape_after
from .operation import DoesNotFitError, Operation
from .others import Merge, Pointwise, ResponseNorm, SpaceToDepth, TemporalShift
from .whole import GroupNorm, InstanceNorm
from .windows import Window

CHANNELS = (4, 8, 12)
MOST = 64
"""Channels that are not folded further, for time."""


def random_channels(seed: int) -> Network:
    """Two or three convolutions of different length, put together, and what reads their channels separately.

    At times one of them reads a second input, which channels that are taken apart may not depend on.
    """
    rng = Random(seed)
    shape = Shape(rng.choice((2, 4)), {"T": rng.randint(8, 20)})
    layers = [
        Layer(f"branch{at}", convolution(rng, rng.choice(CHANNELS)), ("clip",)) for at in range(rng.randint(2, 3))
    ]
    inputs = {"clip": shape}
    if seed % 3 == 0:
        layers[-1] = Layer(layers[-1].name, layers[-1].operation, ("other",))
        inputs["other"] = shape
    ends = [shape_after(layer.operation, [shape]) for layer in layers]
    layers.append(Layer("together", Merge("concat"), tuple(layer.name for layer in layers)))
    tensor = shape_after(Merge("concat"), ends)
    while len(layers) < rng.randint(7, 11):
        try:
            operation = rng.choice((shift, shift, grouped, grouped, statistics, folded, part, unfolded, pointwise))(
                rng, tensor
            )
            tensor = shape_after(operation, [tensor])
        except DoesNotFitError:
            continue
        layers.append(Layer(f"layer{len(layers)}", operation))
        if rng.random() < 0.2:
            layers.append(Layer(f"layer{len(layers)}", Merge("add"), (layers[-1].name, layers[-1].name)))
    return Network(inputs, tuple(layers))


def convolution(rng: Random, out: int, groups: int = 1) -> Window:
    """A convolution over time that keeps the frames."""
    kernel = rng.choice((1, 3, 5, 9))
    return Window("conv1d", ("T",), (kernel,), (1,), (kernel // 2,), (1,), out, groups=groups)


def shift(rng: Random, tensor: Shape) -> Operation:
    """Some channels moved."""
    del tensor
    causal = rng.random() < 0.3
    return TemporalShift(rng.randint(1, 3), causal, rng.choice((2, 3, 4, 8)))


def grouped(rng: Random, tensor: Shape) -> Operation:
    """A convolution whose groups divide the channels, each channel a group at times."""
    groups = rng.choice([n for n in (1, 2, 4, tensor.channels, tensor.channels) if tensor.channels % n == 0])
    return convolution(rng, tensor.channels * rng.choice((1, 1, 2) if tensor.channels < MOST else (1,)), groups)


def statistics(rng: Random, tensor: Shape) -> Operation:
    """A norm over groups of channels, or each, and all positions, or over neighboring channels."""
    groups = rng.choice([n for n in (1, 2, 4) if tensor.channels % n == 0])
    return rng.choice((GroupNorm(groups), GroupNorm(groups), InstanceNorm(), ResponseNorm(rng.randint(1, 4))))


def folded(rng: Random, tensor: Shape) -> Operation:
    """Every two frames into channels."""
    del rng
    if tensor.channels > MOST // 2 or tensor.sizes["T"] % 2:
        raise DoesNotFitError("too many channels, or an odd number of frames")
    return SpaceToDepth({"T": 2})


def part(rng: Random, tensor: Shape) -> Operation:
    """Some of the channels, each with a gate in the other half, or all in another order."""
    first = rng.randint(0, tensor.channels // 2)
    some = ChannelRange(first, rng.randint(1, tensor.channels - first))
    return rng.choice((some, Half(rng.random() < 0.5), Glu(), Shuffle(rng.choice((2, 4)))))


def unfolded(rng: Random, tensor: Shape) -> Operation:
    """Every two channels into frames."""
    del rng
    if tensor.sizes["T"] > 2 * MOST:
        raise DoesNotFitError("too many frames")
    return DepthToSpace({"T": 2})


def pointwise(rng: Random, tensor: Shape) -> Operation:
    """A function of each value, or a pool of each channel."""
    del tensor
    pool = Window("max_pool1d", ("T",), (3,), (1,), (1,), (1,))
    return rng.choice((Pointwise("relu"), Pointwise("batch_norm"), pool))
