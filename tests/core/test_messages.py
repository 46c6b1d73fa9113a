"""Problems, hints and values in words."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from archcalc.core import problem, source_files
from archcalc.core.messages import MAX_NUMBER, counted, describe_value, is_whole, shortened
from archcalc.core.problem import (
    Location,
    OperatorError,
    Problem,
    Source,
    SpecError,
    did_you_mean,
    nearest,
    nearest_paths,
)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        (True, "true"),
        (False, "false"),
        ("", "an empty string"),
        ("abc", "the string 'abc'"),
        ("a\nb", r"the string 'a\nb'"),
        (7, "the number 7"),
        (-2.5, "the number -2.5"),
        (MAX_NUMBER, f"the number {10**18}"),
        (MAX_NUMBER + 1, "a huge number"),
        (-MAX_NUMBER - 1, "a huge number"),
        (1e30, "the number 1e+30"),
        (float("inf"), "the value .inf"),
        (-float("inf"), "the value -.inf"),
        (float("nan"), "the value .nan"),
        ([], "an empty list"),
        ([1, 2], "a list of 2"),
        ((1,), "a list of 1"),
        ({"a": 1}, "a mapping"),
        ({1}, "a set"),
    ],
)
def test_values_in_words(value: object, words: str) -> None:
    assert describe_value(value) == words


def test_long_texts_are_cut() -> None:
    assert shortened("x" * 40) == repr("x" * 40)
    assert shortened("x" * 41) == repr("x" * 37 + "...")
    assert shortened("abcdefgh", 6) == "'abc...'"


@pytest.mark.parametrize(
    ("value", "whole"),
    [(3, True), (3.0, True), (3.5, False), (True, False), (False, False), ("3", False), (None, False)],
)
def test_whole_numbers(value: object, whole: bool) -> None:
    assert is_whole(value) is whole


def test_things_are_counted_in_words() -> None:
    assert [counted(number, "token") for number in (0, 1, 2, 1234)] == [
        "0 tokens",
        "1 token",
        "2 tokens",
        "1,234 tokens",
    ]


def test_a_source_shows_its_lines() -> None:
    source = Source("a.yaml", ("first", "second"))
    assert [source.line(number) for number in (-1, 0, 1, 2, 3)] == ["", "", "first", "second", ""]
    assert [str(Location(source, *place)) for place in ((), (2, 7), (2, 0))] == ["a.yaml", "a.yaml:2:7", "a.yaml:2:0"]
    assert source == Source("a.yaml")


def test_a_problem_is_one_line() -> None:
    place = Location(Source("a.yaml"), 3, 1)
    said = {
        "found": Problem(place, "found"),
        "found; expected more": Problem(place, "found", "more"),
        "found; expected more (try this)": Problem(place, "found", "more", "try this"),
        "found (try this)": Problem(place, "found", hint="try this"),
    }
    assert {each.message: str(each) for each in said.values()} == {text: f"a.yaml:3:1: {text}" for text in said}
    cut = Problem(place, "x" * 250, "y" * 251).message
    assert cut == "x" * 250 + "; expected " + "y" * 247 + "..."


def test_errors_say_all_that_they_know() -> None:
    place = Location(Source("a.yaml"), 3, 1)
    error = SpecError([Problem(place, "one"), Problem(place, "two")])
    assert str(error) == "a.yaml:3:1: one\na.yaml:3:1: two"
    assert pickle.loads(pickle.dumps(error)).problems == error.problems
    refused = OperatorError("a kernel of 7", "at most 5", argument="kernel", hint="pad")
    assert str(refused) == "a kernel of 7; at most 5"
    assert (refused.argument, refused.hint) == ("kernel", "pad")
    assert str(OperatorError("a kernel of 7")) == "a kernel of 7"
    assert (OperatorError("x").argument, OperatorError("x").hint, OperatorError("x").expected) == ("", "", "")


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("kernal", ["kernel", "stride"], "kernel"),
        ("t", ["H", "T"], "T"),
        ("out_channels", ["kernel", "out"], "out"),
        ("outchannels", ["kernel", "out"], None),
        ("zzz", ["kernel"], None),
        ("KERNEL", ["kernels", "kernel"], "kernel"),
        ("a" * 50, ["a" * 50 + "b", "a" * 49], "a" * 49),
        ("a" * 51, ["a" * 50], None),
    ],
)
def test_the_nearest_name(name: str, known: list[str], found: str | None) -> None:
    assert nearest(name, known) == found
    assert did_you_mean(name, known) == (f"did you mean {found!r}?" if found else "")


def test_names_far_down_a_long_list_are_not_looked_at() -> None:
    many = [f"q{number}" for number in range(problem.MOST_NAMES - 1)]
    assert nearest("kernal", [*many, "kernel"]) == "kernel"
    assert nearest("kernal", [*many, "q", "kernel"]) is None


def test_paths_like_another() -> None:
    paths = ["conv1", "conv2", "conv3", "conv4", "conv5", "layer1.0.relu", "layer1.1.relu", "x" * 51]
    close = nearest_paths("conv", paths)
    assert close.startswith("; did you mean conv")
    assert close.endswith("?")
    assert close.count("conv") == 4
    assert nearest_paths("relu", ["layer1.0.residual.relu", "pool"]) == "; did you mean layer1.0.residual.relu?"
    assert nearest_paths("relu", [f"layer1.{at}.residual.relu" for at in range(9)]).count("relu") == 4
    assert nearest_paths("", paths) == ""
    assert nearest_paths("nosuch", paths) == ""
    assert nearest_paths("x" * 51, paths) == ""
    assert nearest_paths("x" * 50, [*paths, "x" * 50]) == f"; did you mean {'x' * 50}?"


def test_files_that_were_read_are_remembered_by_number(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for each in (first, second):
        each.write_text("")
    os.link(first, tmp_path / "link")
    source_files.note_read(first.stat())
    with source_files.remembered():
        source_files.note_read(first.stat())
        assert source_files.was_read((tmp_path / "link").stat())
        assert not source_files.was_read(second.stat())
        with source_files.remembered():
            assert not source_files.was_read(first.stat())
        assert source_files.was_read(first.stat())
    assert not source_files.was_read(first.stat())
