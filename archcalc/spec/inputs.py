"""The inputs of a network: as the spec declares them, and as a caller asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.frozen import FrozenDict
from archcalc.core.messages import describe_value, is_whole, shortened
from archcalc.core.problem import OperatorError, UsageError, did_you_mean
from archcalc.core.shape import BATCH_NAMES, CHANNEL, DEPTH_AXES, STANDARD_AXES, Shape, is_axis
from archcalc.graph import MOST_CHANNELS, MOST_POSITIONS, NetworkInput, check_size
from archcalc.spec.context import UNKNOWN, DependsOnError, EvaluationContext
from archcalc.spec.names import expected_of_name, unfit_characters
from archcalc.spec.parse import RESERVED_NAMES
from archcalc.spec.text import Mapping, Node, Scalar, describe

if TYPE_CHECKING:
    from collections.abc import Mapping as NameMapping

    from archcalc.spec.evaluate import Evaluator
    from archcalc.spec.model import Entries

INPUT_KEYS = (*STANDARD_AXES, "fps", "spacing")
OTHER_AXIS = "another axis, which is one capital letter, such as F for frequency"
MOST_INPUTS = 1_000
SMALLEST, LARGEST = 1e-6, 1e9
"""Frames per second, and millimeters: from a frame in a week to what no camera reaches."""


class InputOverride(NamedTuple):
    """Sizes in the order the spec declares its axes, and frames per second if given."""

    sizes: tuple[int, ...]
    fps: float | None = None


def parse_override(text: object) -> tuple[str, InputOverride]:
    """`clip=3x32x224x224@30` as a name and sizes; UsageError when it is not of that form."""
    if not isinstance(text, str):
        raise UsageError(f"{describe_value(text)} as an input; expected a string such as clip=3x32x224x224@30")
    name, equals, rest = text.partition("=")
    sizes, at, fps = rest.partition("@")
    try:
        override = InputOverride(tuple(map(int, sizes.split("x"))), float(fps) if at else None)
    except ValueError:
        override = InputOverride(())
    rate = override.fps is None or SMALLEST <= override.fps <= LARGEST
    if not name or not equals or not override.sizes or min(override.sizes) < 1 or not rate:
        raise UsageError(
            f"--input {shortened(text, 80)}; expected NAME=SIZExSIZE...[@FPS], such as clip=3x32x224x224@30"
        )
    return name, override


def declared_inputs(entries: Entries, evaluator: Evaluator, context: EvaluationContext) -> dict[str, NetworkInput]:
    """Return the inputs as a spec declares them; what is wrong with them is noted."""
    if len(entries) > MOST_INPUTS:
        place = entries[MOST_INPUTS][0].location
        evaluator.note(place, context, f"{len(entries):,} inputs", f"at most {MOST_INPUTS:,}")
        return {}
    read = (_Declared(str(key.value), evaluator, context).read(key, node) for key, node in entries)
    return {each.name: each for each in read if each is not None}


def overridden_inputs(
    entries: Entries, declared: NameMapping[str, NetworkInput], overrides: NameMapping[str, InputOverride]
) -> dict[str, NetworkInput]:
    """Return inputs with what a caller changed.

    Raises:
        UsageError: the spec lacks an input, or it has another number of axes.
    """
    nodes = {str(key.value): node for key, node in entries}
    changed = dict(declared)
    for name, override in overrides.items():
        if name not in nodes:
            hint = did_you_mean(name, nodes)
            raise UsageError(f"no input {name!r}; the inputs are {', '.join(nodes)}" + (f" ({hint})" if hint else ""))
        if name in declared:
            changed[name] = _overridden(declared[name], nodes[name], override)
    return changed


def _overridden(declared: NetworkInput, node: Node, override: InputOverride) -> NetworkInput:
    axes = [key for key in node.keys if is_axis(key)] if isinstance(node, Mapping) else []
    if len(override.sizes) != len(axes):
        raise UsageError(
            f"{len(override.sizes)} sizes for input {declared.name!r}; {len(axes)}, in the order {', '.join(axes)}"
        )
    shape = Shape.of(dict(zip(axes, override.sizes, strict=True)))
    try:
        check_size(shape)
    except OperatorError as error:
        raise UsageError(f"input {declared.name!r}: {error}") from None
    return NetworkInput(declared.name, shape, override.fps or declared.fps, declared.spacing)


def _axis_hint(word: str) -> str:
    if word in BATCH_NAMES or word.casefold() in ("batch", "n"):
        return "the batch is no axis of an input; --batch says how many samples there are"
    near = did_you_mean(word, INPUT_KEYS)
    return near or (f"did you mean {word[0].upper()!r}?" if is_axis(word[:1].upper()) else "")


class _Declared:
    """One declared input; what is wrong with it is noted."""

    def __init__(self, name: str, evaluator: Evaluator, context: EvaluationContext) -> None:
        self.name = name
        self.evaluator = evaluator
        self.context = context
        self.failed = False

    def read(self, key: Scalar, node: Node) -> NetworkInput | None:
        if not isinstance(node, Mapping):
            self._problem(
                node,
                f"input {self.name!r}: {describe(node)}",
                "its axes and their sizes: {C: 3, T: 16, H: 112, W: 112}",
            )
            return None
        if "." in self.name or not self.name or self.name.isdigit() or self.name in RESERVED_NAMES:
            self._problem(key, f"the name {self.name!r}", "a name with no dot, not all digits, not input or here")
        elif unfit := unfit_characters(self.name):
            self._problem(key, unfit, expected_of_name(self.name))
        sizes, fps, spacing = {}, None, {}
        for entry, value in node.entries:
            word = str(entry.value)
            if is_axis(word):
                sizes[word] = self._size(word, value)
            elif word == "fps":
                fps = self._positive(word, value)
            elif word == "spacing":
                spacing = self._spacing(value, [str(key) for key in node.keys if is_axis(key) and key != CHANNEL])
            else:
                found = f"unknown axis or key {word!r} in input {self.name!r}"
                self._problem(entry, found, f"one of {', '.join(INPUT_KEYS)}, or {OTHER_AXIS}", _axis_hint(word))
        if "C" not in sizes:
            self._problem(key, f"no axis 'C' in input {self.name!r}", "C, the number of channels")
        if all(axis in sizes for axis in DEPTH_AXES):
            self._problem(key, f"input {self.name!r} with both T and D", "one of them")
        return None if self.failed else NetworkInput(self.name, Shape.of(sizes), fps, FrozenDict(spacing))

    def _value(self, node: Node) -> object:
        try:
            return self.evaluator.value(node, self.context, UNKNOWN)
        except DependsOnError:
            if not len(self.evaluator.problems):
                self._problem(node, f"input {self.name!r} with a size computed from a tensor", "numbers or parameters")
            self.failed = True
            return None

    def _size(self, axis: str, node: Node) -> int:
        value = self._value(node)
        if value is None and self.failed:
            return 1
        most = MOST_CHANNELS if axis == CHANNEL else MOST_POSITIONS
        if is_whole(value) and 1 <= value <= most:
            return int(value)
        self._problem(node, f"{axis}: {describe_value(value)}", f"an integer from 1 to {most:,}")
        return 1

    def _positive(self, word: str, node: Node) -> float | None:
        value = self._value(node)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and SMALLEST <= value <= LARGEST:
            return value
        self._problem(node, f"{word}: {describe_value(value)}", f"a number from {SMALLEST:g} to {LARGEST:g}")
        return None

    def _spacing(self, node: Node, axes: list[str]) -> dict[str, float]:
        if not isinstance(node, Mapping):
            self._problem(node, f"spacing: {describe(node)}", "millimeters by axis: {D: 3.0, H: 0.9, W: 0.9}")
            return {}
        spacing = {}
        for key, value in node.entries:
            if key.value not in axes:
                found = f"spacing of {key.value!r} in input {self.name!r}"
                self._problem(key, found, f"one of its axes: {', '.join(axes)}" if axes else "no spacing without axes")
            spacing[str(key.value)] = self._positive("spacing", value) or 1.0
        return spacing

    def _problem(self, node: Node, found: str, expected: str, hint: str = "") -> None:
        self.evaluator.note(node.location, self.context, found, expected, hint)
        self.failed = True
