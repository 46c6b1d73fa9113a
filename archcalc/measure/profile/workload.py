"""A network on a device, ready to run: its weights and random inputs, and one run of it as it infers or trains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.utils._pytree import tree_leaves

from archcalc.measure.profile.precision import tensor_type
from archcalc.measure.profile.recorder import Recorder
from archcalc.pytorch.modules.features import Features
from archcalc.pytorch.modules.tied import TiedLayer
from archcalc.pytorch.network import Network, grid_and_tokens
from archcalc.results.profile import TRAINING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import Tensor, nn

    from archcalc.graph import NetworkGraph
    from archcalc.measure.profile.recorder import LayerTimes, Pace
    from archcalc.measure.profile.stopwatch import Stopwatch
    from archcalc.pytorch.network import Value
    from archcalc.results.profile import Setup

SEED = 0
RATE, MOMENTUM = 1e-6, 0.9
"""Of stochastic gradient descent: it does its work, and the weights stay where numbers are ordinary."""
LAYOUTS = {4: torch.channels_last, 5: torch.channels_last_3d}
"""By the number of dimensions."""


class Workload:
    """A network with everything that its runs need, on the device of a setup."""

    def __init__(self, graph: NetworkGraph, setup: Setup) -> None:
        torch.manual_seed(SEED)
        self._steps = Network(graph)
        inputs = (torch.rand(setup.batch, *each.shape.sizes.values()) for each in graph.inputs.values())
        self._place(self._steps, inputs, setup)

    def _place(self, network: nn.Module, inputs: Iterable[Tensor], setup: Setup) -> None:
        """Put a network and its inputs on the device, in the number format and layout of a setup."""
        self.setup = setup
        self.network = network.to(setup.device, tensor_type(setup.dtype)).train(setup.mode == TRAINING)
        self.inputs = tuple(map(self._placed, inputs))
        if setup.channels_last:
            for each in (*self.network.parameters(), *self.network.buffers()):
                each.data = self._laid_out(each.data)
        self._trained: list[tuple[torch.nn.Parameter, ...]] | None = None
        self._compiled: Callable[..., object] = torch.compile(self.network) if setup.compiled else self.network
        self._optimizer = (
            torch.optim.SGD(self.network.parameters(), RATE, MOMENTUM)
            if setup.mode == TRAINING and any(True for _ in self.network.parameters())
            else None
        )

    def _placed(self, tensor: Tensor) -> Tensor:
        kind = tensor_type(self.setup.dtype) if tensor.dtype.is_floating_point else tensor.dtype
        made = tensor.to(self.setup.device, kind)
        return self._laid_out(made) if self.setup.channels_last else made

    def _laid_out(self, tensor: Tensor) -> Tensor:
        """With the channels innermost, where PyTorch has such a layout."""
        return tensor.to(memory_format=LAYOUTS[tensor.dim()]) if tensor.dim() in LAYOUTS else tensor

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be said of how the network runs here."""
        return ()

    def run(self, *, compiled: bool = True) -> None:
        """Infer once, or make one step of training: forward, backward, and the weights moved.

        Runs what was compiled, if the setup wants that and it is not asked to do without.
        """
        forward = self._compiled if compiled else self.network
        if self.setup.mode != TRAINING:
            with torch.inference_mode():
                forward(*self.inputs)
            return
        results = [each for each in tree_leaves(forward(*self.inputs)) if isinstance(each, torch.Tensor)]
        loss = torch.stack([each.float().mean() for each in results]).sum()
        if loss.requires_grad:
            torch.autograd.backward(loss)
        if self._optimizer is not None:
            self._optimizer.step()
            self._optimizer.zero_grad(set_to_none=True)

    def run_layers(self, stopwatch: Stopwatch, pace: Pace | None = None) -> LayerTimes:
        """Times of every layer in one run, one after the other, never compiled; with a pace, queued ahead."""
        recorder = Recorder(stopwatch, pace)
        if self.setup.mode == TRAINING:
            self._train_layers(recorder)
        else:
            self._infer_layers(recorder)
        return recorder.times()

    def _infer_layers(self, recorder: Recorder) -> None:
        with torch.inference_mode():
            tensors = self._steps.received(self.inputs)
            for step in self._steps.steps:
                inputs = [tensors[path] for path in step.inputs]
                recorder.layer()
                recorder.start()
                tensors[step.path] = self._steps.run(step, inputs)
                recorder.stop()
                for path in step.finished:
                    del tensors[path]

    def _train_layers(self, recorder: Recorder) -> None:
        """Run each layer forward and backward separately, on the outputs of earlier layers and gradients of ones."""
        tensors = self._steps.received(self.inputs)
        given = set(tensors)
        for step, parameters in zip(self._steps.steps, self._parameters(), strict=True):
            inputs = [_leaf(tensors[path], trained=path not in given) for path in step.inputs]
            recorder.layer()
            recorder.start()
            output = self._steps.run(step, inputs)
            recorder.stop()
            results = [each for each in grid_and_tokens(output) if each is not None and each.requires_grad]
            gradients = [torch.ones_like(each) for each in results]
            recorder.start()
            if results:
                torch.autograd.backward(results, gradients)
            recorder.stop()
            for each in parameters:
                each.grad = None
            tensors[step.path] = _leaf(output, trained=False)
            for path in step.finished:
                del tensors[path]

    def _parameters(self) -> list[tuple[torch.nn.Parameter, ...]]:
        """The parameters that each layer has or borrows; a whole network has too many to look through after each."""
        if self._trained is None:
            modules = [self._steps.module_of(step) for step in self._steps.steps]
            owners = [each.parts[0] if isinstance(each, TiedLayer) else each for each in modules]
            self._trained = [tuple(each.parameters()) for each in owners]
        return self._trained


def _leaf(value: Value, *, trained: bool) -> Value:
    grid, tokens = (each if each is None else each.detach().requires_grad_(trained) for each in grid_and_tokens(value))
    assert grid is not None, "every tensor has a grid"
    return grid if tokens is None else Features(grid, tokens)
