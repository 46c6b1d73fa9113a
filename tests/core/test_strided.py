"""Strides against PyTorch's own, on tensors permuted, cut, expanded and reshaped at random."""

from __future__ import annotations

from math import prod
from random import Random
from typing import Any

import pytest

from archcalc.core.strided import Strided, broadcast_strides, contiguous_strides, is_channels_last

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")


def pair(rng: Random, sizes: tuple[int, ...] | None = None) -> tuple[Strided, Any]:
    """A tensor and the same without numbers, after up to three changes of their strides."""
    if sizes is None:
        sizes = tuple(rng.choice((1, 2, 3, 4)) for _ in range(rng.randint(2, 5)))
    mine, theirs = Strided(0, sizes, contiguous_strides(sizes)), torch.empty(sizes)
    for _ in range(rng.randint(0, 3)):
        mine, theirs = changed(rng, mine, theirs)
    return mine, theirs


def changed(rng: Random, mine: Strided, theirs: Any) -> tuple[Strided, Any]:
    dim = rng.randrange(mine.dim)
    kind = rng.choice(("permute", "narrow", "step", "expand", "unsqueeze"))
    if kind == "permute":
        dims = rng.sample(range(mine.dim), mine.dim)
        return mine.permute(*dims), theirs.permute(dims)
    if kind == "narrow" and mine.sizes[dim] > 1:
        return mine.narrow(dim, mine.sizes[dim] - 1), theirs.narrow(dim, 1, mine.sizes[dim] - 1)
    if kind == "step":
        index = (slice(None),) * dim + (slice(None, None, 2),)
        return mine.narrow(dim, -(-mine.sizes[dim] // 2), 2), theirs[index]
    if kind == "expand" and mine.sizes[dim] == 1:
        sizes = (*mine.sizes[:dim], 3, *mine.sizes[dim + 1 :])
        return mine.expand(*sizes), theirs.expand(sizes)
    if kind == "unsqueeze" and mine.dim < 5:
        return mine.unsqueeze(dim), theirs.unsqueeze(dim)
    return mine, theirs


def split(rng: Random, count: int) -> tuple[int, ...]:
    """Sizes whose product is a count."""
    sizes: list[int] = []
    while count > 1 and len(sizes) < 4:
        size = rng.choice([each for each in range(1, count + 1) if count % each == 0])
        sizes.append(size)
        count //= size
    return (*sizes, count)


@pytest.mark.parametrize("seed", range(300))
def test_views_are_those_of_pytorch(seed: int) -> None:
    rng = Random(seed)
    mine, theirs = pair(rng)
    assert (mine.sizes, mine.strides) == (tuple(theirs.shape), theirs.stride())
    wanted = split(rng, prod(mine.sizes))
    seen = mine.view(wanted)
    try:
        expected = theirs.view(wanted)
    except RuntimeError:
        assert seen is None
    else:
        assert seen is not None
        assert seen.strides == expected.stride()


@pytest.mark.parametrize("seed", range(300))
def test_formats_and_elementwise_results_are_those_of_pytorch(seed: int) -> None:
    rng = Random(seed)
    mine, theirs = pair(rng)
    assert mine.is_contiguous == theirs.is_contiguous()
    last = {4: torch.channels_last, 5: torch.channels_last_3d}.get(mine.dim)
    if last is not None:
        assert is_channels_last(mine.sizes, mine.strides) == theirs.is_contiguous(memory_format=last) or 1 in mine.sizes
    other, others = pair(rng, mine.sizes)
    if other.sizes == mine.sizes:
        assert broadcast_strides(mine.sizes, [mine, other]) == (theirs + others).stride()
    single = tuple(1 if rng.random() < 0.4 else size for size in mine.sizes)
    gate = Strided(1, single, contiguous_strides(single))
    assert broadcast_strides(mine.sizes, [mine, gate]) == (theirs * torch.empty(single)).stride()
