"""Layers that use the weights of another."""

from __future__ import annotations

from typing import Any

from torch import nn


class Borrower(nn.Module):
    """A layer with arguments or sizes of its own, and the weights and buffers of another one.

    It has none itself, so they are counted, saved and loaded once. Neither module is registered here: the owner has its
    own place, and the layer that is run is handed the owner's tensors each time, whatever became of them meanwhile.
    """

    def __init__(self, owner: nn.Module, layer: nn.Module) -> None:
        super().__init__()
        self.parts = (owner, layer)

    def forward(self, *inputs: Any) -> Any:
        """The layer, run with the owner's tensors."""
        owner, layer = self.parts
        layer.train(self.training)
        for name, module in layer.named_modules():
            lend(owner.get_submodule(name), module)
        return layer(*inputs)


def lend(owner: nn.Module, module: nn.Module) -> None:
    """Give a module the tensors of another; torch.func.functional_call would, but not while a network is traced."""
    module._parameters.update({name: owner._parameters[name] for name in module._parameters})
    module._buffers.update({name: owner._buffers[name] for name in module._buffers})
