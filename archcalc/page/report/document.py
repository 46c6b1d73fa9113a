"""The report as one HTML file, which fetches nothing and runs one script."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archcalc._version import __version__
from archcalc.analysis.comparison import compared
from archcalc.core.problem import UsageError
from archcalc.page.report.contents import contents_of
from archcalc.page.report.data import report_data
from archcalc.page.tables import table_data
from archcalc.render.templates import render_template
from archcalc.tables.compare import comparison

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.page.networks import Network

FOLDER = Path(__file__).parent
MOST_LAYERS = 10_000
"""Of all networks of a report together; each has a derivation of its own in the page."""


def report_html(networks: Sequence[Network]) -> str:
    """Return a page about one network, or several side by side; the same networks give the same bytes.

    Raises:
        UsageError: the networks have too many layers, or what their positions read is too irregular.
    """
    layers = sum(len(each.whole().layers) for each in networks)
    if layers > MOST_LAYERS:
        raise UsageError(f"a report of {layers:,} layers; expected at most {MOST_LAYERS:,}")
    script = (FOLDER / "report.js").read_text(encoding="utf-8")
    values = {
        "title": ", ".join(each.whole().name for each in networks),
        "version": __version__,
        "networks": [contents_of(number, each) for number, each in enumerate(networks)],
        "comparison": _comparison(networks),
        "style": (FOLDER / "report.css").read_text(encoding="utf-8"),
        "script": script,
        "script_hash": b64encode(sha256(script.encode()).digest()).decode(),
        "data": json_in_html([report_data(each) for each in networks]),
    }
    return render_template("report.html.jinja", values, package="archcalc.page.report", autoescape=True)


def json_in_html(data: Any) -> str:
    """Return JSON that ends no element of HTML: `<` is written as its number."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _comparison(networks: Sequence[Network]) -> list[dict[str, Any]]:
    if len(networks) < 2:
        return []
    named = {}
    for number, each in enumerate(networks, 1):
        name = each.whole().name
        named[name if name not in named else f"{name} ({number})"] = each.whole()
    return [table_data(each) for each in comparison(compared(named))]
