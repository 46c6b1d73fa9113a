"""Reads what a search varies: values of parameters, and of the axes of inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.messages import describe_value, is_whole
from archcalc.core.problem import did_you_mean
from archcalc.core.shape import CHANNEL, is_axis
from archcalc.design.model import Dimension
from archcalc.design.steps import Steps
from archcalc.graph import MOST_CHANNELS, MOST_POSITIONS
from archcalc.spec.formula import FormulaError, compile_text
from archcalc.spec.inputs import LARGEST, SMALLEST
from archcalc.spec.text import Mapping, Scalar, Sequence, describe, plain

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Sequence as Values

    from archcalc.spec.diagnostics import Diagnostics
    from archcalc.spec.model import Document, Parameter
    from archcalc.spec.text import Node

KEYS = ("from", "to", "step", "spread", "when", "values")
EXPECTED = "a list of values, or {from: 1, to: 4}"
FPS = "fps"
MOST_VALUES = 10**15
"""Values of a dimension; they are never listed, but their number has to fit an index."""
MOST_CHECKED = 10_000
"""Values of a dimension that are compared with what a parameter may be; ranges are compared by their ends."""


class DimensionReader:
    """Reads the space of a search; `read_by_derive` are names that need not be parameters, as `derive` reads them."""

    def __init__(self, problems: Diagnostics, document: Document, read_by_derive: Collection[str]) -> None:
        assert document.main is not None
        self.problems = problems
        self.parameters: dict[str, Parameter] = {each.name: each for each in document.main.parameters}
        self.inputs = {str(key.value): axes_of(node) for key, node in document.inputs}
        self._free = read_by_derive

    def read(self, root: Mapping, fixed: Collection[str]) -> tuple[Dimension, ...]:
        """Return the dimensions under `space`; what is wrong is added to the problems."""
        node = root.get("space")
        if node is None:
            return ()
        if not isinstance(node, Mapping) or not node.entries:
            self.problems.add(node.location, f"space: {describe(node)}", "names with the values they may have")
            return ()
        found = [self._dimension(key, value, fixed) for key, value in node.entries]
        self._check_axes(found)
        return tuple(each for each in found if each is not None)

    def _dimension(self, key: Scalar, node: Node, fixed: Collection[str]) -> Dimension | None:
        name = str(key.value)
        if name in fixed:
            self.problems.add(key.location, f"{name!r} in both 'set' and 'space'", "it in one of them")
        self._check_name(key, name)
        if isinstance(node, Mapping):
            found = self._mapping(key, name, node)
        else:
            items = node.items if isinstance(node, Sequence) else (node,)
            found = Dimension(name, tuple(plain(each) for each in items), key.location)
            if not items:
                self.problems.add(node.location, f"{name}: {describe(node)}", EXPECTED)
                return None
        if found is not None:
            self._check_values(found, node)
        return found

    def _check_name(self, key: Scalar, name: str) -> None:
        head, dot, axes = name.partition(".")
        if dot and head in self.inputs:
            known = (*self.inputs[head], FPS)
            for axis in [axes] if axes in known else axes.split("x"):
                if axis not in known:
                    expected = f"{head}.AXIS with one of {', '.join(known)}, or several as {head}.HxW"
                    self.problems.add(key.location, f"unknown axis {axis!r} of input {head!r}", expected)
            return
        if name in self.parameters or name in self._free:
            return
        known_names = [*self.parameters, *(f"{name}.{axis}" for name, axes in self.inputs.items() for axis in axes)]
        expected = "a parameter, an axis of an input or a name in 'derive': " + ", ".join(known_names[:12])
        self.problems.add(key.location, f"unknown parameter {name!r}", expected, did_you_mean(name, known_names))

    def _mapping(self, key: Scalar, name: str, node: Mapping) -> Dimension | None:
        keys = {str(entry.value): value for entry, value in node.entries}
        for entry, _ in node.entries:
            if entry.value not in KEYS:
                hint = did_you_mean(str(entry.value), KEYS)
                self.problems.add(
                    entry.location, f"unknown key {entry.value!r} in {name!r}", "one of " + ", ".join(KEYS), hint
                )
                return None
        when = self._when(keys.get("when"))
        if "values" in keys:
            values = keys["values"]
            if not isinstance(values, Sequence) or not values.items:
                self.problems.add(values.location, f"values: {describe(values)}", "a list of values")
                return None
            return Dimension(name, tuple(plain(each) for each in values.items), key.location, when)
        return self._range(key, name, node, when)

    def _range(self, key: Scalar, name: str, node: Mapping, when: Scalar | None) -> Dimension | None:
        numbers = {word: self._number(node, word) for word in ("from", "to", "step")}
        low, high, step = numbers.values()
        for word in ("from", "to"):
            if node.get(word) is None:
                self.problems.add(node.location, f"no {word!r} in {name!r}", EXPECTED)
        if low is None or high is None:
            return None
        if low > high or (step is not None and step <= 0):
            found = f"from {low} to {high}" if low > high else f"step: {step}"
            self.problems.add(node.location, found, "the least value first, and a step above 0")
            return None
        logarithmic = self._spread(node, low)
        whole = all(isinstance(each, int) for each in (low, high, step or 1))
        if step is None and not whole:
            return Dimension(name, (low, high), key.location, when, logarithmic, (low, high))
        step = 1 if step is None else step
        count = (high - low) // step + 1 if whole else int((high - low) / step + 1e-9) + 1
        if count > MOST_VALUES:
            found, expected = f"{int(count):,} values of {name!r}", f"at most {MOST_VALUES:,}: a larger step"
            self.problems.add(node.location, found, f"{expected}, or none for a range of fractions")
            return None
        return Dimension(name, Steps(low, step, int(count)), key.location, when, logarithmic)

    def _number(self, node: Mapping, word: str) -> float | None:
        value = node.get(word)
        if value is None:
            return None
        number = plain(value)
        if isinstance(number, (int, float)) and not isinstance(number, bool) and abs(number) <= 1e15:
            return number
        self.problems.add(value.location, f"{word}: {describe(value)}", "a number of at most 10^15")
        return None

    def _spread(self, node: Mapping, low: float) -> bool:
        spread = node.get("spread")
        if spread is None:
            return False
        if plain(spread) not in ("log", "even"):
            self.problems.add(spread.location, f"spread: {describe(spread)}", "log or even")
        elif plain(spread) == "log" and low <= 0:
            self.problems.add(spread.location, f"spread: log from {low}", "a least value above 0")
        return plain(spread) == "log" and low > 0

    def _when(self, node: Node | None) -> Scalar | None:
        if node is None:
            return None
        if not isinstance(node, Scalar) or "$" not in str(node.value):
            self.problems.add(node.location, f"when: {describe(node)}", "a formula, such as $(family == 'mixed')")
            return None
        try:
            compile_text(str(node.value))
        except FormulaError as error:
            self.problems.add(node.location, error.found, error.expected, error.hint)
            return None
        return node

    def _check_values(self, found: Dimension, node: Node) -> None:
        head, dot, axes = found.name.partition(".")
        if dot and head in self.inputs:
            self._check_sizes(found, node, axes)
            return
        choices = self.parameters[found.name].choices if found.name in self.parameters else None
        if choices is None:
            return
        for index, value in _checked(found):
            if not choices.accepts(value):
                place = node.items[index].location if isinstance(node, Sequence) else node.location
                text = f"{found.name}: {describe_value(value)}"
                self.problems.add(place, text, choices.expected, choices.hint(value))
                if not isinstance(node, Sequence):
                    return  # one end of a range says it

    def _check_sizes(self, found: Dimension, node: Node, axes: str) -> None:
        most = MOST_CHANNELS if axes == CHANNEL else MOST_POSITIONS
        for index, value in _checked(found):
            place = node.items[index].location if isinstance(node, Sequence) else node.location
            if axes == FPS:
                if not isinstance(value, (int, float)) or not SMALLEST <= value <= LARGEST:
                    expected = f"a number from {SMALLEST:g} to {LARGEST:g}"
                    self.problems.add(place, f"{found.name}: {describe_value(value)}", expected)
            elif not is_whole(value) or not 1 <= value <= most:
                self.problems.add(place, f"{found.name}: {describe_value(value)}", f"an integer from 1 to {most:,}")

    def _check_axes(self, found: list[Dimension | None]) -> None:
        """Note an axis that two dimensions set."""
        seen: dict[str, str] = {}
        for each in found:
            head, dot, axes = ("", "", "") if each is None else each.name.partition(".")
            if each is None or not dot or head not in self.inputs:
                continue
            for axis in axes.split("x"):
                if f"{head}.{axis}" in seen:
                    other = seen[f"{head}.{axis}"]
                    self.problems.add(each.location, f"{axis} of {head!r} in {other!r} and {each.name!r}", "it in one")
                seen[f"{head}.{axis}"] = each.name


def _checked(found: Dimension) -> list[tuple[int, object]]:
    values: Values[object] = found.values
    places = range(len(values)) if len(values) <= MOST_CHECKED else (0, len(values) - 1)
    return [(index, values[index]) for index in places]


def axes_of(node: Node) -> tuple[str, ...]:
    """Return the axes that an input declares, in order."""
    return tuple(key for key in node.keys if is_axis(key)) if isinstance(node, Mapping) else ()
