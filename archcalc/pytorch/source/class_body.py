"""What the constructor and `forward` of a class do, layer by layer; a run of equal layers becomes a loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from archcalc.pytorch.expressions import (
    MODULE,
    Call,
    Const,
    Input,
    Name,
    constants,
    skeleton,
    substituted,
    with_constants,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from archcalc.core.scopes import Scope
    from archcalc.pytorch.expressions import Expr, Located
    from archcalc.pytorch.source.tree import Part


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One layer or part in a class: the module that it creates, the tensors that it reads and returns, and their names.

    `run` is what is done with MODULE, which is called `called`, and the inputs. `iteration` is that of the repeat that
    the layer or part lies in, None outside a repeat or where the iteration is a class of its own.
    """

    attribute: str
    module: Expr | None
    run: Expr
    called: str
    reads: tuple[str, ...]
    gives: tuple[str, ...]
    given: bool
    as_module: Call | None
    iteration: Scope | None = None

    def expression(self, reads: Sequence[str]) -> Expr:
        """Return the expression for tensors of these names."""
        names: dict[Expr, Expr] = {Input(at): Name(name) for at, name in enumerate(reads)}
        return substituted(self.run, {MODULE: Name(self.called), **names})


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """Iterations whose names end in a number, created and run for `range(start, stop)`, several per step."""

    prefix: str
    start: int
    stop: Const
    modules: tuple[Expr, ...]
    reads: tuple[str, ...]
    gives: tuple[str, ...]
    given: bool = True


Step: TypeAlias = Statement | Loop


@dataclass(frozen=True, slots=True, eq=False)
class ClassBody:
    """One use of a class: its part of the network, and its statements."""

    part: Part
    steps: tuple[Step, ...]

    def constants(self) -> list[tuple[str, Located]]:
        """Return all constants, each with its attribute and its position in it."""
        return [
            (_attribute(step), placed)
            for step in self.steps
            for module in _modules(step)
            for placed in constants(module, _attribute(step))
        ]

    def skeleton(self) -> object:
        """Return what is equal for two uses that differ in constants only."""
        numbers = {path: f"t{count}" for count, path in enumerate(self.part.inputs)}
        return tuple(_skeleton(step, numbers) for step in self.steps), tuple(map(numbers.get, self.part.outputs))

    def filled(self, change: Callable[[Const], Expr]) -> list[tuple[Step, tuple[Expr, ...]]]:
        """Return each step with its expressions, the constants changed in their order."""
        return [(step, tuple(with_constants(module, change) for module in _modules(step))) for step in self.steps]


def _modules(step: Step) -> tuple[Expr, ...]:
    """Return the expressions of a step; for a loop, its end is the last of them."""
    if isinstance(step, Loop):
        return *step.modules, step.stop
    return () if step.module is None else (step.module,)


def _attribute(step: Step) -> str:
    return step.prefix.rstrip("_") if isinstance(step, Loop) else step.attribute


def _skeleton(step: Step, numbers: dict[str, str]) -> object:
    reads = [numbers[path] for path in step.reads]
    numbers.update({path: f"t{len(numbers) + count}" for count, path in enumerate(step.gives)})
    made = tuple(map(skeleton, _modules(step)))
    if isinstance(step, Loop):
        return step.prefix, step.start, made, tuple(reads)
    return step.attribute, made, step.expression(reads), len(step.gives), step.given


def is_chain(part: Part, steps: Iterable[Step]) -> bool:
    """Return whether the steps only run modules one after another."""
    here: tuple[str, ...] = tuple(part.inputs)
    for step in steps:
        alone = isinstance(step, Loop) or step.as_module is not None
        if not alone or len(here) != 1 or step.reads != here:
            return False
        here = step.gives
    return here == tuple(part.outputs)
