"""Errors of PyTorch that are recognized by their messages."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

import torch
from torch import nn

from archcalc.tracing.hints import refuses_to_train


@pytest.mark.parametrize(("norm", "sizes"), [(nn.BatchNorm1d(3), (1, 3)), (nn.InstanceNorm2d(3), (1, 3, 1, 1))])
def test_refused_training(norm: nn.Module, sizes: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="when training") as refused:
        norm.train()(torch.zeros(sizes))
    assert refuses_to_train(refused.value)


def test_another_error() -> None:
    with pytest.raises(ValueError, match="expected 4D input") as refused:
        nn.BatchNorm2d(3).train()(torch.zeros(1, 3))
    assert not refuses_to_train(refused.value)
