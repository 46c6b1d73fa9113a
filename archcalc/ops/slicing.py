"""Parts of a tensor, and zeros around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from archcalc.core.channels import OWN_CHANNEL, ChannelPart, ChannelReads, ChannelSlices
from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, TOKENS_PASS_BY, AxisReads, TokenFlow, WholeAxisRead, fixed
from archcalc.core.shape import CHANNEL, Shape
from archcalc.core.tape import Held, grid_only
from archcalc.core.window import Window, part_window
from archcalc.ops.arguments import AxisEnds, AxisParts, GridAxis, TensorName, one_of
from archcalc.ops.axes import PerAxis, axis_pairs, require_axes
from archcalc.ops.base import (
    AliasOp,
    IndexIndependent,
    Inputs,
    OwnChannels,
    PlainChannels,
    Rearrangement,
    Windowless,
    require_at_least,
    single,
)
from archcalc.ops.folding import FIRST, dimensions
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.core.strided import Strided
    from archcalc.core.tape import Tape


@dataclass(frozen=True, kw_only=True)
class Select(AliasOp, Windowless, OwnChannels):
    """Selects one position of an axis, which is removed, or only the grid, or only the class token.

    Example: `select: {axis: T, index: -1}`, counted from the end if negative; `select: {tokens: class}`, where `index`
    tells several tokens.
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
        if self.tokens == "grid" and self.index:
            found = f"index {self.index} with 'tokens: grid'"
            raise OperatorError(found, "an index with an axis or with 'tokens: class'", argument="index")

    def output_shape(self, inputs: Inputs) -> Shape:
        """The input without the axis, without the tokens, or C alone."""
        shape = single(inputs)
        if self.axis is not None:
            self._position(shape, self.axis)
            return shape.without((self.axis,))
        if self.tokens == "class" and not shape.tokens:
            raise OperatorError(f"the class token of {shape}, which has none", "a class token", argument="tokens")
        if self.tokens == "class" and not -shape.tokens <= self.index < shape.tokens:
            found = f"token {self.index} of {shape.tokens}"
            raise OperatorError(found, f"{-shape.tokens} to {shape.tokens - 1}", argument="index")
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
            return ("class token" + f" {self.index}" * bool(self.index)) if self.tokens == "class" else "grid"
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
        return grid_only(given[0], lambda grid: grid.narrow(dim, size, self.every))


@dataclass(frozen=True, kw_only=True)
class Crop(AliasOp, PlainChannels, IndexIndependent):
    """Crops some axes: a number is the size of the center part from (n - size) // 2 on; a list is [start, size].

    Example: `crop: {H: 89, W: 89}`, `crop: {T: [4, 8]}`, `crop: {C: [0, 32]}` for the first 32 channels, and
    `crop: {like: skip}` for the center part of T or D, H and W that is as large as another tensor. No arithmetic, no
    copy. Tokens lose the channels that the grid loses.
    Saved for backward: nothing.
    Reference: slicing; torchvision.transforms.functional.center_crop.
    """

    title: ClassVar[str] = "Crop"

    per_axis: AxisParts = ()
    like: TensorName | None = None

    def __post_init__(self) -> None:
        if self.like is not None and self.written:
            raise OperatorError(f"'like' and {', '.join(self.written)}", "either 'like' or axes", argument="like")
        for axis, part in self.written.items():
            start, size = check_pair(axis, part, "[start, size]") if isinstance(part, tuple) else (0, part)
            require_at_least(0, axis, start)
            require_at_least(1, axis, size)

    @property
    def written(self) -> dict[str, int | tuple[int, ...]]:
        """What is kept, as written, by axis."""
        return dict(self.per_axis)

    def parts(self, inputs: Inputs) -> Mapping[str, int | tuple[int, ...]]:
        """What is kept, by axis; OperatorError for axes that the tensor or the one that `like` names lacks."""
        if self.like is None:
            shape, found = single(inputs), self.written
            require_axes(shape, found)
            return found
        if len(inputs) != 2:
            raise OperatorError(f"{len(inputs)} inputs", "a tensor and the one that 'like' names")
        require_axes(inputs[1], inputs[0].grid, argument="like")
        return {axis: inputs[1][axis] for axis in inputs[0].grid}

    def steps(self, inputs: Inputs) -> dict[str, Window]:
        """One position at a time, with negative padding: what is cut off."""
        shape, windows = inputs[0], {}
        for axis, part in self.parts(inputs).items():
            start, size = part if isinstance(part, tuple) else (None, part)
            windows[axis] = part_window(shape[axis], start, size)
            if windows[axis].before > 0 or windows[axis].after > 0:
                where = f"the middle {size}" if start is None else f"{start} to {start + size - 1}"
                what = f"channels {where} of {shape[axis]}" if axis == CHANNEL else (
                    f"{where} of the {shape[axis]} positions of axis {axis}"
                )  # fmt: skip
                raise OperatorError(what, "a part of them", argument=axis if self.like is None else "like")
        return windows

    def windows(self, inputs: Inputs) -> None:
        """Return none that a table shows."""
        del inputs

    def channel_groups(self, inputs: Inputs) -> None:
        """Return None: the operator has no groups of channels."""
        del inputs

    def size_windows(self, inputs: Inputs) -> Mapping[str, Window]:
        """Return the windows along the grid, which compute nothing."""
        return {axis: window for axis, window in self.steps(inputs).items() if axis != CHANNEL}

    def output_shape(self, inputs: Inputs) -> Shape:
        """The sizes asked for."""
        windows = self.steps(inputs).items()
        return inputs[0].resized({axis: window.size(inputs[0][axis]) for axis, window in windows})

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """The position that is kept; nothing of the tensor that `like` names."""
        if input_index == 1:
            return WholeAxisRead.NOTHING
        window = self.steps(inputs).get(axis)
        return window.taps() if window else POINTWISE

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """The channel of its number, or the one that far after the first that is kept."""
        if input_index == 1 or CHANNEL not in self.written:
            return OWN_CHANNEL
        window = self.steps(inputs)[CHANNEL]
        first = -window.before
        return ChannelSlices((ChannelPart(range(first, first + window.size(inputs[0].channels))),))

    def token_flow(self, input_index: int, inputs: Inputs) -> TokenFlow:
        """Tokens pass by; nothing comes from the tensor that `like` names."""
        del inputs
        return TokenFlow(kept=False, grid=False) if input_index == 1 else TOKENS_PASS_BY

    def summary(self, inputs: Inputs) -> str:
        """The sizes asked for, and where they start if that was said."""
        parts = self.parts(inputs).items()
        return axis_pairs({axis: _from_start(*part) if isinstance(part, tuple) else part for axis, part in parts})

    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Return a view, which keeps the whole input in memory; nothing is saved."""
        del tape
        out = self.output_shape(inputs)
        grid, tokens = given[0]
        for dim, axis in enumerate(out.axes, start=1):
            grid = grid.narrow(dim, out[axis])
        return Held(grid, None if tokens is None else tokens.narrow(1, out.channels))


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

    per_axis: AxisEnds = ()

    def __post_init__(self) -> None:
        for axis, (before, after) in self.ends.items():
            require_at_least(0, axis, before)
            require_at_least(0, axis, after)

    @property
    def ends(self) -> dict[str, tuple[int, int]]:
        """Zeros before and after, for the axes that get any."""
        pairs = {axis: check_pair(axis, value, "[before, after]") for axis, value in self.per_axis}
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

        return grid_only(given[0], step)


def check_pair(axis: str, value: int | tuple[int, ...], expected: str) -> tuple[int, int]:
    """The two numbers of a list, or a number twice; OperatorError for a list of another length."""
    if isinstance(value, int):
        return value, value
    if len(value) != 2:
        raise OperatorError(f"a list of {len(value)} for axis {axis}", f"a number or {expected}", argument=axis)
    return value[0], value[1]
