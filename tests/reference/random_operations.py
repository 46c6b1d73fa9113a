"""Random operations that may fit a tensor: windows drawn for every axis on its own, and all that does not slide."""

from __future__ import annotations

from math import prod
from random import Random

from .channel_moves import ChannelRange, DepthToSpace, Glu, Half, PixelShuffle, Shuffle, Sinusoidal
from .network import Shape, shape_after
from .operation import AXES, DoesNotFitError, Operation
from .others import Crop, Pad, Pointwise, ResponseNorm, Roll, Select, SpaceToDepth, Subsample, TemporalShift
from .sequences import SequenceAttention
from .whole import Attention, ConvRecurrent, GroupNorm, InstanceNorm, JoinAxes, Recurrent, StackFrames, Whole
from .windows import Adaptive, Interpolate, Padding, Transposed, Window, amounts

SUFFIX = {("T",): "1d", ("H", "W"): "2d", AXES: "3d"}
CHANNELS = 8
MODES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("nearest", ()),
    ("linear", ("T",)),
    ("bilinear", ("H", "W")),
    ("trilinear", AXES),
    ("trilinear", AXES),
)
"""How to resample, and the axes that this takes; none for all that are there."""
LONGEST = 40
"""Longer tensors are not grown further."""
POINTWISE = (
    "relu", "identity", "batch_norm", "linear", "layer_norm", "gelu", "relu6", "elu", "selu", "prelu", "mish",
    "softplus", "hardsigmoid", "rms_norm", "leaky_relu", "silu", "hardswish", "hardtanh", "sigmoid", "tanh", "softmax",
    "abs", "dropout",
)  # fmt: skip
"""Words of operations that leave every position on its own."""
WITH_ARGUMENTS: dict[str, tuple[tuple[str, object], ...]] = {
    "scale": (("learned", True),),
    "mixture_of_experts": (("experts", 3), ("hidden", 5)),
    "threshold": (("threshold", 0.1), ("value", 0)),
}
KERNELS = (1, 1, 2, 3, 3, 3, 4, 5, 7)
STRIDES = (1, 1, 1, 2, 2, 3)


def random_operation(rng: Random, shape: Shape) -> Operation:
    """Any operation on one tensor; it may not fit."""
    if any(length > LONGEST for length in shape.sizes.values()):
        return random_window(rng, shape, "max_pool")
    if rng.random() < 0.1:
        return pointwise(rng, shape)
    families = (convolution_family, pool_family, transposed, interpolated, adaptive, moved, attentive, statistics)
    (family,) = rng.choices(families, weights=(24, 10, 4, 4, 4, 6, 6, 1))
    return family(rng, shape)


def axes_of(shape: Shape) -> tuple[str, ...]:
    """The axes of a tensor in order."""
    return tuple(axis for axis in AXES if axis in shape.sizes)


def slid_axes(rng: Random, shape: Shape) -> tuple[str, ...]:
    """The axes that a 1-D, 2-D or 3-D operation slides along."""
    possible = [axes for axes in SUFFIX if set(axes) <= set(shape.sizes)]
    if not possible:
        raise DoesNotFitError("nothing to slide along")
    return AXES if AXES in possible and rng.random() < 0.7 else rng.choice(possible)


def convolution(shape: Shape, out: int) -> Window:
    """A pointwise convolution."""
    axes = axes_of(shape)
    if axes not in SUFFIX:
        raise DoesNotFitError("no convolution for these axes")
    ones = (1,) * len(axes)
    return Window(f"conv{SUFFIX[axes]}", axes, ones, ones, (0,) * len(axes), ones, out)


def convolution_family(rng: Random, shape: Shape) -> Operation:
    """A convolution."""
    return random_window(rng, shape, "conv")


def pool_family(rng: Random, shape: Shape) -> Operation:
    """A maximum, an average or a median pool."""
    return random_window(rng, shape, rng.choice(("max_pool", "avg_pool", "max_pool", "avg_pool", "median_pool")))


def random_window(rng: Random, shape: Shape, family: str) -> Window:
    """A convolution or a pool, its window drawn for every axis on its own."""
    axes = slid_axes(rng, shape)
    draws = [random_slide(rng, axis, shape.sizes[axis], family) for axis in axes]
    kernel, stride, padding, dilation = zip(*draws, strict=True)
    out = CHANNELS if family == "conv" else None
    ceil_mode = family in ("max_pool", "avg_pool") and rng.random() < 0.3
    return Window(f"{family}{SUFFIX[axes]}", axes, kernel, stride, padding, dilation, out, ceil_mode)


def random_slide(rng: Random, axis: str, n: int, family: str) -> tuple[int, int, Padding, int]:
    """Kernel, stride, padding and dilation of one axis."""
    kernel, stride = rng.choice(KERNELS), rng.choice(STRIDES)
    dilation = 1 if family in ("avg_pool", "median_pool") or kernel == 1 else rng.choice((1, 1, 1, 2, 3))
    if rng.random() < 0.1:
        kernel, dilation = min(n, 9), 1
    padding = random_pool_padding(rng, kernel) if family != "conv" else random_padding(rng, axis, kernel, dilation)
    if family == "max_pool" and padding == "same" and dilation > 1:
        padding = 0
    return kernel, stride, padding, dilation


def random_pool_padding(rng: Random, kernel: int) -> Padding:
    """Padding of at most half the kernel."""
    half = kernel // 2
    return rng.choice((0, 0, half, rng.randint(0, half), (rng.randint(0, half), rng.randint(0, half)), "same", "valid"))


def random_padding(rng: Random, axis: str, kernel: int, dilation: int) -> Padding:
    """Any padding, now and then so much that some windows lie outside the input."""
    reach = dilation * (kernel - 1)
    uneven = (rng.randint(0, kernel), rng.randint(0, kernel))
    choices: list[Padding] = [0, reach // 2, reach // 2, rng.randint(0, kernel), uneven, "same", "same", "valid"]
    return rng.choice([*choices, "causal"] if axis == "T" else choices)


def transposed(rng: Random, shape: Shape) -> Operation:
    """A transposed convolution."""
    axes = slid_axes(rng, shape)
    kernel = tuple(rng.choice((1, 2, 2, 3, 4)) for _ in axes)
    stride = tuple(rng.choice((1, 2, 2, 3)) for _ in axes)
    padding = tuple(rng.randint(0, size // 2) for size in kernel)
    spare = tuple(rng.choice((0, 0, 1)) if step > 1 else 0 for step in stride)
    dilation = tuple(rng.choice((1, 1, 1, 2)) for _ in axes)
    return Transposed(f"conv_transpose{SUFFIX[axes]}", axes, kernel, stride, padding, spare, dilation, CHANNELS)


def interpolated(rng: Random, shape: Shape) -> Operation:
    """Nearest or linear resampling, to a size or by a scale; a scaled size is rounded down."""
    mode, axes = rng.choice(MODES)
    axes = axes or axes_of(shape)
    if not set(axes) <= set(shape.sizes):
        raise DoesNotFitError(f"no {axes} to resample")
    if rng.random() < 0.6:
        scales = [rng.choice((1, 2, 2, 3, 1.5, 0.5)) for _ in axes]
        size = tuple(int(scale * shape.sizes[axis]) for scale, axis in zip(scales, axes, strict=True))
        return Interpolate("interpolate", axes, size, mode, tuple(scales))
    return Interpolate("interpolate", axes, tuple(rng.randint(1, 2 * shape.sizes[axis]) for axis in axes), mode)


def adaptive(rng: Random, shape: Shape) -> Operation:
    """An adaptive pool."""
    axes = slid_axes(rng, shape)
    op = rng.choice(("adaptive_avg_pool", "adaptive_max_pool")) + SUFFIX[axes]
    return Adaptive(op, axes, tuple(rng.randint(1, shape.sizes[axis]) for axis in axes))


def moved(rng: Random, shape: Shape) -> Operation:
    """Frames dropped or shifted, borders added or taken away, blocks folded into channels."""
    axis = rng.choice(axes_of(shape))
    even = [name for name in axes_of(shape) if shape.sizes[name] % 2 == 0]
    choices: list[Operation] = [
        Subsample(axis, rng.randint(2, 4), rng.randint(0, 2)),
        Crop({axis: (rng.randint(0, 2), shape.sizes[axis] - rng.randint(2, 4))}),
        Crop({axis: shape.sizes[axis] - rng.randint(1, 4)}),
        Pad({axis: (rng.randint(0, 2), rng.randint(0, 3))}),
        Roll({name: rng.choice((-3, -1, 1, 2)) for name in rng.sample(axes_of(shape), rng.randint(1, 2))}),
        JoinAxes(axes=(axis,), keep=rng.randint(1, shape.sizes[axis])),
    ]
    if "T" in shape.sizes and shape.channels >= CHANNELS:
        choices.append(TemporalShift(rng.choice((1, 1, 2)), rng.random() < 0.3))
    if even and shape.channels <= 4 * CHANNELS:
        choices.append(SpaceToDepth({name: 2 for name in even if name == even[0] or rng.random() < 0.5}))
    return rng.choice([*choices, *moved_channels(rng, shape)])


def moved_channels(rng: Random, shape: Shape) -> list[Operation]:
    """Some channels, gates in the other half of them, channels that become positions."""
    first = rng.randint(0, shape.channels - 1)
    choices: list[Operation] = [ChannelRange(first, rng.randint(1, shape.channels - first)), Half(rng.random() < 0.5)]
    if shape.channels % 2 == 0:
        choices += [Glu(), Sinusoidal(rng.choice(axes_of(shape)))]
        choices.append(Shuffle(2))
    if shape.channels % 4 == 0 and {"H", "W"} <= set(shape.sizes):
        choices.append(PixelShuffle({"H": 2, "W": 2}))
    if shape.channels % 4 == 0:
        choices.append(DepthToSpace(dict.fromkeys(rng.sample(axes_of(shape), min(2, len(shape.sizes))), 2)))
    return rng.sample(choices, 1)


def pointwise(rng: Random, shape: Shape) -> Operation:
    """An operation that leaves every position on its own."""
    if shape.channels == 1 and rng.random() < 0.5:
        return Pointwise("embedding", CHANNELS, (("num", 9),))
    op = rng.choice((*POINTWISE, *WITH_ARGUMENTS, "position", "local_response_norm"))
    if op == "local_response_norm":
        return ResponseNorm(rng.randint(1, 5))
    if op == "position":
        return Pointwise(op, None, (("over", list(axes_of(shape)[: rng.randint(1, 3)])),))
    return Pointwise(op, CHANNELS if op == "linear" else None, WITH_ARGUMENTS.get(op, ()))


def statistics(rng: Random, shape: Shape) -> Operation:
    """A norm of each channel, or of some groups of them, over all positions."""
    if all(size == 1 for size in shape.sizes.values()):
        raise DoesNotFitError("a norm of one position")
    groups = [n for n in (1, 2, 4) if shape.channels % n == 0]
    return rng.choice((GroupNorm(rng.choice(groups)), InstanceNorm()))


def attentive(rng: Random, shape: Shape) -> Operation:
    """Attention over some axes, in shifted windows half of the time."""
    axes = axes_of(shape)
    if shape.channels % 2:
        raise DoesNotFitError("heads need an even number of channels")
    if rng.random() < 0.4:
        return SequenceAttention((rng.choice(axes),), 2, causal=rng.random() < 0.6, span=rng.choice((0, 0, 1, 3, 5)))
    if rng.random() < 0.5:
        over = tuple(axis for axis in axes if rng.random() < 0.5) or axes[:1]
        return Attention(over, 2)
    window = tuple(rng.randint(2, 5) for _ in axes)
    shift = tuple(rng.choice((0, width // 2)) for width in window)
    return Attention(axes, 2, window, shift)


def fitting_operation(rng: Random, shape: Shape, goal: Shape) -> Operation:
    """A convolution to the goal's channels and its grid, as far as the tensor has its axes, found by trying windows."""
    axes = axes_of(shape)
    if not set(axes) <= set(goal.sizes) or axes not in SUFFIX:
        raise DoesNotFitError("the goal lacks an axis")
    draws = [fitting_slide(rng, shape.sizes[axis], goal.sizes[axis]) for axis in axes]
    kernel, stride, padding = zip(*draws, strict=True)
    return Window(f"conv{SUFFIX[axes]}", axes, kernel, stride, padding, (1,) * len(axes), goal.channels)


def fitting_slide(rng: Random, n: int, goal: int) -> tuple[int, int, Padding]:
    """Kernel, stride and padding that make `goal` positions out of n."""
    paddings: list[Padding] = [0, 1, 2, (0, 1), (1, 0), (0, 2), "same"]
    found: list[tuple[int, int, Padding]] = []
    for stride in (1, 2, 3, 4):
        for kernel in range(1, 10):
            for padding in paddings:
                span = n + sum(amounts(padding, n, kernel, stride, 1)) - kernel
                if span >= 0 and span // stride + 1 == goal:
                    found.append((kernel, stride, padding))
    if not found:
        raise DoesNotFitError(f"no window makes {goal} out of {n}")
    stride = rng.choice(sorted({slide[1] for slide in found}))
    return rng.choice([slide for slide in found if slide[1] == stride])


# Ends


def global_pool(rng: Random, shape: Shape) -> list[Operation]:
    """A global pool and a convolution on the single position that is left."""
    axes = axes_of(shape)
    op = rng.choice(("global_avg_pool", "global_max_pool"))
    return [Whole(op, axes, "one"), convolution(shape, CHANNELS)]


def adaptive_end(rng: Random, shape: Shape) -> list[Operation]:
    """An adaptive pool to one or two positions, and a layer on channels."""
    axes = slid_axes(rng, shape)
    size = tuple(rng.randint(1, min(2, shape.sizes[axis])) for axis in axes)
    return [Adaptive(f"adaptive_avg_pool{SUFFIX[axes]}", axes, size), Pointwise("linear", CHANNELS)]


def stacked(rng: Random, shape: Shape) -> list[Operation]:
    """All frames into channels, and a 2-D network after it."""
    if "T" not in shape.sizes:
        raise DoesNotFitError("no frames")
    stack = StackFrames(frames=shape.sizes["T"])
    flat = shape_after(stack, [shape])
    return [stack, *(random_window(rng, flat, "conv") for _ in range(1)), Pointwise("relu")]


def selected(rng: Random, shape: Shape) -> list[Operation]:
    """One position of an axis, and a layer after it."""
    axis = rng.choice(axes_of(shape))
    n = shape.sizes[axis]
    return [Select(axis, rng.randint(-n, n - 1)), Pointwise("linear", CHANNELS)]


def reduction(rng: Random, shape: Shape) -> Operation:
    """What leaves one position of some axes, or drops one."""
    axes = axes_of(shape)
    some = tuple(axis for axis in axes if rng.random() < 0.5) or axes[:1]
    n = shape.sizes[axes[-1]]
    return rng.choice(
        (
            Whole("global_avg_pool", some, "one", {"axes": list(some)}),
            Whole("max", some, "drop", {"axes": list(some)}),
            Select(axes[-1], rng.randint(-n, n - 1)),
            Crop({axes[0]: (rng.randint(0, shape.sizes[axes[0]] - 1), 1)}),
        )
    )


def joined(rng: Random, shape: Shape) -> list[Operation]:
    """Neighboring axes as one, all of its positions or some, and attention along it."""
    axes = axes_of(shape)
    first = rng.randint(0, len(axes) - 1)
    some = axes[first : rng.randint(first, len(axes) - 1) + 1]
    keep = rng.choice((None, rng.randint(1, prod(shape.sizes[axis] for axis in some))))
    join = JoinAxes(axes=some, sizes={axis: shape.sizes[axis] for axis in some}, keep=keep)
    return [join, Pointwise("linear", CHANNELS), Pointwise("relu")]


def pooled_sequence(rng: Random, shape: Shape) -> list[Operation]:
    """Space averaged away, and a recurrent layer over the frames."""
    if "T" not in shape.sizes:
        raise DoesNotFitError("no frames")
    if rng.random() < 0.3 and {"H", "W"} <= set(shape.sizes):
        op = rng.choice(("conv_lstm2d", "conv_gru2d"))
        return [
            ConvRecurrent(
                op,
                CHANNELS,
                rng.random() < 0.3,
                reverse=rng.random() < 0.3,
                kernel=rng.choice((1, 3, 5)),
                steps=shape.sizes["T"],
            )
        ]
    mean = Whole(rng.choice(("mean", "sum", "max")), ("H", "W"), "drop", {"axes": ["H", "W"]})
    unit = Recurrent(rng.choice(("lstm", "gru", "rnn")), CHANNELS, rng.random() < 0.3, *_directions(rng))
    return [mean, unit, Pointwise("relu")]


def _directions(rng: Random) -> tuple[bool, bool]:
    """Both ways, reversed, or neither."""
    return rng.choice(((True, False), (False, True), (False, False)))
