"""Answers what a page asks: plain data in, plain data out, the same in a server and in the browser."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from archcalc._version import __version__
from archcalc.analysis.conventions import CONVENTIONS
from archcalc.analysis.memory import DTYPE_BYTES
from archcalc.core.problem import SpecError, Unavailable, UsageError
from archcalc.page.analysis_data import analysis_data
from archcalc.page.exports import comparison_data, export_data, table_formats
from archcalc.page.networks import Networks
from archcalc.page.pictures import drawing_data, kinds_data
from archcalc.page.reads_data import cone_data, explain_data, reads_data
from archcalc.page.request import Request, object_of, text_of
from archcalc.spec.library import bundled_libraries, bundled_networks, library_text
from archcalc.spec.metadata import read_metadata
from archcalc.tables.columns import FIELD_VIEWS, field_keys
from archcalc.tables.layers import FULL_COLUMNS, STYLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.page.networks import Network

Answer = dict[str, Any]


class Engine:
    """One engine; it keeps the last few networks that were asked about, and `shown`, what the command line named."""

    def __init__(self, networks: Networks | None = None, shown: Answer | None = None, kind: str = "static") -> None:
        self._networks = networks or Networks()
        self._shown, self._kind = shown, kind
        self._calls: dict[str, Callable[[Request], Answer]] = {
            "list": self._list,
            "open": _open,
            "schema": _schema,
            "compare": lambda request: comparison_data(self._networks, request),
        }

    def answer(self, call: str, request: Request) -> Answer:
        """Return the answer to a call; `error` in it says what is wrong with the request."""
        try:
            if call in _OF_NETWORK:
                return self._of_network(call, request)
            if call in self._calls:
                return self._calls[call](request)
        except (UsageError, Unavailable) as error:
            return {"error": str(error)}
        except SpecError as error:
            return {"error": error.problems[0].message}
        except (
            ArithmeticError,
            AssertionError,
            LookupError,
            MemoryError,
            RecursionError,
            TypeError,
            ValueError,
        ) as error:
            return {"error": f"archcalc failed: {type(error).__name__}: {error}; this is an error in archcalc"}
        return {"error": f"no call {call!r}; expected one of {', '.join(CALLS)}"}

    def answer_json(self, call: str, text: str) -> str:
        """Return the same as JSON text."""
        try:
            request = json.loads(text)
        except (ValueError, RecursionError):
            request = None
        if not isinstance(request, dict):
            return json.dumps({"error": "a request that is no JSON object"})
        return json.dumps(self.answer(call, request), ensure_ascii=False, separators=(",", ":"))

    def _of_network(self, call: str, request: Request) -> Answer:
        if call != "analyze":
            return _OF_NETWORK[call](self._networks.of(object_of(request, "network")), request)
        try:
            return analysis_data(self._networks.of(object_of(request, "network")), request)
        except UsageError as error:
            return {"usage": str(error), "problems": []}

    def _list(self, _: Request) -> Answer:
        networks = [{"name": each.name, "title": read_metadata(each.path).title} for each in bundled_networks()]
        return {
            "archcalc": __version__,
            "engine": self._kind,
            "networks": networks,
            "libraries": bundled_libraries(),
            "conventions": list(CONVENTIONS),
            "dtypes": list(DTYPE_BYTES),
            "drawings": kinds_data(),
            "formats": {"table": table_formats(), "drawing": ["svg"]},
            "styles": list(STYLES),
            "columns": list(dict.fromkeys((*FULL_COLUMNS, *field_keys()))),
            "rf": list(FIELD_VIEWS),
            "shown": self._shown,
        }


_OF_NETWORK: dict[str, Callable[[Network, Request], Answer]] = {
    "analyze": analysis_data,
    "reads": reads_data,
    "cone": cone_data,
    "explain": explain_data,
    "drawing": drawing_data,
    "export": export_data,
}


def _open(request: Request) -> Answer:
    """Return the text of a bundled network or library."""
    if request.get("library"):
        name = text_of(request, "library")
        if name not in bundled_libraries():
            raise UsageError(f"no library {name!r}; expected one of {', '.join(bundled_libraries())}")
        return {"name": name, "title": "", "text": library_text(name)}
    name = text_of(request, "name")
    path = next((each.path for each in bundled_networks() if each.name == name), None)
    if path is None:
        raise UsageError(f"no bundled network {name!r}")
    return {"name": name, "title": read_metadata(path).title, "text": path.read_text(encoding="utf-8")}


def _schema(_: Request) -> Answer:
    from archcalc.spec.schema import spec_schema

    return {"schema": spec_schema()}


CALLS = ("list", "open", "schema", "compare", *_OF_NETWORK)
"""The names of all calls."""

_STATIC = Engine()


def answer_json(call: str, text: str) -> str:
    """Return the answer of the engine of a static page, as JSON text."""
    return _STATIC.answer_json(call, text)
