"""What every operator answers, and the small families that answer some of it in common.

An operator is a frozen dataclass whose fields are the arguments of the spec. It answers local questions only, from its
fields and the shapes of its inputs. No answer is inherited from here: a family or the operator itself states it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from archcalc.core.channels import OWN_CHANNEL, AllChannels, ChannelReads
from archcalc.core.problem import OperatorError
from archcalc.core.reads import POINTWISE, TOKENS_PASS_BY, AxisReads, TokenFlow
from archcalc.core.shape import DEPTH_AXES, Shape, depth_axis, in_order
from archcalc.core.terms import NO_ARITHMETIC, NO_PARAMETERS, Arithmetic, Parameters, Term
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.core.tape import Held, Tape
    from archcalc.core.window import SizeRule, TransposedWindow, Window

Inputs = tuple[Shape, ...]


class Operator(ABC):
    """One word of the vocabulary with its arguments."""

    title: ClassVar[str]
    """How tables call it: `Conv3D`, `MaxPool2D`, `BatchNorm`."""
    traits: ClassVar[Traits]
    """What is constant about it: its family, where its output lies, what it is called."""
    aliases: ClassVar[tuple[str, ...]] = ()
    """PyTorch's names of its arguments that a spec may use, from ops.arguments.ALIASES."""
    shares_with: ClassVar[tuple[str, ...]] = ()
    """Names of other classes whose weights it can use if these have the same sizes."""

    def layer_count(self) -> int:
        """Return how many layers it counts as where a network has at most so many: a stack, or experts side by side."""
        return 1

    @abstractmethod
    def output_shape(self, inputs: Inputs) -> Shape:
        """The output for these inputs; OperatorError when they do not fit."""

    @abstractmethod
    def windows(self, inputs: Inputs) -> Mapping[str, Window | TransposedWindow] | None:
        """The window by axis, or None for an operator without any."""

    @abstractmethod
    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """How outputs read input number `input_index` along one axis that this input has."""

    @abstractmethod
    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """How the output's channels read those of input number `input_index`."""

    @abstractmethod
    def depends_on_index(self, inputs: Inputs, axis: str) -> bool:
        """Return whether positions of an axis are treated by their index: by weights, an order or a place of their own.

        The ends of an axis do not count, nor does a pattern of reads that repeats: a stride, blocks, phases.
        """

    @abstractmethod
    def token_flow(self, input_index: int, inputs: Inputs) -> TokenFlow:
        """Return how the tokens and the grid of input number `input_index` mix."""

    @abstractmethod
    def size_windows(self, inputs: Inputs) -> Mapping[str, SizeRule]:
        """Return the windows or factors that sizes of the output follow from, by axis; none where they are plain."""

    @abstractmethod
    def channel_groups(self, inputs: Inputs) -> int | None:
        """Return the groups that a window works on channels in, 1 for all together; None without a window."""

    @abstractmethod
    def channels_formula(self, inputs: Inputs) -> str:
        """Return the arithmetic of the output's channels, `64 * 4`; empty where they are an argument or are kept."""

    @abstractmethod
    def parameters(self, inputs: Inputs) -> Parameters:
        """Weights, biases and buffers."""

    @abstractmethod
    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Multiply-accumulates and elementwise operations for one sample."""

    @abstractmethod
    def record(self, tape: Tape, inputs: Inputs, given: tuple[Held, ...]) -> Held:
        """Record on a tape what the built layer allocates, frees and saves for backward, and return its output."""

    @abstractmethod
    def summary(self, inputs: Inputs) -> str:
        """The arguments that matter, for a table: `3x3x3, 3->64`; may be empty."""

    def label(self, inputs: Inputs) -> str:
        """Return what tables call the layer, the title with the arguments that matter: `Conv3D (3x3x3, 3->64)`."""
        summary = self.summary(inputs)
        return f"{self.title} ({summary})" if summary else self.title


class Parameterless(Operator):
    """Operators without weights, biases or buffers."""

    def parameters(self, inputs: Inputs) -> Parameters:
        """Return no weights, biases or buffers."""
        del inputs
        return NO_PARAMETERS


class Windowless(Operator):
    """Operators that slide no window, and sizes that need no arithmetic."""

    def windows(self, inputs: Inputs) -> None:
        """Return None: the operator has no windows."""
        del inputs

    def size_windows(self, inputs: Inputs) -> Mapping[str, SizeRule]:
        """Return no windows that determine the output size."""
        del inputs
        return {}

    def channel_groups(self, inputs: Inputs) -> None:
        """Return None: the operator has no groups of channels."""
        del inputs


class TokensPass(Operator):
    """Operators that work on the grid and on tokens without mixing them, or leave tokens as they are."""

    def token_flow(self, input_index: int, inputs: Inputs) -> TokenFlow:
        """Return that tokens and grid pass each other by."""
        del input_index, inputs
        return TOKENS_PASS_BY


class PlainChannels(Operator):
    """Operators whose output channels need no arithmetic."""

    def channels_formula(self, inputs: Inputs) -> str:
        """Return nothing: the channels are an argument, or those of the input."""
        del inputs
        return ""


class OwnChannels(PlainChannels):
    """Operators that process each channel separately."""

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """Each output channel reads the input channel of its number."""
        del inputs, input_index
        return OWN_CHANNEL


class MixedChannels(PlainChannels):
    """Operators of which every output channel reads all input channels."""

    def channel_reads(self, inputs: Inputs, input_index: int) -> ChannelReads:
        """Return that every output channel reads all input channels."""
        return AllChannels(inputs[input_index].channels)


class IndexIndependent(Operator):
    """Operators that do the same at every position of an axis."""

    def depends_on_index(self, inputs: Inputs, axis: str) -> bool:
        """Return False: what is done at a position does not depend on its index."""
        del inputs, axis
        return False


class Sliding(IndexIndependent):
    """Operators that slide a window over some axes; along the others they are pointwise."""

    @abstractmethod
    def windows(self, inputs: Inputs) -> Mapping[str, Window | TransposedWindow]:
        """Return the window by axis."""

    def size_windows(self, inputs: Inputs) -> Mapping[str, SizeRule]:
        """Return the same windows, which the sizes follow from."""
        return self.windows(inputs)

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Return the positions that the window of each output reads."""
        del input_index
        window = self.windows(inputs).get(axis)
        return window.taps() if window else POINTWISE


class Pointwise(IndexIndependent):
    """Operators that process each position separately, all in the same way."""

    def reads(self, inputs: Inputs, input_index: int, axis: str) -> AxisReads:
        """Return that each position reads itself."""
        del inputs, input_index, axis
        return POINTWISE


class SameShape(Windowless, TokensPass, Pointwise):
    """Pointwise operators on one tensor that keep its shape."""

    def output_shape(self, inputs: Inputs) -> Shape:
        """Return the shape of the input."""
        return single(inputs)


class Rearrangement(Parameterless):
    """Operators that put the input's numbers elsewhere, zeros among them perhaps, and compute nothing."""

    def arithmetic(self, inputs: Inputs) -> Arithmetic:
        """Return no arithmetic: values are only moved."""
        del inputs
        return NO_ARITHMETIC


class AliasOp(Rearrangement):
    """Rearrangements without a copy: the output uses the storage of the input."""

    traits: ClassVar[Traits] = Traits(
        family=Family.REARRANGEMENT, storage=Storage.ALIAS, weights=False, whole_axis=POOLED, join=Join.NONE
    )


def single(inputs: Inputs) -> Shape:
    """The one input; OperatorError when there are several."""
    if len(inputs) != 1:
        raise OperatorError(f"{len(inputs)} inputs", "one input", argument="from")
    return inputs[0]


def elementwise(what: str, elements: int, each: int = 1) -> Arithmetic:
    """Arithmetic of `each` operations per element and nothing else."""
    return Arithmetic(elementwise=(Term(what, (("elements", elements), ("operations", each))),))


def window_axes(shape: Shape, dims: int, title: str, over: tuple[str, ...] | None = None) -> tuple[str, ...]:
    """Return the axes that a window of 1, 2 or 3 dimensions slides along, in order.

    They are those in `over`; without it T|D; H, W; or T|D, H, W; and all axes of a tensor with as many as the window
    has and not these, such as T and F of a spectrogram. Raises OperatorError when the tensor lacks an axis, or `over`
    has another number of axes.
    """
    if over is not None:
        return _written_axes(shape, dims, title, over)
    depth = depth_axis(shape) or "T"
    axes = {1: (depth,), 2: ("H", "W"), 3: (depth, "H", "W")}[dims]
    if all(axis in shape for axis in axes):
        return axes
    if len(shape.grid) == dims:
        return shape.grid
    names = ["T (or D)" if axis in DEPTH_AXES else axis for axis in axes]
    others = ", or others under 'over'" if len(shape.grid) > dims else ""
    raise OperatorError(
        f"{title} on a tensor with the axes {', '.join(shape.axes)}", f"the axes {', '.join(names)}{others}"
    )


def _written_axes(shape: Shape, dims: int, title: str, over: tuple[str, ...]) -> tuple[str, ...]:
    if len(over) != dims:
        raise OperatorError(
            f"over: {', '.join(over)} for {title}", "one axis" if dims == 1 else f"{dims} axes", argument="over"
        )
    for axis in over:
        if axis not in shape:
            found = f"axis {axis} of a tensor with the axes {', '.join(shape.axes)}"
            raise OperatorError(found, f"one of {', '.join(shape.grid)}", argument="over")
    return in_order(over)


def per_axis(value: int | tuple[int, ...], axes: tuple[str, ...], argument: str) -> tuple[int, ...]:
    """One value per axis from a number or a list; OperatorError when the list has another length."""
    if isinstance(value, int):
        return (value,) * len(axes)
    if len(value) != len(axes):
        raise OperatorError(
            f"{argument}: a list of {len(value)} for the axes {', '.join(axes)}",
            f"a number or {len(axes)} of them",
            argument=argument,
        )
    return value


def require_at_least(least: int, argument: str, value: int | tuple[int, ...] | None) -> None:
    """OperatorError unless a number, or every number of a list, is at least `least`."""
    if value is None:
        return
    numbers = (value,) if isinstance(value, int) else value
    for each in numbers:
        if each < least:
            raise OperatorError(f"{argument} {each}", f"at least {least}", argument=argument)


def require_at_most(most: int, argument: str, value: int) -> None:
    """Raise OperatorError for a count that is too large to work out."""
    if value > most:
        raise OperatorError(f"{argument} {value:,}", f"at most {most:,}", argument=argument)


LARGEST_WINDOW = 10_000


def require_window_size(argument: str, value: int | tuple[int, ...] | None) -> None:
    """OperatorError unless a kernel, stride or dilation is from 1 to what any network has."""
    require_at_least(1, argument, value)
    numbers = (value,) if isinstance(value, int) else value or ()
    for each in numbers:
        if each > LARGEST_WINDOW:
            raise OperatorError(f"{argument} {each:,}", f"at most {LARGEST_WINDOW:,}", argument=argument)


def check_declared_channels(argument: str, declared: int | None, shape: Shape) -> None:
    """OperatorError when a layer says how many channels it reads and the input has another number."""
    if declared is not None and declared != shape.channels:
        expected = f"{shape.channels}, the channels of the input, or no {argument!r}"
        raise OperatorError(f"{argument} {declared}", expected, argument=argument)


def by_axis(values: tuple[int, ...]) -> str:
    """`3x3x3`, as tables show a kernel."""
    return "x".join(map(str, values))
