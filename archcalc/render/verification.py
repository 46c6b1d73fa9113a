"""What built networks say about analytic numbers, as text in every format."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from archcalc._version import __version__
from archcalc.render.html import html_text
from archcalc.render.markdown import markdown_text
from archcalc.render.text_table import table_text
from archcalc.tables.verification import disagreements_table, verification_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.results.verification import Verification
    from archcalc.tables.table import Table

SCHEMA = 1


def verification_json(verified: Sequence[Verification]) -> str:
    """Return the verified networks as a JSON object, each with its checks, disagreements and verdict."""
    networks = [_network(each) for each in verified]
    return json.dumps({"schema": SCHEMA, "archcalc": __version__, "networks": networks}, ensure_ascii=False, indent=1)


def _network(one: Verification) -> dict[str, Any]:
    described = asdict(one)
    described["memory"]["ratio"], described["saved"]["ratio"] = one.memory.ratio, one.saved.ratio
    return {**described, "verdict": one.verdict}


def _tables(text: Callable[[Table], str]) -> Callable[[Sequence[Verification]], str]:
    def written(verified: Sequence[Verification]) -> str:
        wrong = disagreements_table(verified)
        return text(verification_table(verified)) + (f"\n{text(wrong)}" if wrong.rows else "")

    return written


VERIFICATION_FORMATS: dict[str, Callable[[Sequence[Verification]], str]] = {
    "terminal": _tables(table_text),
    "json": lambda verified: verification_json(verified) + "\n",
    "markdown": _tables(markdown_text),
    "html": _tables(html_text),
}
