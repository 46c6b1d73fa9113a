"""How long the page takes from a key to a painted table, against the command line in the same run.

`python -m tests.page.browser.timings [--static FOLDER]` prints the figures; a test would depend on the machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.page.browser.driving import Page
from tests.page.browser.servers import hosted, served

NETWORK = "x3d_l"
ROUNDS = 5
# From the event of the key to the frame after the one in which the new number of parameters is in the table.
MEASURE = """() => new Promise((resolve) => {
  const view = document.querySelector("#view");
  const total = () => document.querySelector("#totals").textContent;
  const before = total();
  let start = 0;
  addEventListener("keydown", () => { start = performance.now(); }, { capture: true, once: true });
  const watch = new MutationObserver(() => {
    if (total() === before || document.querySelector("#results.ac-stale")) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
  });
  watch.observe(document.body, { childList: true, subtree: true, attributes: true, characterData: true });
})"""


def _command_line() -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "archcalc", "table", NETWORK], check=True, stdout=subprocess.DEVNULL, env={**os.environ}
    )
    return time.perf_counter() - began


def _key(page: Page, digit: str) -> float:
    """Type one digit of the number of classes; the seconds until the table is painted."""
    page.raw.evaluate(f"() => {{ window.measured = ({MEASURE})(); }}")
    page.raw.keyboard.press(digit)
    return float(page.raw.evaluate("window.measured")) / 1000


def _line_of(word: str, text: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), 1) if word in line)


def _rounds(page: Page) -> tuple[list[float], list[float]]:
    page.open_network(NETWORK)
    page.caret_to(_line_of("classes: ", page.spec()))
    page.raw.keyboard.press("End")
    page.raw.keyboard.press("ArrowLeft")
    page.raw.keyboard.press("Shift+ArrowLeft")
    keys, commands = [], []
    for number in range(ROUNDS):
        commands.append(_command_line())
        keys.append(_key(page, str(number + 1)))
        page.raw.keyboard.press("Shift+ArrowLeft")
    return keys, commands


def _print(engine: str, keys: list[float], commands: list[float]) -> None:
    key, command = statistics.median(keys), statistics.median(commands)
    ratio = f"{key / command:.2f} times `archcalc table {NETWORK}` ({command:.3f} s)"
    print(f"{engine}: key to painted table {key:.3f} s, {ratio}")


def _measure(browser: Any, engine: str, address: str) -> None:
    page = Page(browser.new_context(viewport={"width": 1440, "height": 900}).new_page())
    page.open(address)
    page.raw.wait_for_selector("svg.ac-strip")
    _print(engine, *_rounds(page))
    page.close()


def main() -> None:
    """Print the figures of the server, and of the static page where its folder is given."""
    from playwright.sync_api import sync_playwright

    from tests.page.browser.conftest import chromium_path, launched

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--static", type=Path, help="folder that `archcalc serve --export` wrote")
    asked = parser.parse_args()
    with sync_playwright() as playwright:
        browser = launched(playwright, chromium_path())
        with served() as address:
            _measure(browser, "serve", address)
        if asked.static:
            with hosted(asked.static) as address:
                _measure(browser, "static", address)
        browser.close()


if __name__ == "__main__":
    main()
