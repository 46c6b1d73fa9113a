"""The designs of a search: combinations of values that make sense, or some of them drawn at random."""

from __future__ import annotations

import math
import random
from itertools import islice, product
from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.problem import Problem, SpecError, UsageError
from archcalc.core.shape import is_axis
from archcalc.design.names import formula_names
from archcalc.design.steps import Steps
from archcalc.spec.formula import FormulaError, compile_text
from archcalc.spec.inputs import InputOverride
from archcalc.spec.text import Mapping, plain
from archcalc.spec.work import FORMULA_NODE, ITEMS_A_STEP

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from archcalc.design.model import Dimension, SearchFile
    from archcalc.spec.text import Scalar

MOST_COMBINATIONS = 2_000_000
"""Combinations whose conditions are evaluated; a larger space can only be drawn from."""
MOST_DESIGNS = 200_000
"""Designs that are all tried."""
STEPS, STEPS_EACH = 2_000_000, 2_000
"""Work that the formulas of a search may make, as the formulas of specs count it: in all, and for each combination."""
INSTEAD = "--draw N tries N designs at random, --evaluations N tries N that evolution chooses"
"""What to do about a space that is too large."""
TRIES = 200
"""Combinations that are drawn, for each design that is asked for, before drawing is given up."""


class Design(NamedTuple):
    """A combination: its number among all, the values of the dimensions, and those that follow from them."""

    number: int
    values: tuple[object, ...]
    derived: tuple[object, ...]


class Designs:
    """The designs of a search file, one by one and always in the same order."""

    def __init__(self, search: SearchFile) -> None:
        self.search = search
        self.names = tuple(each.name for each in search.space)
        self._inputs = _declared_axes(search)
        self._check_sizes()
        self._work = STEPS
        self._reads_inputs = bool(
            formula_names([*search.where, *(node for _, node in search.derive), *_limits(search)]) & set(self._inputs)
        )

    def _check_sizes(self) -> None:
        """UsageError for an input of which an axis is varied and another one is a formula of the spec."""
        for name in self.names:
            head, dot, _ = name.partition(".")
            formulas = [axis for axis, size in self._inputs.get(head, {}).items() if isinstance(size, str)]
            if dot and formulas:
                found = f"{name} varies {head!r}, whose {formulas[0]} is a formula in {self.search.spec}"
                raise UsageError(f"{found}; expected input: {head}=SIZES, which gives it a size")

    def all(self) -> Iterator[Design]:
        """Yield every design.

        Raises:
            SpecError: a formula has no value, or costs too much.
            UsageError: there are too many combinations, or a range has no steps.
        """
        for each in self.search.space:
            if each.continuous is not None:
                found = f"{each.name} is a range of fractions without a step"
                raise UsageError(f"{found}; expected a step, or --draw N or --evaluations N, which choose from it")
        if self.search.combinations > MOST_COMBINATIONS:
            raise UsageError(
                f"{self.search.combinations:,} combinations, at most {MOST_COMBINATIONS:,} of which are looked at; "
                + INSTEAD
            )
        values = [each.values for each in self.search.space]
        for number, combination in enumerate(product(*values)):
            design = self._design(number, combination)
            if design is not None:
                yield design

    def at_most(self, count: int) -> bool:
        """Whether there are at most so many designs, as far as they can be counted."""
        if self.search.combinations > MOST_COMBINATIONS or any(each.continuous for each in self.search.space):
            return False
        return sum(1 for _ in islice(self.all(), count + 1)) <= count

    def drawn(self, count: int, seed: int) -> list[Design]:
        """Return different designs, drawn at random; fewer where no more are found."""
        source = random.Random(seed)
        found: dict[tuple[object, ...], Design] = {}
        for _ in range(TRIES * count):
            if len(found) == count:
                break
            combination = self._at(tuple(drawn_place(each, source) for each in self.search.space))
            key = tuple(map(repr, combination))
            design = None if key in found else self._design(len(found), combination)
            if design is not None:
                found[key] = design
        return list(found.values())

    def at(self, places: Sequence[float], number: int) -> Design | None:
        """Return the design at a place of each dimension, None where it makes no sense.

        Where all dimensions can be counted, its number is that among all combinations, whatever `number` is.
        """
        if not any(each.continuous for each in self.search.space):
            number = 0
            for each, place in zip(self.search.space, places, strict=True):
                number = number * len(each.values) + int(place)
        return self._design(number, self._at(places))

    def with_meaning(self, places: Sequence[float]) -> tuple[float, ...]:
        """Return the places of a design with the first value of each dimension that means nothing in it."""
        found = list(places)
        for index, each in enumerate(self.search.space):
            if each.when is not None and not self._holds(each.when, self._given(self._at(found))):
                found[index] = 0
        return tuple(found)

    def _at(self, places: Sequence[float]) -> tuple[object, ...]:
        return tuple(value_at(each, place) for each, place in zip(self.search.space, places, strict=True))

    def numbered(self, number: int) -> Design:
        """Return the design that a combination is, by its number among all; its conditions are not evaluated."""
        values: list[object] = []
        rest = number
        for each in reversed(self.search.space):
            rest, index = divmod(rest, len(each.values))
            values.append(each.values[index])
        combination = tuple(reversed(values))
        return Design(number, combination, self._derived(self._given(combination)))

    def variables(self, design: Design) -> dict[str, object]:
        """Return what formulas know of a design: what is set, varied and derived, and the sizes of inputs."""
        names = self._given(design.values)
        names.update(zip((name for name, _ in self.search.derive), design.derived, strict=True))
        return names

    def parameters(self, design: Design) -> dict[str, object]:
        """Return the parameters of the spec that a design sets."""
        main = self.search.document.main
        assert main is not None
        known = {each.name for each in main.parameters}
        derived = zip((name for name, _ in self.search.derive), design.derived, strict=True)
        varied = {**dict(zip(self.names, design.values, strict=True)), **dict(derived)}
        return {**self.search.fixed, **{name: value for name, value in varied.items() if name in known}}

    def inputs(self, design: Design) -> dict[str, InputOverride]:
        """Return the sizes of inputs that a design sets."""
        sizes = {name: dict(axes) for name, axes in self._inputs.items()}
        changed = set(self.search.inputs)
        for name, value in zip(self.names, design.values, strict=True):
            head, dot, axes = name.partition(".")
            if dot and head in sizes:
                changed.add(head)
                sizes[head].update(dict.fromkeys([axes] if axes == "fps" else axes.split("x"), value))
        return {name: _override(axes) for name, axes in sizes.items() if name in changed}

    def number_of(self, node: Scalar, design: Design) -> float:
        """Return the value of a formula that has to be a number; SpecError with its place where it is none."""
        value = self._value(node, self.variables(design))
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
        raise SpecError([Problem(node.location, f"{node.text or node.value}: {value!r}", "a number")])

    def _given(self, values: tuple[object, ...]) -> dict[str, Any]:
        """Return what is set and varied; an input is a mapping of its sizes."""
        self._work += STEPS_EACH
        names: dict[str, Any] = {**self.search.fixed, **dict(zip(self.names, values, strict=True))}
        if self._reads_inputs:
            sizes = {name: dict(axes) for name, axes in self._inputs.items()}
            for name, value in zip(self.names, values, strict=True):
                head, dot, axes = name.partition(".")
                if dot and head in sizes:
                    sizes[head].update(dict.fromkeys(axes.split("x"), value))
            names.update(sizes)
        return names

    def _design(self, number: int, values: tuple[object, ...]) -> Design | None:
        names = self._given(values)
        for each, value in zip(self.search.space, values, strict=True):
            if each.when is not None and value != each.values[0] and not self._holds(each.when, names):
                return None
        derived = self._derived(names)
        if not all(self._holds(node, names) for node in self.search.where):
            return None
        return Design(number, values, derived)

    def _derived(self, names: dict[str, Any]) -> tuple[object, ...]:
        """Return the values that follow from others, and add them to the names."""
        for name, node in self.search.derive:
            names[name] = self._value(node, names)
        return tuple(names[name] for name, _ in self.search.derive)

    def _holds(self, node: Scalar, names: dict[str, Any]) -> bool:
        value = self._value(node, names)
        if not isinstance(value, bool):
            raise SpecError([Problem(node.location, f"a condition that is {value!r}", "true or false")])
        return value

    def _value(self, node: Scalar, names: dict[str, Any]) -> object:
        try:
            compiled = compile_text(str(node.value))
            if isinstance(compiled, str):
                return compiled
            self._spend(compiled.nodes * FORMULA_NODE * ITEMS_A_STEP, node)
            return compiled.evaluate(names, lambda items: self._spend(items, node))
        except FormulaError as error:
            raise SpecError([Problem(node.location, error.found, error.expected, error.hint)]) from None

    def _spend(self, items: int, node: Scalar) -> None:
        self._work -= items // ITEMS_A_STEP
        if self._work < 0:
            found = "formulas that take too much work for each combination"
            raise SpecError([Problem(node.location, found, "shorter formulas, or shorter lists in them")])


def _limits(search: SearchFile) -> list[Any]:
    ends = (end for each in search.requirements for end in (each.at_least, each.at_most))
    return [end for end in ends if hasattr(end, "location")]


def _declared_axes(search: SearchFile) -> dict[str, dict[str, object]]:
    """Return the sizes of each input by axis, and its frames per second; formulas of the spec stay as they are."""
    found: dict[str, dict[str, object]] = {}
    for key, node in search.document.inputs:
        declared = plain(node) if isinstance(node, Mapping) else {}
        axes = {axis: size for axis, size in declared.items() if is_axis(axis)}
        override = search.inputs.get(str(key.value))
        if override is not None and len(override.sizes) == len(axes):
            axes = dict(zip(axes, override.sizes, strict=True))
        fps = override.fps if override is not None and override.fps else declared.get("fps")
        found[str(key.value)] = {**axes, "fps": fps}
    return found


def _override(axes: dict[str, Any]) -> InputOverride:
    sizes = tuple(value for axis, value in axes.items() if axis != "fps")
    fps = axes["fps"]
    return InputOverride(sizes, float(fps) if isinstance(fps, (int, float)) else None)


def value_at(dimension: Dimension, place: float) -> object:
    """Return a value by its index, or by how far it lies in a range without a step: 0 is its start and 1 its end."""
    if dimension.continuous is None:
        return dimension.values[int(place)]
    low, high = dimension.continuous
    if dimension.logarithmic:
        low, high = math.log(low), math.log(high)
        return round(math.exp(low + (high - low) * place), 6)
    return round(low + (high - low) * place, 6)


def drawn_place(dimension: Dimension, source: random.Random) -> float:
    """Return the place of a value, drawn as the dimension is spread."""
    if dimension.continuous is not None:
        return source.random()
    if not dimension.logarithmic:
        return source.randrange(len(dimension.values))
    assert isinstance(dimension.values, Steps)
    return dimension.values.index_of(math.exp(source.uniform(*map(math.log, dimension.values.ends))))
