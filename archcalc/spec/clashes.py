"""Explains why two calls of blocks give one path, and what to name so that they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.core.scopes import BlockScope
    from archcalc.spec.context import Related


def clash_advice(earlier: tuple[BlockScope, ...], later: tuple[BlockScope, ...]) -> tuple[str, Related]:
    """Return a hint for a path taken twice, and the place of the earlier call.

    Both arguments are the block calls around a layer, the outermost first. The calls differ from some level on: if both
    were written at the same place there, a repeat ran that place twice; else one of the two calls needs a name.
    """
    pair = next(((one, two) for one, two in zip(earlier, later, strict=False) if one is not two), None)
    if pair is None or pair[1].location is None:
        return "give it another name", ()
    first, second = pair
    if first.location == second.location:
        return f"name the repeat around the call of {second.block!r}: each iteration is then a scope of its own", ()
    related = ((first.location, f"the earlier call, of block {first.block!r}"),) if first.location else ()
    return f"name one of the two calls, such as {second.block}: {{name: ...}}", related
