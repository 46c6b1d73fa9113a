"""One counter on one network, in a process of its own: `python rivals.py TOOL MODULE.py CLASS SIZES`, prints JSON.

The network is the source that `archcalc build` writes, which runs without archcalc.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import runpy
import sys
import warnings
from collections.abc import Callable
from typing import Any

Found = dict[str, Any]


def torchinfo(network: Any, sizes: tuple[int, ...]) -> Found:
    from torchinfo import summary

    found = summary(network, input_size=sizes, verbose=0)
    return {"params": found.total_params, "cost": found.total_mult_adds, "unit": "mult-adds"}


def fvcore(network: Any, sizes: tuple[int, ...]) -> Found:
    import torch
    from fvcore.nn import FlopCountAnalysis

    logging.getLogger("fvcore").setLevel(logging.ERROR)
    with torch.no_grad():
        cost = FlopCountAnalysis(network, torch.zeros(sizes)).total()
    return {"params": _params(network), "cost": int(cost), "unit": "FLOPs, one for a MAC"}


def ptflops(network: Any, sizes: tuple[int, ...]) -> Found:
    import torch

    # It imports torchvision, whose wheel is for CUDA and fails with a PyTorch without: two names are all it misses.
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, name):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    from ptflops import get_model_complexity_info

    cost, params = get_model_complexity_info(network, sizes[1:], as_strings=False, print_per_layer_stat=False)
    return {"params": params, "cost": cost, "unit": "MACs"}


def thop(network: Any, sizes: tuple[int, ...]) -> Found:
    import torch
    from thop import profile

    cost, params = profile(network, inputs=(torch.zeros(sizes),), verbose=False)
    return {"params": int(params), "cost": int(cost), "unit": "MACs"}


def flop_counter_mode(network: Any, sizes: tuple[int, ...]) -> Found:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network.to("meta")(torch.empty(sizes, device="meta"))
    return {"params": _params(network), "cost": counter.get_total_flops(), "unit": "FLOPs, two for a MAC"}


def _params(network: Any) -> int:
    return sum(each.numel() for each in network.parameters())


RIVALS: dict[str, Callable[[Any, tuple[int, ...]], Found]] = {
    "torchinfo": torchinfo,
    "fvcore": fvcore,
    "ptflops": ptflops,
    "thop": thop,
    "FlopCounterMode": flop_counter_mode,
}


def main(tool: str, path: str, name: str, sizes: str) -> None:
    """Count once."""
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(io.StringIO()):
        network = runpy.run_path(path)[name]().eval()
        found = RIVALS[tool](network, tuple(int(size) for size in sizes.split("x")))
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
