"""Other counters, run on modules that archcalc builds; each is imported from a folder of its own.

thop and the fork of Ultralytics have the same name, so that no environment can have both.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from archcalc.pytorch.evaluate import MODULES
from archcalc.pytorch.modules.attention import ProjectHeads
from archcalc.pytorch.modules.tied import TiedLayer, tie


class Found(NamedTuple):
    """What a tool counts for a batch of one, and its parameters."""

    cost: int
    params: int


class ListOfInputs(nn.Module):
    """A module that takes its inputs as one list, as ptflops can give only one."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, inputs: Sequence[Any]) -> Any:
        return self.module(*inputs)


def derived(known: Callable[[type], bool]) -> dict[type, type]:
    """Return modules of archcalc, each with the module of torch.nn that it derives from, if the tool knows that.

    They are registered with tools that look for exact types, by the option for modules of users.
    """
    own = [each for home in MODULES for each in vars(home).values() if isinstance(each, type)]
    found = {}
    for each in own:
        if issubclass(each, nn.Module) and each.__module__.startswith("archcalc."):
            base = next((base for base in each.__mro__ if base.__module__.startswith("torch.nn")), nn.Module)
            if known(base):
                found[each] = base
    return found


def with_tied_layers(module: nn.Module) -> nn.Module:
    """Return a network with its tied layers as modules of their own, as `head.weight = table.weight` makes them."""
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, TiedLayer):
                owner, layer = child.parts
                for inner, each in layer.named_modules():
                    tie(owner.get_submodule(inner), each)
                setattr(parent, name, layer)
    return module


def ptflops(module: nn.Module, inputs: Sequence[Any]) -> Found:
    """Count with the backend `pytorch`, the default."""
    library = torch.library.Library("torchvision", "FRAGMENT")  # the wheel of torchvision is for CUDA, and lacks these
    for name in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, name):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    from ptflops import get_model_complexity_info
    from ptflops.pytorch_ops import MODULES_MAPPING

    hooks = {each: MODULES_MAPPING[base] for each, base in derived(MODULES_MAPPING.__contains__).items()}
    linear = MODULES_MAPPING[nn.Linear]

    def projected(module: ProjectHeads, given: tuple[Tensor, ...], out: Tensor) -> None:
        """Count a linear layer on the channels, which are not the last dimension here."""
        rows = out.unflatten(0, (-1, module.heads)).flatten(1, 2).movedim(1, -1)
        linear(module, (given[0].movedim(1, -1),), rows)

    hooks[ProjectHeads] = projected
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), torch.no_grad():
        cost, params = get_model_complexity_info(
            ListOfInputs(module), (1,), print_per_layer_stat=False, as_strings=False, custom_modules_hooks=hooks,
            input_constructor=lambda _: {"inputs": list(inputs)},
        )  # fmt: skip
    if cost is None:
        raise RuntimeError(said.getvalue().splitlines()[1])
    return Found(int(cost), int(params))


def thop(module: nn.Module, inputs: Sequence[Any]) -> Found:
    """Count with the first thop, of Lyken17."""
    from thop import profile
    from thop.profile import register_hooks

    hooks = {each: register_hooks[base] for each, base in derived(register_hooks.__contains__).items()}
    cost, params = profile(module, inputs=tuple(inputs), custom_ops=hooks, verbose=False)
    return Found(int(cost), int(params))


def ultralytics(module: nn.Module, inputs: Sequence[Any]) -> Found:
    """Count FLOPs as `ultralytics.utils.torch_utils.get_flops` does, without its division by 1e9."""
    from thop import profile

    cost, _ = profile(module, inputs=tuple(inputs), verbose=False)
    return Found(int(2 * cost), sum(each.numel() for each in module.parameters()))


class Tool(NamedTuple):
    """A tool: its package with the version, how it counts, and whether it has to be run on real tensors.

    ptflops replaces functions that PyTorch itself uses on its meta device, where it counts linear layers twice.
    """

    package: str
    run: Callable[[nn.Module, Sequence[Any]], Found]
    device: str


TOOLS = {
    "ptflops": Tool("ptflops==0.7.5", ptflops, "cpu"),
    "thop": Tool("thop==0.1.1.post2209072238", thop, "meta"),
    "ultralytics": Tool("ultralytics-thop==2.2.3", ultralytics, "meta"),
}


def use(tool: Tool, folder: str) -> None:
    """Import the tool from a folder; RuntimeError if another version lies there."""
    sys.path.insert(0, folder)
    name, _, wanted = tool.package.partition("==")
    if version(name).replace("-", ".post") != wanted:  # as thop writes the number of a later build
        raise RuntimeError(f"{name} {version(name)} in {folder}; expected {wanted}")
