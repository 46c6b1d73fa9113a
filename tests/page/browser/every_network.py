"""Every bundled network and every mistake of the tests: both engines of the page against the command line.

`python -m tests.page.browser.every_network [--static FOLDER] [--networks NAME ...]` opens each network in the page, and
compares what is painted, cell by cell, and every number of `archcalc table NAME --format json`; then it hands in each
spec of `tests/spec/bad` and compares the problems with `archcalc check --format json`. It takes minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner

from archcalc.cli.main import main as archcalc
from archcalc.spec.library import bundled_networks
from tests.page.browser.driving import PATIENCE_MS, Page
from tests.page.browser.servers import hosted, served
from tests.spec.bad_specs import MAIN, bad_specs

WIDE = {"COLUMNS": "400"}
RULE = re.compile(r"─+")
FIRST_TOTAL = re.compile(r"layers {2,}[\d,]+$")
BETWEEN_CELLS = re.compile(r" {2,}")
IN_FOLDER = "in the folder of the spec"
MOST_PRINTED = 20
SLOWEST_MS = 8 * PATIENCE_MS  # the largest network in Pyodide, on a machine that does other things too
# The page's own worker: a message to it with an id of ours is answered beside those of the page.
KEEP_WORKERS = """
window.kept = [];
window.Worker = class extends Worker {
  constructor(...given) { super(...given); if (String(given[0]).endsWith("worker.js")) kept.push(this); }
};
"""
ASK = """async ([name, request]) => {
  const body = JSON.stringify(request);
  const token = document.querySelector('meta[name="archcalc-token"]')?.content;
  if (token) {
    const headers = { "content-type": "application/json", "x-archcalc-token": token };
    return (await fetch(`api/${name}`, { method: "POST", headers, body })).json();
  }
  const worker = kept.at(-1);
  const id = `asked ${performance.now()}`;
  return new Promise((resolve) => {
    worker.addEventListener("message", function answered({ data }) {
      if (data.id !== id) return;
      worker.removeEventListener("message", answered);
      resolve(data.error ? { error: data.error } : JSON.parse(data.answer));
    });
    worker.postMessage({ id, name, request: body });
  });
}"""


class Printed(NamedTuple):
    """What the command line prints of a network."""

    rows: list[list[str]]
    totals: list[list[str]]
    described: dict[str, Any]


class Mistake(NamedTuple):
    """A spec with problems, and what `archcalc check` says of it."""

    label: str
    text: str
    problems: list[dict[str, Any]]


class Comparison:
    """Counts what was compared, and keeps what differed."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self.counts: dict[str, int] = {}
        self.differences: list[str] = []

    def same(self, what: str, where: str, found: list[Any], expected: list[Any]) -> None:
        """Compare two lists, entry by entry."""
        self.counts[what] = self.counts.get(what, 0) + len(expected)
        if len(found) != len(expected):
            self.differences.append(f"{where}: {len(found)} {what} instead of {len(expected)}")
        for number, (one, other) in enumerate(zip(found, expected, strict=False)):
            if one != other:
                self.differences.append(f"{where}: {what} {number}: {one!r} instead of {other!r}")

    def print(self, seconds: float) -> None:
        """Print the figures, and the first differences."""
        counts = ", ".join(f"{count:,} {what}" for what, count in self.counts.items())
        print(f"{self.engine}: {counts}; {len(self.differences)} differences; {seconds:.0f} s", flush=True)
        for line in self.differences[:MOST_PRINTED]:
            print(f"  {line[:600]}", flush=True)


def printed(name: str) -> Printed:
    """Return what `archcalc table NAME` prints, as text and as JSON."""
    shown = CliRunner().invoke(archcalc, ["table", name], env=WIDE)
    assert shown.exit_code == 0, shown.output
    rows, totals = _table(shown.output)
    described = CliRunner().invoke(archcalc, ["table", name, "--format", "json"])
    return Printed(rows, totals, json.loads(described.stdout))


def _table(text: str) -> tuple[list[list[str]], list[list[str]]]:
    """Return the rows under the rule of a printed table, and the totals after them."""
    lines = text.splitlines()
    rule = next(number for number, line in enumerate(lines) if RULE.fullmatch(line))
    first_total = next(number for number, line in enumerate(lines) if FIRST_TOTAL.match(line))
    rows = _columns(lines[rule - 1], *lines[rule + 1 : first_total])[1:]
    return rows, [cells for line in lines[first_total:] if len(cells := BETWEEN_CELLS.split(line)) == 2]


def _columns(*lines: str) -> list[list[str]]:
    """Split lines wherever all of them have two spaces or more: a cell may be empty."""
    width = max(map(len, lines))
    padded = [line.ljust(width) for line in lines]
    inked = "".join(" " if all(line[at] == " " for line in padded) else "x" for at in range(width))
    places = [match.span() for match in re.finditer(r"x+(?: x+)*", inked)]
    return [[line[start:end].strip() for start, end in places] for line in padded]


def mistakes() -> list[Mistake]:
    """Return the specs with problems that are one file and name no other one, as the page has no folder."""
    found = []
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for spec in bad_specs():
            if set(spec.files) == {MAIN}:
                Path(MAIN).write_text(spec.files[MAIN], encoding="utf-8")
                checked = CliRunner().invoke(archcalc, ["check", MAIN, "--format", "json"])
                said = json.loads(checked.stdout)["specs"][0]["problems"]
                if not any(IN_FOLDER in (each["expected"] or "") for each in said):
                    found.append(Mistake(spec.label, spec.files[MAIN], [_flat(each, "location") for each in said]))
    return found


def _flat(problem: dict[str, Any], place: str) -> dict[str, Any]:
    """Return what both sides say of a problem; a place without an end is empty in an editor."""
    where = problem[place] or {}
    words = {key: problem[key] or None for key in ("message", "found", "expected", "hint")}
    start, end = [(where.get(f"{of}line"), where.get(f"{of}column")) for of in ("", "end_")]
    return {**words, "file": where.get("file"), "from": start, "to": start if end == (None, None) else end}


def compare(page: Page, engine: str, networks: dict[str, Printed], wrong: list[Mistake]) -> Comparison:
    """Drive one page through all networks and all mistakes."""
    compared = Comparison(engine)
    for name, expected in networks.items():
        _compare_network(page, compared, name, expected)
    for mistake in wrong:
        request = {"network": {"text": mistake.text, "name": MAIN}}
        answer = page.raw.evaluate(ASK, ["analyze", request])
        found = [_flat(each, "place") for each in answer.get("problems", [])]
        compared.same("problems", mistake.label, found, mistake.problems)
    compared.counts["mistaken specs"] = len(wrong)
    compared.differences += [f"the page complains: {each}" for each in page.complaints]
    return compared


def _compare_network(page: Page, compared: Comparison, name: str, expected: Printed) -> None:
    page.open_network(name)
    text = page.raw.evaluate(ASK, ["open", {"name": name}])["text"]
    network = {"text": text, "name": f"{name}.yaml", "inputs": {}, "set": {}, "own": False, "convention": "macs"}
    answer = page.raw.evaluate(ASK, ["analyze", {"network": network}])
    described = json.loads(page.raw.evaluate(ASK, ["export", {"network": network, "format": "json"}])["text"])
    compared.counts["networks"] = compared.counts.get("networks", 0) + 1
    compared.same("painted rows", name, page.rows(), expected.rows)
    totals = [[each["label"], each["text"]] for each in answer["table"]["totals"]]
    compared.same("totals", name, totals, expected.totals)
    compared.same("layers", name, described.pop("layers"), expected.described["layers"])
    others = {key: value for key, value in expected.described.items() if key != "layers"}
    compared.same("other keys", name, sorted(described.items()), sorted(others.items()))
    compared.same("problems of networks", name, answer["problems"], [])


def _on(browser: Any, engine: str, address: str, networks: dict[str, Printed], wrong: list[Mistake]) -> bool:
    page = Page(browser.new_context(viewport={"width": 1440, "height": 900}).new_page())
    page.raw.add_init_script(KEEP_WORKERS)
    page.raw.set_default_timeout(SLOWEST_MS)
    page.open(address)
    page.raw.wait_for_selector("svg.ac-strip")
    began = time.monotonic()
    compared = compare(page, engine, networks, wrong)
    compared.print(time.monotonic() - began)
    page.close()
    return not compared.differences


def main() -> int:
    """Compare both engines; 1 where anything differs."""
    from playwright.sync_api import sync_playwright

    from tests.page.browser.conftest import chromium_path, launched

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--static", type=Path, help="folder that `archcalc serve --export` wrote")
    parser.add_argument("--networks", nargs="+", default=[each.name for each in bundled_networks()], metavar="NAME")
    asked = parser.parse_args()
    networks, wrong = {name: printed(name) for name in asked.networks}, mistakes()
    with sync_playwright() as playwright:
        browser = launched(playwright, chromium_path())
        with served() as address:
            same = _on(browser, "serve", address, networks, wrong)
        if asked.static:
            with hosted(asked.static) as address:
                same = _on(browser, "static", address, networks, wrong) and same
        browser.close()
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
