"""Drawings in a notebook: what is shown, what is saved, and what is refused."""

from __future__ import annotations

import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli.main import main
from archcalc.core.problem import Unavailable, UsageError
from archcalc.render import graphviz
from archcalc.render.diagram import KINDS, Diagram

NETWORK = "field_temporal"
SHOWN = "image/svg+xml"


def diagram(kind: str, **options: object) -> Diagram:
    return archcalc.analyze(archcalc.load(NETWORK)).diagram(kind, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_a_notebook_shows_what_the_command_line_writes(kind: str, tmp_path: Path) -> None:
    drawn = diagram(kind)
    shown = drawn._repr_mimebundle_()
    assert shown[SHOWN].startswith("<svg")
    assert ElementTree.fromstring(shown[SHOWN]).tag.endswith("svg")
    assert shown["text/plain"] == f"<archcalc diagram of {kind}: {NETWORK}>"
    saved, written = tmp_path / "saved.svg", tmp_path / "written.svg"
    drawn.save(saved)
    assert CliRunner().invoke(main, ["diagram", NETWORK, "--kind", kind, "-o", str(written)]).exit_code == 0
    assert saved.read_bytes() == written.read_bytes() == drawn.svg.encode()


def test_options_are_those_of_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "a.dot"
    command = ["diagram", NETWORK, "--heat", "macs", "--orientation", "right", "--theme", "dark", "-o", str(path)]
    assert CliRunner().invoke(main, command).exit_code == 0
    drawn = diagram("graph", heat="macs", orientation="right", theme="dark")
    drawn.save(tmp_path / "b.dot")
    assert path.read_bytes() == (tmp_path / "b.dot").read_bytes()
    assert b"rankdir=LR" in path.read_bytes()


def test_every_option_of_the_command_belongs_to_a_kind() -> None:
    command = main.get_command(None, "diagram")  # type: ignore[arg-type]  # needs no context
    assert command is not None
    names = {each.name for each in command.params} - {
        "specs",
        "settings",
        "inputs",
        "kind",
        "output",
        "theme",
        "snippet",
        "picture_format",
        "train",
        "call",
    }
    assert names == {name for kind in KINDS.values() for name in kind.options}


def test_several_networks_share_a_drawing() -> None:
    first, second = (archcalc.analyze(archcalc.load(name)) for name in (NETWORK, "c3d"))
    svg = first.diagram("kernels", second).svg
    assert all(f">{name}<" in svg for name in (NETWORK, "c3d"))
    with pytest.raises(UsageError, match="2 networks; unroll draws only one"):
        first.diagram("unroll", second)


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    [
        ("grahp", {}, "no kind 'grahp'; expected one of graph"),
        (
            "graph",
            {"heats": "macs"},
            "no option 'heats' of kind graph; it takes theme, depth, heat, color, orientation",
        ),
        ("unroll", {"rf": "full"}, "no option 'rf' of kind unroll"),
        ("unroll", {"depth": 2, "axis": "space"}, "depth with axis space"),
        ("kernels", {"depth": 0}, "a depth of 0; expected at least 1"),
        ("graph", {"heat": "mac"}, "heat 'mac'; expected one of params, weights"),
        ("graph", {"depth": 0}, "a depth of 0; expected at least 1"),
        ("graph", {"depth": "2"}, "depth '2'; expected a number"),
        ("field", {"target": 25}, "target 25; "),
        ("kernels", {"theme": "neon"}, "theme 'neon'; expected one of light"),
        ("kernels", {"theme": ["light"]}, "theme"),
    ],
)
def test_what_cannot_be_asked_for_is_told_at_once(kind: str, options: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says.replace("(", r"\(")):
        diagram(kind, **options)


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a\.dot; unroll needs a file name that ends in \.svg, \.png, \.pdf"):
        diagram("unroll").save(tmp_path / "a.dot")
    assert list(tmp_path.iterdir()) == []


def test_without_a_renderer_the_cell_says_so_and_text_is_still_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(graphviz, "OWN", "nothing-of-that-name")
    drawn = diagram("graph")
    assert list(drawn._repr_mimebundle_()) == ["text/plain"]
    assert "python -m pip install 'CairoSVG" in drawn._repr_mimebundle_()["text/plain"]
    with pytest.raises(Unavailable, match="no dot program"):
        _ = drawn.svg
    drawn.save(tmp_path / "a.dot")
    assert (tmp_path / "a.dot").read_text().startswith("digraph")
