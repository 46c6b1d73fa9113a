"""Windows that fit are those that PyTorch takes, and what it refuses is refused."""

from __future__ import annotations

from itertools import product

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

import torch

from archcalc.core.problem import OperatorError
from archcalc.core.shape import Shape
from tests.pytorch.agreement import operator, runs

AXES = {1: "T", 2: "HW", 3: "THW"}
WORDS: dict[str, dict[str, object]] = {
    "conv": {"out": 3},
    "conv ": {"out": 3, "dilation": 2},
    "conv_transpose": {"out": 3},
    "conv_transpose ": {"out": 3, "output_padding": 1},
    "max_pool": {},
    "max_pool ": {"dilation": 2},
    "avg_pool": {},
    "avg_pool ": {"count_include_pad": False},
    "median_pool": {},
}


def stated(word: str, shape: Shape, arguments: dict[str, object]) -> tuple[int, ...] | None:
    """The sizes that the analysis gives, None where it refuses."""
    try:
        return tuple(operator(word, **arguments).output_shape((shape,)).sizes.values())
    except OperatorError:
        return None


def built(word: str, shape: Shape, arguments: dict[str, object]) -> tuple[int, ...] | None:
    """The sizes that PyTorch gives, None where it refuses or nothing comes out; pools refuse some arguments before."""
    try:
        _, run = runs(word, shape, **arguments)
        grid = run(torch.zeros(1, *shape.sizes.values())).grid
    except (OperatorError, RuntimeError):
        return None
    return tuple(grid.shape[1:]) if grid.numel() else None


@pytest.mark.parametrize("dims", AXES)
@pytest.mark.parametrize("word", WORDS)
def test_the_same_windows_fit(word: str, dims: int):
    for n, kernel, stride, padding in product((1, 2, 3, 5), (1, 2, 3, 4), (1, 3), (0, 1, 2)):
        shape = Shape.of({"C": 2, **dict.fromkeys(AXES[dims], n)})
        arguments = {"kernel": kernel, "stride": stride, "padding": padding, **WORDS[word]}
        name = f"{word.strip()}{dims}d"
        assert stated(name, shape, arguments) == built(name, shape, arguments), (n, arguments)
