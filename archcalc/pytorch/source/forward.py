"""Statements of `forward`: operations on tensors, and the names of the results."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.pytorch.expressions import Call, Name, children
from archcalc.pytorch.source.class_body import Loop, Statement
from archcalc.pytorch.source.names import variable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from archcalc.pytorch.expressions import Expr
    from archcalc.pytorch.source.class_body import ClassBody, Step

CURRENT, BODY = "x", "out"
"""Names of the tensor of a chain, and of the tensor of a second chain that is merged with it."""


@dataclass(frozen=True, slots=True)
class ForwardLine:
    """One statement: the variables that it sets, and their value.

    A loop runs the modules `prefix` and a number from `start` up to `stop`, several at a time, each on what the one
    before gave; `value` is what the first of them gets.
    """

    targets: tuple[str, ...]
    value: Expr
    loop: LoopRun | None = None
    called: bool = True
    """Whether a module runs: then the statement is kept even if nothing reads its result."""


@dataclass(frozen=True, slots=True)
class LoopRun:
    """The modules that a loop runs."""

    prefix: str
    start: int
    stop: Expr


@dataclass(frozen=True, slots=True)
class Forward:
    """The input variables, the statements, and the output variables."""

    inputs: tuple[str, ...]
    statements: tuple[ForwardLine, ...]
    outputs: tuple[str, ...]


def forward(body: ClassBody, results: Sequence[str], stops: Mapping[Loop, Expr]) -> Forward:
    """Return `forward` of the class of a body; it returns `results`, and its loops end at `stops`."""
    namer = _Namer(body, results, stops)
    statements = [namer.statement(at, step) for at, step in enumerate(body.steps)]
    return Forward(namer.inputs, tuple(statements), tuple(namer.names[path] for path in results))


class _Namer:
    """Assigns variables to tensors; the variable of a tensor that is not read again is reused."""

    def __init__(self, body: ClassBody, results: Sequence[str], stops: Mapping[Loop, Expr]) -> None:
        self.body = body
        self.stops = stops
        self.readers = Counter(path for step in body.steps for path in step.reads)
        self.readers.update(set(results))
        self.last = {path: at for at, step in enumerate(body.steps) for path in step.reads}
        self.last.update(dict.fromkeys(results, len(body.steps)))
        self.reserved = _functions(body)
        self.names: dict[str, str] = {}
        for path, name in body.part.inputs.items():
            self._set(path, CURRENT if len(body.part.inputs) == 1 and body.part.kind != "network" else name)
        self.inputs = tuple(self.names.values())

    def statement(self, at: int, step: Step) -> ForwardLine:
        """Return the statement of a step, and name its results."""
        reads = [self.names[path] for path in step.reads]
        value = Name("") if isinstance(step, Loop) else step.expression(reads)
        for path in [path for path in self.names if self.last.get(path, -1) < at]:
            del self.names[path]
        wanted = [self._wanted(at, step, path) for path in step.gives]
        for path in step.reads:
            if self.last[path] == at:
                self.names.pop(path, None)
        targets = []
        for path, name in zip(step.gives, wanted, strict=True):
            if path in self.readers:
                self._set(path, name)
            targets.append(self.names.get(path, "_"))
        if isinstance(step, Loop):
            return ForwardLine(tuple(targets), Name(reads[0]), LoopRun(step.prefix, step.start, self.stops[step]))
        return ForwardLine(tuple(targets) if set(targets) != {"_"} else (), value, called=step.module is not None)

    def _set(self, path: str, name: str) -> None:
        self.names[path] = variable(name, {*self.names.values(), *self.reserved})

    def _wanted(self, at: int, step: Step, path: str) -> str:
        """Return the name for a result of a step."""
        own = _own_name(step) if len(step.gives) == 1 else path.rpartition(".")[2]
        alive = {self.names[each] for each in self.names if self.last[each] > at}
        if not alive and len(step.gives) == 1:
            return CURRENT
        ending = [self.names[each] for each in step.reads if self._handed_on(each, at)]
        if len(step.reads) == 1 and ending and (ending[0] in (CURRENT, BODY) or not step.given):
            return ending[0]
        if len(step.reads) > 1 and CURRENT in ending:
            return CURRENT
        if self.body.part.kind == "network" or BODY in alive or not self._goes_on(path):
            return own
        return BODY

    def _handed_on(self, path: str, at: int) -> bool:
        """Return whether the variable of a tensor can be reused: nothing else reads it, and it is not an input."""
        is_input = path in self.body.part.inputs and self.names[path] != CURRENT
        return self.last[path] == at and self.readers[path] == 1 and not is_input

    def _goes_on(self, path: str) -> bool:
        """Return whether the next layer reads this tensor only: it is neither merged at once nor returned."""
        readers = [step for step in self.body.steps if path in step.reads]
        return len(readers) == 1 and self.readers[path] == 1 and len(readers[0].reads) == 1


def _own_name(step: Step) -> str:
    return step.prefix.rstrip("_") or "layer" if isinstance(step, Loop) else step.attribute


def _functions(body: ClassBody) -> set[str]:
    """Return the functions that the steps call; a variable must not have the same name."""
    values = [step.expression(["x"] * len(step.reads)) for step in body.steps if isinstance(step, Statement)]
    return {name.partition(".")[0] for value in values for name in _called(value)}


def _called(expression: Expr) -> Iterator[str]:
    if isinstance(expression, Call):
        yield expression.name
    for part in children(expression):
        yield from _called(part)
