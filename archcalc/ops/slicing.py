"""Parts of a tensor, and zeros around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, TOKENS_PASS_BY, AxisReads, TokenFlow, WholeAxisRead, fixed
from archcalc.core.shape import GRID_AXES, Shape
from archcalc.core.tape import Held, on_grid
from archcalc.core.window import Window, part_window
from archcalc.ops.arguments import AxisPair, GridAxis, one_of
from archcalc.ops.axes import PerAxis, axis_pairs, require_axes
from archcalc.ops.base import AliasOp, Inputs, OwnChannels, Rearrangement, Windowless, require_at_least, single
from archcalc.ops.folding import FIRST, dimensions
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from archcalc.core.strided import Strided
    from archcalc.core.tape import Tape


@dataclass(frozen=True, kw_only=True)
class Select(AliasOp, Windowless, OwnChannels):
    """Selects one position of an axis, which is removed, or only the grid, or only the class token.

    Example: `select: {axis: T, index: -1}`, counted from the end if negative; `select: {tokens: class}`.
    No arithmetic, no copy.
    Saved for backward: nothing.
    Reference: torch.select.
    """

    title: ClassVar[str] = "Select"

    axis: GridAxis | None = None
    index: int = 0
    tokens: Annotated[str, one_of("grid", "class")] | None = None

    def __post_init__(self) -> None:
        if (self.axis is None) == (self.tokens is None):
            both = "both 'axis' and 'tokens'" if self.axis else "neither 'axis' nor 'tokens'"
            raise OperatorError(both, "one of them", argument="axis" if self.axis else "")
        if self.tokens is not None and self.index:
            raise OperatorError(f"index {self.index} with 'tokens'", "an index together with an axis", argument="index")

    def output_shape(self, inputs: Inputs) -> Shape:
        """The input without the axis, without the tokens, or C alone."""
        shape = single(inputs)
        if self.axis is not None:
            self._position(shape, self.axis)
            return shape.without((self.axis,))
        if self.tokens == "class" and not shape.tokens:
            raise OperatorError(f"the class token of {shape}, which has none", "a class token", argument="tokens")
        return (shape.without(shape.grid) if self.tokens == "class" else shape).with_tokens(0)

    def _position(self, shape: Shape, axis: str) -> int:
        require_axes(shape, (axis,), argument="axis")
        size = shape[axis]
        if not -size <= self.index < size:
            raise OperatorError(
                f"index {self.index} on axis {axis} of size {size}", f"{-size} to {size - 1}", argument="index"
            )
        return self.index % size

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """The one position of a dropped axis, nothing of the grid for the class token, else pointwise."""
        del input_index
        if self.tokens == "class":
            return WholeAxisRead.NOTHING
        return fixed(self._position(single(inputs), axis)) if axis == self.axis else POINTWISE

    def depends_on_index(self, inputs: Inputs, axis: str) -> bool:
        """One position of the dropped axis is taken."""
        del inputs
        return axis == self.axis

    def token_flow(self, input_index: int, inputs: Inputs) -> TokenFlow:
        """The class token takes the place of the grid; else tokens do not change."""
        del input_index, inputs
        return TokenFlow(kept=False, to_grid=True, grid=False) if self.tokens == "class" else TOKENS_PASS_BY

    def summary(self, inputs: Inputs) -> str:
        """Return the selected index or tokens for the label."""
        del inputs
        if self.tokens is not None:
            return "class token" if self.tokens == "class" else "grid"
        return f"{self.axis} {self.index}"

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Return a view, which keeps the whole input in memory; nothing is saved."""
        del tape
        grid, tokens = given[0]
        if self.axis is not None:
            return Held(grid.select(dimensions(single(inputs), (self.axis,))[0]), tokens)
        if self.tokens == "class" and tokens is not None:
            return Held(tokens.select(2))
        return Held(grid)


@dataclass(frozen=True, kw_only=True)
class Subsample(PerAxis, AliasOp, OwnChannels):
    """Takes every n-th position of an axis.

    Example: `subsample: {axis: T, every: 8, offset: 0}`: ceil((n - offset) / every) positions.
    With `exact: true`, a size that is not a multiple of `every` is refused, which paths that are merged later may need.
    No arithmetic, no copy.
    Saved for backward: nothing.
    Reference: slicing with a step.
    """

    title: ClassVar[str] = "Subsample"

    axis: GridAxis
    every: int
    offset: int = 0
    exact: bool = False

    def __post_init__(self) -> None:
        require_at_least(1, "every", self.every)
        require_at_least(0, "offset", self.offset)

    def steps(self, shape: Shape) -> dict[str, Window]:
        """One position that moves by `every`, from `offset` on."""
        require_axes(shape, (self.axis,), argument="axis")
        if self.offset >= shape[self.axis]:
            raise OperatorError(
                f"offset {self.offset} on axis {self.axis} of size {shape[self.axis]}",
                "an offset inside the axis",
                argument="offset",
            )
        if self.exact and shape[self.axis] % self.every:
            found = f"{shape[self.axis]} positions along {self.axis}, which is no multiple of {self.every}"
            raise OperatorError(found, f"a multiple of {self.every}", argument="every")
        return {self.axis: Window(1, self.every, before=-self.offset)}

    def output_shape(self, inputs: Inputs) -> Shape:
        """ceil((n - offset) / every) positions along the axis."""
        return self.grid_shape(inputs)

    def summary(self, inputs: Inputs) -> str:
        """The axis and the step."""
        del inputs
        offset = f", from {self.offset}" if self.offset else ""
        return f"{self.axis} every {self.every}{offset}"

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Return a view, which keeps the whole input in memory; nothing is saved."""
        del tape
        (dim,) = dimensions(single(inputs), (self.axis,))
        size = self.output_shape(inputs)[self.axis]
        return on_grid(given[0], lambda grid: grid.narrow(dim, size, self.every))


@dataclass(frozen=True, kw_only=True)
class Crop(PerAxis, AliasOp, OwnChannels):
    """Crops some axes: a number is the size of the center part from (n - size) // 2 on; a list is [start, size].

    Example: `crop: {H: 89, W: 89}`, `crop: {T: [4, 8]}`. No arithmetic, no copy.
    Saved for backward: nothing.
    Reference: slicing; torchvision.transforms.functional.center_crop.
    """

    title: ClassVar[str] = "Crop"

    T: AxisPair | None = None
    D: AxisPair | None = None
    H: AxisPair | None = None
    W: AxisPair | None = None

    def __post_init__(self) -> None:
        for axis, part in self.parts.items():
            start, size = check_pair(axis, part, "[start, size]") if isinstance(part, tuple) else (0, part)
            require_at_least(0, axis, start)
            require_at_least(1, axis, size)

    @property
    def parts(self) -> dict[str, int | tuple[int, ...]]:
        """What is kept, as written, by axis."""
        return {axis: getattr(self, axis) for axis in GRID_AXES if getattr(self, axis) is not None}

    def steps(self, shape: Shape) -> dict[str, Window]:
        """One position at a time, with negative padding: what is cut off."""
        require_axes(shape, self.parts)
        windows = {}
        for axis, part in self.parts.items():
            start, size = part if isinstance(part, tuple) else (None, part)
            windows[axis] = part_window(shape[axis], start, size)
            if windows[axis].before > 0 or windows[axis].after > 0:
                where = f"the middle {size}" if start is None else f"{start} to {start + size - 1}"
                raise OperatorError(
                    f"{where} of the {shape[axis]} positions of axis {axis}", "a part of them", argument=axis
                )
        return windows

    def output_shape(self, inputs: Inputs) -> Shape:
        """The sizes asked for."""
        return self.grid_shape(inputs)

    def summary(self, inputs: Inputs) -> str:
        """The sizes asked for, and where they start if that was said."""
        del inputs
        texts = {axis: _from_start(*part) if isinstance(part, tuple) else part for axis, part in self.parts.items()}
        return axis_pairs(texts)

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Return a view, which keeps the whole input in memory; nothing is saved."""
        del tape
        out = self.output_shape(inputs)

        def step(grid: Strided) -> Strided:
            for at, axis in enumerate(out.grid):
                grid = grid.narrow(FIRST + at, out[axis])
            return grid

        return on_grid(given[0], step)


def _from_start(start: int, size: int) -> str:
    return f"{size} from {start}"


@dataclass(frozen=True, kw_only=True)
class Pad(PerAxis, Rearrangement, OwnChannels):
    """Pads some axes with zeros: a number applies to both ends; a list is [before, after].

    Example: `pad: {T: [1, 0], H: 1}`. Copies, without arithmetic.
    Saved for backward: nothing.
    Reference: torch.nn.functional.pad.
    """

    title: ClassVar[str] = "Pad"
    traits: ClassVar[Traits] = Traits(
        family=Family.REARRANGEMENT, storage=Storage.OWN, weights=False, whole_axis=POOLED, join=Join.NONE
    )

    T: AxisPair = 0
    D: AxisPair = 0
    H: AxisPair = 0
    W: AxisPair = 0

    def __post_init__(self) -> None:
        for axis, (before, after) in self.ends.items():
            require_at_least(0, axis, before)
            require_at_least(0, axis, after)

    @property
    def ends(self) -> dict[str, tuple[int, int]]:
        """Zeros before and after, for the axes that get any."""
        written = {axis: getattr(self, axis) for axis in GRID_AXES}
        pairs = {axis: check_pair(axis, value, "[before, after]") for axis, value in written.items()}
        return {axis: pair for axis, pair in pairs.items() if pair != (0, 0)}

    def steps(self, shape: Shape) -> dict[str, Window]:
        """One position at a time, over the padded axis."""
        require_axes(shape, self.ends)
        return {axis: Window(1, before=before, after=after) for axis, (before, after) in self.ends.items()}

    def output_shape(self, inputs: Inputs) -> Shape:
        """Each size n + before + after."""
        return self.grid_shape(inputs)

    def summary(self, inputs: Inputs) -> str:
        """Zeros before and after, by axis."""
        del inputs
        return axis_pairs({axis: f"{before}+{after}" for axis, (before, after) in self.ends.items()})

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Allocate the output; nothing is saved."""
        out = self.output_shape(inputs)

        def step(grid: Strided) -> Strided:
            return tape.kernel(grid, (*grid.sizes[:FIRST], *(out[axis] for axis in out.grid)))

        return on_grid(given[0], step)


def check_pair(axis: str, value: int | tuple[int, ...], expected: str) -> tuple[int, int]:
    """The two numbers of a list, or a number twice; OperatorError for a list of another length."""
    if isinstance(value, int):
        return value, value
    if len(value) != 2:
        raise OperatorError(f"a list of {len(value)} for axis {axis}", f"a number or {expected}", argument=axis)
    return value[0], value[1]
