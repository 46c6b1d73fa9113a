"""Tables read back from what was rendered, by other means than those that rendered them."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from html.parser import HTMLParser
from io import StringIO
from itertools import pairwise

from markdown_it import MarkdownIt

UNITS = {"K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
COUNT = re.compile(r"([\d,]+)(?:\.(\d+))?(?: ([KMGT]i?B?))?(?: B)?")


@dataclass(frozen=True)
class Read:
    headings: list[str]
    rows: list[list[str]]
    totals: dict[str, str]

    def column(self, heading: str) -> list[str]:
        place = self.headings.index(heading)
        return [row[place] for row in self.rows]


class Tables(HTMLParser):
    """The texts of all cells, by table and row."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("th", "td"):
            self.tables[-1][-1].append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("th", "td"):
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.tables[-1][-1][-1] += data


def read_html(text: str) -> Read:
    reader = Tables()
    reader.feed(text)
    layers, *totals = reader.tables
    pairs = {label: value for label, value in totals[0] if label != "total"} if totals else {}
    return Read(layers[0], layers[1:], pairs)


def read_markdown(text: str) -> Read:
    return read_html(MarkdownIt("commonmark").enable("table").render(text))


def read_latex(text: str) -> Read:
    """Between the rules of booktabs: headings, rows, totals."""
    plain = text.replace(r"$\times$", "x").replace(r"\_", "_").replace("--", "-")
    _, top, *below = re.split(r"\\(?:top|mid|bottom)rule", plain)
    parts = [[_latex_row(line) for line in part.splitlines() if line.endswith(r"\\")] for part in (top, *below)]
    totals = {row[0]: row[1] for row in parts[2]} if len(parts) > 3 else {}
    return Read(parts[0][0], parts[1], totals)


def _latex_row(line: str) -> list[str]:
    cells = re.split(r"(?<!\\)&", line.removesuffix(r"\\"))
    return [re.sub(r"\\multicolumn\{\d\}\{.\}\{(.*)\}", r"\1", cell.strip()) for cell in cells]


def read_terminal(text: str) -> Read:
    """Columns are where three spaces run down between them; the totals begin with the number of layers."""
    lines = text.splitlines()
    rule = next(number for number, line in enumerate(lines) if line.startswith("──"))
    below = next(number for number, line in enumerate(lines) if re.fullmatch(r"layers {2,}[\d,]+", line))
    width = max(map(len, lines[:below]))
    grid = [line.ljust(width) for line in (lines[rule - 1], *lines[rule + 1 : below])]
    blank = "".join(" " if all(line[place] == " " for line in grid) else "x" for place in range(width))
    ends = [0, *(gap.end() for gap in re.finditer(" {3,}", blank)), width]
    rows = [[line[start:end].strip() for start, end in pairwise(ends)] for line in grid]
    totals = (re.split(r"\s{2,}", line, maxsplit=1) for line in lines[below:])
    return Read(rows[0], rows[1:], {pair[0]: pair[1] for pair in totals if len(pair) == 2})


def read_csv(text: str) -> Read:
    headings, *rows = csv.reader(StringIO(text))
    return Read(headings, rows, {})


READERS = {"terminal": read_terminal, "markdown": read_markdown, "latex": read_latex, "html": read_html}


def count(text: str) -> tuple[Fraction, Fraction]:
    """A printed count, and by how much printing may have rounded it."""
    if text in ("", "-"):
        return Fraction(0), Fraction(0)
    found = COUNT.fullmatch(text)
    assert found, f"{text!r} is no count"
    whole, decimals, unit = found[1].replace(",", ""), found[2] or "", found[3]
    step = Fraction(UNITS[unit], 10 ** len(decimals)) if unit else Fraction(1)
    return int(whole + decimals) * step, step / 2 if unit else Fraction(0)


def assert_sums_to_totals(read: Read, totals: Mapping[str, str]) -> None:
    """Each column adds up to its total, as far as both are printed."""
    for heading, label in totals.items():
        cells = [count(cell) for cell in read.column(heading)]
        total, rounded = count(read.totals[label].partition(" (")[0])
        off = abs(sum(value for value, _ in cells) - total)
        assert off <= rounded + sum(each for _, each in cells), f"{heading}: off by {off} of {total}"
