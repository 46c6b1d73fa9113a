"""Run a tool on all bundled networks and all cases of operators: `python -m tests.conventions TOOL FOLDER`.

Writes `figures/TOOL.json`. FOLDER holds the tool, as `make conventions` installs it.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import nn

import archcalc
from archcalc.core.shape import Shape
from archcalc.measure.fvcore_counts import smallest
from archcalc.pytorch.evaluate import Run, built_layer
from archcalc.pytorch.modules.features import Features
from archcalc.pytorch.network import Network, Value
from archcalc.spec.inputs import InputOverride
from archcalc.spec.library import bundled_networks
from archcalc.spec.load import Spec, load_spec
from tests.conventions.layers import operator_cases
from tests.conventions.test_figures import FIGURES
from tests.conventions.tools import TOOLS, Tool, use, with_tied_layers

MOST_REAL = 2 * 10**9
"""Multiply-accumulates of the largest network that is run on real tensors of its own input."""


class OneLayer(nn.Module):
    """The layer of one operator."""

    def __init__(self, module: nn.Module, run: Run) -> None:
        super().__init__()
        self.layer = module
        self.run = run

    def forward(self, *inputs: Any) -> Any:
        return self.run(self.layer, inputs)


def zeros(shape: Shape) -> Value:
    """Return one sample, each head as a sample of its own."""
    grid = torch.zeros(shape.heads, *shape.sizes.values())
    return Features(grid, torch.zeros(shape.heads, shape.channels, shape.tokens)) if shape.tokens else grid


def counted(tool: Tool, module: nn.Module, inputs: Sequence[Any]) -> dict[str, int | str]:
    """Return what the tool counts, or why it does not."""
    try:
        return dict(tool.run(module.eval(), inputs)._asdict())
    except Exception as error:  # whatever a tool raises is a result
        return {"failed": f"{type(error).__name__}: {error}"[:200]}


def networks(tool: Tool) -> dict[str, Any]:
    """Count the bundled networks on the input of their spec; large ones on a small input if that has to be real."""
    found = {}
    for name in sorted(each.name for each in bundled_networks()):
        graph = archcalc.load(name).graph
        if tool.device == "cpu" and archcalc.analyze(archcalc.load(name)).totals.macs > MOST_REAL:
            graph = smallest(load_spec(name, {}, {}), partial(_on, name)).graph
        with torch.device(tool.device):
            module = with_tied_layers(Network(graph))
            inputs = [zeros(each.shape) for each in graph.inputs.values()]
        sizes = {name: str(each.shape) for name, each in graph.inputs.items()}
        found[name] = {"inputs": sizes, **counted(tool, module, inputs)}
        print(name, found[name], flush=True)
    return found


def _on(name: str, sizes: Mapping[str, InputOverride]) -> Spec:
    return load_spec(name, {}, dict(sizes))


def operators(tool: Tool) -> dict[str, Any]:
    """Count the cases of operators, with one sample."""
    found = {}
    for name, typed in operator_cases():
        with torch.device(tool.device):
            module, run = built_layer(typed.operator, typed.inputs)
            inputs = [zeros(shape) for shape in typed.inputs]
        found[name] = counted(tool, OneLayer(module, run), inputs)
    return found


def main(name: str, folder: str) -> None:
    """Run one tool and write its figures."""
    warnings.simplefilter("ignore")
    tool = TOOLS[name]
    use(tool, folder)
    head = {"package": tool.package, "pytorch": torch.__version__.partition("+")[0]}
    figures = {**head, "operators": operators(tool), "networks": networks(tool)}
    (FIGURES / f"{name}.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
