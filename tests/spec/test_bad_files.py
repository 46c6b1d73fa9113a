"""Files that are no text, or no files: what a stranger reads, and how the command ends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.spec.bad_specs import check

SPEC = "archcalc: 1\nname: good\ninputs: {clip: {C: 3, T: 8, H: 16, W: 16}}\nlayers: [relu]\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(path: str) -> str:
    answer = check(path)
    assert (answer.code, answer.errors) == (1, "")
    return answer.text


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"", "bad.yaml: the file is empty; expected a spec\n"),
        (b"\n\n   \n", "bad.yaml: the file is empty; expected a spec\n"),
        (b"\xef\xbb\xbf", "bad.yaml: the file is empty; expected a spec\n"),
        (b"\x89PNG\r\n\x1a\n\0\0", "bad.yaml: binary data; expected text in UTF-8\n"),
        (SPEC.encode() + b"\0", "bad.yaml: binary data; expected text in UTF-8\n"),
        (SPEC.encode("utf-16"), "bad.yaml: text in UTF-16 or UTF-32; expected text in UTF-8\n"),
        (SPEC.encode("utf-32"), "bad.yaml: text in UTF-16 or UTF-32; expected text in UTF-8\n"),
        (SPEC.encode("utf-16-be"), "bad.yaml: binary data; expected text in UTF-8\n"),
        (
            SPEC.replace("good", "gut\xe9").encode("latin-1"),
            "bad.yaml:2:10: the byte 0xe9, which is no text in UTF-8; expected text in UTF-8\n",
        ),
        (
            SPEC.replace("good", "go\x1bod").encode(),
            "bad.yaml:2:9: the character U+001B, which cannot be printed; expected text\n"
            "    name: go od\n            ^\n",
        ),
    ],
)
def test_no_text(folder: Path, data: bytes, answer: str) -> None:
    (folder / "bad.yaml").write_bytes(data)
    assert said("bad.yaml") == answer


def test_no_such_file(folder: Path) -> None:
    (folder / "network.yaml").write_text(SPEC)
    assert said("netwrok.yaml") == "netwrok.yaml: no such file (did you mean 'network.yaml'?)\n"
    assert said("nowhere/network.yaml") == "nowhere/network.yaml: no such file\n"
    assert said("network.yaml/more.yaml") == "network.yaml/more.yaml: no such file\n"


def test_no_such_network() -> None:
    expected = "expected a file, - for standard input, or a bundled network (archcalc list)"
    assert said("c3") == f"c3: no spec 'c3'; {expected} (did you mean 'c3d'?)\n"
    assert said("") == f": no spec ''; {expected}\n"


def test_a_directory(folder: Path) -> None:
    (folder / "specs.yaml").mkdir()
    assert said("specs.yaml") == "specs.yaml: a directory; expected a file\n"
    assert said(".") == ".: a directory; expected a file\n"


def test_no_permission(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "secret.yaml").write_text(SPEC)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    answer = "secret.yaml: a file that may not be read; expected permission to read it\n"
    assert said("secret.yaml") == answer


def test_a_name_that_no_file_can_have() -> None:
    assert said("x" * 5000 + ".yaml").endswith(": a file that cannot be read: File name too long\n")
    assert "no spec 'a\\x00b.yaml'" in said("a\0b.yaml")


def test_links_that_lead_nowhere_or_to_themselves(folder: Path) -> None:
    os.symlink("missing.yaml", folder / "dangling.yaml")
    os.symlink("loop.yaml", folder / "loop.yaml")
    assert said("dangling.yaml") == "dangling.yaml: no such file\n"
    assert said("loop.yaml").startswith("loop.yaml: a file that cannot be read: ")
