"""Findings as annotations of GitHub Actions: workflow commands on standard output."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.lint.finding import Finding
    from archcalc.tables.lint import LintedSpec


def github(linted: Sequence[LintedSpec]) -> str:
    """Return a `::warning` line for each finding."""
    return "".join(_line(each.spec, found) for each in linted for found in each.findings)


def _line(spec: str, found: Finding) -> str:
    place = found.location
    where = {} if place is None else {"file": place.source.name, "line": place.line, "col": place.column}
    properties = {**{key: value for key, value in where.items() if value}, "title": f"{found.code} {found.rule}"}
    said = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    axis = f" ({found.axis})" if found.axis else ""
    return f"::warning {said}::{_data(f'{spec} {found.path}{axis}: {found.message}')}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
