"""Tables that follow their spec: what is watched, what counts as a change, and a terminal from start to Ctrl-C."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli.main import main
from archcalc.cli.watch import Shown, stamps, wait_for_change
from archcalc.core.problem import UsageError
from archcalc.render.screen import Screen
from archcalc.spec.library import used_files
from archcalc.tables.layers import layer_table
from archcalc.tables.options import TableOptions
from archcalc.tables.table import Table

PATIENCE = 30  # seconds until a terminal that stays silent is given up
SPEC = """\
archcalc: 1
name: watched
use: [./parts.yaml]
inputs: {clip: {C: 3, T: 8, H: 16, W: 16}}
layers:
  - unit: {name: body}
"""
PARTS = "blocks:\n  unit:\n    layers:\n      - conv3d: {name: conv, out: 4, kernel: 1}\n"


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    (tmp_path / "parts.yaml").write_text(PARTS)
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC)
    return path


def tabled(spec: Path) -> Callable[[], Table]:
    return lambda: layer_table(archcalc.analyze(archcalc.load(spec)), TableOptions())


def printed(shown: Shown) -> str:
    out = StringIO()
    shown.print(Screen(out, 200), "the end")
    return out.getvalue()


def test_a_spec_and_its_libraries_are_watched(spec: Path) -> None:
    assert used_files(str(spec)) == [spec, spec.with_name("parts.yaml")]


def test_a_library_that_is_missing_is_waited_for(spec: Path) -> None:
    parts = spec.with_name("parts.yaml")
    parts.unlink()
    assert used_files(str(spec)) == [spec, parts]
    before = stamps([spec, parts])
    parts.write_text(PARTS)
    assert stamps([spec, parts]) != before


def test_a_change_is_waited_out(spec: Path) -> None:
    """Five pauses: one without a change, two in which the file still changes, one to see that, one of rest."""
    writes: Iterator[Callable[[], object]] = iter([
        lambda: None,
        lambda: spec.write_text(SPEC + "#"),
        spec.unlink,
        lambda: spec.write_text(SPEC + "##"),
        lambda: None,
    ])  # fmt: skip

    def pause(_: float) -> None:
        next(writes)()

    wait_for_change(stamps([spec]), pause)
    assert next(writes, None) is None


def test_the_last_good_table_stays_while_there_are_problems(spec: Path) -> None:
    make = tabled(spec)
    good = Shown().after(make)
    assert not good.stale
    spec.write_text(SPEC.replace("unit", "unti"))
    bad = good.after(make)
    assert bad.table == good.table
    text = printed(bad)
    assert text.index("body.conv") < text.index("older than these problems") < text.index("did you mean 'unit'")
    assert text.endswith("the end\n")
    spec.write_text(SPEC.replace("body", "trunk"))
    assert "trunk.conv" in printed(bad.after(make))
    assert "older" not in printed(bad.after(make))


def test_problems_stand_alone_before_there_was_a_table(spec: Path) -> None:
    spec.write_text(SPEC.replace("unit", "unti"))
    assert "older" not in printed(Shown().after(tabled(spec)))


def test_a_parameter_that_has_gone_is_reported_too(spec: Path) -> None:
    def complain() -> Table:
        raise UsageError("no parameter 'width'")

    assert "no parameter 'width'" in printed(Shown().after(tabled(spec)).after(complain))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-", "--watch"), "--watch with standard input"),
        (("c3d", "--watch"), "--watch with output to a pipe or a file; expected a terminal"),
        (("c3d", "--watch", "--format", "csv"), "--watch with --format or --output"),
        (("c3d", "--watch", "--output", "x"), "--watch with --format or --output"),
    ],
)
def test_what_cannot_be_watched(arguments: tuple[str, ...], said: str) -> None:
    result = CliRunner().invoke(main, ["table", *arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def listen_to_ctrl_c() -> None:
    """What a shell runs in the background ignores it, and so does everything that starts from there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, *command: str) -> None:
        self.handle, inner = pty.openpty()
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(archcalc.__file__).parents[1]),
            "TERM": "xterm",
            "COLUMNS": "100",
        }
        self.process = subprocess.Popen(command, stdin=inner, stdout=inner, stderr=inner, env=environment,
                                        start_new_session=True, preexec_fn=listen_to_ctrl_c)  # fmt: skip
        os.close(inner)
        self.text = ""

    def read_until(self, wanted: str) -> str:
        """What has been printed since the last call, up to a text."""
        while wanted not in self.text:
            ready, _, _ = select.select([self.handle], [], [], PATIENCE)
            assert ready, f"no {wanted!r} in {self.text!r}"
            self.text += os.read(self.handle, 65536).decode()
        before, _, self.text = self.text.partition(wanted)
        return before


def test_a_terminal_from_start_to_end(spec: Path) -> None:
    terminal = Terminal(sys.executable, "-m", "archcalc", "table", str(spec), "--watch")
    try:
        assert "body.conv" in terminal.read_until("watching 2 files for changes; Ctrl-C ends")
        spec.write_text(SPEC.replace("unit", "unti"))
        assert "body.conv" in terminal.read_until("did you mean 'unit'")
        terminal.read_until("Ctrl-C ends")
        spec.write_text(SPEC)
        terminal.read_until("Ctrl-C ends")
        spec.with_name("parts.yaml").write_text(PARTS.replace("out: 4", "out: 7"))
        assert "7x8x16x16" in terminal.read_until("Ctrl-C ends")
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.process.wait(PATIENCE) == 130
        assert "Traceback" not in terminal.text
    finally:
        terminal.process.kill()
        terminal.process.wait()
        os.close(terminal.handle)
