"""fvcore on a real forward pass at a small input, layer by layer."""

from __future__ import annotations

import logging
import warnings
from collections import Counter
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from archcalc.core.problem import SpecError
from archcalc.measure.torch_counts import BATCH
from archcalc.pytorch.network import grid_and_tokens
from archcalc.spec.inputs import InputOverride

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from archcalc.pytorch.network import Network, Value
    from archcalc.spec.load import Spec

    Reload = Callable[[Mapping[str, InputOverride]], Spec]

SIXTEENTHS = range(1, 16)
TOGETHER = (("H", "W"), ("T",), ("D",))
"""Axes that are made smaller together, on all inputs that have them."""
HAS_MACS = ("aten::scaled_dot_product_attention", "aten::lstm", "aten::gru", "aten::rnn_tanh", "aten::rnn_relu")
"""Operations with multiply-accumulates for which fvcore has no rule."""


def smallest(spec: Spec, reload: Reload) -> Spec:
    """The spec on the smallest input on which it still holds, in sixteenths of each axis, space before time."""
    for axes in TOGETHER:
        spec = next((each for share in SIXTEENTHS if (each := _shrunk(spec, axes, share, reload))), spec)
    return spec


def _shrunk(spec: Spec, axes: tuple[str, ...], share: int, reload: Reload) -> Spec | None:
    asked = {
        name: InputOverride(
            tuple(-(-size * share // 16) if axis in axes else size for axis, size in each.shape.items), each.fps
        )
        for name, each in spec.graph.inputs.items()
    }
    if all(each.sizes == tuple(spec.graph.inputs[name].shape.sizes.values()) for name, each in asked.items()):
        return None
    try:
        return reload(asked)
    except SpecError:
        return None


@dataclass(frozen=True, slots=True)
class RealCount:
    """What fvcore counted for each module, and the operations of each for which it has no rule."""

    counts: Mapping[str, int]
    unknown: Mapping[str, tuple[str, ...]]


class Everything(nn.Module):
    """A network whose output is that of every layer: tracing leaves out what no output needs."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, *inputs: Tensor) -> list[Tensor]:
        """Grids and tokens of all layers, in their order."""
        found: list[Tensor] = []

        def observe(path: str, value: Value) -> None:
            del path
            found.extend(each for each in grid_and_tokens(value) if each is not None)

        self.network.observed(inputs, observe)
        return found


def fvcore_count(spec: Spec, network: Network, modules: list[str]) -> RealCount:
    """Run a network once and count for one sample; by the names of modules, each without those inside it."""
    logging.getLogger("fvcore").setLevel(logging.ERROR)
    inputs = tuple(torch.rand(BATCH, *each.shape.sizes.values()) for each in spec.graph.inputs.values())
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # importing fvcore warns, and so does tracing
        from fvcore.nn import FlopCountAnalysis

        analysis = FlopCountAnalysis(Everything(network), inputs)
        analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
        analysis.set_op_handle("aten::einsum", einsum_macs)
        counted = {name: int(count) // BATCH for name, count in analysis.by_module().items()}
        counts = _own({name: counted.get(f"network.{name}", 0) for name in modules}, modules)
        unknown = {
            name: tuple(each for each in HAS_MACS if each in found)
            for name in modules
            if (found := analysis.unsupported_ops(f"network.{name}"))
        }
    return RealCount(counts, {name: found for name, found in unknown.items() if found})


def einsum_macs(inputs: Sequence[Any], outputs: Sequence[Any]) -> int:
    """Return the multiply-accumulates of an einsum of two tensors: the product of the sizes of all its letters.

    fvcore's own rule gives the same, but reads it from a text that prints four digits.
    """
    del outputs
    terms = inputs[0].toIValue().partition("->")[0].split(",")
    shapes = [each.type().sizes() for each in inputs[1].node().inputs()]
    sizes = {
        letter: size
        for term, shape in zip(terms, shapes, strict=True)
        for letter, size in zip(term, shape, strict=True)
    }
    return prod(sizes.values())


def _own(counts: Mapping[str, int], modules: list[str]) -> dict[str, int]:
    """Counts without those of other modules of the list inside."""
    own = Counter(counts)
    for name in modules:
        around = [each for each in modules if name.startswith(f"{each}.")]
        if around:
            own[max(around, key=len)] -= counts[name]
    return dict(own)
