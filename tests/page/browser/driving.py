"""What a person does with the page, in the words of the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE_MS = 15_000
START_MS = 120_000  # Python starts in the browser, on a machine that does other things too
TABLE = "#view tbody tr"
WATCH = """
window.cspEvents = [];
document.addEventListener("securitypolicyviolation", (event) => {
  cspEvents.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""
NAMES = "[...document.querySelectorAll('#view tbody tr th')].map((cell) => cell.textContent)"
FRESH = "!document.querySelector('#results.ac-stale')"


class Page:
    """A page of archcalc in a browser; `raw` is Playwright's."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self.said: list[str] = []
        self.requests: list[str] = []
        raw.set_default_timeout(PATIENCE_MS)
        raw.add_init_script(WATCH)
        raw.on("console", lambda message: self.said.append(f"console {message.type}: {message.text}"))
        raw.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        raw.on("dialog", self._dialog)
        raw.context.on("request", lambda request: self.requests.append(request.url))

    def _dialog(self, dialog: Any) -> None:
        self.said.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    @property
    def complaints(self) -> list[str]:
        """Everything that a page without a fault does not say."""
        return [*self.said, *(f"policy: {event}" for event in self.raw.evaluate("window.cspEvents ?? []"))]

    def open(self, address: str, ready: str = TABLE) -> None:
        """Go to an address and wait for what shows that it works."""
        self.raw.goto(address)
        self.raw.wait_for_selector(ready, state="attached", timeout=START_MS)

    def close(self) -> None:
        self.raw.context.close()

    def write(self, text: str) -> None:
        """Put a text in place of the whole spec, as one paste."""
        self.raw.locator("#editor .cm-content").focus()
        self.raw.keyboard.press("Control+a")
        self.raw.keyboard.insert_text(text)

    def spec(self) -> str:
        """Return the text in the editor (all of it is drawn where it is short)."""
        return "\n".join(self.raw.locator("#editor .cm-line").all_inner_texts())

    def caret_to(self, line: int, column: int = 1) -> None:
        """Put the caret before a character by keys, both counted from 1."""
        self.raw.locator("#editor .cm-content").focus()
        self.raw.keyboard.press("Control+Home")
        for _ in range(line - 1):
            self.raw.keyboard.press("ArrowDown")
        for _ in range(column - 1):
            self.raw.keyboard.press("ArrowRight")

    def open_network(self, name: str) -> None:
        """Choose a bundled network, and wait for its table."""
        self.raw.select_option("#network", name)
        title = f"{name} · archcalc"
        self.raw.wait_for_function(f"(title) => document.title === title && {FRESH}", arg=title)

    def rows(self) -> list[list[str]]:
        """Return the cells of the table, row by row."""
        found: list[list[str]] = self.raw.evaluate(
            """() => [...document.querySelectorAll("#view tbody tr")]
              .map((row) => [...row.cells].map((cell) => cell.textContent))"""
        )
        return found

    def wait(self, condition: str) -> None:
        """Wait until an expression of JavaScript holds."""
        self.raw.wait_for_function(f"() => {condition}")

    def wait_for_rows(self, names: Sequence[str]) -> None:
        """Wait until the table, up to date, has these rows."""
        self.raw.wait_for_function(f"(names) => {FRESH} && {NAMES}.join() === names.join()", arg=list(names))

    def choose_row(self, name: str) -> None:
        self.raw.locator("#view tbody tr", has=self.raw.locator("th", has_text=name).first).first.click()

    def slide(self, axis: str, position: int) -> None:
        """Move a slider to a position, as its keys do."""
        self.raw.locator(f"#position-{axis}").fill(str(position))

    def words(self, axis: str) -> str:
        """Return what the page says is read along an axis."""
        return str(self.raw.locator(f'.ac-words li[data-axis="{axis}"]').first.inner_text())

    def marked(self) -> list[str]:
        """Return the words that are underlined."""
        found: list[str] = self.raw.evaluate(
            """() => [...document.querySelectorAll("#editor .cm-lintRange-error")].map((mark) => mark.textContent)"""
        )
        return found
