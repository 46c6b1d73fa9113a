"""What a parameter may be: one of some values, or a number in a range."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.core.messages import describe_value, is_whole, shortened
from archcalc.core.problem import did_you_mean, nearest
from archcalc.spec.text import Mapping, Node, Scalar, Sequence, describe, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.spec.diagnostics import Diagnostics

KEYS = ("default", "one_of", "from", "to", "step")
RANGE_KEYS = ("from", "to", "step")
MOST_LISTED = 12
NEAR = 1e-9
"""Part of a step by which a multiple of a fraction may miss it: 0.1 + 0.2 is not 0.3."""


class OneOf(NamedTuple):
    """A choice of one of some values."""

    values: tuple[object, ...]

    @property
    def expected(self) -> str:
        """Return the values in words."""
        shown = ", ".join(_written(each) for each in self.values[:MOST_LISTED])
        return f"one of {shown}" + (", ..." if len(self.values) > MOST_LISTED else "")

    def accepts(self, value: object) -> bool:
        """Whether a value is one of them; true is not 1."""
        return any(_same(value, each) for each in self.values)

    def hint(self, value: object) -> str:
        """Return the nearest text."""
        return did_you_mean(value, filter(_is_text, self.values)) if isinstance(value, str) else ""  # type: ignore[arg-type]

    def described(self) -> object:
        """Return it as plain data."""
        return {"one_of": list(self.values)}


class Range(NamedTuple):
    """Numbers from `low` to `high`, both included; only every `step` from `low` on if there is a step."""

    low: float
    high: float
    step: float | None

    @property
    def expected(self) -> str:
        """Return the range in words."""
        kind = "an integer" if self._of_integers else "a number"
        steps = f" in steps of {self.step:g}" if self.step not in (None, 1) else ""
        return f"{kind} from {_written(self.low)} to {_written(self.high)}{steps}"

    @property
    def _of_integers(self) -> bool:
        return all(isinstance(each, int) for each in (self.low, self.high, self.step or 0))

    def accepts(self, value: object) -> bool:
        """Whether a value is a number of the range."""
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not self.low <= value <= self.high:
            return False
        step = self.step or (1 if self._of_integers else 0)
        places = (value - self.low) / step if step else 0
        return abs(places - round(places)) <= NEAR * max(1.0, abs(places))

    def hint(self, value: object) -> str:
        """Return nothing: numbers are not misspelled."""
        return ""

    def described(self) -> object:
        """Return it as plain data."""
        return {"from": self.low, "to": self.high, **({"step": self.step} if self.step is not None else {})}


Choices = OneOf | Range


def is_declaration(node: Node | None) -> bool:
    """Whether a parameter's mapping says what it may be, rather than being its default."""
    if not isinstance(node, Mapping):
        return False
    keys = set(node.keys)
    return "default" in keys or "one_of" in keys or {"from", "to"} <= keys <= set(KEYS)


def read_choices(node: Mapping, name: str, problems: Diagnostics) -> Choices | None:
    """Return what a declaration allows; what is wrong with it is added to the problems."""
    for key, _ in node.entries:
        if key.value not in KEYS:
            found = f"unknown key {key.value!r} in parameter {name!r}"
            problems.add(key.location, found, "one of " + ", ".join(KEYS), did_you_mean(str(key.value), KEYS))
    if node.get("default") is None:
        problems.add(node.location, f"no 'default' in parameter {name!r}", "default: VALUE, or default: required")
    ranged = [key for key in RANGE_KEYS if node.get(key) is not None]
    if node.get("one_of") is not None and ranged:
        problems.add(node.location, f"both 'one_of' and {ranged[0]!r} in parameter {name!r}", "one of them")
        return None
    found_choices = _one_of(node, problems) if node.get("one_of") is not None else _range(node, name, problems)
    _check_default(node, found_choices, problems)
    return found_choices


def _one_of(node: Mapping, problems: Diagnostics) -> OneOf | None:
    values = node.get("one_of")
    assert values is not None
    if not isinstance(values, Sequence) or not values.items:
        problems.add(values.location, f"one_of: {describe(values)}", "a list of values")
        return None
    return OneOf(tuple(plain(each) for each in values.items))


def _range(node: Mapping, name: str, problems: Diagnostics) -> Range | None:
    numbers = {key: _number(node.get(key), key, problems) for key in RANGE_KEYS}
    low, high, step = numbers.values()
    meant = {nearest(key, KEYS) for key in node.keys if key not in KEYS}
    missing = [key for key in ("from", "to") if node.get(key) is None and key not in meant]
    if missing and (len(missing) == 1 or node.get("step") is not None):
        problems.add(node.location, f"no {missing[0]!r} in parameter {name!r}", "from: LEAST, to: MOST")
    if low is None or high is None:
        return None
    if low > high:
        problems.add(node.location, f"a range from {_written(low)} to {_written(high)}", "the least value first")
        return None
    if step is not None and step <= 0:
        problems.add(node.location, f"step: {_written(step)}", "a number above 0")
        return None
    return Range(low, high, step)


def _number(node: Node | None, key: str, problems: Diagnostics) -> float | None:
    if node is None:
        return None
    value = plain(node)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e18:
        return int(value) if is_whole(value) and isinstance(value, int) else value
    problems.add(node.location, f"{key}: {describe(node)}", "a number")
    return None


def _check_default(node: Mapping, choices: Choices | None, problems: Diagnostics) -> None:
    default = node.get("default")
    if default is None or choices is None or _is_formula_or_required(default):
        return
    value = plain(default)
    if not choices.accepts(value):
        found = f"default: {describe_value(value)}"
        problems.add(default.location, found, choices.expected, choices.hint(value))


def _is_formula_or_required(node: Node) -> bool:
    return isinstance(node, Scalar) and isinstance(node.value, str) and ("$" in node.value or node.value == "required")


def refusal_of(name: str, value: object, choices: Choices, note: Callable[[str, str, str], None]) -> bool:
    """Call `note` with found, expected and hint if a value is none of the choices; return whether it was called."""
    if choices.accepts(value):
        return False
    note(f"{name}: {describe_value(value)}", choices.expected, choices.hint(value))
    return True


def _same(value: object, other: object) -> bool:
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    return value == other


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _written(value: object) -> str:
    if isinstance(value, str):
        return shortened(value)[1:-1]
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value)
