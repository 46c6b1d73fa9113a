"""What holds for every kind of drawing in every format; each check is shown a drawing that breaks it."""

from __future__ import annotations

import builtins
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from functools import cache
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli.main import main
from archcalc.core.problem import Unavailable, UsageError
from archcalc.graph import GraphBuilder
from archcalc.render import graphviz, svg
from archcalc.render.diagram import KINDS, asked_of, drawn
from archcalc.spec.load import Spec

HOSTILE = (
    "<script>alert(1)</script>",
    'a & b"]; x [label="<',
    'it\'s "quoted" `and` \\N \\G',
    "line\nbreak\ttab",
    "🎬 naïve שלום",
    "left\u202eright\u2066",
    "</text><script>alert(2)</script>",
    "]]><!-- &amp; &#60;",
    "$x^2$ 50% #1",
)
STEERS = "\u202e\u2066\u202d\u200f\n\t"
VARIANTS: list[tuple[str, dict[str, object]]] = [
    *((kind, {}) for kind in KINDS),
    ("unroll", {"axis": "space"}),
    ("field", {"by": "depth", "target": "25x300x300"}),
    ("graph", {"heat": "macs", "depth": 3, "theme": "dark"}),
]
LARGEST_SVG, LARGEST_PNG = 8_000_000, 64_000_000
"""Bytes, and pixels."""
LAYERS = 2_000


def drawings(*endings: str) -> list[Any]:
    """Each kind, its options and each ending that it has, as parameters of a test."""
    return [
        pytest.param(kind, options, ending, id="-".join([kind, *map(str, options.values()), ending]))
        for kind, options in VARIANTS
        for ending in KINDS[kind].endings
        if ending in (endings or KINDS[kind].endings)
    ]


def picture(kind: str, options: dict[str, object], ending: str, analysis: archcalc.Analysis) -> bytes:
    """A drawing; the test is skipped where nothing here draws it."""
    try:
        return drawn(kind, [analysis], asked_of(kind, options), f"a{ending}")
    except Unavailable as error:
        if "install" in str(error):
            pytest.skip(str(error))
        raise


HEAD = "archcalc: 1\nname: drawn\ninputs: {clip: {C: 2, T: 24, H: 24, W: 24, fps: 25}}\nlayers:\n"


@cache
def spec_of(layers: int, padding: int) -> Spec:
    text = HEAD + "".join(
        f"- conv3d: {{name: conv{number}, out: {2 + number % 7}, kernel: 3, padding: {padding}}}\n"
        for number in range(layers)
    )
    with TemporaryDirectory() as folder:
        path = Path(folder, "network.yaml")
        path.write_text(text, encoding="utf-8")
        return archcalc.load(path)


@cache
def hostile() -> archcalc.Analysis:
    """A network whose input and layers have names that no spec may have, and its title all of them."""
    spec = spec_of(len(HOSTILE), 0)
    names = {"clip": "<b>input</b>\n&"} | {f"conv{number}": name for number, name in enumerate(HOSTILE)}
    inputs = {names["clip"]: replace(spec.graph.inputs["clip"], name=names["clip"])}
    builder = GraphBuilder(HOSTILE[0], inputs)
    for node in spec.graph.nodes.values():
        builder.add(names[node.path], node.op, node.operator, tuple(names[path] for path in node.inputs))
    return archcalc.analyze(replace(spec, graph=builder.graph, title=" ".join(HOSTILE)))


@cache
def large() -> archcalc.Analysis:
    return archcalc.analyze(spec_of(LAYERS, 1))


def check_is_safe(text: str) -> None:
    """XML without anything that acts, in which no word steers the words around it."""
    root = ElementTree.fromstring(text)
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        assert tag not in ("script", "foreignObject", "iframe", "a", "image"), tag
        for name, value in element.attrib.items():
            assert not name.rpartition("}")[2].startswith("on"), name
            assert not value.strip().lower().startswith("javascript:"), value
            assert not name.endswith("href") or value.startswith("#"), value
        if tag == "text":
            words = "".join(element.itertext())
            assert not set(words.strip()) & set(STEERS), words
    assert "alert(1)" in unescape(re.sub(r"\\[nt]", " ", text)), "the name is not shown at all"


@pytest.mark.parametrize(("kind", "options", "ending"), drawings(".svg"))
def test_no_name_becomes_markup(kind: str, options: dict[str, object], ending: str) -> None:
    check_is_safe(picture(kind, options, ending, hostile()).decode())


@pytest.mark.parametrize(("kind", "options", "ending"), drawings(".dot", ".mmd"))
def test_no_name_becomes_code(kind: str, options: dict[str, object], ending: str) -> None:
    text = picture(kind, options, ending, hostile()).decode()
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    assert not re.search("alert|label=<|script", outside)
    assert not set(text.replace("\n", "")) & set(STEERS)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].several])
def test_no_name_acts_next_to_another_network(kind: str) -> None:
    analyses = [hostile(), hostile()]
    try:
        check_is_safe(drawn(kind, analyses, asked_of(kind, {}), "a.svg").decode())
    except Unavailable as error:
        pytest.skip(str(error))


def test_the_check_of_names_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    good = '<svg xmlns="http://www.w3.org/2000/svg"><text>alert(1)</text>%s</svg>'
    check_is_safe(good % "")
    for planted in (
        "<script/>",
        "<text>a\u202eb</text>",
        '<rect onload="x"/>',
        '<rect fill="javascript:1"/>',
        '<use href="http:"/>',
    ):
        with pytest.raises(AssertionError):
            check_is_safe(good % planted)
    monkeypatch.setattr(svg, "one_line", lambda words: words)
    with pytest.raises((AssertionError, ElementTree.ParseError)):
        check_is_safe(picture("unroll", {"axis": "space"}, ".svg", hostile()).decode())
    with pytest.raises((AssertionError, ElementTree.ParseError)):
        check_is_safe(picture("unroll", {}, ".svg", hostile()).decode())


HASHED = [
    (kind, options, ending) for kind, options in VARIANTS for ending in ((".svg",) if options else KINDS[kind].endings)
]
"""Every kind in every format, and with options what the other formats are made of."""
HASHES = """
import hashlib
import archcalc
from archcalc.core.problem import Unavailable
from archcalc.render import diagram
from tests.render.test_every_diagram import HASHED
analysis = archcalc.analyze(archcalc.load("karpathy_multires"))
for kind, options, ending in HASHED:
    try:
        drawn = diagram.drawn(kind, [analysis], diagram.asked_of(kind, options), "a" + ending)
    except Unavailable as error:
        drawn = str(error).encode()
    print(kind, options, ending, hashlib.sha256(drawn).hexdigest())
PLANTED
drawn = diagram.drawn("graph", [analysis], diagram.asked_of("graph", {}), "a.dot")
print("planted", hashlib.sha256(drawn).hexdigest())
"""
PLANTED = """
text = diagram.dot_text
diagram.TEXTS[".dot"] = lambda *given: text(*given) + "//" + " ".join({"a", "b", "c", "d", "e", "f", "g", "h"})
"""


def hashes(seed: int) -> list[str]:
    """Return a hash of every drawing in a process of its own, last that of one which depends on the order of a set."""
    environment = os.environ | {"PYTHONHASHSEED": str(seed)}
    command = [sys.executable, "-c", HASHES.replace("PLANTED", PLANTED)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.splitlines()


def test_a_drawing_is_the_same_bytes_in_every_process() -> None:
    *first, planted = hashes(1)
    *second, other = hashes(2)
    assert len(first) == len(HASHED)
    assert first == second
    assert planted.startswith("planted ")
    assert planted != other


def pixels(png: bytes) -> int:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(png[16:20], "big") * int.from_bytes(png[20:24], "big")


def check_is_bounded(kind: str, options: dict[str, object], ending: str, analysis: archcalc.Analysis) -> None:
    """Neither the bytes of a text nor the pixels of a picture grow without bounds; what would is refused in a line."""
    refused = ""
    try:
        content = drawn(kind, [analysis], asked_of(kind, options), f"a{ending}")
    except (Unavailable, UsageError) as error:
        content, refused = b"", str(error)
    assert content or re.search(r"write \.svg|install|at most", refused), refused
    assert len(content) <= LARGEST_SVG
    if content and ending == ".png":
        assert pixels(content) <= LARGEST_PNG


@pytest.mark.parametrize(("kind", "options", "ending"), drawings(".svg", ".png", ".dot", ".mmd"))
def test_a_network_of_thousands_of_layers_gives_a_drawing_of_some_size(
    kind: str, options: dict[str, object], ending: str
) -> None:
    check_is_bounded(kind, options, ending, large())


def test_the_check_of_sizes_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archcalc.drawings.unroll.MOST_ROWS", LAYERS + 1)
    with pytest.raises(AssertionError):
        check_is_bounded("unroll", {}, ".svg", large())
    header = b"\x89PNG\r\n\x1a\n" + bytes(8) + (8_001).to_bytes(4, "big") * 2
    assert pixels(header) > LARGEST_PNG


def hide(patch: pytest.MonkeyPatch, package: str) -> None:
    """As good as not installed; for `dot` neither the program nor the renderer of the extra."""
    if package == "dot":
        patch.setattr(shutil, "which", lambda _: None)
        patch.setattr(graphviz, "OWN", "nothing-of-that-name")
        return
    find = builtins.__import__

    def found(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] == package:
            raise ImportError(name)
        return find(name, *rest, **more)

    patch.setattr(builtins, "__import__", found)


@pytest.mark.parametrize(
    ("missing", "kind", "ending"),
    [
        *(("dot", "graph", ending) for ending in (".svg", ".png", ".pdf")),
        *(("graphviz", "graph", ending) for ending in (".svg", ".png", ".pdf")),
        *(("cairosvg", kind, ending) for kind in KINDS if kind != "graph" for ending in (".png", ".pdf")),
    ],
)
def test_what_is_missing_is_told_in_a_line(
    missing: str, kind: str, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["diagram", "field_temporal", "--kind", kind, "-o", str(tmp_path / f"a{ending}")]
    hide(monkeypatch, missing)
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1, result.output
    assert len(result.stderr.splitlines()) == 1
    assert "python -m pip install 'CairoSVG" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", ["dot", "graphviz", "matplotlib", "cairosvg"])
def test_what_does_not_need_it_is_drawn_without(missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs = {"dot": "graph", "graphviz": "graph", "matplotlib": "field"}
    hide(monkeypatch, missing)
    for kind in KINDS:
        path = tmp_path / f"{kind}.svg"
        result = CliRunner().invoke(main, ["diagram", "field_temporal", "--kind", kind, "-o", str(path)])
        assert path.exists() == (result.exit_code == 0)
        if kind not in (needs.get(missing), "graph", "field"):
            assert result.exit_code == 0, result.output


GIVEN = {"depth": "2", "heat": "macs", "orientation": "right", "target": "25x300x300", "by": "depth", "rf": "clipped",
         "axis": "space", "theme": "dark"}  # fmt: skip


@pytest.mark.parametrize("option", list(GIVEN))
@pytest.mark.parametrize("kind", list(KINDS))
def test_an_option_of_another_kind_is_refused_and_one_of_its_own_is_taken(
    kind: str, option: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.svg"
    command = ["diagram", "slow_fusion", "--kind", kind, f"--{option}", GIVEN[option], "-o", str(path)]
    result = CliRunner().invoke(main, command)
    taken = option in ("theme", *KINDS[kind].options)
    assert (result.exit_code, path.exists()) == ((0, True) if taken else (2, False)), result.output
    assert taken or f"no option {option!r} of kind {kind}; it takes theme" in result.stderr
