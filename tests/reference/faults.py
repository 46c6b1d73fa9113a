"""Faults to plant in the reference: each is a mistake that a calculator of receptive fields is known to make."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeAlias

import pytest

from . import windows
from .channel_moves import ChannelRange, Glu, Half, Shuffle
from .fields import Field, Findings, examine
from .network import Network
from .operation import Operands, Operation, Tap
from .others import Constant, Expand, Merge, ResponseNorm, Roll
from .sampled import Sampled
from .sequences import SequenceAttention
from .unclipped import unbounded
from .whole import JoinAxes, Recurrent
from .windows import Adaptive, Interpolate, Padding, Transposed, Window, amounts

Fault: TypeAlias = Callable[[Network], Findings]
"""Examines a network wrongly."""


def cut_at_the_input(network: Network) -> Findings:
    """ClippedExtents are clipped at the input alone, not at the tensors on the way."""
    findings = examine(network)
    for path, inputs in findings.fields.items():
        for source, axes in inputs.items():
            for axis, field in axes.items():
                axes[axis] = cut(network, path, source, axis, field)
    return findings


def cut(network: Network, path: str, source: str, axis: str, field: Field) -> Field:
    """One field clipped at the input alone; after an operation on whole axes it stays as it is."""
    if field.motion.endless:
        return field
    search = unbounded(network, source, axis)
    return replace(field, clipped=tuple(search.hull_on_input(path, index) for index in range(len(field.clipped))))


def patched(target: object, name: str, wrong: Callable[..., object]) -> Fault:
    """The reference with one function replaced."""

    def fault(network: Network) -> Findings:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(target, name, wrong)
            return examine(network)

    return fault


def without_holes(window: Window, axis: str, index: int, n: int) -> Iterable[int]:
    """Dilation does not widen the window."""
    if axis not in window.axes:
        return (index,)
    kernel, stride, (before, _), _ = window.on(axis, n)
    return [index * stride - before + tap for tap in range(kernel)]


def equal_windows(pool: Adaptive, axis: str, index: int, n: int) -> Iterable[int]:
    """Adaptive windows are n // size long and as distant."""
    if axis not in pool.axes:
        return (index,)
    width = n // pool.size[pool.axes.index(axis)]
    return range(index * width, (index + 1) * width)


def as_a_convolution(layer: Transposed, axis: str, index: int, _n: int) -> Iterable[int]:
    """A transposed convolution reads like a convolution of stride 1."""
    if axis not in layer.axes:
        return (index,)
    at = layer.axes.index(axis)
    return [index - layer.padding[at] + layer.dilation[at] * tap for tap in range(layer.kernel[at])]


def nearest_only(layer: Interpolate, axis: str, index: int, n: int) -> Iterable[int]:
    """Linear resampling reads one neighbor."""
    return (index * n // layer.size[layer.axes.index(axis)] if axis in layer.axes else index,)


def first_branch_only(merge: Merge, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
    """A merge sees what its first operand sees."""
    return ((0, index if operands[0] == merge.length(axis, operands) else 0),)


def odd_one_before(padding: Padding, n: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """`same` puts the odd position before."""
    before, after = amounts(padding, n, kernel, stride, dilation)
    return (after, before) if padding == "same" else (before, after)


def sees_the_future(attention: SequenceAttention, axis: str, index: int, n: int) -> Iterable[int]:
    """Causal attention reads what comes after."""
    if axis not in attention.over:
        return (index,)
    if attention.span:
        return range(index - attention.span // 2, index + attention.span // 2 + 1)
    return range(n)


def only_the_step_itself(layer: Recurrent, axis: str, index: int, n: int) -> Iterable[int]:
    """A recurrence reads the step it is at."""
    return (n - 1 if axis == "T" and layer.last else index,)


def without_the_end(roll: Roll, axis: str, index: int, _n: int) -> Iterable[int]:
    """A roll is a shift: what leaves at one end is lost."""
    return (index - roll.shifts.get(axis, 0),)


def own_position(_operation: Operation, _axis: str, index: int, _n: int) -> Iterable[int]:
    """Joined axes are read position by position."""
    return (index,)


def unmoved(operation: Operation, axis: str, index: int, operands: Operands) -> Iterable[Tap]:
    """Samples lie in what says their places alone."""
    return operation.window_taps(axis, index, operands)


def each_its_own(_expand: Expand, _axis: str, index: int, _operands: Operands) -> Iterable[Tap]:
    """Repeated positions read what has their number."""
    return ((0, index),)


def connected(network: Network) -> Findings:
    """A constant depends on what gives it a shape."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Constant, "reads_nothing", False)
        return examine(network)


def own_channel(_operation: Operation, _at: int, channel: int, _counts: tuple[int, ...]) -> Iterable[int]:
    """A part of the channels is the first of them, shuffled ones stay, and gates are not read."""
    return (channel,)


CHANNEL_FAULTS: dict[str, Fault] = {
    "shuffled channels stay where they are": patched(Shuffle, "reads_channels", own_channel),
    "a part of the channels is the first of them": patched(ChannelRange, "reads_channels", own_channel),
    "a chunk is the first one": patched(Half, "reads_channels", own_channel),
    "a response norm reads its own channel": patched(ResponseNorm, "reads_channels", own_channel),
    "gates are not read": patched(Glu, "reads_channels", own_channel),
}
"""Faults that show where channels see different frames."""

FAULTS: dict[str, tuple[Fault, float]] = {
    "clipped at the input only": (cut_at_the_input, 0.3),
    "dilation without holes": (patched(Window, "reads", without_holes), 0.1),
    "same with the odd one before": (patched(windows, "amounts", odd_one_before), 0.1),
    "adaptive windows of equal length": (patched(Adaptive, "reads", equal_windows), 0.1),
    "transposed as a plain convolution": (patched(Transposed, "reads", as_a_convolution), 0.05),
    "linear resampling reads one neighbor": (patched(Interpolate, "reads", nearest_only), 0.05),
    "a merge is its first branch": (patched(Merge, "taps", first_branch_only), 0.3),
    "causal attention sees the future": (patched(SequenceAttention, "reads", sees_the_future), 0.01),
    "a roll loses what leaves at one end": (patched(Roll, "reads", without_the_end), 0.02),
    "joined axes are read one by one": (patched(JoinAxes, "reads", own_position), 0.02),
    "samples lie where nothing is moved": (patched(Sampled, "taps", unmoved), 0.02),
    "repeated positions are read one by one": (patched(Expand, "taps", each_its_own), 0.01),
    "a constant depends on its input": (connected, 0.02),
    "a recurrence sees the step alone": (patched(Recurrent, "reads", only_the_step_itself), 0.02),
}
"""Every fault with the share of random networks on which it has to show at the least."""
