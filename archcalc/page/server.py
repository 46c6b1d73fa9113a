"""A server for one user on this machine: the page, and the calls that it makes.

A spec may come from a stranger, and any page in the same browser can send requests here. So it listens on loopback
alone, answers only under its own name and origin, wants a token that is made at its start, and analyzes in a process of
its own.
"""

from __future__ import annotations

import hmac
import json
import secrets
import sys
from html import escape
from http import HTTPStatus
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from archcalc.core.problem import OutputError, Unavailable, UsageError
from archcalc.page.assets import INDEX, TOKEN_PLACE, TYPES, asset, asset_names
from archcalc.page.engine import CALLS
from archcalc.page.process import Stopped, Worker
from archcalc.page.user_file import Conflict, UserFile

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BODY = 1_000_000
HOST = "127.0.0.1"
JSON = "application/json"
API = "/api/"
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; manifest-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
CLOSED = "This page belongs to the session that archcalc serve has printed; open the address that it has printed."


class Refused(Exception):
    """A request that is not answered: a status, and why in a sentence."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        self.status, self.reason = status, reason
        super().__init__(reason)


class PageServer(ThreadingHTTPServer):
    """The server; `address` is what a browser opens first."""

    daemon_threads = True

    def __init__(self, worker: Worker, shown: Mapping[str, Any] | None, file: UserFile | None, port: int = 0) -> None:
        self.worker, self.shown, self.file = worker, shown, file
        self.token = secrets.token_urlsafe(24)
        self.files = {name: asset(name) for name in asset_names()}
        super().__init__((HOST, port), Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Print what went wrong with a request in a line."""
        error = sys.exception()
        print(f"archcalc: a request failed: {type(error).__name__}: {error}", file=sys.stderr)

    @property
    def port(self) -> int:
        """Return the port that it listens on."""
        return int(self.server_address[1])

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return the names that it answers under: another name is that of a page that points here."""
        return (f"{HOST}:{self.port}", f"localhost:{self.port}")

    @property
    def address(self) -> str:
        """Return the address with the token, which a browser keeps in a cookie then."""
        return f"http://{HOST}:{self.port}/?token={self.token}"

    @property
    def cookie(self) -> str:
        """Return the name of the cookie; cookies of other ports of this machine come along too."""
        return f"archcalc-{self.port}"


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection, in its own thread."""

    server: PageServer
    protocol_version = "HTTP/1.1"
    timeout = 30
    wbufsize = -1  # else every header is a packet, and an answer takes 40 ms
    server_version, sys_version = "archcalc", ""

    def do_GET(self) -> None:
        """Answer with a file of the page."""
        self._answer(self._get)

    def do_POST(self) -> None:
        """Answer a call of the engine with its JSON."""
        self._answer(self._post)

    def _not_allowed(self) -> None:
        self.close_connection = True  # what its body says is not read
        self._send(HTTPStatus.METHOD_NOT_ALLOWED, b"only GET and POST", TYPES[".txt"], {"allow": "GET, POST"})

    do_HEAD = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_TRACE = do_CONNECT = _not_allowed  # noqa: N815

    def _answer(self, answer: Any) -> None:
        try:
            self._check_names()
            answer()
        except Refused as error:
            self.close_connection = True
            self._send(error.status, error.reason.encode(), TYPES[".txt"])
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def _check_names(self) -> None:
        if self.headers.get("host", "") not in self.server.hosts:
            raise Refused(HTTPStatus.FORBIDDEN, "another host name than that of this server")
        origin = self.headers.get("origin")
        if origin is not None and origin not in [f"http://{host}" for host in self.server.hosts]:
            raise Refused(HTTPStatus.FORBIDDEN, "a request from another page")

    def _get(self) -> None:
        parts = urlsplit(self.path)
        name = parts.path.removeprefix("/")
        given = parse_qs(parts.query).get("token")
        if name in ("", INDEX) and given is not None:
            self._begin(given[0])
        elif name in ("", INDEX):
            self._index()
        elif name in self.server.files:
            self._send(HTTPStatus.OK, self.server.files[name], TYPES[name[name.rindex(".") :]])
        else:
            raise Refused(HTTPStatus.NOT_FOUND, "no such file")

    def _begin(self, token: str) -> None:
        """Keep the token in a cookie, so that it stands in no address that is shown or shared."""
        if not self._is_token(token):
            raise Refused(HTTPStatus.FORBIDDEN, CLOSED)
        cookie = f"{self.server.cookie}={token}; HttpOnly; SameSite=Lax; Path=/"
        self._send(HTTPStatus.SEE_OTHER, b"", TYPES[".txt"], {"location": "/", "set-cookie": cookie})

    def _index(self) -> None:
        cookies = SimpleCookie(self.headers.get("cookie", ""))
        given = cookies.get(self.server.cookie)
        if given is None or not self._is_token(given.value):
            raise Refused(HTTPStatus.FORBIDDEN, CLOSED)
        meta = f'<meta name="archcalc-token" content="{escape(self.server.token)}">'
        page = self.server.files[INDEX].decode().replace(TOKEN_PLACE, meta)
        self._send(HTTPStatus.OK, page.encode(), TYPES[".html"])

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.server.token.encode())

    def _post(self) -> None:
        if not self._is_token(self.headers.get("x-archcalc-token", "")):
            raise Refused(HTTPStatus.UNAUTHORIZED, "no token of this session")
        if self.headers.get_content_type() != JSON:
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"expected {JSON}")
        body = self.rfile.read(self._length()).decode("utf-8", "replace")
        call = self.path.removeprefix(API)
        answer = self._call(call, body) if self.path.startswith(API) else None
        if answer is None:
            raise Refused(HTTPStatus.NOT_FOUND, "no such call")
        self._send(HTTPStatus.OK, answer.encode(), JSON)

    def _length(self) -> int:
        text = self.headers.get("content-length", "")
        if not text.isascii() or not text.isdigit() or self.headers.get("transfer-encoding") is not None:
            raise Refused(HTTPStatus.LENGTH_REQUIRED, "a request without its length")
        if len(text) > len(str(MOST_BODY)) or int(text) > MOST_BODY:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {MOST_BODY:,} bytes")
        return int(text)

    def _call(self, call: str, body: str) -> str | None:
        if call in _OF_FILE:
            return json.dumps(self._of_file(call, body), ensure_ascii=False)
        if call not in CALLS:
            return None
        try:
            answer = self.server.worker.answer(call, body)
        except Stopped as error:
            return json.dumps({"error": str(error), "stopped": True})
        except Unavailable as error:
            return json.dumps({"error": str(error)})
        return answer if call != "list" else json.dumps({**json.loads(answer), "shown": self._shown()})

    def _shown(self) -> dict[str, Any] | None:
        if self.server.file is None:
            return None if self.server.shown is None else dict(self.server.shown)
        try:
            text, version = self.server.file.read()
        except UsageError as error:
            return {**(self.server.shown or {}), "text": "", "version": "", "error": str(error)}
        return {**(self.server.shown or {}), "text": text, "version": version}

    def _of_file(self, call: str, body: str) -> dict[str, Any]:
        file = self.server.file
        if file is None:
            return {"error": "no file: archcalc serve FILE serves one"}
        try:
            request = json.loads(body)
            text, version = (request.get(key, "") for key in ("text", "version"))
            if call == "save":
                return {"version": file.save(str(text), str(version)).version}
            found = file.read()
        except Conflict as error:
            return {"error": str(error), "conflict": True}
        except (UsageError, OutputError) as error:
            return {"error": str(error)}
        except (ValueError, AttributeError, RecursionError):
            return {"error": "a request that is no JSON object"}
        changed = {"name": file.name, "text": found.text, "version": found.version}
        return {"changed": False} if found.version == version else {"changed": True, **changed}

    def _send(self, status: HTTPStatus, body: bytes, kind: str, more: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        headers = {"content-type": kind, "content-length": str(len(body)), **HEADERS, **(more or {})}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing: a user looks at the page."""


_OF_FILE = ("file", "save")
