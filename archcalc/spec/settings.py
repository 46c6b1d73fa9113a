"""Values of parameters as text: what follows `--set NAME=`, and the same of a value."""

from __future__ import annotations

import json

from archcalc.core.problem import SpecError, UsageError
from archcalc.spec.text import data_text, parse, plain


def setting_value(name: str, text: str) -> object:
    """Return the value of a text as YAML; UsageError when it is none."""
    try:
        return plain(parse(text, f"--set {name}")) if text.strip() else ""
    except SpecError as error:
        raise UsageError("; ".join(str(problem) for problem in error.problems)) from None


def setting_text(value: object) -> str:
    """Return a text that `setting_value` reads as this value, as short as a person would write it."""
    if isinstance(value, str):
        try:
            plainly = setting_value("", value) == value
        except UsageError:
            plainly = False
        return value if plainly else data_text(value)
    return json.dumps(value, ensure_ascii=False, default=str)
