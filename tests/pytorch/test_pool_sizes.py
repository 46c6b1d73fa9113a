"""Sizes and refusals of pools compared with PyTorch's, and nearest interpolation position by position."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from archcalc.core.problem import OperatorError
from archcalc.core.shape import Shape
from archcalc.core.window import Window, nearest_taps
from tests.pytorch.agreement import on, operator

AXES = {1: ("T",), 2: ("H", "W"), 3: ("T", "H", "W")}
POOLS: dict[tuple[str, int], Any] = {
    ("max", 1): nn.MaxPool1d, ("max", 2): nn.MaxPool2d, ("max", 3): nn.MaxPool3d,
    ("avg", 1): nn.AvgPool1d, ("avg", 2): nn.AvgPool2d, ("avg", 3): nn.AvgPool3d,
}  # fmt: skip
EVERY_AXIS = [(kind, dims, axis) for kind, dims in POOLS for axis in range(dims)]
FEW = {"n": 6, "kernel": 4, "stride": 3, "padding": 2, "dilation": 2}
MANY = {"n": 10, "kernel": 6, "stride": 4, "padding": 3, "dilation": 3}

Sizes = tuple[int, ...] | None
"""None where the pool is refused."""


def grid(kind: str, most: dict[str, int]) -> Any:
    """Every n, kernel, stride, padding, ceil_mode, and dilation or count_include_pad."""
    last = range(1, most["dilation"] + 1) if kind == "max" else (False, True)
    sizes = (range(1, most[each] + 1) for each in ("n", "kernel", "stride"))
    return product(*sizes, range(most["padding"] + 1), (False, True), last)


def arguments(kind: str, dims: int, axis: int, window: tuple[Any, ...]) -> dict[str, Any]:
    """Those of the pool with this window along one of its axes, and nothing to do along the others."""

    def along(value: int, others: int) -> list[int]:
        return [value if at == axis else others for at in range(dims)]

    kernel, stride, padding, ceil_mode, last = window
    more = {"dilation": along(last, 1)} if kind == "max" else {"count_include_pad": last}
    return {
        "kernel": along(kernel, 1), "stride": along(stride, 1), "padding": along(padding, 0), "ceil_mode": ceil_mode,
        **more,
    }  # fmt: skip


def ours(word: str, sizes: list[int], given: dict[str, Any]) -> Sizes:
    axes = AXES[len(sizes)]
    try:
        shape = operator(word, **given).output_shape((Shape.of({"C": 1, **dict(zip(axes, sizes, strict=True))}),))
    except OperatorError:
        return None
    return tuple(shape[axis] for axis in axes)


def theirs(pool: Any, sizes: list[int], given: dict[str, Any]) -> Sizes:
    try:
        return tuple(pool(given["kernel"], **{key: given[key] for key in given if key != "kernel"})(
            torch.zeros(1, 1, *sizes)
        ).shape[2:])  # fmt: skip
    except RuntimeError:
        return None


def assert_pools_are_pytorchs(kind: str, dims: int, axis: int, most: dict[str, int]) -> None:
    for n, *window in grid(kind, most):
        sizes = [n if at == axis else 2 for at in range(dims)]
        given = arguments(kind, dims, axis, tuple(window))
        expected = theirs(POOLS[kind, dims], sizes, given)
        assert ours(f"{kind}_pool{dims}d", sizes, given) == expected, (sizes, given)


@pytest.mark.parametrize(("kind", "dims", "axis"), EVERY_AXIS)
def test_sizes_and_refusals(kind: str, dims: int, axis: int):
    assert_pools_are_pytorchs(kind, dims, axis, FEW)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "dims", "axis"), EVERY_AXIS)
def test_more_sizes_and_refusals(kind: str, dims: int, axis: int):
    assert_pools_are_pytorchs(kind, dims, axis, MANY)


@pytest.mark.parametrize("kind", ["max", "avg"])
@given(st.integers(1, 9), st.integers(1, 5), st.integers(1, 4), st.tuples(st.integers(0, 3), st.integers(0, 3)))
def test_windows_of_a_tensor_padded_before(kind: str, n: int, kernel: int, stride: int, padding: tuple[int, int]):
    before, after = padding
    clip = torch.arange(1.0, n + 1).view(1, 1, n)
    starts = range(-before, n, stride)
    windows = [range(start, start + kernel) for start in starts if start + kernel - stride < n + after]
    assume(windows)
    values = [[float(i + 1) if 0 <= i < n else 0.0 for i in window if i < n + after] for window in windows]
    expected = [max(each) if kind == "max" else sum(each) / len(each) for each in values]
    given = {"kernel": kernel, "stride": stride, "padding": [[before, after]], "ceil_mode": True}
    assert Window(kernel, stride, before, after, ceil_mode=True).size(n) == len(windows)
    pooled = on(f"{kind}_pool1d", clip, **given).flatten().clamp(min=0)
    assert pooled.tolist() == pytest.approx(expected)


def nearest(n: int, size: int) -> list[int]:
    return functional.interpolate(torch.arange(float(n)).view(1, 1, n), size=size).flatten().int().tolist()


def taken(n: int, size: int) -> list[int]:
    """The pattern written out; asking it for every position takes most of the time of all pairs."""
    taps = nearest_taps(n, size)
    assert taps.first == taps.last
    repeats = range(0, -(-size // taps.period) * taps.move, taps.move)
    return [start + read for start in repeats for read in taps.first][:size]


def pairs_that_differ(most: int) -> int:
    """Compare all pairs of sizes; count those where float32 reads elsewhere than exact arithmetic."""
    differ = 0
    for n, size in product(range(1, most + 1), repeat=2):
        expected = nearest(n, size)
        assert taken(n, size) == expected, (n, size)
        differ += expected != [i * n // size for i in range(size)]
    return differ


def test_nearest_reads_what_pytorch_reads():
    assert pairs_that_differ(75) == 25


@pytest.mark.slow
def test_nearest_reads_what_pytorch_reads_for_all_sizes_up_to_150():
    assert pairs_that_differ(150) == 284


@pytest.mark.parametrize("n", [22, 26, 50, 100])
@given(st.floats(0.1, 3))
def test_scales_read_what_their_sizes_read(n: int, scale: float):
    clip = torch.arange(float(n)).view(1, 1, n)
    resized = on("interpolate", clip, scale=scale)
    assert resized.flatten().int().tolist() == taken(n, resized.shape[2])
    assert resized.shape[2] == operator("interpolate", scale=scale).output_shape((Shape.of({"C": 1, "T": n}),))["T"]


def test_positions_are_of_the_sizes_on_other_axes_too():
    image = torch.arange(26.0 * 50).view(1, 1, 26, 50)
    rows, columns = torch.tensor(nearest(26, 22)), torch.tensor(nearest(50, 44))
    assert torch.equal(on("interpolate", image, size=[22, 44]), image[:, :, rows][..., columns])
