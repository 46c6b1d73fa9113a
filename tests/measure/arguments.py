"""Arguments for every word of the vocabulary, drawn to suit a shape now and then, never by asking an operator."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import yaml
from hypothesis import strategies as st

from archcalc.core.shape import Shape
from archcalc.ops import OPS
from tests.ops.vocabulary import CASES

Draw = Callable[[st.SearchStrategy[Any]], Any]
Arguments = dict[str, Any]


def small(low: int, high: int) -> st.SearchStrategy[int]:
    """An integer; the lowest is the simplest."""
    return st.integers(low, max(low, high))


def slid(draw: Draw, shape: Shape, dims: int) -> tuple[tuple[str, ...], Arguments]:
    """The axes of a window, and what says so: T or D alone, H and W, all three, or any that `over` names."""
    if len(shape.grid) >= dims and draw(small(0, 3)) == 3:
        over = draw(st.permutations(shape.grid))[:dims]
        return tuple(axis for axis in shape.grid if axis in over), {"over": over}
    if len(shape.grid) == dims:
        return shape.grid, {}
    depth = tuple(axis for axis in shape.grid if axis in "TD")
    usual = {1: depth, 2: ("H", "W"), 3: (*depth, "H", "W")}[dims]
    if len(usual) == dims and set(usual) <= set(shape.grid):
        return usual, {}
    return shape.grid[:dims], {"over": list(shape.grid[:dims])}


def per_axis(draw: Draw, count: int, each: st.SearchStrategy[Any]) -> Any:
    """One value for all axes, or one for each."""
    return [draw(each) for _ in range(count)] if draw(st.booleans()) else draw(each)


def kernels(draw: Draw, shape: Shape, axes: tuple[str, ...], beyond: int = 1) -> list[int]:
    """Kernels up to the edge of fitting, and a little over."""
    return [draw(small(1, min(5, shape.get(axis) + beyond))) for axis in axes]


def divisor(draw: Draw, number: int) -> int:
    """A divisor of a number of channels."""
    return int(draw(st.sampled_from([each for each in range(1, number + 1) if number % each == 0])))


def convolution(draw: Draw, shape: Shape, dims: int) -> Arguments:
    axes, over = slid(draw, shape, dims)
    count, groups = len(axes), divisor(draw, shape.channels)
    paddings = st.one_of(
        small(0, 2), st.sampled_from(["same", "valid", "causal"]), st.lists(small(0, 2), min_size=2, max_size=2)
    )
    padding = draw(st.one_of(small(0, 2), st.sampled_from(["same", "valid"]))) if draw(st.booleans()) else [
        draw(paddings) for _ in range(count)
    ]  # fmt: skip
    return {
        **over, "out": groups * draw(small(1, 3)), "kernel": kernels(draw, shape, axes), "groups": groups,
        "padding": padding, "stride": per_axis(draw, count, small(1, 3)),
        "dilation": per_axis(draw, count, small(1, 2)), "bias": draw(st.booleans()),
        **draw(st.sampled_from([{}, {}, {}, {"weight_standardization": True}, {"weight_norm": True}])),
    }  # fmt: skip


def transposed(draw: Draw, shape: Shape, dims: int) -> Arguments:
    axes, over = slid(draw, shape, dims)
    count, groups = len(axes), divisor(draw, shape.channels)
    return {
        **over, "out": groups * draw(small(1, 3)), "kernel": per_axis(draw, count, small(1, 4)), "groups": groups,
        "stride": per_axis(draw, count, small(1, 3)), "padding": per_axis(draw, count, small(0, 1)),
        "output_padding": per_axis(draw, count, small(0, 1)), "dilation": per_axis(draw, count, small(1, 2)),
        "weight_norm": draw(small(0, 4)) == 4,
    }  # fmt: skip


def pool(draw: Draw, shape: Shape, dims: int, *, rounds: bool = False) -> Arguments:
    axes, over = slid(draw, shape, dims)
    up = rounds and draw(st.booleans())
    sizes = kernels(draw, shape, axes, 2 if up else 0)
    return {**over, "kernel": sizes, "stride": per_axis(draw, len(axes), small(1, 3)),
            "padding": [draw(small(0, size // 2)) for size in sizes],
            **({"ceil_mode": up} if rounds else {})}  # fmt: skip


def rounded_pool(draw: Draw, shape: Shape, dims: int) -> Arguments:
    return pool(draw, shape, dims, rounds=True)


def max_pool(draw: Draw, shape: Shape, dims: int) -> Arguments:
    return {**rounded_pool(draw, shape, dims), "dilation": draw(small(1, 2))}


def adaptive(draw: Draw, shape: Shape, dims: int) -> Arguments:
    axes, over = slid(draw, shape, dims)
    return {**over, "output_size": [draw(small(1, shape.get(axis) + 2)) for axis in axes]}


def some_axes(draw: Draw, shape: Shape) -> list[str]:
    chosen = [axis for axis in shape.grid if draw(st.booleans())]
    return chosen or list(shape.grid)


def reduced_axes(draw: Draw, shape: Shape) -> list[str]:
    return ["C", *some_axes(draw, shape)][: draw(small(1, 3))] if draw(st.booleans()) else some_axes(draw, shape)


def crop(draw: Draw, shape: Shape) -> Arguments:
    channels = [draw(small(0, 2)), draw(small(1, shape.channels))]
    return {**by_axis(draw, shape, 1, lambda size: size), **({"C": channels} if draw(st.booleans()) else {})}


def global_pool(draw: Draw, shape: Shape) -> Arguments:
    return {"axes": some_axes(draw, shape)} if draw(st.booleans()) else {}


def position(draw: Draw, shape: Shape) -> Arguments:
    over = some_axes(draw, shape)
    longer = {"max_length": [shape[axis] + draw(small(0, 2)) for axis in over]} if draw(st.booleans()) else {}
    return {"over": over, "class_token": bool(shape.tokens), **longer}


def by_axis(draw: Draw, shape: Shape, low: int, high: Callable[[int], int]) -> Arguments:
    return {axis: draw(small(low, high(shape[axis]))) for axis in shape.grid if draw(st.booleans())}


def interpolate(draw: Draw, shape: Shape) -> Arguments:
    mode = draw(st.sampled_from(["nearest", "bilinear", "linear", "trilinear"]))
    sizes = {axis: draw(small(1, 2 * shape[axis])) for axis in shape.grid if draw(st.booleans())}
    return {"mode": mode, "size": sizes or {axis: shape[axis] for axis in shape.grid}}


def recurrent(draw: Draw, shape: Shape) -> Arguments:
    both = draw(st.booleans())
    return {"hidden_size": draw(small(1, 4)), "num_layers": draw(small(1, 2)), "bidirectional": both,
            "output": draw(st.sampled_from(["sequence", "last"])), "biases": draw(small(1, 2)),
            **({"over": draw(st.sampled_from(shape.grid))} if shape.grid and draw(st.booleans()) else {}),
            "reverse": not both and draw(st.booleans()),
            "merge": "sum" if both and draw(st.booleans()) else "concat"}  # fmt: skip


def sequence_attention(draw: Draw, shape: Shape) -> Arguments:
    window = draw(st.sampled_from([None, 1, 3, 5]))
    return {"over": draw(st.sampled_from(shape.grid or ("T",))), "heads": 2, "kv_heads": draw(small(1, 2)),
            "causal": draw(st.booleans()), "rotary": draw(st.booleans()), "bias": draw(st.booleans()),
            "head_channels": 2 * draw(small(1, 2)), **({"window": window} if window else {})}  # fmt: skip


def conv_recurrent(draw: Draw, shape: Shape) -> Arguments:
    del shape
    return {"out": draw(small(1, 4)), "kernel": draw(st.sampled_from([1, 3, [3, 1], [1, 5]])),
            "biases": draw(small(1, 2)), "bias": draw(st.booleans()), "reverse": draw(st.booleans()),
            "output": draw(st.sampled_from(["sequence", "last"]))}  # fmt: skip


BIASES = (True, True, False, ["query", "value", "output"], ["output"], ["key"])
"""Which projections of an attention have a bias."""


def attention(draw: Draw, shape: Shape) -> Arguments:
    over = some_axes(draw, shape)
    given: Arguments = {"over": over, "heads": divisor(draw, shape.channels), "bias": draw(st.sampled_from(BIASES))}
    if draw(st.booleans()):
        given["window"] = [draw(small(1, shape.get(axis) + 1)) for axis in over]
        if draw(st.booleans()):
            given["shift"] = [draw(small(0, size - 1)) for size in given["window"]]
        if draw(st.booleans()):
            given["relative_position"] = "table"
    elif shape.tokens:
        given["class_token"] = draw(st.sampled_from(["attend", "copy"]))
    elif draw(st.booleans()):
        pooled = [{"max_pool3d": {"kernel": [1, 2, 2], "stride": [1, 2, 2], "padding": 0}}]
        given.update({"key": pooled, "value": pooled, "residual_query": draw(st.booleans())})
    return given


def of_cases(word: str) -> Callable[[Draw, Shape], Arguments]:
    """Draws the arguments of a case that is no error; now and then they suit a shape."""
    cases = yaml.safe_load((CASES / f"{word}.yaml").read_text("utf-8"))
    given = [case.get("arguments", {}) for case in cases if "error" not in case]
    return lambda draw, shape: dict(draw(st.sampled_from(given)))


TO_SUIT: dict[str, Callable[[Draw, Shape], Arguments]] = {
    **{f"conv{n}d": partial(convolution, dims=n) for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": partial(transposed, dims=n) for n in (1, 2, 3)},
    **{f"max_pool{n}d": partial(max_pool, dims=n) for n in (1, 2, 3)},
    **{f"avg_pool{n}d": partial(rounded_pool, dims=n) for n in (1, 2, 3)},
    **{f"median_pool{n}d": partial(pool, dims=n) for n in (1, 2, 3)},
    **{f"adaptive_{kind}_pool{n}d": partial(adaptive, dims=n)
       for n in (1, 2, 3) for kind in ("avg", "max")},
    "global_avg_pool": global_pool,
    "global_max_pool": global_pool,
    **dict.fromkeys(("mean", "sum", "max"), lambda draw, shape: {"axes": reduced_axes(draw, shape)}),
    "prelu": lambda draw, shape: {"num_parameters": draw(st.sampled_from((1, shape.channels)))},
    "rms_norm": lambda draw, shape: {"elementwise_affine": draw(st.booleans())},
    "linear": lambda draw, shape: {"out": draw(small(1, 6)), "bias": draw(st.booleans()),
                                   "over": draw(st.sampled_from(("C", "C", *shape.grid)))},
    "batch_norm": lambda draw, shape: {"affine": draw(st.booleans()), "track_running_stats": draw(st.booleans())},
    "layer_norm": lambda draw, shape: {"elementwise_affine": draw(st.booleans())},
    "group_norm": lambda draw, shape: {"num_groups": divisor(draw, shape.channels)},
    "instance_norm": lambda draw, shape: {"affine": draw(st.booleans()), "track_running_stats": draw(st.booleans())},
    "local_response_norm": lambda draw, shape: {"size": draw(small(1, 4))},
    "threshold": lambda draw, shape: {"threshold": 0.1, "value": 0},
    "scale": lambda draw, shape: {"factor": 2.0, "learned": draw(st.booleans())},
    "space_to_depth": lambda draw, shape: by_axis(draw, shape, 1, lambda size: 3),
    "expand": lambda draw, shape: by_axis(draw, shape, 1, lambda size: 4),
    "select": lambda draw, shape: draw(st.one_of(
        st.sampled_from(shape.grid or ("T",)).map(lambda axis: {"axis": axis, "index": -1}),
        st.sampled_from(["grid", "class"]).map(lambda which: {"tokens": which}))),
    "subsample": lambda draw, shape: {"axis": draw(st.sampled_from(shape.grid or ("T",))), "every": draw(small(1, 3)),
                                      "offset": draw(small(0, 1))},
    "crop": crop,
    "chunk": lambda draw, shape: {"chunks": draw(small(1, 3)), "index": draw(small(-1, 1)),
                                  "axis": draw(st.sampled_from(("C", *shape.grid)))},
    "depth_to_space": lambda draw, shape: dict.fromkeys(some_axes(draw, shape), draw(small(1, 2))),
    "roll": lambda draw, shape: dict.fromkeys(some_axes(draw, shape), draw(small(-2, 2)) or 1),
    "pixel_shuffle": lambda draw, shape: {"upscale_factor": draw(small(1, 2))},
    "pad": lambda draw, shape: by_axis(draw, shape, 0, lambda size: 2),
    "interpolate": interpolate,
    "temporal_shift": lambda draw, shape: {"fold_div": draw(small(1, 8)), "causal": draw(st.booleans())},
    "position": position,
    "rnn": recurrent,
    "lstm": recurrent,
    "gru": recurrent,
    **dict.fromkeys(("conv_lstm2d", "conv_gru2d"), conv_recurrent),
    "embedding": lambda draw, shape: {"num": draw(small(2, 9)), "out": draw(small(1, 4))},
    "attention": attention,
    "sinusoidal_position": lambda draw, shape: {"over": draw(st.sampled_from(shape.grid or ("T",)))},
    "mixture_of_experts": lambda draw, shape: {
        "experts": 1 + draw(small(1, 4)), "hidden": draw(small(1, 5)), "active": draw(small(1, 2)),
        "gated": draw(st.booleans()), "activation": draw(st.sampled_from(["gelu", "relu", "silu"])),
        "bias": draw(st.booleans())},
    "join_axes": lambda draw, shape: {
        "axes": list(shape.grid[draw(small(0, 1)):][: draw(small(1, 3))]) or ["T"],
        **({"keep": draw(small(1, 4))} if draw(st.booleans()) else {})},
    "concat": lambda draw, shape: {"axis": draw(st.sampled_from(("C", "C", *shape.grid)))},
    "grid_sample": lambda draw, shape: {"padding_mode": draw(st.sampled_from(["zeros", "border"]))},
    "deform_conv2d": lambda draw, shape: {"out": draw(small(1, 4)), "kernel": [1, draw(small(1, 3))],
                                          "bias": draw(st.booleans())},
    "roi_align": lambda draw, shape: {"output_size": [draw(small(1, 3)), 2], "sampling_ratio": draw(small(1, 2))},
    "class_token": lambda draw, shape: {"count": draw(small(1, 3))},
    "constant": lambda draw, shape: {"learned": draw(st.booleans()), **by_axis(draw, shape, 1, lambda size: 4)},
    "sequence_attention": sequence_attention,
    "cross_attention": lambda draw, shape: {"heads": 2 * draw(small(1, 2)), "kv_heads": draw(small(1, 2)),
                                            "head_channels": draw(small(1, 3)), "bias": draw(st.sampled_from(BIASES))},
}  # fmt: skip
"""How arguments are drawn that suit a shape."""

FEWEST_AXES = {"matmul": 1}
AXES_READ = {
    "pixel_shuffle": "HW", "stack_frames": "T", "temporal_shift": "T",
    **dict.fromkeys(("conv_lstm2d", "conv_gru2d", "grid_sample", "deform_conv2d", "roi_align"), "THW"),
}  # fmt: skip
"""The axes that a word reads by their name; nothing else has to be there for most words."""


def may_read(word: str, shape: Shape) -> bool:
    """Whether a word can read a tensor at all: the axes and channels that it needs are there."""
    dims = re.search(r"([123])d$", word)
    fewest = int(dims[1]) if dims else FEWEST_AXES.get(word, 0)
    if len(shape.grid) < fewest or (word == "embedding" and shape.channels != 1):
        return False
    return set(AXES_READ.get(word, "")) <= set(shape.grid)


DRAWN = {word: TO_SUIT.get(word) or of_cases(word) for word in OPS}
"""How the arguments of each word are drawn; what does not fit is thrown away by who asks."""
