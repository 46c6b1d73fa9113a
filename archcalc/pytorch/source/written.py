"""How one layer is written: what the constructor makes for it, and what is done with the tensors it reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, TypeAlias

from archcalc.pytorch.source.expressions import Call, Const, Expr, Name, Several, call

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.core.shape import Shape
    from archcalc.pytorch.source.expressions import Plain

Run: TypeAlias = Callable[[str, Sequence[str]], Expr]
"""From the module and the tensors read, as they are called where the layer runs, to what it gives."""

FIRST_AXIS = 2
"""The dimension of the first axis of a grid: batch and channels come before."""


@dataclass(frozen=True, slots=True)
class Written:
    """A layer: `module` is what the constructor makes, if it makes anything, and `run` what `forward` does.

    `alone` is a module that does all of it with one tensor, if there is one; a chain of those makes an nn.Sequential.
    """

    run: Run
    module: Call | None = None
    alone: Call | None = None


def on_grid(shape: Shape, run: Run) -> Run:
    """What is done with a tensor, done with the grid of one that has tokens beside it."""
    if not shape.tokens:
        return run

    def beside_tokens(module: str, inputs: Sequence[str]) -> Expr:
        first = inputs[0]
        return call("Features", run(module, [f"{first}.grid"]), Name(f"{first}.tokens"))

    return beside_tokens


def operation(shape: Shape, text: str) -> Written:
    """A short operation on the grid of one tensor: `{}.flatten(1)`."""
    return Written(on_grid(shape, lambda _, inputs: Name(text.format(inputs[0]))))


def function(shape: Shape, name: str, alone: str | None = None) -> Written:
    """A function of every value, and the module that does the same."""

    def run(_: str, inputs: Sequence[str]) -> Expr:
        return Name(f"{inputs[0]}.map({name})" if shape.tokens else f"{name}({inputs[0]})")

    return Written(run, alone=Call(alone) if alone and not shape.tokens else None)


def on_values(shape: Shape, module: Call) -> Written:
    """A module that does the same at every position, wherever the channels are."""

    def run(name: str, inputs: Sequence[str]) -> Expr:
        return Name(f"{inputs[0]}.map({name})" if shape.tokens else f"{name}({inputs[0]})")

    return Written(run, module, None if shape.tokens else module)


def on_channels(shape: Shape, module: Call) -> Written:
    """A module that works on the last dimension, which channels are not where there is a grid."""
    if not shape.grid and not shape.tokens:
        return directly(module)
    around = "at_positions" if shape.tokens else "channels_last"
    return Written(lambda name, inputs: call(around, Name(name), Name(inputs[0])), module)


def directly(module: Call) -> Written:
    """A module that takes the tensors as they are."""
    return Written(lambda name, inputs: call(name, *map(Name, inputs)), module, module)


def along(shape: Shape, axes: Sequence[str], module: Call) -> Written:
    """A module that works along some axes of a grid, at every place of the others."""
    plain = set(axes) == set(shape.grid)
    around = None if plain else "per_frame" if tuple(axes) == ("H", "W") else "along_time"

    def run(name: str, inputs: Sequence[str]) -> Expr:
        return call(around, Name(name), Name(inputs[0])) if around else call(name, Name(inputs[0]))

    return Written(on_grid(shape, run), module, module if plain and not shape.tokens else None)


def sizes(values: Iterable[Plain], hint: str, axes: Iterable[str] = ()) -> Several:
    """A value for each axis, or one for all."""
    named = zip(values, [*axes] or repeat(""), strict=False)
    return Several(tuple(Const(value, hint, axis) for value, axis in named), folds=True)


def per_axis(values: Iterable[Plain], hint: str) -> Several:
    """A value for each axis, always written out."""
    return Several(tuple(Const(value, hint) for value in values))


def dimension(shape: Shape, axis: str) -> int:
    """Which dimension of a tensor an axis is."""
    return FIRST_AXIS + shape.grid.index(axis)


def dimensions(shape: Shape, axes: Sequence[str]) -> str:
    """The dimensions of some axes, as text."""
    found = [str(dimension(shape, axis)) for axis in shape.grid if axis in axes]
    return f"({', '.join(found)})" if len(found) > 1 else found[0] if found else "()"


def indexed(shape: Shape, parts: dict[str, str]) -> str:
    """An index of a tensor with some axes cut: `[:, :, ::8]`."""
    texts = [":", ":", *(parts.get(axis, ":") for axis in shape.grid)]
    while texts[-1] == ":" and len(texts) > FIRST_AXIS:
        texts.pop()
    return f"[{', '.join(texts)}]"
