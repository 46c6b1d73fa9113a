"""All rules by code, and how they are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.core.problem import UsageError, did_you_mean
from archcalc.lint.bias_before_norm import BIAS_BEFORE_NORM
from archcalc.lint.border import BORDER
from archcalc.lint.checkerboard import CHECKERBOARD
from archcalc.lint.concentration import CONCENTRATION
from archcalc.lint.dead import DEAD
from archcalc.lint.linear_pair import LINEAR_PAIR
from archcalc.lint.misaligned import MISALIGNED
from archcalc.lint.never_read import NEVER_READ
from archcalc.lint.padding import PADDING
from archcalc.lint.tensor_core import TENSOR_CORE
from archcalc.lint.time import TIME_RULE
from archcalc.lint.unproductive import UNPRODUCTIVE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.lint.finding import Rule

RULES = {
    each.code: each
    for each in (
        UNPRODUCTIVE, BORDER, PADDING, NEVER_READ, MISALIGNED, BIAS_BEFORE_NORM, LINEAR_PAIR, CHECKERBOARD, DEAD,
        TENSOR_CORE, CONCENTRATION, TIME_RULE,
    )
}  # fmt: skip
"""1xx: windows and fields; 2xx: structure; 3xx: cost; 4xx: time."""


def rule(word: str) -> Rule:
    """Return the rule with a code or a name; UsageError names the nearest one."""
    found = RULES.get(word.upper()) or next((each for each in RULES.values() if each.name == word), None)
    if found is None:
        known = [*RULES, *(each.name for each in RULES.values())]
        raise UsageError(f"no rule {word!r}; {did_you_mean(word, known) or 'archcalc rules lists them'}")
    return found


def chosen(select: Iterable[str] = (), ignore: Iterable[str] = ()) -> list[Rule]:
    """Return the rules to apply, in order: those selected (all without any), less those ignored.

    A word is a code, a name, or the beginning of codes: `AC1` stands for all rules from AC101 on.
    """
    selected, ignored = _codes(select), _codes(ignore)
    return [each for code, each in RULES.items() if (not selected or code in selected) and code not in ignored]


def _codes(words: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for word in words:
        prefix = word.upper()
        begins = {code for code in RULES if prefix.startswith("AC") and code.startswith(prefix)}
        found |= begins or {rule(word).code}
    return found
