"""What a walk over the graph has found for each tensor, along each axis of the tensors where it started."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, Self, TypeVar

from archcalc.core.frozen import FrozenDict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.core.reads import AxisReads

InputAxis = tuple[str, str]
"""A network input and one of its axes."""


class AxisValue(Protocol):
    """What the walk carries along one axis of a source: a receptive field, or the positions that the source reaches."""

    holds_what_it_reads: ClassVar[bool]
    """Whether a layer that reads each position itself, among others, has all of the value of what it reads."""

    def __len__(self) -> int:
        """Return the positions of the tensor along the axis."""

    def read(self, reads: AxisReads, size: int) -> Self | None:
        """Return the value of a layer with `size` positions that reads the tensor so; None when nothing arrives."""

    def union(self, others: Sequence[Self]) -> Self:
        """Return the value of a layer that reads several tensors."""


Value = TypeVar("Value", bound=AxisValue)


@dataclass(frozen=True)  # with slots, Python 3.11 cannot make a generic one
class TensorValues(Generic[Value]):
    """What the walk has found for a tensor: for its grid and its tokens, by network input and axis of that input."""

    grid: Mapping[InputAxis, Value] = field(default_factory=FrozenDict)
    tokens: Mapping[InputAxis, Value] = field(default_factory=FrozenDict)

    def by_input(self) -> dict[str, dict[str, Value]]:
        """The grid's fields as input name -> axis -> field; inputs that do not reach the tensor are absent."""
        fields: dict[str, dict[str, Value]] = {}
        for (name, axis), seen in self.grid.items():
            fields.setdefault(name, {})[axis] = seen
        return fields

    def axis_fields(self, key: InputAxis) -> list[Value]:
        """The grid's field and that of the tokens, whichever there are."""
        return [fields[key] for fields in (self.grid, self.tokens) if key in fields]
