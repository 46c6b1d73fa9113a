"""An MViT of torchvision for a smaller clip, and its state under our names.

The data flow does not say which tensor is which here: there, queries, keys and values come out of one projection, and
tokens stand in a row with the grid; ours are separate.
"""

from __future__ import annotations

import importlib
import re
from unittest.mock import patch

import torch
from torch import Tensor, nn

from tests.originals.arrangement import State
from tests.originals.importing import torchvision_video
from tests.originals.pairs import Original, vision

NAMES = {
    r"patches\.": "conv_proj.",
    r"class_token\.token": "pos_encoding.class_token",
    r"position\.token": "pos_encoding.class_pos",
    r"position\.grid": "pos_encoding.spatial_pos",
    r"time\.grid": "pos_encoding.temporal_pos",
    r"layer_norm\.": "norm.",
    r"head\.": "head.1.",
    r"blocks\.(\d+)\.layer_norm\.": r"blocks.\1.norm1.",
    r"blocks\.(\d+)\.layer_norm_2\.": r"blocks.\1.norm2.",
    r"blocks\.(\d+)\.fc1\.": r"blocks.\1.mlp.0.",
    r"blocks\.(\d+)\.fc2\.": r"blocks.\1.mlp.3.",
    r"blocks\.(\d+)\.project\.": r"blocks.\1.project.",
    r"blocks\.(\d+)\.attention\.proj\.": r"blocks.\1.attn.project.0.",
    r"blocks\.(\d+)\.attention\.(query|key|value)\.project\.": r"blocks.\1.attn.\2.",
    r"blocks\.(\d+)\.attention\.(q|k|v)(uery|ey|alue)\.conv\.": r"blocks.\1.attn.pool_\2.pool.",
    r"blocks\.(\d+)\.attention\.(q|k|v)(uery|ey|alue)\.layer_norm\.": r"blocks.\1.attn.pool_\2.norm_act.0.",
    r"blocks\.(\d+)\.attention\.relative_position\.vectors\.T": r"blocks.\1.attn.rel_pos_t",
    r"blocks\.(\d+)\.attention\.relative_position\.vectors\.H": r"blocks.\1.attn.rel_pos_h",
    r"blocks\.(\d+)\.attention\.relative_position\.vectors\.W": r"blocks.\1.attn.rel_pos_w",
}
"""How our names begin, and the original's."""


def for_clip(name: str, frames: int, size: int) -> Original:
    """An MViT for clips of this size. Its constructor, which knows one size alone, is kept from saying which."""

    def original() -> nn.Module:
        torchvision_video()
        module = importlib.import_module("torchvision.models.video.mvit")
        made, clip = module.MViT, {"temporal_size": frames, "spatial_size": (size, size)}
        with patch.object(module, "MViT", lambda **arguments: made(**(arguments | clip))):
            return vision(name)()

    return original


def state_by_our_names(ours: nn.Module, original: nn.Module) -> State:
    """The original's state, each tensor in the shape of ours.

    Raises:
        AssertionError: a tensor of the original is not used, or used twice.
    """
    theirs = separate_projections(original.state_dict())
    names = {name: their_name(name) for name in ours.state_dict()}
    assert sorted(names.values()) == sorted(theirs)
    return {name: reshaped(theirs[names[name]], tensor) for name, tensor in ours.state_dict().items()}


def their_name(name: str) -> str:
    """The original's name of a tensor of ours."""
    found = [re.sub(f"^{ours}", theirs, name) for ours, theirs in NAMES.items() if re.match(ours, name)]
    assert len(found) == 1, f"{name}: {found}"
    return found[0]


def separate_projections(state: State) -> State:
    """The rows of a projection that belong to the queries, the keys and the values, as three."""
    separate: State = {}
    for name, tensor in state.items():
        parts = dict(zip(("query", "key", "value"), tensor.chunk(3), strict=True)) if ".qkv." in name else {"": tensor}
        separate |= {name.replace("qkv", part) if part else name: rows for part, rows in parts.items()}
    return separate


def reshaped(theirs: Tensor, ours: Tensor) -> Tensor:
    """A table of positions has its channels last there, and its grid in a row; everything else is as it is."""
    if theirs.shape == ours.shape:
        return theirs
    return torch.reshape(theirs.permute(*reversed(range(theirs.ndim))), ours.shape)
