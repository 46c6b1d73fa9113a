"""The server: who it answers, what it refuses, and analyses that take too much."""

from __future__ import annotations

import http.client
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import pytest

from archcalc.core.problem import Unavailable, UsageError
from archcalc.page import process
from archcalc.page.assets import INDEX, asset_names
from archcalc.page.child import send
from archcalc.page.process import Stopped, Worker
from archcalc.page.server import HEADERS, MOST_BODY, PageServer
from archcalc.page.user_file import Conflict, UserFile
from archcalc.resources import specs_folder

SETUP: dict[str, Any] = {"folder": None, "modules": {}}
SLOW = (specs_folder() / "slow_fusion.yaml").read_text(encoding="utf-8")
HUGE = """archcalc: 1
name: huge
inputs: {clip: {C: 1, T: 8, H: 8, W: 8}}
layers:
  - repeat: {times: 40000, layers: [{conv3d: {out: 1, kernel: 3, padding: 1}}, {add: {from: [input, clip]}}]}
"""


MODULE = """from torch import nn

print("noise")


def Net(width=4):
    return nn.Sequential(nn.Conv3d(3, width, 3), nn.ReLU())
"""


class Reply(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Requests as a browser, or somebody else, sends them."""

    def __init__(self, server: PageServer) -> None:
        self.server = server

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None, host: str = ""
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        connection.putrequest(method, path, skip_host=True)
        connection.putheader("host", host or f"127.0.0.1:{self.server.port}")
        given = dict(headers or {})
        if body is not None:
            given.setdefault("content-length", str(len(body)))
        for name, value in given.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        found = Reply(response.status, response.headers, response.read())
        connection.close()
        return found

    def call(self, name: str, **request: Any) -> Reply:
        return self.post(f"/api/{name}", json.dumps(request).encode())

    def post(self, path: str, body: bytes, **changed: str | None) -> Reply:
        headers = {"content-type": "application/json", "x-archcalc-token": self.server.token}
        given = {**headers, **{name.replace("_", "-"): value for name, value in changed.items()}}
        return self.send("POST", path, body, {name: value for name, value in given.items() if value is not None})


def running(server: PageServer) -> Iterator[Client]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield Client(server)
    server.shutdown()
    server.server_close()
    server.worker.close()


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    yield from running(PageServer(Worker(SETUP), None, None))


def test_a_call_is_answered(client: Client) -> None:
    reply = client.call("analyze", network={"text": SLOW})
    assert reply.status == 200
    assert [row["path"] for row in reply.json()["table"]["rows"]] == [
        "conv3d",
        "max_pool3d",
        "conv3d_2",
        "global_avg_pool",
    ]
    assert client.call("list").json()["engine"] == "server"
    assert client.call("list").json()["shown"] is None


def test_the_address_leads_to_the_page_with_a_token_that_no_address_shows(client: Client) -> None:
    path = client.server.address.partition(str(client.server.port))[2]
    first = client.send("GET", path)
    assert (first.status, first.headers["location"]) == (303, "/")
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite" in cookie
    page = client.send("GET", "/", headers={"cookie": cookie.partition(";")[0]})
    assert page.status == 200
    assert f'content="{client.server.token}"' in page.body.decode()


def test_without_the_address_there_is_no_token(client: Client) -> None:
    for headers in ({}, {"cookie": f"{client.server.cookie}=guess"}, {"cookie": "other=1"}):
        reply = client.send("GET", "/", headers=headers)
        assert reply.status == 403
        assert client.server.token.encode() not in reply.body
    assert client.send("GET", "/?token=guess").status == 403


@pytest.mark.parametrize("name", [each for each in asset_names() if each != INDEX])
def test_files_of_the_page_are_served_without_a_secret(client: Client, name: str) -> None:
    reply = client.send("GET", f"/{name}")
    assert reply.status == 200
    assert client.server.token.encode() not in reply.body
    assert {key: reply.headers[key] for key in HEADERS} == HEADERS
    assert "'unsafe-inline'" not in reply.headers["content-security-policy"].partition("style-src")[0]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "localhost:1", "127.0.0.1.evil.example:{port}", "[::1]:{port}"]
)
def test_another_host_name_is_refused(client: Client, host: str) -> None:
    """A page whose name was made to point to this machine sends its own name."""
    name = host.format(port=client.server.port)
    assert client.send("GET", "/app.js", host=name).status == 403
    headers = {"content-type": "application/json", "x-archcalc-token": client.server.token}
    assert client.send("POST", "/api/list", b"{}", headers, host=name).status == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:1"])
def test_a_request_of_another_page_is_refused(client: Client, origin: str) -> None:
    assert client.post("/api/list", b"{}", origin=origin.format(port=client.server.port)).status == 403


def test_the_own_origin_is_answered(client: Client) -> None:
    for name in ("127.0.0.1", "localhost"):
        assert client.post("/api/list", b"{}", origin=f"http://{name}:{client.server.port}").status == 200


@pytest.mark.parametrize("token", [None, "", "guess", "é"])
def test_a_call_without_the_token_is_refused(client: Client, token: str | None) -> None:
    assert client.post("/api/list", b"{}", x_archcalc_token=token).status == 401


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_that_a_form_can_send_is_refused(client: Client, kind: str | None) -> None:
    assert client.post("/api/list", b"{}", content_type=kind).status == 415


def test_a_large_body_is_refused_before_it_is_read(client: Client) -> None:
    for length in (str(MOST_BODY + 1), "9" * 30):
        headers = {
            "content-type": "application/json",
            "x-archcalc-token": client.server.token,
            "content-length": length,
        }
        assert client.send("POST", "/api/list", b"{}", headers).status == 413
    assert client.post("/api/list", b" " * (MOST_BODY - 2) + b"{}").status == 200


@pytest.mark.parametrize(
    "headers", [{"content_length": "x"}, {"content_length": "-1"}, {"transfer_encoding": "chunked"}]
)
def test_a_body_of_unknown_length_is_refused(client: Client, headers: dict[str, str]) -> None:
    assert client.post("/api/list", b"{}", **headers).status == 411


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    assert client.send(method, "/").status == 405


@pytest.mark.parametrize(
    "path",
    [
        "/../server.py", "/%2e%2e/server.py", "/assets/../server.py", "//etc/passwd", "/..%5cserver.py", "/app.js/",
        "/server.py", "/api/list", "/index.html.bak", "/C:/windows", "/.", "/app.js%00.txt",
    ],
)  # fmt: skip
def test_there_is_nothing_besides_the_page(client: Client, path: str) -> None:
    assert client.send("GET", path).status == 404


@pytest.mark.parametrize("call", ["nope", "", "list/", "../list", "__class__", "answer", "list?x=1"])
def test_an_unknown_call_is_refused(client: Client, call: str) -> None:
    assert client.post(f"/api/{call}", b"{}").status == 404


def test_no_file_is_read_or_written_that_was_not_named(client: Client) -> None:
    for call in ("file", "save"):
        assert "no file" in client.call(call, text="x", version="").json()["error"]
    answer = client.call("analyze", network={"text": f"{SLOW}\nuse: [./secret.yaml]\n", "own": True}).json()
    assert "next to a spec that is no file" in answer["problems"][0]["message"]


def test_an_analysis_that_takes_too_long_is_ended_and_the_next_one_works() -> None:
    worker = Worker(SETUP, seconds=0.3)
    for client in running(PageServer(worker, None, None)):
        stopped = client.call("analyze", network={"text": HUGE}).json()
        assert stopped["stopped"] is True
        assert "stopped after 0.3 seconds" in stopped["error"]
        worker._seconds = 10
        assert client.call("analyze", network={"text": SLOW}).json()["problems"] == []


def test_an_analysis_that_takes_too_much_memory_is_ended() -> None:
    worker = Worker(SETUP, most_bytes=20_000_000)
    worker.start()
    with pytest.raises(Stopped, match="memory"):
        worker.answer("analyze", json.dumps({"network": {"text": HUGE}}))
    worker.close()
    worker = Worker(SETUP, most_bytes=200_000_000)
    assert json.loads(worker.answer("analyze", json.dumps({"network": {"text": SLOW}})))["problems"] == []
    worker.close()


def test_a_process_that_ends_is_a_sentence() -> None:
    worker = Worker(SETUP)
    worker.start()
    assert worker._process is not None
    worker._process.kill()
    worker._process.wait()
    assert "networks" in json.loads(worker.answer("list", "{}"))
    worker.close()


def test_a_worker_that_is_closed_ends_the_call_it_is_at(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker(SETUP, seconds=120)
    worker.start()
    sent, ended = threading.Event(), []

    def send_and_say(stream: IO[bytes], message: bytes) -> None:
        send(stream, message)
        sent.set()

    def ask() -> None:
        try:
            worker.answer("analyze", json.dumps({"network": {"text": HUGE}}))
        except Stopped as error:
            ended.append(str(error))

    monkeypatch.setattr(process, "send", send_and_say)
    asking = threading.Thread(target=ask)
    asking.start()
    assert sent.wait(60)
    worker.close()
    asking.join()
    assert ended == ["the analysis ended without an answer; the next change starts another"]
    with pytest.raises(Unavailable, match="ending"):
        worker.answer("list", "{}")


def test_ctrl_c_in_a_terminal_does_not_reach_the_process_that_analyzes() -> None:
    worker = Worker(SETUP)
    worker.start()
    assert worker._process is not None
    assert os.getpgid(worker._process.pid) != os.getpgid(0)
    worker.close()


def test_a_module_is_recorded_for_what_the_command_line_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    (tmp_path / "net.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    asked = {"set": {"width": "6"}, "inputs": ["clip=3x8x16x16"], "call": None, "train": False}
    worker = Worker({"folder": None, "modules": {"net.py:Net": asked}})
    answer = json.loads(worker.answer("analyze", json.dumps({"network": {"module": "net.py:Net"}})))
    assert answer["table"]["rows"][0]["cells"][:2] == ["0", "6x6x14x14"]
    reads = {"network": {"module": "net.py:Net"}, "path": "0", "at": {"T": 2}}
    assert json.loads(worker.answer("reads", json.dumps(reads)))["inputs"][0]["axes"]["T"]["ends"] == [2, 4]
    other = json.loads(worker.answer("analyze", json.dumps({"network": {"module": "other.py:Net"}})))
    assert "did not name" in other["usage"]
    worker.close()


def test_a_module_that_cannot_be_recorded_ends_the_command() -> None:
    asked: dict[str, Any] = {"set": {}, "inputs": [], "call": None, "train": False}
    with pytest.raises(Unavailable, match="nowhere"):
        Worker({"folder": None, "modules": {"nowhere.py:Net": asked}}).start()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Client, Path]]:
    path = tmp_path / "mine.yaml"
    path.write_text(SLOW)
    (tmp_path / "blocks.yaml").write_text("archcalc: 1\nblocks: {twice: {layers: [relu, relu]}}\n")
    shown = {"kind": "file", "name": "mine.yaml", "inputs": {}, "set": {}, "writable": True}
    server = PageServer(Worker({"folder": str(tmp_path), "modules": {}}), shown, UserFile(path))
    for client in running(server):
        yield client, path


def test_the_users_file_is_shown_followed_and_saved(own: tuple[Client, Path]) -> None:
    client, path = own
    shown = client.call("list").json()["shown"]
    assert (shown["name"], shown["text"]) == ("mine.yaml", SLOW)
    version = shown["version"]
    assert client.call("file", version=version).json() == {"changed": False}
    saved = client.call("save", text=f"{SLOW}# more\n", version=version).json()
    assert path.read_text() == f"{SLOW}# more\n"
    path.write_text("another editor\n")
    changed = client.call("file", version=saved["version"]).json()
    assert (changed["changed"], changed["text"]) == (True, "another editor\n")
    refused = client.call("save", text="lost", version=saved["version"]).json()
    assert refused["conflict"] is True
    assert path.read_text() == "another editor\n"


def test_libraries_beside_the_users_file_are_for_that_file_alone(own: tuple[Client, Path]) -> None:
    client, _ = own
    text = f"{SLOW[: SLOW.index('published')]}  - twice\nuse: [./blocks.yaml]\n"
    assert client.call("analyze", network={"text": text, "own": True}).json()["problems"] == []
    linked = client.call("analyze", network={"text": text}).json()
    assert "next to a spec that is no file" in linked["problems"][0]["message"]
    above = client.call("analyze", network={"text": text.replace("./blocks", "../blocks"), "own": True}).json()
    assert "outside the spec's folder" in above["problems"][0]["message"]


def test_a_file_keeps_its_ends_of_lines_and_its_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    file = UserFile(path)
    text, version = file.read()
    assert text == "a: 1\nb: 2\n"
    file.save("a: 1\nb: 3\n", version)
    assert path.read_bytes() == b"\xef\xbb\xbfa: 1\r\nb: 3\r\n"
    with pytest.raises(Conflict, match="has changed"):
        file.save("", version)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="UTF-16"):
        file.read()
    path.unlink()
    with pytest.raises(UsageError, match="No such file"):
        file.read()
