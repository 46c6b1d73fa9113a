"""The libraries whose networks ours are compared with, imported on a machine without CUDA and without their warnings.

The only place that imports them; it imports torch, so import it after `pytest.importorskip`.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from types import ModuleType

import torch

DECLARED: list[torch.library.Library] = []
"""Keeps the declarations of operators alive."""


def torchvision_video() -> ModuleType:
    """torchvision.models.video. Its wheels are built for CUDA; the compiled part does not load with one for CPUs."""
    try:
        return quietly("torchvision.models.video")
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
    for half_imported in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[half_imported]
    declare_missing_operators()
    return quietly("torchvision.models.video")


def pytorchvideo_hub() -> ModuleType:
    """pytorchvideo.models.hub, which imports torchvision."""
    torchvision_video()
    return quietly("pytorchvideo.models.hub")


def declare_missing_operators() -> None:
    """The two operators that the import of torchvision asks for. Nothing here calls them, so they need no code."""
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    DECLARED.append(library)


def quietly(name: str) -> ModuleType:
    """A module, imported without the warnings of its own use of torch (torch.jit.script is deprecated)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return importlib.import_module(name)
