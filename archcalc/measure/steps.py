"""What a step of an optimizer takes, as torch's MemTracker sees it on fake tensors."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import torch

from archcalc.analysis.optimizers import FOREACH, FUSED, OPTIMIZERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.measure.fake import FakeRun

RATE = 0.1
_CLASSES: dict[str, tuple[Any, dict[str, float]]] = {
    "sgd": (torch.optim.SGD, {}),
    "sgd_momentum": (torch.optim.SGD, {"momentum": 0.9}),
    "adam": (torch.optim.Adam, {}),
    "adamw": (torch.optim.AdamW, {}),
}


def made(name: str, parameters: list[torch.nn.Parameter]) -> torch.optim.Optimizer:
    """Return the optimizer of this name, in the form that it says."""
    kind, _, form = name.partition("-")
    optimizer, arguments = _CLASSES[kind]
    chosen = {"fused": True} if form == FUSED else {"foreach": (form or FOREACH) == FOREACH}
    found: torch.optim.Optimizer = optimizer(parameters, lr=RATE, **arguments, **chosen)
    return found


def step_bytes(run: FakeRun, names: Iterable[str] = tuple(OPTIMIZERS)) -> dict[str, int]:
    """Return the peak of parameters, buffers, gradients, states and temporaries in a step, by optimizer."""
    from torch.distributed._tools.mem_tracker import MemTracker

    found = {}
    parameters = list(run.network.parameters())
    for name in names if parameters else ():
        with run.inputs(1), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for each in parameters:
                each.grad = torch.empty_like(each)
            optimizer, tracker = made(name, parameters), MemTracker()
            tracker.track_external(run.network, optimizer)
            with tracker:
                optimizer.step()
            snapshot = tracker.get_tracker_snapshot("peak")
            found[name] = sum(int(device["Total"]) for device in snapshot.values())
    return found
