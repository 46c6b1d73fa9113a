"""Files made to exhaust or to reach outside: refused with one problem, in little memory, with nothing run or read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

import archcalc
from archcalc.resources import specs_folder

PROBE = Path(__file__).with_name("hostile_probe.py")
PACKAGE = Path(archcalc.__file__).parent
MOST_KILOBYTES = 300_000
MOST_TEXT = 4_000
HEAD = "archcalc: 1\nname: bad\ninputs: {clip: {C: 3, T: 8, H: 16, W: 16}}\n"
SECRET = "TOPSECRET"


@dataclass(frozen=True)
class Run:
    """What a run printed and touched."""

    text: str
    touched: list[Path]


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., Run]:
    """Checks a spec in a process of its own; it has to be refused within limits, touching nothing but its folder."""
    folder = tmp_path / "specs"
    folder.mkdir()

    def run(*specs: str, opened: str = "", **more: object) -> Run:
        report = tmp_path / "report.json"
        command = [sys.executable, str(PROBE), str(report), *specs]
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent), "PYTHONDONTWRITEBYTECODE": "1"}
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, **more)  # type: ignore[call-overload]
        assert report.exists(), f"ended with {result.returncode}: {result.stderr[-500:]}"
        seen = json.loads(report.read_text())
        assert (seen["code"], result.stderr, seen["done"]) == (1, "", [])
        assert seen["peak_kilobytes"] < MOST_KILOBYTES
        assert len(result.stdout) < MOST_TEXT * len(specs)
        assert SECRET not in result.stdout
        touched = [path for path in map(Path, seen["touched"]) if not _is_ours(path)]
        assert [path for path in touched if not path.is_relative_to(folder) and str(path) != opened] == []
        return Run(result.stdout, touched)

    return run


def _is_ours(path: Path) -> bool:
    """Whether a file belongs to Python, to archcalc, or to what either is made of."""
    homes = (PACKAGE, specs_folder(), *map(Path, (sys.prefix, sys.base_prefix)), *map(Path, filter(None, sys.path)))
    return any(path.is_relative_to(os.path.realpath(home)) for home in homes) or path.parts[:2] == ("/", "proc")


def laughs(levels: int) -> str:
    lines = [f"  - &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, levels)]
    return HEAD + "note:\n  - &a0 [ha, ha, ha]\n" + "\n".join(lines) + "\nlayers: [relu]\n"


def layers(text: str, before: str = "") -> str:
    return f"{HEAD}{before}layers:\n  - {text}\n"


HOSTILE = [
    (laughs(60), "counting each alias as all that it repeats"),
    (HEAD + f"note: &a [{'x, ' * 4000}]\nlayers: [{'*a, ' * 4000}]\n", "counting each alias"),
    (HEAD + "layers: &a [relu, *a]\n", "*a inside its own anchor"),
    (HEAD + "layers: " + "[" * 20_000, "nested more than 100 deep"),
    (HEAD + "layers: " + "{a: " * 20_000, "nested more than 100 deep"),
    (HEAD + "layers:\n" + "- " * 20_000 + "relu\n", "nested more than 100 deep"),
    (HEAD + "layers:\n" + "".join(" " * i + "a:\n" for i in range(2_000)), "nested more than 100 deep"),
    (layers(f"conv3d: {{out: {'9' * 5_000}, kernel: 1}}"), "an integer of 5000 characters"),
    (layers(f"conv3d: {{out: 1e{'9' * 5_000}, kernel: 1}}"), "a number of 5002 characters"),
    (layers(f"conv3d: {{out: $({'9' * 900}), kernel: 1}}"), "a number beyond 10^18"),
    (layers(f"conv3d: {{out: '$({'(' * 5_000}1{')' * 5_000})', kernel: 1}}"), "formulas in a string of"),
    (layers("relu: {name: !!python/object/apply:os.system ['touch run']}"), "the tag !!python/object/apply"),
    (layers("relu: {name: !!python/name:os.system }"), "the tag !!python/name"),
    (layers("relu", "use: [../secret.yaml]\n"), "outside the spec's folder"),
    (layers("relu", "use: [./../specs/../secret.yaml]\n"), "outside the spec's folder"),
    (layers("relu", "use: [/etc/passwd]\n"), "outside the spec's folder"),
    (layers("relu", "use: [/dev/zero]\n"), "outside the spec's folder"),
    (layers("relu", "use: [~/.netrc.yaml]\n"), "no library file"),
    (layers("relu", 'use: ["./a\\0b.yaml"]\n'), "no library file"),
    (layers("relu", f"use: [./{'a' * 5000}.yaml]\n"), "no library file"),
    (layers("relu", f"use: [{'a' * 5000}]\n"), "unknown library"),
    (layers(f"add: {{from: [{'clip, ' * 50_000}]}}"), "50,000 inputs; expected at most 500"),
    (layers("relu", "let:\n  a0: [1]\n" + "".join(f"  a{i}: [$a{i - 1}, $a{i - 1}]\n" for i in range(1, 60))),
     "a list with too much in it"),
    (HEAD + "layers:\n" + "  - conv4d\n" * 30_000, "did you mean 'conv3d'?"),
    (layers("x" * 1_000_000), "unknown operator or block 'xxx"),
]  # fmt: skip


def test_hostile_texts(refused: Callable[..., Run], tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text(f"archcalc: 1\nblocks: {SECRET}\n")
    names = [f"{number}.yaml" for number in range(len(HOSTILE))]
    for name, (text, _) in zip(names, HOSTILE, strict=True):
        (tmp_path / "specs" / name).write_text(text)
    answers = refused(*names).text.splitlines()
    for name, (_, said) in zip(names, HOSTILE, strict=True):
        assert said in "\n".join(line for line in answers if line.startswith(name))
    assert not (tmp_path / "specs" / "run").exists()


def test_a_large_file_is_refused_unread(refused: Callable[..., Run], tmp_path: Path) -> None:
    with (tmp_path / "specs" / "spec.yaml").open("wb") as file:
        file.truncate(1_000_000_000)
    assert refused("spec.yaml").text == "spec.yaml: a string of more than 8 MB; expected at most 8 MB\n"


@pytest.mark.parametrize("repeated", ["\n", "#\n", " \n#;", "# ", "TRAIN:\n", '{"class_name": ', "[net", "layer "])
def test_recognizing_formats_reads_a_text_once(repeated: str, refused: Callable[..., Run], tmp_path: Path) -> None:
    (tmp_path / "specs" / "spec.yaml").write_text(repeated * (70_000 // len(repeated)) + "x: [")
    assert "spec.yaml:" in refused("spec.yaml").text


def test_a_file_without_end(tmp_path: Path, refused: Callable[..., Run]) -> None:
    (tmp_path / "specs" / "zero.yaml").symlink_to("/dev/zero")
    assert (
        refused("zero.yaml", opened="/dev/zero").text
        == "zero.yaml: a string of more than 8 MB; expected at most 8 MB\n"
    )


@contextmanager
def endless_writer(descriptor: Callable[[], int]) -> Iterator[None]:
    """Writes layers until nobody reads them any more."""

    def write() -> None:
        with suppress(BrokenPipeError):
            opened = descriptor()
            try:
                while True:
                    os.write(opened, b"- relu\n" * 1_000)
            finally:
                os.close(opened)

    thread = threading.Thread(target=write)
    thread.start()
    yield
    thread.join()


def test_standard_input_without_end(refused: Callable[..., Run]) -> None:
    read, write = os.pipe()
    with endless_writer(lambda: write):
        said = refused("-", stdin=read).text
        os.close(read)
    assert said == "<stdin>: a string of more than 8 MB; expected at most 8 MB\n"


def test_a_pipe_without_end(refused: Callable[..., Run], tmp_path: Path) -> None:
    pipe = tmp_path / "specs" / "spec.yaml"
    os.mkfifo(pipe)
    with endless_writer(lambda: os.open(pipe, os.O_WRONLY)):
        said = refused("spec.yaml").text
    assert said == "spec.yaml: a string of more than 8 MB; expected at most 8 MB\n"


@pytest.mark.parametrize("kind", ["a link to a file", "a link to a folder", "a pipe", "a folder"])
def test_a_library_that_is_something_else(refused: Callable[..., Run], tmp_path: Path, kind: str) -> None:
    (tmp_path / "secret.yaml").write_text(f"archcalc: 1\nblocks: {SECRET}\n")
    library = tmp_path / "specs" / "parts.yaml"
    if kind == "a link to a file":
        library.symlink_to(tmp_path / "secret.yaml")
    elif kind == "a link to a folder":
        library.symlink_to(tmp_path)
    elif kind == "a pipe":
        os.mkfifo(library)
    else:
        library.mkdir()
    (tmp_path / "specs" / "spec.yaml").write_text(layers("relu", "use: [./parts.yaml]\n"))
    said = refused("spec.yaml").text
    assert ("outside the spec's folder" if "link" in kind else "no library file") in said


def test_a_chain_of_libraries(refused: Callable[..., Run], tmp_path: Path) -> None:
    folder = tmp_path / "specs"
    for number in range(3_000):
        text = f"archcalc: 1\nuse: [./b{number + 1}.yaml]\nblocks: {{k{number}: {{layers: [relu]}}}}\n"
        (folder / f"b{number}.yaml").write_text(text)
    (folder / "spec.yaml").write_text(layers("relu", "use: [./b0.yaml]\n"))
    said = refused("spec.yaml").text
    assert said.startswith("b19.yaml:2:7: libraries that use libraries, 21 deep; expected at most 20\n")


def test_nothing_but_the_line_at_fault_is_shown(refused: Callable[..., Run], tmp_path: Path) -> None:
    (tmp_path / "specs" / "notes.yaml").write_text(f"password: {SECRET}\nuser: [someone\nage: 40\nother: {SECRET}\n")
    (tmp_path / "specs" / "spec.yaml").write_text(layers("relu", "use: [./notes.yaml]\n"))
    assert "notes.yaml:3:4: ':'" in refused("spec.yaml").text
