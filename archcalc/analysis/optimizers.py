"""What an optimizer keeps for every parameter, and what its step allocates for a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FOREACH, LOOP, FUSED = "foreach", "loop", "fused"
COUNTER_BYTES = 4
"""A counter of steps is one float32."""
FORMS = (FOREACH, LOOP, FUSED)
"""How torch.optim steps: all parameters at once operation by operation, one after the other, or in one kernel."""


class Optimizer(NamedTuple):
    """An optimizer of torch.optim: it keeps `states` numbers for every parameter, and `counters` of steps a tensor.

    `step` gives the numbers that a step allocates, from those of each parameter.
    """

    states: int
    counters: int
    step: Callable[[Sequence[int]], int]


def _nothing(sizes: Sequence[int]) -> int:
    """Work in place, as fused kernels do, and SGD in every form."""
    del sizes
    return 0


def _roots(sizes: Sequence[int]) -> int:
    """Take the square roots of all second moments at once, as Adam's foreach form does."""
    return sum(sizes)


def _root_and_quotient(sizes: Sequence[int]) -> int:
    """Hold a root and its quotient of one parameter, and the quotient of the one before, as Adam's loop does."""
    return max((2 * size + before for before, size in zip((0, *sizes), sizes, strict=False)), default=0)


_STEPS = {FOREACH: _roots, LOOP: _root_and_quotient, FUSED: _nothing}


def _forms(name: str, states: int, *, adaptive: bool) -> dict[str, Optimizer]:
    steps = _STEPS if adaptive else dict.fromkeys(FORMS, _nothing)
    return {
        name if form == FOREACH else f"{name}-{form}": Optimizer(states, int(adaptive), steps[form]) for form in FORMS
    }


OPTIMIZERS: dict[str, Optimizer] = {
    **_forms("sgd", 0, adaptive=False),
    **_forms("sgd_momentum", 1, adaptive=False),
    **_forms("adam", 2, adaptive=True),
    **_forms("adamw", 2, adaptive=True),
}
"""By name; a name without a form is the foreach form, PyTorch's default on a GPU."""
