"""The memory of a module itself, with fake tensors that lie as those of a CPU do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from archcalc.measure.fake import as_on_cpu
from archcalc.measure.live_storage import LiveStorageTracker

if TYPE_CHECKING:
    from archcalc.tracing.module import ImportedSpec


def peak_of_module(spec: ImportedSpec, model: nn.Module) -> int:
    """Return the most bytes of inputs and activations alive at once while a module infers, without weights."""
    mode, args, kwargs = _faked(spec, model)
    alive = LiveStorageTracker([*model.parameters(), *model.buffers()])
    with mode, as_on_cpu():
        alive.watch((args, kwargs))
        with torch.no_grad(), alive:
            model(*args, **kwargs)
    return alive.peak


def saved_by_module(spec: ImportedSpec, model: nn.Module) -> int:
    """Return the bytes that autograd saves for backward, each storage once, without weights and buffers."""
    mode, args, kwargs = _faked(spec, model)
    own = {each.untyped_storage()._cdata for each in (*model.parameters(), *model.buffers())}
    kept: dict[int, torch.UntypedStorage] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in own:
            kept.setdefault(storage._cdata, storage)
        return tensor

    with mode, as_on_cpu(), torch.enable_grad():
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            out = model(*args, **kwargs)
        del out
    return sum(each.nbytes() for each in kept.values())


def _faked(spec: ImportedSpec, model: nn.Module) -> tuple[FakeTensorMode, tuple[Any, ...], dict[str, Any]]:
    """Put fake tensors in place of the weights of a module, and return the mode and arguments for it."""
    mode = FakeTensorMode(allow_non_fake_inputs=True)
    fakes: dict[int, Any] = {}
    with mode:
        for module in model.modules():
            for tensors in (module._parameters, module._buffers):
                for name, each in tensors.items():
                    if each is not None:
                        tensors[name] = fakes.setdefault(id(each), _on_cpu(each))
        tensors_given = {
            each.name: torch.empty((1, *each.sizes), dtype=each.dtype or torch.float32) for each in spec.inputs
        }
    args, kwargs = spec.invocation(model).filled(tensors_given)
    return mode, args, kwargs


def _on_cpu(tensor: Tensor) -> Any:
    made = torch.empty(tensor.shape, dtype=tensor.dtype, device="cpu")
    return nn.Parameter(made, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else made
