"""The built network with tensors that have a shape, strides and a storage, and no numbers: its memory at full size.

FakeTensorMode runs the code of a CPU, fused attention included. Where its kernels lay out results otherwise than those
of a CPU, or where a mode that watches changes what PyTorch does, that is set right here.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch._prims_common import suggest_memory_format
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn import functional
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes

from archcalc.measure.live_storage import peak_bytes, saved_by_layer
from archcalc.pytorch.network import Network

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from archcalc.graph import NetworkGraph

FORMATTED = ("batch_norm", "roll")
"""Operations whose result lies in the memory format that the input suggests on a CPU; fake ones keep its strides."""
MAX_POOL1D = (functional.max_pool1d, torch.max_pool1d)
"""One operation under its two names."""


class CpuLayouts(TorchDispatchMode):
    """Gives the results of fake operations the layout that they have on a CPU."""

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Sequence[type], args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        """Run the operation and lay out its first result."""
        del types
        made = func(*args, **(kwargs or {}))
        if func is torch.ops.aten.mkldnn_rnn_layer.default:
            return (*made[:3], _workspace(func, args))
        if func is torch.ops.aten.view.default and 1 in args[0].shape:
            return made.as_strided(made.shape, _strides_of_view(args[0], made.shape))
        if not any(name in str(func) for name in FORMATTED):
            return made
        if isinstance(made, Tensor):
            return _formatted(made, args[0])
        return (_formatted(made[0], args[0]), *made[1:])


def _formatted(made: Tensor, given: Tensor) -> Tensor:
    return made.contiguous(memory_format=suggest_memory_format(given))


def _strides_of_view(given: Tensor, sizes: Sequence[int]) -> tuple[int, ...]:
    """Return the strides of a view on a CPU; those that a fake view gives to axes of size 1 differ."""
    with _disable_current_modes():
        return torch.empty_strided(given.shape, given.stride(), device="meta").view(sizes).stride()


def _workspace(func: Callable[..., Any], args: Sequence[Any]) -> Tensor | None:
    """Return what the real layer keeps on tensors of these sizes for a gradient; the fake one keeps nothing."""
    with _disable_current_modes():
        real = [torch.zeros(each.shape) if isinstance(each, Tensor) else each for each in args]
        kept = func(*real)[3]
        size = None if kept is None else kept.numel()
    return None if size is None else torch.empty(size, dtype=torch.uint8)


RECURRENCES = (torch.gru, torch.rnn_tanh, torch.rnn_relu)


class BiasesInPlace(TorchDispatchMode):
    """Adds biases to products in place, as linear layers inside an operation do."""

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Sequence[type], args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        """Run the operation, an addition of one row in place."""
        del types
        if func is torch.ops.aten.add.Tensor and isinstance(args[1], Tensor) and args[1].dim() == 1:
            return args[0].add_(args[1])
        return func(*args, **(kwargs or {}))


class CpuFunctions(TorchFunctionMode):
    """Does what PyTorch does on a CPU unless a mode is watching or the tensor is of another class.

    A linear layer, also one inside a recurrence, adds its bias in place, a 1-D max pool without a gradient makes no
    indices, shuffled channels are always a copy, and rolled positions keep the layout of their tensor.
    """

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        """Return what a function gives."""
        del types
        if func in RECURRENCES:
            with BiasesInPlace():
                return func(*args, **(kwargs or {}))
        if func is torch._C._nn.linear and len(args) == 3 and args[2] is not None:
            return _linear(*args)
        if func in MAX_POOL1D and not (args[0].requires_grad and torch.is_grad_enabled()):
            return _max_pool1d(*args, **(kwargs or {}))
        if func is torch.channel_shuffle:
            return _shuffled(*args)
        if func is torch.roll:
            return args[0].clone()
        return func(*args, **(kwargs or {}))


def _shuffled(given: Tensor, groups: int) -> Tensor:
    """Allocate a copy in the memory format that the tensor suggests: contiguous, or channels last."""
    del groups
    formats = {4: torch.channels_last, 5: torch.channels_last_3d}
    last = formats.get(given.dim(), torch.contiguous_format)
    ordered = given.is_contiguous() or not given.is_contiguous(memory_format=last)
    return given.clone(memory_format=torch.contiguous_format if ordered else last)


def _linear(given: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Add the bias in place where the layer is no single product."""
    if given.dim() == 2 or (given.dim() == 3 and given.is_contiguous()):
        return torch._C._nn.linear(given, weight, bias)
    return torch.matmul(given, weight.t()).add_(bias)


def _max_pool1d(given: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """Allocate the output alone."""
    with _disable_current_modes():
        sizes = functional.max_pool1d(torch.empty(given.shape, device="meta"), *args, **kwargs).shape
    return given.new_empty(sizes)


@contextmanager
def as_on_cpu() -> Iterator[None]:
    """Lay out fake tensors, and call functions, as on a CPU that no mode watches."""
    with CpuLayouts(), CpuFunctions():
        yield


class FakeRun:
    """The built network with fake weights, and the modes under which it runs."""

    def __init__(self, graph: NetworkGraph, *, training: bool) -> None:
        with torch.device("meta"):
            self.network = Network(graph)
        self.network.train(training)
        self._graph = graph
        self._mode = FakeTensorMode()
        self._fakes: dict[int, Tensor] = {}
        with self._mode:
            for module in self.network.modules():
                self._replace(module._parameters)
                self._replace(module._buffers)

    def _replace(self, tensors: dict[str, Any]) -> None:
        for name, tensor in tensors.items():
            if tensor is not None:
                tensors[name] = self._fakes.setdefault(id(tensor), _on_cpu(tensor))

    @contextmanager
    def inputs(self, batch: int) -> Iterator[tuple[Tensor, ...]]:
        """Give inputs of so many samples; what is inside runs with fake tensors as a CPU lays them out."""
        with self._mode, CpuLayouts(), CpuFunctions():
            yield tuple(torch.empty(batch, *each.shape.sizes.values()) for each in self._graph.inputs.values())


def _on_cpu(tensor: Tensor) -> Tensor:
    made = torch.empty(tensor.shape, dtype=tensor.dtype, device="cpu")
    return nn.Parameter(made) if isinstance(tensor, nn.Parameter) else made


def peak_on_fake(graph: NetworkGraph, batch: int) -> int:
    """Return the largest number of bytes of inputs and activations alive at once at full size, without weights."""
    run = FakeRun(graph, training=False)
    with run.inputs(batch) as inputs:
        return peak_bytes(run.network, inputs)


def saved_on_fake(graph: NetworkGraph, batch: int) -> dict[str, int]:
    """Return the bytes that autograd saves at full size, by layer."""
    run = FakeRun(graph, training=True)
    with run.inputs(batch) as inputs:
        return saved_by_layer(run.network, inputs)
