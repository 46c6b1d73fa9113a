"""What is known of each number of a recorded module stands in every output."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from click.testing import CliRunner  # noqa: E402
from torch import nn  # noqa: E402

import archcalc  # noqa: E402
from archcalc.cli.main import main  # noqa: E402
from archcalc.tracing import interpret  # noqa: E402
from tests.tracing import networks as net  # noqa: E402

DOCS = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
FILE = Path(net.__file__)
PAIR = (f"{FILE}:Twice", f"{FILE}:InLists", "--input", "x=3x9x9")
TWICE = (f"{FILE}:Twice", "--input", "x=3x9x9")


def run(*arguments: str) -> str:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def layers(*arguments: str) -> dict[str, Any]:
    return dict(json.loads(run(*arguments, "--format", "json")))


def test_recorded_layers_have_their_own_keys_which_are_documented():
    found = layers("import", f"{FILE}:Auxiliary", "--input", "x=3x8x8")
    (body,) = found["layers"]
    assert (body["traced"], body["owner"]) == (False, None)
    assert (body["field_status"], body["full_status"]) == ("exact", "exact")
    source = FILE.read_text().splitlines()
    assert "self.body(x)" in source[body["location"]["line"] - 1]
    assert body["location"]["file"] == str(FILE)
    unread = found["totals"]["unread_params"]
    assert unread == 4 * 5 + 5
    assert sum(each["params"] for each in found["layers"]) + unread == found["totals"]["params"]
    for key in ("traced", "owner", "location", "field_status", "full_status", "unread_params"):
        assert f"`{key}`" in DOCS


def test_a_second_call_names_the_owner_of_its_weights():
    first, _, second = layers("table", *TWICE)["layers"]
    assert (first["owner"], second["owner"], second["shares"]) == (None, "conv", "conv")


def test_layers_of_specs_have_no_such_keys():
    found = layers("table", "early_fusion")
    assert all("traced" not in each and "field_status" not in each for each in found["layers"])
    assert "unread_params" not in found["totals"]


@pytest.fixture
def bound(monkeypatch):
    """Convolutions have no rule: what they read is a bound."""
    monkeypatch.delitem(interpret.RULES, "convolution")


@pytest.mark.usefixtures("bound")
def test_a_bound_is_marked_in_every_output():
    assert {each["field_status"] for each in layers("table", *TWICE)["layers"]} == {"outer"}
    rows = list(csv.DictReader(StringIO(run("table", *TWICE, "--format", "csv"))))
    assert [each["field_status"] for each in rows if each["layer"].startswith("conv")] == ["outer", "outer"]
    table = run("table", *TWICE)
    assert "outer" in table
    assert "a bound from conv on" in table
    assert "outer" in run("table", *TWICE, "--style", "full")
    explained = run("explain", *TWICE[:1], "conv", *TWICE[1:])
    assert "field status  outer" in explained
    assert "a bound" in run("explain", *TWICE[:1], "conv", *TWICE[1:], "--at", "H=2")
    assert "a bound" in run("explain", *TWICE[:1], "x", *TWICE[1:], "--at", "H=2", "--reaches")
    asked = layers("explain", *TWICE[:1], "conv", *TWICE[1:], "--at", "H=2")
    assert asked["reads"]["status"] == "outer"
    assert "outer" in next(line for line in run("compare", *PAIR).splitlines() if "field status" in line)
    for compared in layers("compare", *PAIR)["networks"]:
        assert (compared["field_status"], compared["cost_status"]) == ("outer", "complete")


@pytest.mark.usefixtures("bound")
def test_a_frame_says_what_is_known():
    pytest.importorskip("pandas")
    frame = archcalc.from_module(net.Twice(), x="3x9x9").to_frame()
    assert frame["field_status"].tolist() == ["outer"] * 3
    assert frame["traced"].tolist() == [True, False, True]


def test_exact_fields_take_no_column():
    assert "status" not in run("table", *TWICE).splitlines()[2]


def test_whether_a_recorded_layer_shifts_with_the_clip_is_not_claimed():
    class Odd(nn.Module):
        def forward(self, clip: Any) -> Any:
            return torch.roll(clip, 1, 2)

    from archcalc.analysis.time_fusion import time_fusion

    found = time_fusion(archcalc.from_module(Odd(), clip="3x8x4x4"))
    assert found is not None
    assert found.shift is not None
    assert found.shift.unknown
