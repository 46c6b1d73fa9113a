"""What autograd saves of a recorded layer for backward, by the operators that it ran.

An estimate: formulas of PyTorch's derivatives.yaml, for operators in the groups below; others save what they read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.core.program import Ref

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from archcalc.core.program import Call, Program
    from archcalc.tracing.layers import Layer

_RESULT = "_softmax _log_softmax sigmoid tanh exp sqrt rsqrt relu reciprocal expm1 cumprod"
_NOTHING = """add sub rsub neg cat stack constant_pad_nd roll flip mean sum copy fill zero clone _to_copy index_select
    index index_put masked_fill where embedding pixel_shuffle pixel_unshuffle im2col col2im repeat expand slice select
    view _unsafe_view reshape permute transpose t unsqueeze squeeze split split_with_sizes chunk unbind unsafe_split
    unfold diagonal alias detach upsample_nearest1d upsample_nearest2d upsample_nearest3d upsample_linear1d
    upsample_bilinear2d upsample_trilinear3d upsample_bicubic2d cumsum eq ne lt gt le ge logical_not channel_shuffle
    native_channel_shuffle baddbmm_scalar lift_fresh contiguous gather scatter topk sort"""
_BOTH = """_scaled_dot_product_flash_attention_for_cpu _scaled_dot_product_efficient_attention
    _scaled_dot_product_flash_attention"""
RESULT, NOTHING, BOTH = (frozenset(words.split()) for words in (_RESULT, _NOTHING, _BOTH))
FACTORS = frozenset({"mul", "div"})
"""Operators that save a factor only if the other one is a tensor that needs a gradient."""


@dataclass(frozen=True, slots=True)
class SavedTensors:
    """Whether the inputs of a layer and its output are saved, and how many elements of tensors inside of it."""

    inputs: bool = False
    output: bool = False
    inside: int = 0


def noise(program: Program) -> frozenset[int]:
    """Return the tensors of random numbers that dropout multiplies with, which it saves."""
    return frozenset(number for call in program.calls if call.name == "bernoulli" for number in call.written)


def saved_of(
    program: Program, layer: Layer, inside_attention: Set[int], dropped: Set[int] = frozenset()
) -> SavedTensors:
    """Return what a layer saves; `dropped` is the noise of dropout.

    Fused attention saves what it is given and what it gives, nothing of what is `inside_attention`.
    A module of the user that is elementwise is taken to save its input alone: those that are written as several
    operations (Swish) are mostly `torch.autograd.Function`s, which recompute the rest.
    """
    if layer.module is not None and not layer.module.native and _is_elementwise(layer):
        return SavedTensors(inputs=True)
    output = program.value(layer.output).root
    made = {program.value(number).root for call in layer.calls for number in call.outputs}
    made = {root for root in made if any(root in call.outputs for call in layer.calls)}
    roots = {program.value(number).root for call in layer.calls for number in _kept(program, call, inside_attention)}
    inside = {root for root in roots if root in made and root != output}
    given = {root for root in roots if root not in made and program.value(root).kind in ("computed", "input")}
    inside |= {number for call in layer.calls if call.name in FACTORS for number in call.reads if number in dropped}
    elements = sum(program.value(root).elements for root in inside)
    return SavedTensors(bool(given), output in roots and output in made, elements)


def _is_elementwise(layer: Layer) -> bool:
    return not (layer.parameters or layer.shared or layer.buffers or any(each.macs for each in layer.calls))


def _kept(program: Program, call: Call, inside_attention: Set[int]) -> Iterator[int]:
    """The tensors that one call saves, in attention or not."""
    if inside_attention.isdisjoint((*call.reads, *call.outputs)):
        yield from _saved(program, call)
        return
    yield from (each for each in (*call.reads, *call.outputs) if each not in inside_attention)


def _saved(program: Program, call: Call) -> Iterator[int]:
    """The tensors that one call saves."""
    if call.name in NOTHING:
        return
    if call.name in RESULT:
        yield from call.outputs
        return
    if call.name in FACTORS and not _needs_both(program, call):
        return
    yield from call.reads
    if call.name in BOTH:
        yield from call.outputs[:2]


def _needs_both(program: Program, call: Call) -> bool:
    """Whether both factors need a gradient: numbers, and what no input or parameter decides, need none."""
    factors = [each for each in call.arguments if isinstance(each, Ref)]
    return len(factors) > 1 and all(program.value(each.number).kind not in ("constant", "buffer") for each in factors)
