"""Kernels in plain PyTorch for what torchvision compiles: its detectors run where a build for CUDA does not load."""

from __future__ import annotations

import importlib
from typing import Any

import torch
from torch import Tensor

from archcalc.tracing.loading import find

ROI_ALIGN = (
    "roi_align(Tensor input, Tensor rois, float spatial_scale, int pooled_height, int pooled_width,"
    " int sampling_ratio, bool aligned) -> Tensor"
)
AT_ONCE = 50
"""So many regions are looked at together: the implementation spreads all samples out."""
_LIBRARIES: list[torch.library.Library] = []
"""Keeps the kernels alive."""


def install() -> None:
    """Register the kernels, unless torchvision has its own."""
    find("torchvision.models:resnet18")  # declares nms where it is missing
    extension: Any = importlib.import_module("torchvision.extension")
    if extension._has_ops() or _LIBRARIES:
        return
    library = torch.library.Library("torchvision", "FRAGMENT")
    library.define(ROI_ALIGN)
    library.impl("nms", kept, "CPU")
    library.impl("roi_align", aligned_regions, "CPU")
    _LIBRARIES.append(library)
    extension._has_ops = lambda: True
    importlib.import_module("torchvision.ops.roi_align")._has_ops = extension._has_ops  # type: ignore[attr-defined]


def kept(boxes: Tensor, scores: Tensor, threshold: float) -> Tensor:
    """Return the indices of boxes that overlap no box of a higher score by more than a threshold, best first."""
    order = scores.argsort(descending=True, stable=True)
    sides = boxes[order]
    areas = (sides[:, 2:] - sides[:, :2]).prod(1)
    found: list[int] = []
    free = torch.ones(len(order), dtype=torch.bool)
    for at in range(len(order)):
        if free[at]:
            found.append(at)
            corner = torch.maximum(sides[at, :2], sides[at + 1 :, :2])
            common = (torch.minimum(sides[at, 2:], sides[at + 1 :, 2:]) - corner).clamp(min=0).prod(1)
            free[at + 1 :] &= common / (areas[at] + areas[at + 1 :] - common) <= threshold
    return order[found]


def aligned_regions(image: Tensor, regions: Tensor, *rest: Any) -> Tensor:
    """Return the means of bilinear samples in the cells of each region, by torchvision's own plain implementation."""
    plain: Any = importlib.import_module("torchvision.ops.roi_align")
    run = plain._roi_align.__wrapped__
    return torch.cat([run(image, each, *rest) for each in regions.split(AT_ONCE)])
