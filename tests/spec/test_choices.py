"""Parameters that say what they may be, and specs that are varied."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import archcalc
from archcalc.cli.main import main
from archcalc.spec.choices import OneOf, Range
from archcalc.spec.schema import spec_schema
from archcalc.spec.text import parse, plain

TEXT = """archcalc: 1
name: small
parameters:
  family: {default: plain, one_of: [plain, split]}
  stages: {default: 2, from: 1, to: 3}
  table: {plain: 3, split: 5}
inputs: {clip: {C: 3, T: 8, H: 16, W: 16}}
layers:
  - repeat: {times: $stages, layers: [{conv3d: {out: 8, kernel: "$(table[family])", padding: "$(table[family] // 2)"}}]}
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(TEXT)
    return path


def test_a_value_that_is_not_allowed(small: Path) -> None:
    with pytest.raises(archcalc.UsageError) as raised:
        archcalc.load(small, family="plane")
    assert str(raised.value) == (
        "parameter 'family': the string 'plane'; expected one of plain, split, as declared at "
        f"{small}:4:3 (did you mean 'plain'?)"
    )
    with pytest.raises(
        archcalc.UsageError, match="stages': the number 4; expected an integer from 1 to 3, as declared"
    ):
        archcalc.load(small, stages=4)


def test_the_command_line(small: Path) -> None:
    answer = CliRunner().invoke(main, ["table", str(small), "--set", "family=plane"])
    assert answer.exit_code == 2
    assert "did you mean 'plain'?" in answer.output


def test_show_lists_what_may_be_set(small: Path) -> None:
    shown = plain(parse(CliRunner().invoke(main, ["show", str(small)]).output, "shown"))
    assert shown["choices"] == {"family": {"one_of": ["plain", "split"]}, "stages": {"from": 1, "to": 3}}
    assert shown["parameters"] == {"family": "plain", "stages": 2, "table": {"plain": 3, "split": 5}}


def test_true_is_not_one() -> None:
    assert not OneOf((1, 2)).accepts(True)
    assert not Range(0, 2, None).accepts(True)
    assert OneOf((True,)).accepts(True)


@given(st.integers(-50, 50), st.integers(0, 60), st.integers(1, 7), st.integers(-80, 120))
def test_integers_of_a_range(low: int, width: int, step: int, value: int) -> None:
    assert Range(low, low + width, step).accepts(value) == (value in range(low, low + width + 1, step))


@given(st.integers(0, 40))
def test_fractions_of_a_range(steps: int) -> None:
    assert Range(0.1, 4.1, 0.1).accepts(0.1 + steps * 0.1)
    assert not Range(0.1, 4.1, 0.1).accepts(0.15 + steps * 0.1)
    assert Range(0.0, 4.0, None).accepts(0.1 * steps)


def test_a_varied_spec_equals_one_that_is_loaded_so(small: Path) -> None:
    spec = archcalc.load(small, stages=1)
    small.unlink()  # no file is read again
    varied = spec.varied(inputs="clip=3x4x9x9", family="split")
    assert varied.parameters == {"family": "split", "stages": 1, "table": {"plain": 3, "split": 5}}
    small.write_text(TEXT)
    assert varied.graph == archcalc.load(small, stages=1, family="split", inputs="clip=3x4x9x9").graph
    assert varied.varied(stages=3).graph == archcalc.load(small, stages=3, family="split", inputs="clip=3x4x9x9").graph


def test_only_the_text_of_a_spec_can_be_varied(small: Path) -> None:
    spec = archcalc.load(small)
    with pytest.raises(archcalc.UsageError, match=r"no parameter 'famly'.*did you mean 'family'"):
        spec.varied(famly="split")
    without = type(spec)(spec.name, "", "", {}, spec.graph)
    with pytest.raises(archcalc.UsageError, match="does not come from the text of a spec"):
        without.varied()


def test_the_schema_knows_declarations() -> None:
    head = "archcalc: 1\nname: a\ninputs: {a: {C: 1}}\nlayers: [relu]\nparameters: {p: "
    schema = Draft202012Validator(spec_schema())

    def valid(parameter: str) -> bool:
        return schema.is_valid(plain(parse(f"{head}{parameter}}}\n", "test")))

    for good in ("{default: 4, from: 3, to: 6}", "{default: a, one_of: [a]}", "{a: 1, from: 2}", "[1]", "{default: 1}"):
        assert valid(good), good
    for bad in (
        "{one_of: [a]}",
        "{from: 1, to: 2}",
        "{default: 1, one_of: [1], from: 1, to: 2}",
        "{default: 1, too: 2}",
    ):
        assert not valid(bad), bad
