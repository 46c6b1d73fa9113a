"""Reads what designs are measured by: goals, requirements, and what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.quantities import QUANTITIES
from archcalc.core.problem import did_you_mean
from archcalc.core.shape import CHANNEL, in_order, is_axis
from archcalc.design.figures import parse_extent, parse_figure, units_of
from archcalc.design.model import FIELD, LATENCY, UNITS, VIEWS, Goal, Limit, Measure, Requirement
from archcalc.spec.formula import FormulaError, compile_text
from archcalc.spec.text import Mapping, Scalar, Sequence, describe, plain

if TYPE_CHECKING:
    from collections.abc import Sequence as Names

    from archcalc.spec.diagnostics import Diagnostics
    from archcalc.spec.model import Document
    from archcalc.spec.text import Node

ENDS = ("at_least", "at_most")
FIELD_KEYS = ("layer", "view", "unit", "axis", "input")
LATENCY_KEYS = ("device",)
LABELS = {FIELD: "receptive_field", LATENCY: "latency_ms"}


class MeasureReader:
    """Reads measures; `names` are those of values that each design has."""

    def __init__(self, problems: Diagnostics, document: Document, names: Names[str]) -> None:
        self.problems = problems
        self.names = names
        self.known = [*QUANTITIES, FIELD, LATENCY, *names]
        self.inputs = [str(key.value) for key, _ in document.inputs]
        self.axes = {
            axis
            for _, node in document.inputs
            for axis in (node.keys if isinstance(node, Mapping) else ())
            if is_axis(axis) and axis != CHANNEL
        }
        self._labels: dict[str, Measure] = {}

    def requirements(self, node: Node | None) -> tuple[Requirement, ...]:
        """Return what is under `require`: a mapping of quantities, or a list of mappings that name theirs."""
        if node is None:
            return ()
        if isinstance(node, Mapping):
            pairs = [self._requirement(key, value) for key, value in node.entries]
        elif isinstance(node, Sequence):
            pairs = [self._listed(each) for each in node.items]
        else:
            self.problems.add(node.location, f"require: {describe(node)}", "quantities with at_least or at_most")
            return ()
        return tuple(each for each in pairs if each is not None)

    def goals(self, root: Mapping) -> tuple[Goal, ...]:
        """Return what is minimized and maximized, in the order of the file."""
        found = []
        for key, node in root.entries:
            if key.value in ("minimise", "maximise"):
                for each in node.items if isinstance(node, Sequence) else (node,):
                    measure = self._shown(each)
                    if measure is not None and self._is_number(measure, each):
                        found.append(Goal(measure, key.value == "maximise"))
        return tuple(found)

    def shown(self, node: Node | None) -> tuple[Measure, ...]:
        """Return the measures in a list."""
        nodes = () if node is None else node.items if isinstance(node, Sequence) else (node,)
        found = (self._shown(each) for each in nodes)
        return tuple(each for each in found if each is not None)

    def _is_number(self, measure: Measure, node: Node) -> bool:
        if not measure.is_field or measure.axis is not None or len(self.axes) < 2:
            return True
        expected = f"axis: one of {', '.join(in_order(self.axes))}"
        self.problems.add(node.location, "a field as a goal without an axis", expected)
        return False

    def _shown(self, node: Node) -> Measure | None:
        if isinstance(node, Mapping):
            name = node.get("quantity")
            if not isinstance(name, Scalar):
                self.problems.add(node.location, "no 'quantity'", "quantity: NAME")
                return None
            return self._measure(name, node, ("quantity",))
        if isinstance(node, Scalar):
            return self._measure(node, None, ())
        self.problems.add(node.location, describe(node), "the name of a quantity")
        return None

    def _listed(self, node: Node) -> Requirement | None:
        name = node.get("quantity") if isinstance(node, Mapping) else None
        if not isinstance(name, Scalar):
            self.problems.add(node.location, describe(node), "{quantity: NAME, at_most: FIGURE}")
            return None
        return self._requirement(name, node)

    def _requirement(self, name: Scalar, node: Node) -> Requirement | None:
        if not isinstance(node, Mapping):
            self.problems.add(node.location, f"{name.value}: {describe(node)}", "{at_least: ...} or {at_most: ...}")
            return None
        measure = self._measure(name, node, ("quantity", *ENDS))
        if all(node.get(end) is None for end in ENDS):
            self.problems.add(node.location, f"{name.value} without an end", "at_least, at_most or both")
        if measure is None:
            return None
        return Requirement(measure, *(self._end(end, node.get(end), measure) for end in ENDS))

    def _measure(self, name: Scalar, node: Mapping | None, more: tuple[str, ...]) -> Measure | None:
        key = str(name.value)
        if key not in self.known:
            expected = "one of " + ", ".join(self.known)
            self.problems.add(name.location, f"unknown quantity {key!r}", expected, did_you_mean(key, self.known))
            return None
        own = FIELD_KEYS if key == FIELD else LATENCY_KEYS if key == LATENCY else ()
        options = self._options(node, key, (*own, *more))
        if key == LATENCY and "device" not in options:
            place = name.location if node is None else node.location
            self.problems.add(place, "a latency without a device", "{device: cpu}, or the file of a report")
            return None
        return self._labeled(
            Measure("", key, name.location, **{word: options[word] for word in own if word in options})
        )

    def _labeled(self, measure: Measure) -> Measure:
        """Return the measure with a label of its own: the field or latency of other conditions has another one."""
        label = LABELS.get(measure.key, measure.key)
        details = (measure.layer, measure.view, measure.unit, measure.axis, measure.input, measure.device)
        same = [
            each
            for each in self._labels.values()
            if each.key == measure.key
            and (each.layer, each.view, each.unit, each.axis, each.input, each.device) == details
        ]
        if same:
            return same[0]
        if label in self._labels:
            parts = [part for part in (measure.layer, measure.view, measure.unit, measure.axis, measure.device) if part]
            label = "_".join([label, *parts]).replace(".", "_")
        labeled = measure._replace(label=label)
        self._labels[label] = labeled
        return labeled

    def _options(self, node: Mapping | None, key: str, known: tuple[str, ...]) -> dict[str, str]:
        allowed = {"view": VIEWS, "unit": UNITS, "axis": tuple(sorted(self.axes)), "input": tuple(self.inputs)}
        options = {}
        for entry, value in node.entries if node is not None else ():
            word = str(entry.value)
            if word not in known:
                found, hint = f"unknown key {word!r} for {key}", did_you_mean(word, known)
                self.problems.add(entry.location, found, "one of " + ", ".join(known) if known else "no keys", hint)
            elif word not in ENDS and word != "quantity":
                options[word] = self._option(word, value, allowed.get(word))
        return {word: option for word, option in options.items() if option}

    def _option(self, word: str, node: Node, allowed: tuple[str, ...] | None) -> str:
        value = plain(node)
        if not isinstance(value, str) or not value or (allowed is not None and value not in allowed):
            expected = "one of " + ", ".join(allowed) if allowed else "a name"
            hint = did_you_mean(value, allowed or ()) if isinstance(value, str) else ""
            self.problems.add(node.location, f"{word}: {describe(node)}", expected, hint)
            return ""
        return value

    def _end(self, end: str, node: Node | None, measure: Measure) -> Limit | Scalar:
        if node is None:
            return None
        if isinstance(node, Scalar) and isinstance(node.value, str) and "$" in node.value:
            return node if self._compiles(node) else None
        limit = self._field_limit(node, measure) if measure.is_field else self._figure(plain(node), measure)
        if limit is None:
            expected = "25x300x300, or {T: 25}" if measure.is_field else "a figure, such as 120 G or 24 GiB"
            self.problems.add(node.location, f"{end}: {describe(node)}", expected)
        return limit

    def _compiles(self, node: Scalar) -> bool:
        try:
            compile_text(str(node.value))
        except FormulaError as error:
            self.problems.add(node.location, error.found, error.expected, error.hint)
            return False
        return True

    def _figure(self, value: object, measure: Measure) -> Limit:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
        kind = "ms" if measure.key == LATENCY else QUANTITIES[measure.key].kind if measure.key in QUANTITIES else ""
        try:
            return parse_figure(str(value), units_of(kind))
        except ValueError:
            return None

    def _field_limit(self, node: Node, measure: Measure) -> Limit:
        axes = in_order(self.axes)
        value = plain(node)
        if isinstance(value, dict):
            right = all(key in axes and isinstance(each, (int, float)) for key, each in value.items())
            return value if right and value else None
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            only = measure.axis or (axes[0] if len(axes) == 1 else None)
            return {only: value} if only else None
        sizes = parse_extent(str(value))
        return dict(zip(axes, sizes, strict=True)) if sizes and len(sizes) == len(axes) else None
