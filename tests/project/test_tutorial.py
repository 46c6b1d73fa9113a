"""The tutorial asks ten questions and answers each by a command; its notebook runs from the first cell to the last."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
QUESTION = re.compile(r"^### (\d+)\. (.+\?)$", re.MULTILINE)


def test_ten_questions_are_each_answered_by_a_command() -> None:
    """What the commands print is compared in test_docs."""
    page = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    numbers = [int(number) for number, _ in QUESTION.findall(page)]
    assert numbers == list(range(1, 11))
    answers = re.split(r"^#{2,3} .*$", page, flags=re.MULTILINE)
    assert sum("```console\n$ archcalc " in answer for answer in answers) == 10


def cells() -> list[str]:
    notebook = json.loads((DOCS / "notebook.ipynb").read_text(encoding="utf-8"))
    assert not any(cell.get("outputs") for cell in notebook["cells"])  # they are made when the site is built
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def shown(value: object) -> str:
    """What a notebook shows of a value: HTML, a drawing, or its repr."""
    bundle = getattr(value, "_repr_mimebundle_", None)
    html = getattr(value, "_repr_html_", None)
    forms: dict[str, str] = bundle() if bundle is not None else {}
    return forms.get("image/svg+xml") or (html() if html is not None else repr(value))


def test_the_notebook_runs(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pandas")
    scope: dict[str, object] = {}
    answers = []
    for cell in cells():
        *statements, last = ast.parse(cell).body
        if not isinstance(last, ast.Expr):
            statements.append(last)
        exec(compile(ast.Module(statements, []), "notebook.ipynb", "exec"), scope)
        if isinstance(last, ast.Expr):
            answers.append(shown(eval(compile(ast.Expression(last.value), "notebook.ipynb", "eval"), scope)))
    assert "864" in answers[0]  # its multiply-accumulates
    assert sum("<svg" in answer for answer in answers) == 3
    assert "'slow_fusion': [3, 6, 14, 20]" in "".join(answers)
    assert "'T': 25" in "".join(answers)
    assert "r2plus1d_18 32 frames: 31.5 M parameters" in capsys.readouterr().out
