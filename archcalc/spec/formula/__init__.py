"""Formulas in a spec, `$name` and `$(expression)`: parsed once, then evaluated within limits."""

from archcalc.spec.formula.brackets import closing_parenthesis, unclosed_formula
from archcalc.spec.formula.error import FormulaError
from archcalc.spec.formula.limits import MAX_TEXT
from archcalc.spec.formula.template import Formula, Template, compile_text

__all__ = [
    "MAX_TEXT",
    "Formula",
    "FormulaError",
    "Template",
    "closing_parenthesis",
    "compile_text",
    "unclosed_formula",
]
