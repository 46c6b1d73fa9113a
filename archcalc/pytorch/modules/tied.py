"""Layers that use the weights of another."""

from typing import Any

from torch import nn


class TiedLayer(nn.Module):
    """A layer with arguments or sizes of its own, and the weights and buffers of another one.

    It has no weights, so that they are counted, saved and loaded once. Neither module is registered here: the owner is
    registered elsewhere, and the layer, whose own tensors take no memory, gets the owner's each time it runs.
    """

    def __init__(self, owner: nn.Module, layer: nn.Module) -> None:
        super().__init__()
        self.parts = (owner, layer.to("meta"))

    def forward(self, *inputs: Any) -> Any:
        """Run the layer with the owner's tensors."""
        owner, layer = self.parts
        layer.train(self.training)
        for name, module in layer.named_modules():
            tie(owner.get_submodule(name), module)
        return layer(*inputs)


def tie(owner: nn.Module, module: nn.Module) -> None:
    """Give a module the tensors of another; torch.func.functional_call would, but not while a network is traced."""
    own = [name for name, each in module._parameters.items() if each is not None]
    module._parameters.update({name: owner._parameters[name] for name in own})
    module._buffers.update({name: owner._buffers[name] for name in module._buffers})
