"""What `import archcalc` returns: one line each, a table in a notebook, and the numbers of the command line."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli.main import main
from archcalc.render.diagram import KINDS

SVG = "image/svg+xml"


def analysis(name: str = "field_temporal", **inputs: str) -> archcalc.Analysis:
    return archcalc.analyze(archcalc.load(name, **inputs))


def printed(*arguments: str) -> str:
    return CliRunner().invoke(main, arguments, catch_exceptions=False).stdout


def test_a_comparison_has_the_rows_of_the_command() -> None:
    pytest.importorskip("pandas")
    found = archcalc.compare(analysis("c3d"), analysis("r3d_18"))
    lines = printed("compare", "c3d", "r3d_18", "--format", "csv").splitlines()
    frame = found.to_frame()
    assert len(frame) == len(lines) - 1
    one = frame[(frame.network == "r3d_18") & (frame.stage == "") & (frame.quantity == "macs")].iloc[0]
    assert f"r3d_18,,macs,{one.value},{one.difference}," in "\n".join(lines)
    assert repr(found) == "<Comparison of c3d, r3d_18>"
    assert found._repr_html_().count("<table>") == 4


def test_variants_are_compared_under_their_own_names() -> None:
    found = archcalc.compare(analysis(), longer=analysis(inputs="clip=1x8x8x8"), quantities=["params"])
    assert [each.name for each in found.networks] == ["field_temporal", "longer"]
    assert [table.title for table in found.tables] == ["totals", "params by stage", "time"]


@pytest.mark.parametrize(
    ("given", "named", "message"),
    [
        (1, {}, "1 networks to compare; expected at least two"),
        (2, {}, "two networks with the name field_temporal; give one another"),
        (1, {"other": "c3d"}, "'c3d' to compare; expected the result of archcalc.analyze"),
    ],
)
def test_wrong_calls_of_compare(given: int, named: dict[str, object], message: str) -> None:
    with pytest.raises(archcalc.UsageError, match=message):
        archcalc.compare(*[analysis()] * given, **named)  # type: ignore[arg-type]


def test_an_unknown_quantity_is_refused_at_once() -> None:
    with pytest.raises(archcalc.UsageError, match="parms"):
        archcalc.compare(analysis(), other=analysis(), quantities=["parms"])


def test_verify_agrees_and_says_so_in_a_line() -> None:
    pytest.importorskip("fvcore")
    found = archcalc.verify(archcalc.load("field_temporal"))
    assert (found.verdict, found.disagreements) == ("agrees", ())
    assert repr(found) == f"<Verification of field_temporal: {sum(c.numbers for c in found.checks)} numbers, all agree>"
    assert "field_temporal" in found._repr_html_()


def test_wrong_calls_of_verify() -> None:
    with pytest.raises(archcalc.UsageError, match=r"'c3d' to verify; expected the result of archcalc\.load"):
        archcalc.verify("c3d")  # type: ignore[arg-type]
    with pytest.raises(archcalc.UsageError, match="device 'tpu'; expected one of cpu, cuda"):
        archcalc.verify(archcalc.load("c3d"), device="tpu")


def test_times_are_those_of_the_table() -> None:
    network = analysis("c3d")
    told = json.loads(printed("table", "c3d", "--roofline", "h200", "--latency", "cpu", "--format", "json"))
    roofline, latency = network.roofline("h200"), network.latency("cpu")
    assert roofline.seconds == pytest.approx(told["totals"]["roofline_ms"] / 1000)
    assert latency.seconds == pytest.approx(told["totals"]["latency_ms"] / 1000)
    assert repr(roofline).startswith("<roofline of c3d on h200 (fp32, batch 1): ")
    assert repr(latency).startswith("<predicted latency of c3d (fp32, batch 1): ")
    assert "roofline ms" in roofline._repr_html_()
    assert "latency ms" in latency._repr_html_()


def test_an_explanation_is_one_line_and_markdown_in_a_notebook() -> None:
    found = analysis().explain("conv1")
    assert repr(found).startswith("<Explanation of field_temporal, layer conv1")
    assert "\n" not in repr(found)
    told = printed("explain", "field_temporal", "conv1", "--format", "markdown")  # and findings
    assert all(line in told.splitlines() for line in found._repr_markdown_().splitlines())
    assert len(found._repr_markdown_().splitlines()) > 20


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_say_what_they_show(kind: str) -> None:
    drawn = analysis().diagram(kind)
    if SVG not in drawn._repr_mimebundle_():
        pytest.skip("Graphviz is not installed")
    root = ElementTree.fromstring(drawn._repr_mimebundle_()[SVG])
    assert root.get("role") == "img"
    assert root.get("aria-label") == drawn.alt
    assert analysis().title in drawn.alt


def test_pictures_say_their_results() -> None:
    drawn = analysis().diagram("unroll")
    assert drawn.alt.endswith(f"{analysis().title}. 4 rows; the last, conv3, depends on t=(0,1,2,3)")
    assert analysis().diagram("unroll", axis="space").alt.endswith(analysis().title)
    c3d = archcalc.analyze(archcalc.load("c3d"))
    assert c3d.diagram("field", target="25x300x300").alt.endswith(
        f": {c3d.title}. c3d, 16x112x112: whole clip seen from conv4a on (ring); short of 25x300x300 by 54 pixels"
    )
    i3d = archcalc.analyze(archcalc.load("i3d"))
    assert i3d.diagram("field", target="25x300x300").alt.endswith("; MaxPool3d_5a_2x2 is short by 49 pixels")  # wrapped


def test_help_names_what_there_is() -> None:
    """Names with a dot in docstrings of results are there, and each function is in that of the package."""
    spec = archcalc.load("field_temporal")
    results = {archcalc.Analysis: analysis(), archcalc.Spec: spec, archcalc.LayerRecord: analysis().layers[0],
               type(analysis().diagram("unroll")): analysis().diagram("unroll")}  # fmt: skip
    for kind, result in results.items():
        named = re.findall(r"`\.(\w+)", str(kind.__doc__))
        assert len(named) >= 2
        assert [name for name in named if not hasattr(result, name)] == []
    functions = {name for name in archcalc.__all__ if name[0].islower()}
    assert functions <= set(re.findall(r"`(\w+)`", str(archcalc.__doc__)))
