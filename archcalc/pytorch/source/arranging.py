"""Layers that merge, cut, pad, fold, shift and resample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.problem import UsageError
from archcalc.core.shape import AXES, GRID_AXES
from archcalc.ops.base import window_axes
from archcalc.ops.merge import Add, Average, Multiply, Subtract
from archcalc.ops.resample import LINEAR_DIMS
from archcalc.pytorch.source.expressions import Argument, Call, Const, Name, Several, call
from archcalc.pytorch.source.written import (
    FIRST_AXIS,
    Written,
    along,
    dimension,
    dimensions,
    indexed,
    operation,
    sizes,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.core.shape import Shape
    from archcalc.ops.base import Inputs, Operator
    from archcalc.ops.dot_product import DotProduct
    from archcalc.ops.merge import Concat
    from archcalc.ops.resample import Interpolate
    from archcalc.ops.reshape import Expand, Flatten, Mean, SpaceToDepth, StackFrames
    from archcalc.ops.shift import TemporalShift
    from archcalc.ops.slicing import Crop, Pad, Select, Subsample
    from archcalc.pytorch.source.expressions import Expr

MOST_OPERANDS = 6
"""So many tensors still fit into one line of sums."""


def combination(operator: Operator, inputs: Inputs) -> Written:
    """A sum, product, difference or mean, value by value."""
    listed = len(inputs) > MOST_OPERANDS
    if listed and not isinstance(operator, Add):
        raise UsageError(f"{operator.title} of {len(inputs)} tensors; at most {MOST_OPERANDS} can be written")
    sign = " * " if isinstance(operator, Multiply) else " - " if isinstance(operator, Subtract) else " + "
    axes = [axis for axis in AXES if any(axis in shape for shape in inputs)]
    views = [_stretched(shape, axes) for shape in inputs]

    def combined(texts: Sequence[str]) -> Expr:
        if listed:
            return call("sum", Several(tuple(map(Name, texts)), brackets="[]"))
        text = sign.join(texts)
        return Name(f"({text}) / {len(texts)}" if isinstance(operator, Average) and len(texts) > 1 else text)

    def run(_: str, names: Sequence[str]) -> Expr:
        grids = [f"{name}.grid" if shape.tokens else name for name, shape in zip(names, inputs, strict=True)]
        grid = combined([text + view for text, view in zip(grids, views, strict=True)])
        tokens = [f"{name}.tokens" for name, shape in zip(names, inputs, strict=True) if shape.tokens]
        return call("Features", grid, combined(tokens)) if tokens else grid

    return Written(run)


def _stretched(shape: Shape, axes: Sequence[str]) -> str:
    """An index that gives a tensor the axes it lacks."""
    texts = [":", *(":" if axis in shape else "None" for axis in axes)]
    while texts and texts[-1] == ":":
        texts.pop()
    return f"[{', '.join(texts)}]" if texts else ""


def concat(operator: Concat, inputs: Inputs) -> Written:
    """The channels of all, one after the other."""
    del operator

    def joined(texts: Sequence[str]) -> Expr:
        return call("torch.cat", Several(tuple(map(Name, texts)), brackets="[]"), Name("1"))

    def run(_: str, names: Sequence[str]) -> Expr:
        if not inputs[0].tokens:
            return joined(names)
        return call("Features", *(joined([f"{name}.{part}" for name in names]) for part in ("grid", "tokens")))

    return Written(run)


def dot_product(operator: DotProduct, inputs: Inputs) -> Written:
    """Two products of matrices."""
    del inputs
    options = {} if operator.softmax else {"softmax": Name("False")}
    options |= {"scale": Name("True")} if operator.scale else {}
    return Written(lambda _, names: call("dot_product", *map(Name, names), **options))


def mean(operator: Mean, inputs: Inputs) -> Written:
    """A mean over axes, which go."""
    return operation(inputs[0], f"{{}}.mean({dimensions(inputs[0], operator.axes)})")


def stack_frames(operator: StackFrames, inputs: Inputs) -> Written:
    """Channels and frames as one dimension."""
    del operator
    return operation(inputs[0], "{}.flatten(1, 2)")


def flatten(operator: Flatten, inputs: Inputs) -> Written:
    """All but the batch as one dimension."""
    del operator
    return operation(inputs[0], "{}.flatten(1)")


def space_to_depth(operator: SpaceToDepth, inputs: Inputs) -> Written:
    """Blocks of neighbours into the channels."""
    factors = [str(getattr(operator, axis)) for axis in inputs[0].grid]
    return operation(inputs[0], f"fold_blocks({{}}, [{', '.join(factors)}])")


def expand(operator: Expand, inputs: Inputs) -> Written:
    """Axes put in and repeated."""
    (shape,) = inputs
    grid = [axis for axis in GRID_AXES if axis in operator.sizes or axis in shape]
    new = "".join(f".unsqueeze({FIRST_AXIS + at})" for at, axis in enumerate(grid) if axis not in shape)
    wanted = ["-1", "-1", *(str(operator.sizes.get(axis, -1)) for axis in grid)]
    return operation(shape, f"{{}}{new}.expand({', '.join(wanted)})")


def select(operator: Select, inputs: Inputs) -> Written:
    """One position, the grid, or the class token."""
    (shape,) = inputs
    if operator.tokens == "class":
        return Written(lambda _, names: Name(f"{names[0]}.tokens[:, :, 0]"))
    if operator.tokens == "grid":
        return Written(lambda _, names: Name(f"{names[0]}.grid" if shape.tokens else names[0]))
    return operation(shape, "{}" + indexed(shape, {operator.axis or "": str(operator.index)}))


def subsample(operator: Subsample, inputs: Inputs) -> Written:
    """Every so many positions."""
    part = f"{operator.offset or ''}::{operator.every}"
    return operation(inputs[0], "{}" + indexed(inputs[0], {operator.axis: part}))


def crop(operator: Crop, inputs: Inputs) -> Written:
    """A part of some axes."""
    (shape,) = inputs
    parts = {}
    for axis, written in operator.parts.items():
        size = written[1] if isinstance(written, tuple) else written
        start = written[0] if isinstance(written, tuple) else (shape[axis] - size) // 2
        parts[axis] = f"{start}:{start + size}"
    return operation(shape, "{}" + indexed(shape, parts))


def pad(operator: Pad, inputs: Inputs) -> Written:
    """Zeros around some axes."""
    (shape,) = inputs
    numbers = [str(end) for axis in reversed(shape.grid) for end in operator.ends.get(axis, (0, 0))]
    return operation(shape, f"functional.pad({{}}, ({', '.join(numbers)}))")


def temporal_shift(operator: TemporalShift, inputs: Inputs) -> Written:
    """Channels that read other frames."""
    dimension(inputs[0], "T")
    options = [f"fold_div={operator.fold_div}"]
    options += [f"shift={operator.shift}"] if operator.shift != 1 else []
    options += ["causal=True"] if operator.causal else []
    return operation(inputs[0], f"temporal_shift({{}}, {', '.join(options)})")


def interpolate(operator: Interpolate, inputs: Inputs) -> Written:
    """An upsampling of torch.nn; a second tensor is there for its sizes only."""
    shape = inputs[0]
    axes = shape.grid
    if operator.mode in LINEAR_DIMS:
        axes = window_axes(shape, LINEAR_DIMS[operator.mode], operator.title)
    arguments = [Argument("mode", Const(operator.mode, "mode"), "nearest")]
    if operator.mode in LINEAR_DIMS:
        arguments.append(Argument("align_corners", Const(False)))
    if isinstance(operator.scale, (int, float)):
        scale = Argument("scale_factor", Const(operator.scale, "scale"))
        arguments = [scale, *arguments, Argument("recompute_scale_factor", Const(True))]
    else:
        wanted = operator.new_sizes(inputs)
        arguments = [Argument("size", _all_sizes(wanted, shape, axes)), *arguments]
    written = along(shape, axes, Call("nn.Upsample", tuple(arguments)))
    return Written(lambda name, names: written.run(name, names[:1]), written.module, written.alone)


def _all_sizes(wanted: dict[str, int], shape: Shape, axes: Sequence[str]) -> Several:
    return sizes((wanted.get(axis, shape[axis]) for axis in axes), "size")
