"""Runs PyTorch layers on marks, so that their outputs show which inputs they depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from archcalc.pytorch.modules.tokens import ClassToken, LearnedConstant, Position, PositionWithToken, SinusoidalPosition

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

GAIN = 4.0
"""Recurrent weight of a layer: the marks of earlier steps do not decay."""


class Wiring(TorchFunctionMode):
    """While this is on, functions of PyTorch give marks for marks."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """The rule for a function, or the function itself."""
        del types
        return RULES.get(func, func)(*args, **(kwargs or {}))


def itself(marks: Tensor, *_: Any, **__: Any) -> Tensor:
    """Each value depends on itself."""
    return marks


def along(marks: Tensor, dim: int, *_: Any, **__: Any) -> Tensor:
    """Each value depends on all along a dimension."""
    return marks.sum(dim, keepdim=True).expand_as(marks)


def both(first: Tensor, second: Tensor | float) -> Tensor:
    """Each value depends on two, unless the second is a plain number."""
    return first + second if isinstance(second, Tensor) else first


def product(first: Tensor, second: Tensor) -> Tensor:
    """A product of matrices: each value depends on a row of one and a column of the other."""
    return first.sum(-1, keepdim=True) + second.sum(-2, keepdim=True)


def middle(marks: Tensor, dim: int) -> Any:
    """A median depends on all values."""
    return marks.max(dim)


def of_channels(marks: Tensor, *_: Any, **__: Any) -> Tensor:
    """A layer norm: each value depends on all of the last dimension."""
    return along(marks, -1)


def of_table(marks: Tensor, table: Tensor, *_: Any, **__: Any) -> Tensor:
    """An embedding: each row depends on its number."""
    return marks.to(table.dtype).unsqueeze(-1).expand(*marks.shape, table.shape[1])


def of_halves(marks: Tensor, dim: int = -1) -> Tensor:
    """A gated linear unit: each value depends on itself and on its gate."""
    first, second = marks.chunk(2, dim)
    return first + second


def of_statistics(marks: Tensor, *given: Any, **named: Any) -> Tensor:
    """A batch or instance norm: each value depends on itself, or on all positions where it takes their statistics."""
    known = dict(zip(STATISTICS, given, strict=False)) | named
    takes = known.get("training", known.get("use_input_stats", True))
    return over_positions(marks) if takes else marks


def over_positions(marks: Tensor) -> Tensor:
    """Each value depends on all positions of its channel, of which there may be one that has no axis."""
    return marks.reshape(*marks.shape[:2], -1).sum(2).view(*marks.shape[:2], *[1] * (marks.dim() - 2)).expand_as(marks)


def of_groups(marks: Tensor, groups: int, *_: Any, **__: Any) -> Tensor:
    """A group norm: each value depends on all positions of the channels of its group."""
    sums = torch.unflatten(over_positions(marks), 1, (groups, -1))
    return along(sums, 2).flatten(1, 2)


def of_neighbors(marks: Tensor, size: int, *_: Any, **__: Any) -> Tensor:
    """Return the marks after a local response norm, in which each value depends on neighboring channels."""
    channels = marks.flatten(2).transpose(1, 2)
    padded = functional.pad(channels, (size // 2, (size - 1) // 2))
    return functional.avg_pool1d(padded, size, 1).transpose(1, 2).reshape(marks.shape)


def of_attention(
    queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None, *, is_causal: bool = False
) -> Tensor:
    """What a query collects depends on itself, and on keys and values of all that it may see."""
    seen = values + keys.sum(-1, keepdim=True)
    if is_causal:
        return queries.sum(-1, keepdim=True) + seen.cumsum(-2)
    if mask is None:
        return queries.sum(-1, keepdim=True) + seen.sum(-2, keepdim=True)
    return queries.sum(-1, keepdim=True) + (mask > float("-inf")).to(seen.dtype) @ seen


STATISTICS = ("running_mean", "running_var", "weight", "bias", "training")
"""What batch and instance norm are given after their input, by position or by name."""

RULES: dict[Any, Callable[..., Any]] = {
    torch.sigmoid: itself,
    functional.threshold: itself,
    functional.embedding: of_table,
    Tensor.remainder: itself,
    functional.hardsigmoid: itself,
    functional.softplus: itself,
    functional.mish: itself,
    functional.glu: of_halves,
    functional.rms_norm: of_channels,
    functional.softmax: along,
    Tensor.softmax: along,
    torch.mul: both,
    torch.sub: both,
    Tensor.matmul: product,
    Tensor.__matmul__: product,
    Tensor.median: middle,
    functional.layer_norm: of_channels,
    functional.batch_norm: of_statistics,
    functional.instance_norm: of_statistics,
    functional.group_norm: of_groups,
    functional.local_response_norm: of_neighbors,
    functional.scaled_dot_product_attention: of_attention,
}
"""Functions whose result may be 0 although it depends on something that is not, or the other way round."""


def wire(layer: nn.Module) -> nn.Module:
    """Make all weights positive, and nothing out of what was learned alone."""
    for module in layer.modules():
        for name, weights in module.named_parameters(recurse=False):
            weights.data.fill_(_weight(module, name))
        if isinstance(module, SinusoidalPosition):
            module.table.zero_()
    return layer.eval()


def _weight(module: nn.Module, name: str) -> float:
    if "bias" in name or isinstance(module, (ClassToken, LearnedConstant, Position, PositionWithToken)):
        return 0.0
    if isinstance(module, nn.RNNBase) and name.startswith("weight_hh"):
        return GAIN / module.hidden_size
    return 1.0
