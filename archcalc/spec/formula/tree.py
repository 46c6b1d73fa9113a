"""An expression as the tree of what formulas may have, all else refused."""

from __future__ import annotations

import ast
import re
import warnings
from keyword import kwlist

from archcalc.core.messages import shortened
from archcalc.core.problem import did_you_mean
from archcalc.spec.formula.brackets import QUOTED
from archcalc.spec.formula.error import FormulaError
from archcalc.spec.formula.functions import FUNCTION_NAMES, FUNCTIONS
from archcalc.spec.formula.lookup import KNOWN_HINTS
from archcalc.spec.formula.operators import OPERATORS

MAX_EXPRESSION = 1_000
MAX_DEPTH = 50


def parsed(expression: str) -> ast.expr:
    """The tree of an expression; FormulaError when it cannot be read or asks for what formulas do not have."""
    if not expression:
        raise FormulaError("an empty formula", "an expression, such as $(2 * width)")
    if len(expression) > MAX_EXPRESSION:
        raise FormulaError(f"a formula of {len(expression):,} characters", f"at most {MAX_EXPRESSION:,}")
    if stray := re.search(r"[#\\]", QUOTED.sub("", expression)):
        raise FormulaError(f"a '{stray[0]}' in the formula {shortened(expression)}", "an expression, such as 2 * width")
    tree = _tree(expression)
    if _is_deep(tree):
        raise FormulaError(f"a formula nested more than {MAX_DEPTH} deep", "smaller formulas, such as under let")
    for node in ast.walk(tree):
        _check_node(node, expression)
    return tree


def _tree(expression: str) -> ast.expr:
    # Python warns about odd literals such as `1if` or '\d'; a spec is not Python, so this warning is suppressed.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(f"({expression}\n)", mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            found = f"a formula that cannot be read: {shortened(expression)}"
            raise FormulaError(found, "an expression, such as 2 * width", _hint(expression)) from None


def _hint(expression: str) -> str:
    """What to write instead of what Python cannot read."""
    words = re.findall(r"\w+", QUOTED.sub("", expression))
    reserved = next((word for word in words if word in _RESERVED), None)
    if reserved is not None:
        return f"'{reserved}' is a keyword of Python and cannot be a name inside $(...)"
    return next((hint for pattern, hint in _SYNTAX_HINTS if re.search(pattern, expression)), "")


_RESERVED = frozenset(kwlist) - {"and", "or", "not", "if", "else", "in", "is", "True", "False", "None"}
"""Keywords that have no meaning in a formula."""


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
    known = isinstance(node, _KNOWN_NODES) or type(node) in OPERATORS
    if isinstance(node, ast.Constant):
        known = node.value is None or type(node.value) in (bool, int, float, str)
    if not known:
        words, hint = _REFUSED.get(type(node), (type(node).__name__, ""))
        found = f"{words} in the formula {shortened(expression)}"
        raise FormulaError(found, "names, numbers, strings, lists, operators, " + FUNCTION_NAMES, hint)


def _check_call(node: ast.Call) -> None:
    name = shortened(ast.unparse(node.func))
    if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        hint = KNOWN_HINTS.get(called) or did_you_mean(called, FUNCTIONS)
        raise FormulaError(f"a call of {name}", "one of " + FUNCTION_NAMES, hint)
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
    ast.Slice,
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
    ast.JoinedStr: ("an f-string", "write the formula inside the string: layer$(s + 1)"),
    ast.Lambda: ("a lambda", ""),
    ast.ListComp: ("a comprehension", ""),
    ast.LShift: ("'<<'", ""),
    ast.NamedExpr: ("':='", "equality is written =="),
    ast.RShift: ("'>>'", ""),
    ast.Set: ("a set", "lists are written [a, b]"),
    ast.SetComp: ("a comprehension", ""),
    ast.Starred: ("'*' before a list", ""),
    ast.Tuple: ("a comma", "lists are written [a, b]"),
}
