"""Layers with the smallest number of channels that still distinguishes what reaches them."""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch
from typing import TYPE_CHECKING

from archcalc.core.shape import CHANNEL
from archcalc.measure.dependence.marks import Marks
from archcalc.ops import activation
from archcalc.ops.activation import Dropout, Identity, Scale, Softmax
from archcalc.ops.adaptive_pool import AdaptivePool
from archcalc.ops.attention import Attention
from archcalc.ops.constant import Constant
from archcalc.ops.conv import Conv
from archcalc.ops.conv_recurrent import ConvRecurrent
from archcalc.ops.cross_attention import CrossAttention
from archcalc.ops.deform_conv import DeformConv2d
from archcalc.ops.dot_product import DotProduct
from archcalc.ops.embedding import Embedding
from archcalc.ops.gated import Prelu
from archcalc.ops.global_pool import GlobalPool
from archcalc.ops.grid_sample import GridSample
from archcalc.ops.group_norm import GroupNorm
from archcalc.ops.heads import ProjectHeads
from archcalc.ops.layer_norm import LayerNorm
from archcalc.ops.linear import Linear
from archcalc.ops.local_response_norm import LocalResponseNorm
from archcalc.ops.matmul import Matmul
from archcalc.ops.merge import Concat, Merge, Multiply
from archcalc.ops.mixture_of_experts import MixtureOfExperts
from archcalc.ops.pool import Pool
from archcalc.ops.recurrent import Recurrent
from archcalc.ops.reduction import Reduction
from archcalc.ops.resample import Interpolate
from archcalc.ops.reshape import Expand
from archcalc.ops.rms_norm import RmsNorm
from archcalc.ops.roi_align import RoiAlign
from archcalc.ops.roll import Roll
from archcalc.ops.sequence_attention import SequenceAttention
from archcalc.ops.slicing import Crop, Pad, Select, Subsample
from archcalc.ops.tokens import ClassToken, Position
from archcalc.ops.tracked_norm import BatchNorm, InstanceNorm
from archcalc.ops.transposed import ConvTranspose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.ops.base import Operator

ALIKE = (
    activation.Function, Softmax, Dropout, Scale, Pool, AdaptivePool, GlobalPool, BatchNorm, InstanceNorm,
    LayerNorm, Expand, Select, Subsample, Pad, ClassToken, Position, Roll,
)  # fmt: skip
"""Operators that do the same to every channel. Only time is lost when one is missing here."""

Runs = tuple[int, ...]
Narrow = tuple["Operator", "Sequence[Marks]", "Runs | None"]
"""An operator, what it is run on, and what the channels of its output stand for; None if each for itself."""


@singledispatch
def narrow(operator: Operator, inputs: Sequence[Marks]) -> Narrow:
    """Return what to run in place of an operator; all its channels where nothing is known about them here."""
    return operator, [marks.per_channel() for marks in inputs], None


def _alike(operator: Operator, inputs: Sequence[Marks]) -> Narrow:
    """An operator that does the same to every channel works on one of each run."""
    return operator, inputs, inputs[0].runs


for each in ALIKE:
    narrow.register(each)(_alike)


@narrow.register(Conv)
@narrow.register(ConvTranspose)
def _convolution(operator: Conv | ConvTranspose, inputs: Sequence[Marks]) -> Narrow:
    """All outputs of a group see all its inputs; groups that see the same are one."""
    (marks,) = inputs
    out = operator.out or marks.channels
    if operator.groups == 1 or len(marks.runs) == 1:
        return replace(operator, out=1, groups=1), inputs, (out,)
    return operator, [marks.per_channel()], None


@narrow.register(Linear)
def _linear(operator: Linear, inputs: Sequence[Marks]) -> Narrow:
    if operator.over != CHANNEL:
        return operator, inputs, inputs[0].runs
    return replace(operator, out=1), inputs, (operator.out,)


@narrow.register(MixtureOfExperts)
def _mixture_of_experts(operator: MixtureOfExperts, inputs: Sequence[Marks]) -> Narrow:
    """All channels of a position choose the experts and are read by them."""
    del operator
    return Linear(out=1), inputs, (inputs[0].channels,)


@narrow.register(ProjectHeads)
def _heads(operator: ProjectHeads, inputs: Sequence[Marks]) -> Narrow:
    out = operator.out or inputs[0].channels
    return replace(operator, out=1, heads=1), inputs, (out // operator.heads,)


@narrow.register(Attention)
def _attention(operator: Attention, inputs: Sequence[Marks]) -> Narrow:
    """Heads see the same; a relative position depends on the query, which the sum depends on as it is."""
    width = inputs[0].channels if len(inputs) == 1 else operator.heads * inputs[2].channels
    return replace(operator, out=1, heads=1, relative_position=None), inputs, (operator.out or width,)


@narrow.register(CrossAttention)
@narrow.register(SequenceAttention)
def _grouped_attention(operator: CrossAttention | SequenceAttention, inputs: Sequence[Marks]) -> Narrow:
    """Heads see the same, and a rotation depends on what it rotates alone."""
    width = operator.out or inputs[0].channels
    one = replace(operator, heads=1, kv_heads=None, head_channels=1, out=1)
    return replace(one, rotary=False) if isinstance(one, SequenceAttention) else one, inputs, (width,)


@narrow.register(Recurrent)
def _recurrent(operator: Recurrent, inputs: Sequence[Marks]) -> Narrow:
    runs = (operator.hidden_size,) * (2 if operator.bidirectional and operator.merge == "concat" else 1)
    return replace(operator, hidden_size=1), inputs, runs


@narrow.register(ConvRecurrent)
@narrow.register(Embedding)
def _narrow_output(operator: ConvRecurrent | Embedding, inputs: Sequence[Marks]) -> Narrow:
    return replace(operator, out=1), inputs, (operator.out,)


@narrow.register(DotProduct)
def _dot_product(operator: DotProduct, inputs: Sequence[Marks]) -> Narrow:
    return operator, inputs, inputs[2].runs


@narrow.register(Matmul)
def _matmul(operator: Matmul, inputs: Sequence[Marks]) -> Narrow:
    """What a row of the first and a column of the second see; axes that are not probed have one position."""
    del operator
    first, second = (marks.per_channel() for marks in inputs)
    rows = replace(first, grid=first.grid.amax(-1, keepdim=True))
    columns = second.grid.amax(-2, keepdim=True)
    return Multiply(), [rows, replace(second, grid=columns, runs=(1,) * columns.shape[1])], None


@narrow.register(DeformConv2d)
@narrow.register(GridSample)
@narrow.register(RoiAlign)
def _sampled(operator: DeformConv2d | GridSample | RoiAlign, inputs: Sequence[Marks]) -> Narrow:
    """Anything of the image may be read, at places that all channels of the others say."""
    image = inputs[0].grid.amax((2, 3), keepdim=True)
    if isinstance(operator, RoiAlign):
        image = image.expand(-1, -1, *operator.pooled())
    own = isinstance(operator, DeformConv2d)
    first = replace(inputs[0], grid=image.amax(1, keepdim=True) if own else image)
    others = [replace(each, grid=each.grid.amax(1, keepdim=True), runs=(1,)) for each in inputs[1:]]
    return Multiply(), [first, *others], (operator.out,) if isinstance(operator, DeformConv2d) else inputs[0].runs


@narrow.register(Constant)
def _constant(operator: Constant, inputs: Sequence[Marks]) -> Narrow:
    """Nothing of the input is seen, and all channels are alike."""
    one = replace(inputs[0], grid=inputs[0].grid[:, :1])
    sizes = tuple((axis, 1 if axis == CHANNEL else size) for axis, size in operator.per_axis)
    zeros = replace(operator, value=0.0, learned=False, per_axis=sizes)
    return zeros, [one], (operator.sizes.get(CHANNEL, inputs[0].channels),)


@narrow.register(Interpolate)
@narrow.register(Identity)
def _interpolate(operator: Interpolate | Identity, inputs: Sequence[Marks]) -> Narrow:
    """A second tensor would be there for its sizes, which are known by now."""
    return operator, inputs[:1], inputs[0].runs


@narrow.register(Crop)
def _crop(operator: Crop, inputs: Sequence[Marks]) -> Narrow:
    """A part of the channels is cut out of all of them."""
    if CHANNEL in operator.written:
        return operator, [inputs[0].per_channel()], None
    return operator, inputs[:1], inputs[0].runs


@narrow.register(Reduction)
def _reduction(operator: Reduction, inputs: Sequence[Marks]) -> Narrow:
    return operator, inputs, (1,) if "C" in operator.axes else inputs[0].runs


@narrow.register(RmsNorm)
def _rms_norm(operator: RmsNorm, inputs: Sequence[Marks]) -> Narrow:
    return operator, inputs, inputs[0].runs


@narrow.register(Prelu)
def _prelu(operator: Prelu, inputs: Sequence[Marks]) -> Narrow:
    return replace(operator, num_parameters=1), inputs, inputs[0].runs


@narrow.register(Concat)
def _concat(operator: Concat, inputs: Sequence[Marks]) -> Narrow:
    if operator.axis != "C":
        return operator, [marks.per_channel() for marks in inputs], None
    return operator, inputs, tuple(run for marks in inputs for run in marks.runs)


@narrow.register(Merge)
def _merge(operator: Merge, inputs: Sequence[Marks]) -> Narrow:
    """Return tensors whose channels are distinguished equally, or not at all in some of them."""
    several = {marks.runs for marks in inputs if len(marks.runs) > 1}
    if len(several) > 1:
        return operator, [marks.per_channel() for marks in inputs], None
    widest = max(inputs, key=lambda marks: (len(marks.runs), marks.channels))
    return operator, inputs, widest.runs


@narrow.register(LocalResponseNorm)
@narrow.register(GroupNorm)
def _neighbours(operator: LocalResponseNorm | GroupNorm, inputs: Sequence[Marks]) -> Narrow:
    (marks,) = inputs
    if len(marks.runs) > 1:
        return operator, [marks.per_channel()], None
    return replace(operator, num_groups=1) if isinstance(operator, GroupNorm) else operator, inputs, marks.runs
