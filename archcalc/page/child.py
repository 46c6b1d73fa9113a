"""The process in which a server analyzes: it answers calls on standard input until that is closed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from archcalc.core.problem import SpecError, Unavailable, UsageError

if TYPE_CHECKING:
    from archcalc.page.engine import Engine

LENGTH = 8
"""Bytes in front of each message that say how many follow."""


def send(stream: IO[bytes], message: bytes) -> None:
    """Write a message with its length."""
    stream.write(len(message).to_bytes(LENGTH) + message)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """Read a message; None at the end of the stream."""
    head = stream.read(LENGTH)
    return None if len(head) < LENGTH else stream.read(int.from_bytes(head))


def main() -> None:
    """Answer calls: first a message that says what the engine is for, then a name and a request for each call."""
    requests, answers = sys.stdin.buffer, _answers()
    setup = receive(requests)
    if setup is None:
        return
    try:
        engine = _engine(json.loads(setup))
    except (UsageError, Unavailable, SpecError) as error:
        send(answers, json.dumps({"error": str(error)}).encode())
        return
    send(answers, b"{}")
    while (message := receive(requests)) is not None:
        call, _, request = message.decode().partition("\n")
        send(answers, engine.answer_json(call, request).encode())


def _answers() -> IO[bytes]:
    """Return a stream for answers alone: what a user's module prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _engine(setup: dict[str, Any]) -> Engine:
    from archcalc.api import open_spec
    from archcalc.page.engine import Engine
    from archcalc.page.networks import Networks
    from archcalc.spec.settings import setting_value

    modules = {}
    for name, asked in setup["modules"].items():
        sys.path.insert(0, "")  # as for the command: a module beside the working directory
        parameters = {key: setting_value(key, text) for key, text in asked["set"].items()}
        modules[name] = open_spec(name, parameters, asked["inputs"], call=asked["call"], train=asked["train"])
    folder = setup["folder"]
    return Engine(Networks(None if folder is None else Path(folder), modules), kind="server")


if __name__ == "__main__":
    main()
