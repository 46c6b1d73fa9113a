"""What a page gives to take away: tables for a paper, drawings as files, the text of the spec; and comparisons."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.analysis.comparison import compared
from archcalc.core.problem import UsageError
from archcalc.page.analysis_data import analysis_data
from archcalc.page.pictures import svg_of
from archcalc.page.request import Request, object_of, objects_of, text_of
from archcalc.page.tables import options_of, table_data
from archcalc.render.formats import table_format
from archcalc.render.json import analysis_object
from archcalc.tables.compare import comparison
from archcalc.tables.layers import layer_table

if TYPE_CHECKING:
    from archcalc.page.networks import Network, Networks


class Format(NamedTuple):
    """The end of a file's name, its media type, and the library that writes it, if it takes one."""

    ending: str
    media_type: str
    needs: str | None = None


FORMATS = {
    "latex": Format("tex", "text/x-tex"),
    "csv": Format("csv", "text/csv"),
    "json": Format("json", "application/json"),
    "markdown": Format("md", "text/markdown", "tabulate"),
    "html": Format("html", "text/html", "jinja2"),
    "svg": Format("svg", "image/svg+xml"),
    "spec": Format("yaml", "application/yaml"),
}


def table_formats() -> list[str]:
    """Return the formats of tables that can be written here."""
    tables = ("latex", "csv", "json", "markdown", "html")
    return [name for name in tables if (needed := FORMATS[name].needs) is None or find_spec(needed) is not None]


def export_data(network: Network, request: Request) -> dict[str, Any]:
    """Return a file: its name, its media type and its text."""
    name = text_of(request, "format")
    if name not in FORMATS or (name not in table_formats() and name not in ("svg", "spec")):
        raise UsageError(f"no format {name!r}; expected one of {', '.join((*table_formats(), 'svg', 'spec'))}")
    text = _text(network, name, request)
    kind = f"_{text_of(request, 'kind')}" if name == "svg" else ""
    stem = network.spec.name if network.spec is not None else "network"
    return {"name": f"{stem}{kind}.{FORMATS[name].ending}", "type": FORMATS[name].media_type, "text": text}


def _text(network: Network, name: str, request: Request) -> str:
    if name == "spec":
        return network.text
    if name == "svg":
        return svg_of(network, text_of(request, "kind"), object_of(request, "options"))
    analysis = network.whole()
    if name == "json":
        described = analysis_object(analysis)
        return json.dumps({**described, "layers": list(described["layers"])}, ensure_ascii=False, indent=1) + "\n"
    return table_format(name)(layer_table(analysis, options_of(request)))


def comparison_data(networks: Networks, request: Request) -> dict[str, Any]:
    """Return the tables that compare networks, in their order; the problems of each where one has any."""
    asked = objects_of(request, "networks")
    if len(asked) < 2:
        raise UsageError(f"{len(asked)} networks; expected two or more to compare")
    found = [networks.of(each) for each in asked]
    if any(each.problems for each in found):
        return {"problems": [analysis_data(each, {})["problems"] for each in found], "tables": []}
    named = {}
    for number, each in enumerate(found, 1):
        name = each.whole().name
        named[name if name not in named else f"{name} ({number})"] = each.whole()
    return {"problems": [], "tables": [table_data(each) for each in comparison(compared(named))]}
