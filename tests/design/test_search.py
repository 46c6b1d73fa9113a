"""Searches: what they find, the same for any number of processes and after any end, and what they refuse."""

from __future__ import annotations

import json
import os
import random
import shlex
import signal
import subprocess
import sys
import time
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import archcalc
from archcalc.cli.main import main

DRAWN = Path(__file__).parents[2] / "docs" / "cheapest_clap.svg"
FAMILY = """archcalc: 1
name: family
parameters: {kind: {default: plain, one_of: [plain, wide]}, depth: {default: 2, from: 1, to: 6}, width: 8}
inputs: {clip: {C: 3, T: 9, H: 16, W: 16, fps: 5}}
layers:
  - repeat: {times: $depth, index: i, layers: [{conv3d: {out: $(width * (i + 1)), kernel: 3, padding: 1}}]}
  - conv3d: {name: wide, when: $(kind == 'wide'), out: 4, kernel: [5, 1, 1], padding: [2, 0, 0]}
  - conv3d: {name: last, out: 8, kernel: [$(5 if depth == 6 and kind == 'wide' else 3), 1, 1]}
  - global_avg_pool
  - flatten
  - linear: {out: 3}
"""
SEARCH = """archcalc: 1
search: cheap
spec: ./family.yaml
space:
  kind: [plain, wide]
  depth: {from: 1, to: 6}
  width: {from: 2, to: 40, step: 2, when: $(depth > 1)}
  clip.T: [3, 5, 9, 12]
where: [$(depth * width < 150), $(clip.T > 3 or depth > 2)]
require:
  field: {layer: last, at_least: {T: 9}, view: clipped}
  macs: {at_most: 20 M}
  layers: {at_most: 9}
minimise: [macs, params]
maximise: width
by: kind
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "family.yaml").write_text(FAMILY)
    (tmp_path / "cheap.yaml").write_text(SEARCH)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"COLUMNS": None})


def answer(*options: str) -> str:
    result = run("search", "cheap.yaml", "--format", "json", *options)
    assert result.exit_code == 0, result.output
    return result.stdout


@cache
def every_analysis() -> list[tuple[dict[str, Any], archcalc.Analysis | None]]:
    """All designs with their analyses, by brute force; None for those that cannot be built."""
    family = archcalc.load("family.yaml")
    found: list[tuple[dict[str, Any], archcalc.Analysis | None]] = []
    for kind, depth, width, frames in product(("plain", "wide"), range(1, 7), range(2, 41, 2), (3, 5, 9, 12)):
        if (depth == 1 and width > 2) or depth * width >= 150 or (frames == 3 and depth < 3):
            continue
        design: dict[str, Any] = {"kind": kind, "depth": depth, "width": width, "clip.T": frames}
        try:
            spec = family.varied(inputs=f"clip=3x{frames}x16x16", kind=kind, depth=depth, width=width)
        except archcalc.SpecError:
            found.append((design, None))
        else:
            found.append((design, archcalc.analyze(spec)))
    return found


def every_design(frames_seen: int = 9) -> list[dict[str, Any]]:
    """All designs with what the search asks of them."""
    return [described(design, analysis, frames_seen) for design, analysis in every_analysis()]


def described(design: dict[str, Any], analysis: archcalc.Analysis | None, frames_seen: int) -> dict[str, Any]:
    if analysis is None:
        return {"set": design, "answers": False, "built": False}
    totals, last = analysis.totals, analysis.layer("last").field
    assert last is not None
    sees = last.clipped["T"] >= frames_seen and totals.layers <= 9
    goals = (totals.macs, totals.params, -design["width"])
    meets = sees and totals.macs <= 20_000_000
    return {"set": design, "answers": meets, "built": True, "sees": sees, "goals": goals}


def test_it_finds_what_brute_force_finds() -> None:
    found, designs = json.loads(answer()), every_design()
    answers = [each for each in designs if each["answers"]]
    front = [
        each
        for each in answers
        if not any(
            other["goals"] != each["goals"] and all(a <= b for a, b in zip(other["goals"], each["goals"], strict=True))
            for other in answers
        )
    ]
    assert (found["combinations"], found["designs"], found["answers"]) == (2 * 6 * 20 * 4, len(designs), len(answers))
    assert (
        0 < found["not_built"] <= sum(not each["built"] for each in designs)
    )  # others exceed a bound before they fail
    assert sum(found["ruled_out"].values()) == len(designs) - len(answers) - found["not_built"]
    assert [each["set"] for each in found["front"]] == [
        each["set"] for each in sorted(front, key=lambda each: each["goals"])
    ]
    assert found["best"] == found["front"][0]
    for kind in ("plain", "wide"):
        best = min((each for each in answers if each["set"]["kind"] == kind), key=lambda each: each["goals"])
        assert found["by"][kind]["set"] == best["set"]


def test_the_same_bytes_for_any_number_of_processes(folder: Path) -> None:
    alone = answer()
    assert answer("--workers", "2") == alone
    assert answer("--workers", "4", "--journal", "j", "--plot", "p.svg") == alone
    assert answer("--journal", "j") == alone
    assert "workers" not in alone
    assert str(folder) not in alone


def test_a_journal_that_ends_anywhere() -> None:
    alone = answer("--journal", "j")
    whole = Path("j").read_bytes()
    source = random.Random(7)
    for end in (0, 1, len(whole) - 1, *(source.randrange(len(whole)) for _ in range(6))):
        Path("j").write_bytes(whole[:end])
        assert answer("--journal", "j") == alone
        assert Path("j").read_bytes() == whole


def test_a_kill_at_any_moment() -> None:
    alone = answer()
    command = [sys.executable, "-m", "archcalc", "search", "cheap.yaml", "--format", "json", "--journal", "j"]
    for wait in (0.5, 0.8):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert answer("--journal", "j", "--workers", "2") == alone


def listen_to_ctrl_c() -> None:
    """A process that a shell starts in the background ignores it, and so do the processes that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_leaves_the_journal_whole(workers: str) -> None:
    slow = SEARCH.replace("to: 40, step: 2", "to: 40, step: 1").replace(
        "clip.T: [3, 5, 9, 12]", "clip.T: {from: 3, to: 80}"
    )
    Path("slow.yaml").write_text(slow)
    command = [sys.executable, "-m", "archcalc", "search", "slow.yaml", "--journal", "j", "--workers", workers]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, preexec_fn=listen_to_ctrl_c
    )
    while not Path("j").exists() or Path("j").stat().st_size < 10_000:
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert output == b""
    assert errors.decode().splitlines()[-1] == "archcalc: interrupted"
    lines = Path("j").read_bytes().splitlines(keepends=True)
    assert all(line.endswith(b"\n") and json.loads(line) for line in lines)


def test_journals_that_are_refused() -> None:
    answer("--journal", "j")
    Path("other").write_text("a diary\n")
    refused = run("search", "cheap.yaml", "--journal", "other")
    assert refused.exit_code == 2
    assert "other is no journal of a search" in refused.output
    assert Path("other").read_text() == "a diary\n"
    before = Path("j").read_bytes()
    Path("family.yaml").write_text(FAMILY.replace("out: 3}", "out: 4}"))
    refused = run("search", "cheap.yaml", "--journal", "j")
    assert (refused.exit_code, Path("j").read_bytes()) == (2, before)
    assert "j is the journal of another search, or its files have changed since" in refused.output
    Path("j").write_bytes(before.replace(archcalc.__version__.encode(), b"0.0.9", 1))
    assert "j is a journal of archcalc 0.0.9" in run("search", "cheap.yaml", "--journal", "j").output
    assert run("search", "cheap.yaml", "--journal", "nowhere/j").exit_code == 3
    assert "this command reads cheap.yaml" in run("search", "cheap.yaml", "--journal", "cheap.yaml").output


def test_a_full_disk() -> None:
    alone = answer()
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000));"
        "from archcalc.cli.main import main; sys.argv = ['archcalc', 'search', 'cheap.yaml', '--journal', 'j']; main()"
    )
    full = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert full.returncode == 3
    assert "cannot write j: File too large; what it holds is kept" in full.stderr
    assert Path("j").stat().st_size == 9000
    assert answer("--journal", "j") == alone
    assert "is no file that can be read again" in run("search", "cheap.yaml", "--journal", "/dev/null").output


def test_nothing_answers() -> None:
    Path("cheap.yaml").write_text(SEARCH.replace("20 M", "1 K").replace("T: 9", "T: 8"))
    result = run("search", "cheap.yaml", "--format", "json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert (found["answers"], found["best"], found["front"]) == (0, None, [])
    assert list(found["nearest"]) == ["macs"]
    sees = [each for each in every_design(8) if each["built"] and each["sees"]]
    assert found["nearest"]["macs"]["quantities"]["macs"] == min(each["goals"][0] for each in sees)
    assert "nearest misses" in run("search", "cheap.yaml").output


def test_hostile_spaces_are_refused_at_once() -> None:
    base = "archcalc: 1\nsearch: big\nspec: ./family.yaml\nminimise: macs\nspace:\n"
    started = time.process_time()
    Path("big.yaml").write_text(base + "  width: {from: 1, to: 1000000000000}\n")
    refused = run("search", "big.yaml")
    assert refused.exit_code == 2
    assert "1,000,000,000,000 combinations, at most 2,000,000" in refused.output
    assert "--draw N" in refused.output
    Path("big.yaml").write_text(base + "  width: {from: 0.5, to: 1000000000, step: 0.0000001}\n")
    assert "9,999,999,995,000,001 values of 'width'; expected at most 1,000" in run("search", "big.yaml").output
    Path("big.yaml").write_text(base + "  width: {from: 1, to: 250000}\n")
    assert "more than 200,000 designs" in run("search", "big.yaml").output
    formula = "$(" + " + ".join(["max([1] * 10000)"] * 30) + " > 0)"
    Path("big.yaml").write_text(base + f"  width: {{from: 1, to: 1000000}}\nwhere: ['{formula}']\n")
    assert "formulas that take too much work for each combination" in run("search", "big.yaml").output
    assert time.process_time() - started < 30


def test_designs_that_are_drawn() -> None:
    first = answer("--draw", "60", "--seed", "3")
    found = json.loads(first)
    assert (found["designs"], found["exhaustive"]) == (60, False)
    assert answer("--draw", "60", "--seed", "3", "--workers", "2", "--journal", "d") == first
    assert answer("--draw", "60", "--seed", "4") != first
    refused = run("search", "cheap.yaml", "--draw", "60", "--seed", "4", "--journal", "d")
    assert "journal of another search" in refused.output


def test_fractions_are_drawn_alone() -> None:
    text = SEARCH.replace(
        "width: {from: 2, to: 40, step: 2, when: $(depth > 1)}", "scale: {from: 1.0, to: 8.0, spread: log}"
    )
    text = text.replace("where: [$(depth * width < 150), ", "derive: {width: $(round(4 * scale))}\nwhere: [")
    Path("cheap.yaml").write_text(text)
    assert "scale is a range of fractions without a step" in run("search", "cheap.yaml").output
    found = json.loads(answer("--draw", "50"))
    assert all(each["derived"]["width"] == round(4 * each["set"]["scale"]) for each in found["front"])


def test_saved_specs_are_the_designs() -> None:
    found = json.loads(answer("--save", "best"))
    names = {path.name for path in Path("best").iterdir()}
    front = {f"cheap-front-{number + 1}.yaml" for number in range(len(found["front"]))}
    assert names == {*front, "cheap-kind-plain.yaml", "cheap-kind-wide.yaml"}
    totals = archcalc.analyze(archcalc.load("best/cheap-front-1.yaml")).totals
    assert (totals.macs, totals.params) == (found["best"]["quantities"]["macs"], found["best"]["quantities"]["params"])


def test_the_command_of_the_best_design() -> None:
    found = json.loads(answer())
    command = CliRunner().invoke(main, ["search", "cheap.yaml"], env={"COLUMNS": "40"}).output
    (line,) = (line for line in command.splitlines() if line.startswith("archcalc table "))
    words = shlex.split(line)[1:]
    assert words[:2] == ["table", "family.yaml"]
    result = run(*words, "--format", "json")
    assert result.exit_code == 0, result.output
    table = json.loads(result.stdout)
    assert table["totals"]["macs"] == found["best"]["quantities"]["macs"]


@pytest.mark.parametrize("output_format", ["terminal", "markdown", "latex", "csv", "html"])
def test_every_format(output_format: str) -> None:
    result = run("search", "cheap.yaml", "--format", output_format)
    assert result.exit_code == 0
    assert "wide" in result.stdout
    widths = "{from: 2, to: 40, step: 2, when: $(depth > 1)}"
    sweep = SEARCH.partition("where:")[0].replace("search: cheap", "sweep: grid").replace(widths, "[2, 4]")
    Path("grid.yaml").write_text(sweep + "rows: depth\ncolumns: clip.T\nshow: [macs, field]\n")
    assert run("sweep", "grid.yaml", "--format", output_format).exit_code == 0


def test_usage() -> None:
    assert "a search; expected a sweep (archcalc search runs it)" in run("sweep", "cheap.yaml").output
    assert "expected a file that ends in .svg or .png" in run("search", "cheap.yaml", "--plot", "x.gif").output
    assert run("search", "cheapest_clp").exit_code == 1
    assert run("check", "cheap.yaml").output == "cheap.yaml: no problems, 638 designs\n"


def test_the_clap_that_ships_with_archcalc() -> None:
    asked = ("cheapest_clap", "--format", "json", "--workers", "2", "--plot", "clap.svg")
    found = json.loads(run("search", *asked).stdout)
    assert Path("clap.svg").read_bytes() == DRAWN.read_bytes(), "docs/design.md shows it: archcalc search --plot"
    assert (found["combinations"], found["designs"], found["answers"]) == (4 * 4 * 4 * 3 * 2 * 2 * 2 * 2 * 4, 6240, 275)
    best = {family: round(each["quantities"]["macs"] / 1e9, 1) for family, each in found["by"].items()}
    assert best == {"plain": 56.0, "split": 60.0, "mixed": 54.7, "late": 35.3}
    macs = [each["quantities"]["macs"] for each in found["front"]]
    params = [each["quantities"]["params"] for each in found["front"]]
    assert macs == sorted(macs)
    assert params == sorted(params, reverse=True)
    assert [round(each / 1e9, 1) for each in macs] == [35.3, 40.9, 45.8, 54.7, 54.7]


def test_x3d_stands_in_its_sweep() -> None:
    found = json.loads(run("sweep", "x3d_grid", "--format", "json").stdout)
    macs = {tuple(each["set"].values()): round(each["quantities"]["macs"] / 1e9, 2) for each in found["designs"]}
    assert (macs[4, 160], macs[13, 160], macs[16, 224]) == (0.61, 1.96, 4.73)  # 0.60 for XS is cut off
    assert len(macs) == 4 * 3


def test_python_returns_the_front_and_a_frame() -> None:
    pytest.importorskip("pandas")
    found = archcalc.search("cheap.yaml")
    described = json.loads(answer())
    assert [dict(each.values) for each in found.front] == [each["set"] for each in described["front"]]
    frame = found.to_frame()
    assert (len(frame), int(frame.answers.sum())) == (described["designs"], described["answers"])
    best = frame[frame.answers].sort_values(["macs", "params"]).iloc[0]
    assert best.macs == described["best"]["quantities"]["macs"]
    assert best.receptive_field_T == described["best"]["quantities"]["receptive_field"]["T"]
    assert str(frame.macs.dtype) == "Int64"
    assert frame[frame.error == ""].macs.notna().all()
    assert "cheap" in found._repr_html_()
    with pytest.raises(archcalc.UsageError, match="workers: the number 0; expected an integer of at least 1"):
        archcalc.search("cheap.yaml", workers=0)
