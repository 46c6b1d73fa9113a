"""Formulas in a spec, `$name` and `$(expression)`: read once, then worked out by simpleeval within limits."""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any, TypeAlias

from simpleeval import SimpleEval

from archcalc.core.problem import did_you_mean

Value: TypeAlias = bool | int | float | str | list[Any] | dict[str, Any] | None

MAX_EXPRESSION = 1_000
MAX_DEPTH = 50
MAX_NUMBER = 10**18
MAX_TEXT = 10_000
MAX_LIST = 10_000
MAX_HINTS = 1_000
MAX_HINT_LENGTH = 50

_DOLLAR = re.compile(r"\$\$|\$\(|\$([^\W\d]\w*)|\$")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_BRACKET = re.compile(_QUOTED.pattern + r"|[()]")


class FormulaError(ValueError):
    """A formula cannot be read, or has no value: what was found, what was expected, and what to do about it."""

    def __init__(self, found: str, expected: str = "", hint: str = "") -> None:
        self.found = found
        self.expected = expected
        self.hint = hint
        text = f"{found}; {expected}" if expected else found
        super().__init__(f"{text} ({hint})" if hint else text)


@dataclass(frozen=True, slots=True)
class Formula:
    """One formula; `text` is as written, without the dollar sign."""

    text: str
    tree: ast.expr = field(repr=False, compare=False)

    def evaluate(self, names: Mapping[str, object]) -> Value:
        """The value of the formula, where `names` says what each name means.

        `names`, and any mapping it holds, may work out its entries when they are asked for; what they raise, other
        than KeyError, is passed on. FormulaError when the formula has no value: an unknown name, a division by zero,
        a number, text or list beyond the limits.
        """
        evaluator = _idle_evaluator()
        try:
            result = evaluator.run(self.tree, names)
        finally:
            _IDLE.append(evaluator)
        if isinstance(result, tuple):
            return list(result)
        if isinstance(result, Mapping) and not isinstance(result, dict):
            raise FormulaError(f"{self.text!r} is a mapping", "a value", "take one of its entries, such as input.C")
        return result  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Template:
    """A text with formulas in it."""

    parts: tuple[str | Formula, ...]

    def evaluate(self, names: Mapping[str, object]) -> str:
        """The text with each formula replaced by its value; FormulaError as for a formula, or when one is no text."""
        parts = (part if isinstance(part, str) else _inside_text(part, part.evaluate(names)) for part in self.parts)
        text = "".join(parts)
        if len(text) > MAX_TEXT:
            raise FormulaError(f"a text of {len(text):,} characters", f"at most {MAX_TEXT:,}")
        return text


def compile_text(text: str) -> str | Formula | Template:
    """What a text of a spec stands for: itself, one formula, or a text with formulas inside.

    `$$` is a dollar sign. FormulaError when a formula in it cannot be read or asks for what formulas do not have.
    """
    return _compiled(text) if "$" in text else text


def closing_parenthesis(text: str, start: int) -> int | None:
    """The index just behind the `)` that closes a parenthesis opened before `start`; None when nothing closes it."""
    depth = 1
    for match in _BRACKET.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if not depth:
            return match.end()
    return None


def unclosed_formula(text: str) -> int | None:
    """The index of the first `$(` in a text that is not closed in it; None when all are."""
    position: int | None = 0
    while match := _DOLLAR.search(text, position or 0):
        position = closing_parenthesis(text, match.end()) if match[0] == "$(" else match.end()
        if position is None:
            return match.start()
    return None


def describe_value(value: object) -> str:
    """A plain value in words, for messages; long texts are cut short."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text {shortened(value)}" if value else "an empty text"
    if isinstance(value, (int, float)):
        return f"the number {value}" if abs(value) <= MAX_NUMBER or isinstance(value, float) else "a huge number"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}" if value else "an empty list"
    return "a mapping" if isinstance(value, Mapping) else f"a {type(value).__name__}"


def shortened(text: str, limit: int = 40) -> str:
    """A text in quotes, cut to about `limit` characters, with whatever cannot be printed escaped."""
    return repr(text if len(text) <= limit else text[: limit - 3] + "...")


# Reading


@lru_cache(maxsize=4096)
def _compiled(text: str) -> str | Formula | Template:
    if len(text) > MAX_TEXT:
        raise FormulaError(f"formulas in a text of {len(text):,} characters", f"at most {MAX_TEXT:,}")
    parts = [part for part in _parts(text) if part != ""]
    if all(isinstance(part, str) for part in parts):
        return "".join(map(str, parts))
    return parts[0] if len(parts) == 1 else Template(tuple(parts))


def _parts(text: str) -> Iterator[str | Formula]:
    position = 0
    while match := _DOLLAR.search(text, position):
        yield text[position : match.start()]
        part, position = _part(text, match)
        yield part
    yield text[position:]


def _part(text: str, match: re.Match[str]) -> tuple[str | Formula, int]:
    start = match.end()
    if match[0] == "$$":
        return "$", start
    if match[1]:
        return Formula(match[1], ast.Name(match[1], ast.Load())), start
    if match[0] == "$":
        raise FormulaError("a '$' without a formula", "$name or $(expression)", "a dollar sign is written $$")
    end = closing_parenthesis(text, start)
    if end is None:
        found = f"a formula that is not closed: {shortened(text[match.start() :])}"
        raise FormulaError(found, "a ')' for every '('", "a ')' inside quotes does not count")
    expression = text[start : end - 1].strip()
    return Formula(expression, _parsed(expression)), end


def _parsed(expression: str) -> ast.expr:
    if not expression:
        raise FormulaError("an empty formula", "an expression, such as $(2 * width)")
    if len(expression) > MAX_EXPRESSION:
        raise FormulaError(f"a formula of {len(expression):,} characters", f"at most {MAX_EXPRESSION:,}")
    if stray := re.search(r"[#\\]", _QUOTED.sub("", expression)):
        raise FormulaError(
            f"a '{stray[0]}' in the formula {shortened(expression)}", "one outside quotes has no meaning"
        )
    tree = _tree(expression)
    if _is_deep(tree):
        raise FormulaError(f"a formula nested more than {MAX_DEPTH} deep", "smaller formulas, such as under let")
    for node in ast.walk(tree):
        _check_node(node, expression)
    return tree


def _tree(expression: str) -> ast.expr:
    # Python warns about odd literals such as `1if` or '\d'; a spec is not Python, so nobody should see that.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(f"({expression}\n)", mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            hint = next((hint for pattern, hint in _SYNTAX_HINTS if re.search(pattern, expression)), "")
            found = f"a formula that cannot be read: {shortened(expression)}"
            raise FormulaError(found, "an expression, such as 2 * width", hint) from None


_SYNTAX_HINTS = (
    (r"&&", "write 'and'"),
    (r"\|\|", "write 'or'"),
    (r"\?", "write 'a if c else b'"),
    (r"!(?!=)", "write 'not'"),
    (r"(?<![=!<>])=(?!=)", "equality is written =="),
    (r"\$", "names inside $(...) are written without a dollar sign"),
)


def _is_deep(tree: ast.expr) -> bool:
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    return bool(level)


def _check_node(node: ast.AST, expression: str) -> None:
    if isinstance(node, ast.Call):
        _check_call(node)
    known = isinstance(node, _KNOWN_NODES) or type(node) in _OPERATORS
    if isinstance(node, ast.Constant):
        known = node.value is None or type(node.value) in (bool, int, float, str)
    if not known:
        words, hint = _REFUSED.get(type(node), (type(node).__name__, ""))
        found = f"{words} in the formula {shortened(expression)}"
        raise FormulaError(found, "formulas have names, numbers, texts, lists, operators and " + _FUNCTION_NAMES, hint)


def _check_call(node: ast.Call) -> None:
    name = shortened(ast.unparse(node.func))
    if not isinstance(node.func, ast.Name) or node.func.id not in _FUNCTIONS:
        hint = did_you_mean(node.func.id, _FUNCTIONS) if isinstance(node.func, ast.Name) else ""
        raise FormulaError(f"a call of {name}", "one of " + _FUNCTION_NAMES, hint)
    if node.keywords:
        raise FormulaError(f"an argument with a name in a call of {name}", "values alone")


_KNOWN_NODES = (
    ast.Attribute,
    ast.BinOp,
    ast.BoolOp,
    ast.Call,
    ast.Compare,
    ast.IfExp,
    ast.List,
    ast.Name,
    ast.Subscript,
    ast.UnaryOp,
    ast.boolop,
    ast.expr_context,
)

_REFUSED: dict[type[ast.AST], tuple[str, str]] = {
    ast.BitXor: ("'^'", "powers are written **"),
    ast.BitAnd: ("'&'", "write 'and'"),
    ast.BitOr: ("'|'", "write 'or'"),
    ast.Constant: ("a constant that is no number or text", ""),
    ast.Dict: ("a mapping", "mappings are written under parameters"),
    ast.DictComp: ("a comprehension", ""),
    ast.GeneratorExp: ("a comprehension", ""),
    ast.Invert: ("'~'", "write 'not'"),
    ast.Is: ("'is'", "equality is written =="),
    ast.IsNot: ("'is not'", "inequality is written !="),
    ast.JoinedStr: ("an f-string", "write the formula inside the text: layer$(s + 1)"),
    ast.Lambda: ("a lambda", ""),
    ast.ListComp: ("a comprehension", ""),
    ast.LShift: ("'<<'", ""),
    ast.NamedExpr: ("':='", "equality is written =="),
    ast.RShift: ("'>>'", ""),
    ast.Set: ("a set", "lists are written [a, b]"),
    ast.SetComp: ("a comprehension", ""),
    ast.Slice: ("a slice", "take one entry, such as table[0]"),
    ast.Starred: ("'*' before a list", ""),
    ast.Tuple: ("a comma", "lists are written [a, b]"),
}


# Working out


class _Evaluator(SimpleEval):  # type: ignore[misc]
    """simpleeval with nothing but what formulas have; every value on the way is held to the limits."""

    def __init__(self) -> None:
        super().__init__(operators=_OPERATORS, functions=_FUNCTIONS, names={})
        self.nodes = {
            ast.Attribute: self._eval_attribute,
            ast.BinOp: self._eval_binop,
            ast.BoolOp: self._eval_boolop,
            ast.Call: self._eval_call,
            ast.Compare: self._eval_compare,
            ast.Constant: self._eval_constant,
            ast.IfExp: self._eval_ifexp,
            ast.List: self._eval_list,
            ast.Name: self._eval_name,
            ast.Subscript: self._eval_subscript,
            ast.UnaryOp: self._eval_unaryop,
        }

    def run(self, tree: ast.expr, names: Mapping[str, object]) -> Any:
        self.names = names
        try:
            return self._eval(tree)
        finally:
            self.names = {}

    def _eval(self, node: ast.expr) -> Any:
        return _within_limits(self.nodes[type(node)](node))

    def _eval_list(self, node: ast.List) -> list[object]:
        return _short_list([self._eval(item) for item in node.elts])

    def _eval_name(self, node: ast.Name) -> object:
        try:
            return self.names[node.id]
        except KeyError:
            raise _unknown_name(node.id, self.names) from None

    def _eval_attribute(self, node: ast.Attribute) -> object:
        value = self._eval(node.value)
        if isinstance(value, Mapping):
            return _entry(node.value, value, node.attr)
        found = f"{shortened(ast.unparse(node))}, where {shortened(ast.unparse(node.value))} is {describe_value(value)}"
        raise FormulaError(found, "a '.' behind a mapping only")

    def _eval_subscript(self, node: ast.Subscript) -> object:
        value, key = self._eval(node.value), self._eval(node.slice)
        if isinstance(value, (list, tuple)):
            return _item(node.value, value, key)
        if isinstance(value, Mapping) and not isinstance(key, (list, tuple, Mapping)):
            return _entry(node.value, value, key)
        expected = "a name or a number as a key" if isinstance(value, Mapping) else "a list or a mapping before '['"
        raise FormulaError(f"{describe_value(value)} with {describe_value(key)} as its index", expected)


# Evaluators lie idle here: one is taken per evaluation, as working out a name may work out another formula first.
_IDLE: list[_Evaluator] = []

_LITERAL_HINTS = {"true": "write True", "false": "write False", "null": "write None", "none": "write None"}


def _idle_evaluator() -> _Evaluator:
    try:
        return _IDLE.pop()
    except IndexError:
        return _Evaluator()


def _unknown_name(name: str, names: Mapping[str, object]) -> FormulaError:
    hint = _LITERAL_HINTS.get(name) or _nearest(name, names)
    return FormulaError(f"unknown name {shortened(name)}", _listed("known here: ", names), hint)


def _within_limits(value: Any) -> Any:
    kind = type(value)
    if kind is int:
        if -MAX_NUMBER <= value <= MAX_NUMBER:
            return value
        raise FormulaError("a number beyond 10^18", "a smaller one")
    if kind is float and not math.isfinite(value):
        raise FormulaError("a value that is infinite or no number", "a finite number")
    if kind is str and len(value) > MAX_TEXT:
        raise FormulaError(f"a text of {len(value):,} characters", f"at most {MAX_TEXT:,}")
    if kind in (list, tuple) and len(value) > MAX_LIST:
        raise FormulaError(f"a list of {len(value):,}", f"at most {MAX_LIST:,}")
    if kind in _PLAIN or isinstance(value, Mapping):
        return value
    raise FormulaError(f"a value of type {kind.__name__}", "a number, text, list or mapping")


_PLAIN = frozenset({bool, float, str, list, tuple, type(None)})


def _short_list(items: list[object]) -> list[object]:
    """The list itself; FormulaError when what is nested in it, met again wherever it is repeated, is too much."""
    pending: list[object] = [items]
    room = MAX_LIST
    while pending:
        value = pending.pop()
        if isinstance(value, (str, list, tuple, dict)):
            room -= len(value)
        if room < 0:
            raise FormulaError("a list with too much in it", f"at most {MAX_LIST:,} entries and characters in all")
        if isinstance(value, (list, tuple, dict)):
            pending += value.values() if isinstance(value, dict) else value
    return items


def _item(owner: ast.expr, items: list[object] | tuple[object, ...], key: object) -> object:
    index = int(key) if isinstance(key, float) and key.is_integer() else key
    name = shortened(ast.unparse(owner))
    if not isinstance(index, int) or isinstance(index, bool):
        raise FormulaError(f"{describe_value(key)} as an index into {name}", "a whole number")
    if not -len(items) <= index < len(items):
        raise FormulaError(f"index {index} into {name}", f"it has {len(items)} entries, counted from 0")
    return items[index]


def _entry(owner: ast.expr, mapping: Mapping[Any, object], key: object) -> object:
    for spelling in (key, _spelled(key)):
        try:
            return mapping[spelling]
        except KeyError:
            continue
    name = shortened(ast.unparse(owner))[1:-1]
    found = f"{name} has no {shortened(_spelled(key))}"
    raise FormulaError(found, _listed("it has ", mapping), _nearest(_spelled(key), mapping))


def _spelled(key: object) -> str:
    """A key as the text that a spec has for it: its keys are texts, so 18 finds `18:`."""
    if isinstance(key, bool):
        return "true" if key else "false"
    return str(int(key)) if isinstance(key, float) and key.is_integer() else str(key)


def _listed(before: str, names: Iterable[object], limit: int = 12) -> str:
    shown = [str(name) for name in islice(dict.fromkeys(names), limit + 1)]
    more = ", ..." if len(shown) > limit else ""
    return before + (", ".join(shown[:limit]) + more if shown else "nothing")


def _nearest(name: str, names: Iterable[object]) -> str:
    # Likeness takes time with the product of the lengths, so it is worked out for names of usual length only.
    if len(name) > MAX_HINT_LENGTH:
        return ""
    return did_you_mean(name, [str(known) for known in islice(names, MAX_HINTS) if len(str(known)) <= MAX_HINT_LENGTH])


def _inside_text(formula: Formula, value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return _spelled(value)
    hint = f"an entry is written $({formula.text}.{next(iter(value))})" if isinstance(value, dict) and value else ""
    raise FormulaError(f"{describe_value(value)} inside a text", "a text or a number", hint)


# Operators and functions


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float))


def _unfit(left: object, symbol: str, right: object, expected: str) -> FormulaError:
    return FormulaError(f"{describe_value(left)} {symbol} {describe_value(right)}", expected)


def _arithmetic(symbol: str, apply: Callable[[Any, Any], object]) -> Callable[[Any, Any], object]:
    def applied(left: Any, right: Any) -> object:
        if not (_is_number(left) and _is_number(right)):
            raise _unfit(left, symbol, right, "numbers on both sides")
        try:
            return apply(left, right)
        except ZeroDivisionError:
            raise FormulaError(f"division by zero: {left} {symbol} {right}", "a divisor that is not 0") from None
        except OverflowError:
            raise FormulaError(f"{left} {symbol} {right}", "a smaller number") from None

    return applied


def _ordered(symbol: str, apply: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def applied(left: Any, right: Any) -> bool:
        try:
            return apply(left, right)
        except TypeError:
            raise _unfit(left, symbol, right, "two numbers or two texts") from None

    return applied


def _signed(symbol: str, apply: Callable[[Any], object]) -> Callable[[Any], object]:
    def applied(value: Any) -> object:
        if not _is_number(value):
            raise FormulaError(f"'{symbol}' before {describe_value(value)}", "a number")
        return apply(value)

    return applied


def _add(left: Any, right: Any) -> object:
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return _short_list([*left, *right])
    return _sum(left, right)


def _multiply(left: Any, right: Any) -> object:
    if isinstance(right, (str, list, tuple)):
        left, right = right, left
    if not isinstance(left, (str, list, tuple)):
        return _product(left, right)
    if not isinstance(right, int) or isinstance(right, bool):
        raise _unfit(left, "*", right, "a whole number, to repeat it")
    if len(left) * right > MAX_LIST:
        raise FormulaError(f"{describe_value(left)} {right} times over", f"at most {MAX_LIST:,} in all")
    return left * right if isinstance(left, str) else _short_list(list(left) * right)


def _power(base: Any, exponent: Any) -> object:
    if isinstance(base, int) and isinstance(exponent, int) and exponent > 0:
        if abs(base) > 1 and exponent * (abs(base).bit_length() - 1) > MAX_NUMBER.bit_length():
            raise OverflowError
        return base**exponent
    result = base**exponent
    if isinstance(result, complex):
        raise FormulaError(f"a root of the negative number {base}", "a number from 0 up")
    return result


def _contains(container: Any, item: Any) -> bool:
    if isinstance(container, (list, tuple)):
        return item in container
    if isinstance(container, str) and isinstance(item, str):
        return item in container
    if isinstance(container, Mapping) and not isinstance(item, (list, tuple, Mapping)):
        return item in container or _spelled(item) in container
    raise _unfit(item, "in", container, "a list, a text or a mapping behind 'in'")


def _one_number(name: str, apply: Callable[[Any], object]) -> Callable[..., object]:
    def called(*arguments: Any) -> object:
        words = ", ".join(describe_value(argument) for argument in arguments)
        if len(arguments) != 1 or not _is_number(arguments[0]):
            raise FormulaError(f"{name} of {words or 'nothing'}", "one number")
        try:
            return apply(arguments[0])
        except ValueError:
            raise FormulaError(f"{name} of {words}", "a number from 0 up") from None

    return called


def _extreme(name: str, apply: Callable[[Any], object]) -> Callable[..., object]:
    def called(*arguments: Any) -> object:
        values = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], (list, tuple)) else arguments
        if not values or not all(map(_is_number, values)):
            words = ", ".join(describe_value(value) for value in values[:5])
            raise FormulaError(f"{name} of {words or 'nothing'}", "numbers, or one list of numbers")
        return apply(values)

    return called


_sum = _arithmetic("+", operator.add)
_product = _arithmetic("*", operator.mul)

_OPERATORS: dict[type[ast.AST], Callable[..., object]] = {
    ast.Add: _add,
    ast.Sub: _arithmetic("-", operator.sub),
    ast.Mult: _multiply,
    ast.Div: _arithmetic("/", operator.truediv),
    ast.FloorDiv: _arithmetic("//", operator.floordiv),
    ast.Mod: _arithmetic("%", operator.mod),
    ast.Pow: _arithmetic("**", _power),
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: _ordered("<", operator.lt),
    ast.LtE: _ordered("<=", operator.le),
    ast.Gt: _ordered(">", operator.gt),
    ast.GtE: _ordered(">=", operator.ge),
    ast.In: lambda item, container: _contains(container, item),
    ast.NotIn: lambda item, container: not _contains(container, item),
    ast.Not: operator.not_,
    ast.USub: _signed("-", operator.neg),
    ast.UAdd: _signed("+", operator.pos),
}

_FUNCTIONS: dict[str, Callable[..., object]] = {
    "min": _extreme("min", min),
    "max": _extreme("max", max),
    "round": _one_number("round", round),
    "floor": _one_number("floor", math.floor),
    "ceil": _one_number("ceil", math.ceil),
    "sqrt": _one_number("sqrt", math.sqrt),
}

_FUNCTION_NAMES = ", ".join(_FUNCTIONS)
