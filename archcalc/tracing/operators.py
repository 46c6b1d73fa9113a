"""What the schema of an operator of PyTorch says: whether it gives views, and which arguments it writes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from torch._C import DispatchKey, _dispatch_has_kernel_for_dispatch_key

if TYPE_CHECKING:
    from torch._ops import OpOverload

COMPOSITE = DispatchKey.CompositeImplicitAutograd
MADE_LIKE = frozenset(
    {
        "zeros_like", "ones_like", "full_like", "empty_like", "rand_like", "randn_like", "randint_like",
        "new_zeros", "new_ones", "new_full", "new_empty", "new_empty_strided",
    }
)  # fmt: skip
"""Operators that read nothing but the sizes of a tensor."""


OF_ITSELF = {
    "aten.transpose_.default": "aten.transpose.int",
    "aten.swapaxes_.default": "aten.transpose.int",
    "aten.t_.default": "aten.t.default",
    "aten.squeeze_.default": "aten.squeeze.default",
    "aten.squeeze_.dim": "aten.squeeze.dim",
    "aten.squeeze_.dims": "aten.squeeze.dims",
    "aten.unsqueeze_.default": "aten.unsqueeze.default",
}
"""Operators that make a tensor a view of itself, and those that give such a view."""


@dataclass(frozen=True, slots=True)
class Traits:
    """`name` is what follows the namespace. `written` are the places or names of arguments that are changed.

    `composite` operators are made of others, which alone are recorded; in inference mode PyTorch leaves them whole.
    """

    text: str
    name: str
    makes_views: bool
    written: tuple[int | str, ...]
    makes_like: bool
    takes_device: bool
    composite: bool


@cache
def traits(operator: OpOverload) -> Traits:
    """Return the traits of an operator."""
    schema = operator._schema
    text = str(operator)
    name = text.split(".")[1]
    return Traits(
        text,
        name,
        not schema.is_mutable and any(each.alias_info is not None for each in schema.returns),
        tuple(
            each.name if each.kwarg_only else at
            for at, each in enumerate(schema.arguments)
            if each.alias_info is not None and each.alias_info.is_write
        ),
        name in MADE_LIKE,
        any(each.name == "device" for each in schema.arguments),
        operator.namespace == "aten" and _dispatch_has_kernel_for_dispatch_key(operator._name, COMPOSITE.name),
    )
