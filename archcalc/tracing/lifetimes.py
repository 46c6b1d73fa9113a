"""How long the storages of a recorded run were there: until the user's code held nothing that lies in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.program import COMPUTED, CONSTANT, INPUT
from archcalc.core.storages import StorageLife

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.core.program import Program, Value

FLOATING = ("float", "bfloat", "complex")


SAME_STORAGE = frozenset({"_unsafe_view", "_reshape_alias", "lift_fresh"})
"""Operators whose schemas do not say that their results lie where their first argument does."""
SCALED = "aten.mul.Scalar"


def storages(program: Program) -> tuple[StorageLife, ...]:
    """Return the storages of inputs and of what calls made; not parameters, buffers, and what was there before."""
    made = {number for call in program.calls for number in call.outputs} - inside_attention(program)
    places = _places(program)
    tensors: dict[int, list[Value]] = {}
    for each in program.values:
        tensors.setdefault(places.get(each.root, each.root), []).append(each)
    lives = (
        _life(program.value(root), lying)
        for root, lying in tensors.items()
        if program.value(root).kind == INPUT or (program.value(root).kind in (COMPUTED, CONSTANT) and root in made)
    )
    return (*lives, *_sums_of_attention(program))


def _life(owner: Value, lying: list[Value]) -> StorageLife:
    ends = [each.end for each in lying]
    last = None if None in ends or owner.kind == INPUT else max(end for end in ends if end is not None)
    parts = 2 if owner.dtype.startswith("complex") else 1
    floating = owner.dtype.startswith(FLOATING)
    return StorageLife(
        begin=owner.begin,
        end=last,
        numbers=parts * owner.elements if floating else 0,
        width=owner.itemsize // parts,
        fixed=0 if floating else owner.elements * owner.itemsize,
        sampled=owner.kind != CONSTANT,
    )


def _places(program: Program) -> dict[int, int]:
    """For tensors that lie in the storage of another although no schema says so, the owner of that storage.

    A linear layer adds its bias in place unless a mode watches it.
    """
    found: dict[int, int] = {}
    for call in program.calls:
        adds_bias = call.name == "add" and program.functions[call.function].name == "linear"
        if (adds_bias or call.name in SAME_STORAGE) and call.reads:
            root = program.value(call.reads[0]).root
            found.update(dict.fromkeys(call.outputs, found.get(root, root)))
    return found


def inside_attention(program: Program) -> frozenset[int]:
    """Return what fused attention does not make, from the scaled queries, through the keys, to what the softmax gives.

    The meta device has no fused kernel.
    """
    found: set[int] = set()
    for softmax in program.fused:
        at, scaled = softmax, 0
        while at >= 0 and scaled < 2:
            scaled += program.calls[at].operator == SCALED
            found.update(program.calls[at].outputs)
            at -= 1
    return frozenset(found)


def _sums_of_attention(program: Program) -> Iterator[StorageLife]:
    """One number for each query and head that the fused kernel gives too, and PyTorch frees at once."""
    for softmax in program.fused:
        product = next(each for each in program.calls[softmax:] if each.name == "bmm")
        value = program.value(product.outputs[0])
        yield StorageLife(
            begin=product.number,
            end=product.number + 1,
            numbers=0,
            width=value.itemsize,
            fixed=value.elements // value.sizes[-1] * max(4, value.itemsize),
            sampled=True,
        )
