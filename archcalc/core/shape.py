"""Named axes and tensor shapes."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_uppercase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CHANNEL = "C"
STANDARD_GRID_AXES = ("T", "D", "H", "W")
STANDARD_AXES = (CHANNEL, *STANDARD_GRID_AXES)
"""The axes with a meaning of their own; an input may declare others, such as F for frequency."""
DEPTH_AXES = ("T", "D")
"""Time, or the third spatial axis that takes its place in a volume; a tensor has at most one of them."""
BATCH_NAMES = ("B", "N")
"""Letters that papers use for the batch, which is no axis here."""
AXIS_LETTERS = "".join(letter for letter in ascii_uppercase if letter not in BATCH_NAMES)
AXIS_PATTERN = f"^[{AXIS_LETTERS}]$"
GRID_AXIS_PATTERN = AXIS_PATTERN.replace(CHANNEL, "")
_AFTER_DEPTH = 3
_RANKS = {"C": 0, "T": 1, "D": 2, "H": 4, "W": 5}


def is_axis(name: object) -> bool:
    """Return whether a name can be that of an axis: one capital letter, but not that of the batch."""
    return isinstance(name, str) and len(name) == 1 and name in AXIS_LETTERS


def in_order(axes: Iterable[str]) -> tuple[str, ...]:
    """Return axes in the order of every shape and list: C, T, D, others in the order of the alphabet, H, W."""
    return tuple(sorted(axes, key=lambda axis: (_RANKS.get(axis, _AFTER_DEPTH), axis)))


def axes_of(shapes: Iterable[Shape]) -> tuple[str, ...]:
    """Return the axes that any of some tensors has, in order."""
    return in_order({axis for shape in shapes for axis, _ in shape.items})


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of one tensor without its batch: channels, then the grid in the order T|D, others, H, W.

    `tokens` is the number of tokens in addition to the grid, such as a class token. `heads` is the number of equal
    copies of the tensor that an attention processes in parallel; they multiply every count and share every weight.
    """

    items: tuple[tuple[str, int], ...]
    tokens: int = 0
    heads: int = 1

    @classmethod
    def of(cls, sizes: Mapping[str, int], *, tokens: int = 0, heads: int = 1) -> Shape:
        """A shape from sizes by axis, put in order."""
        items = [(axis, sizes[axis]) for axis in STANDARD_AXES if axis in sizes]
        if len(items) < len(sizes):
            items = [(axis, sizes[axis]) for axis in in_order(sizes)]
        return cls(tuple(items), tokens, heads)

    @property
    def sizes(self) -> dict[str, int]:
        """Size by axis, in order."""
        return dict(self.items)

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes the tensor has, channels first."""
        return tuple([axis for axis, _ in self.items])

    @property
    def grid(self) -> tuple[str, ...]:
        """The axes of the grid: all but the channels."""
        return tuple([axis for axis, _ in self.items if axis != CHANNEL])

    @property
    def channels(self) -> int:
        """The size of C."""
        return self[CHANNEL]

    @property
    def cells(self) -> int:
        """Positions of the grid, tokens left out."""
        cells = 1
        for axis, size in self.items:
            if axis != CHANNEL:
                cells *= size
        return cells

    @property
    def positions(self) -> int:
        """Positions at which a pointwise layer works: grid and tokens, for every head."""
        return self.heads * (self.cells + self.tokens)

    @property
    def elements(self) -> int:
        """How many numbers the tensor holds."""
        return self.channels * self.positions

    @property
    def grid_elements(self) -> int:
        """How many numbers the grid holds, tokens left out."""
        return self.channels * self.heads * self.cells

    def __contains__(self, axis: object) -> bool:
        for own, _ in self.items:  # noqa: SIM110 - asked very often, and a loop takes a third of the time of any()
            if own == axis:
                return True
        return False

    def __getitem__(self, axis: str) -> int:
        for own, size in self.items:
            if own == axis:
                return size
        raise KeyError(axis)

    def get(self, axis: str, default: int = 1) -> int:
        """The size of an axis; `default` where the tensor lacks it."""
        for own, size in self.items:
            if own == axis:
                return size
        return default

    def resized(self, sizes: Mapping[str, int]) -> Shape:
        """The same tensor with some axes of another size; an axis it lacks is added."""
        return Shape.of({**self.sizes, **sizes}, tokens=self.tokens, heads=self.heads)

    def with_channels(self, channels: int) -> Shape:
        """Return the same grid and tokens with another number of channels."""
        items = tuple([(axis, channels if axis == CHANNEL else size) for axis, size in self.items])
        return Shape(items, self.tokens, self.heads)

    def without(self, axes: Iterable[str]) -> Shape:
        """The same tensor with some axes dropped."""
        dropped = set(axes)
        kept = tuple(item for item in self.items if item[0] not in dropped)
        return Shape(kept, self.tokens, self.heads)

    def with_tokens(self, tokens: int) -> Shape:
        """Return the same grid with another number of tokens."""
        return Shape(self.items, tokens, self.heads)

    def __str__(self) -> str:
        heads = f"{self.heads}*" if self.heads > 1 else ""
        tokens = f"+{self.tokens}" if self.tokens else ""
        return heads + "x".join(str(size) for _, size in self.items) + tokens


@dataclass(frozen=True, slots=True)
class OtherShape(Shape):
    """A recorded tensor that is no grid of channels: all its numbers count as channels, and `text` names its sizes."""

    text: str = ""

    def __str__(self) -> str:
        return self.text


def depth_axis(shape: Shape) -> str | None:
    """T or D, whichever the tensor has."""
    return next((axis for axis in DEPTH_AXES if axis in shape), None)
