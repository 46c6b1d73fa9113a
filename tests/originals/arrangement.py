"""Where an original keeps the same numbers in another order than we do."""

from __future__ import annotations

import importlib

import torch
from torch import Tensor, nn

State = dict[str, Tensor]


def as_stored(original: nn.Module) -> State:
    """The original's state in its own order."""
    return original.state_dict()


def merged_channel_first(original: nn.Module) -> State:
    """The state of a Swin of torchvision with the four neighbors that it merges in our order.

    Both put two rows and two columns of neighbors into the channels. There it is column, row, channel, the channel
    changing fastest; our `space_to_depth` has the order of pixel_unshuffle: channel, row, column.
    """
    merging = importlib.import_module("torchvision.models.swin_transformer").PatchMerging
    state = original.state_dict()
    for name, module in original.named_modules():
        if isinstance(module, merging):
            state |= {f"{name}.{end}": turned(tensor) for end, tensor in module.state_dict().items()}
    return state


def scales_last(original: nn.Module) -> State:
    """The state of a ConvNeXt of torchvision, with the learned scale of a block after its other weights."""
    state, ordered, scale = original.state_dict(), State(), ""
    for name, tensor in state.items():
        if name.endswith("layer_scale"):
            scale = name
        else:
            ordered[name] = tensor
        if name.endswith("block.5.bias"):
            ordered[scale] = state[scale]
    return ordered


def token_after_patches(original: nn.Module) -> State:
    """The state of a ViT of torchvision: patches, class token, positions of the grid and of the token, all others."""
    state = original.state_dict()
    positions = state.pop("encoder.pos_embedding")[0].T
    side = round((positions.shape[1] - 1) ** 0.5)
    first = {name: state.pop(name) for name in ("conv_proj.weight", "conv_proj.bias", "class_token")}
    return {**first, "grid": positions[:, 1:].unflatten(1, (side, side)), "token": positions[:, :1], **state}


def turned(tensor: Tensor) -> Tensor:
    """The last dimension from column, row, channel to channel, row, column."""
    by_neighbor = torch.unflatten(tensor, -1, (2, 2, -1))
    return by_neighbor.transpose(-3, -1).flatten(-3)
