"""Where receptive fields begin: at the inputs of a network, or at the output of one of its layers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from archcalc.core.shape import OtherShape
from archcalc.tracing.hull import Ends, Hull, Key
from archcalc.tracing.interpret import Interpreter
from archcalc.tracing.masks import EMPTY
from archcalc.tracing.shapes import shape_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from torch import Tensor

    from archcalc.tracing.canonical import Canonical
    from archcalc.tracing.dims import Dim, Dims
    from archcalc.tracing.hull import InputAxis
    from archcalc.tracing.interpret import InputAxes, Moment
    from archcalc.tracing.names import Names
    from archcalc.tracing.record import Recording

TOKENS = "tokens"
"""Stands for an axis with one position, on which all tokens of a tensor lie, or all of a tensor without axes."""


@dataclass(frozen=True)
class FromInputs:
    """Fields in the inputs of a network; `followed` are the dimensions of each, and what their axes are called."""

    followed: InputAxes
    end: int = 0
    """How many calls have run when they begin."""

    def extents(self, recording: Recording, names: Names) -> dict[InputAxis, int]:
        """Return the size of each axis in which fields are worked out."""
        del names
        program = recording.program
        return {
            (name, axis): program.value(program.inputs[name]).sizes[at]
            for name, followed in self.followed.items()
            for at, axis in followed.items()
        }

    def interpreter(
        self, recording: Recording, names: Names, moments: Iterable[Moment],
        change: Callable[[int, Hull], Hull] | None = None, canonical: Canonical | None = None,
        largest: int | None = None,
    ) -> Interpreter:  # fmt: skip
        """Return the fields of some tensors."""
        del names
        return Interpreter(recording, self.followed, moments, change=change, canonical=canonical, largest=largest).run()


@dataclass(frozen=True)
class FromTensor:
    """Fields in one tensor, which is called `name`; `at` chooses one position on some of its axes.

    With `with_tokens` its tokens lie on every axis, at position 0; else on the axis `TOKENS`, as all lies of a tensor
    without axes.
    """

    name: str
    moment: Moment
    at: Mapping[str, int] = field(default_factory=dict)
    with_tokens: bool = False

    @property
    def end(self) -> int:
        """How many calls have run when they begin."""
        return self.moment[0]

    def extents(self, recording: Recording, names: Names) -> dict[InputAxis, int]:
        """Return the size of each axis in which fields are worked out."""
        del recording
        shape = shape_of(names.of(self.moment[1]))
        axes = {} if isinstance(shape, OtherShape) else {(self.name, axis): shape[axis] for axis in shape.grid}
        return {**axes, (self.name, TOKENS): 1} if shape.tokens or not axes else axes

    def interpreter(
        self, recording: Recording, names: Names, moments: Iterable[Moment],
        change: Callable[[int, Hull], Hull] | None = None, canonical: Canonical | None = None,
        largest: int | None = None,
    ) -> Interpreter:  # fmt: skip
        """Return the fields of some tensors."""
        dims = names.of(self.moment[1])
        terms = {Key(self.name, axis): [self._ends(dims, axis)] for _, axis in self.extents(recording, names)}
        hull = Hull(tuple(each.size for each in dims), terms)
        starts = {self.moment: hull}
        return Interpreter(
            recording, {}, moments, change=change, starts=starts, canonical=canonical, largest=largest
        ).run()

    def _ends(self, dims: Dims, axis: str) -> Ends:
        tokens = _tokens(dims)
        if axis == TOKENS:
            place = torch.zeros([1] * len(dims), dtype=torch.int32)
            positions = place if tokens is None else torch.where(tokens, place, EMPTY)
            return Ends(positions, positions)
        places = _places(dims, axis)
        gone = tokens if tokens is not None and not self.with_tokens else torch.zeros_like(places, dtype=torch.bool)
        if axis in self.at:
            gone = gone | (places != self.at[axis])
        return Ends(*(torch.where(gone, EMPTY, each).int() for each in (-places, places)))


def _places(dims: Dims, axis: str) -> Tensor:
    """The position along an axis of each element, in as many dimensions as the axis lies in."""
    found = torch.zeros([1] * len(dims), dtype=torch.int32)
    for at, dim in enumerate(dims):
        line = torch.cat([_line(each, axis) for each in dim.segments or (dim,)])
        if bool(line.any()):
            found = found + line.view([-1 if at == d else 1 for d in range(len(dims))])
    return found


def _line(dim: Dim, axis: str) -> Tensor:
    """What each position of a dimension adds to the position along an axis."""
    place, inner = torch.arange(dim.size, dtype=torch.int32), dim.size
    found = torch.zeros_like(place)
    for digit in dim.digits:
        inner //= digit.size
        if digit.axis == axis:
            found = found + place // inner % digit.size * digit.step
    return found


def _tokens(dims: Dims) -> Tensor | None:
    """Which elements are tokens of a grid; None where there are none."""
    for at, dim in enumerate(dims):
        if dim.segments:
            line = torch.cat([torch.full((each.size,), not each.digits) for each in dim.segments])
            return line.view([-1 if at == d else 1 for d in range(len(dims))])
    return None
