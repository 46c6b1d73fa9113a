"""Layers that use the weights of another."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class Borrower(nn.Module):
    """A layer with arguments or sizes of its own, and the weights and buffers of another one.

    It has none itself, so they are counted, saved and loaded once. Neither module is registered here: the owner has its
    own place, and the layer that is run only says what is done with the weights it is handed.
    """

    def __init__(self, owner: nn.Module, layer: nn.Module) -> None:
        super().__init__()
        self.parts = (owner, layer)

    def forward(self, *inputs: Any) -> Any:
        """The layer, run with the owner's tensors."""
        owner, layer = self.parts
        layer.train(self.training)
        lent = {name: owner.get_parameter(name) for name, _ in layer.named_parameters()}
        buffers = {name: owner.get_buffer(name) for name, _ in layer.named_buffers()}
        return torch.func.functional_call(layer, {**lent, **buffers}, inputs)
