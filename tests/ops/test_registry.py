"""The vocabulary is whole: every word has a class that answers everything, a page and a case file."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from importlib import import_module
from inspect import cleandoc, isabstract
from pkgutil import iter_modules
from typing import Any

import pytest
import yaml

import archcalc.ops
from archcalc.ops import OPS
from archcalc.ops.base import Operator
from archcalc.ops.traced import Traced
from archcalc.ops.traits import Traits
from tests.ops.vocabulary import CASES, VOCABULARY, bind

QUESTIONS = sorted(Operator.__abstractmethods__)
GIVEN_BY_THE_SPEC = {"name", "from", "when", "weights"}
"""Keys of a layer that are not the operator's own."""

EXAMPLE = re.compile(r"Example: `([^`]+)`")

by_word = pytest.mark.parametrize("word", VOCABULARY)
by_operator = pytest.mark.parametrize("operator", VOCABULARY.values(), ids=list(VOCABULARY))


def page(operator: type[Operator]) -> str:
    """The docstring that the class itself has."""
    return cleandoc(operator.__dict__.get("__doc__") or "")


def concrete(root: type[Any]) -> set[type[Any]]:
    """All classes below one that can be made."""
    below = {each for child in root.__subclasses__() for each in concrete(child)}
    return below if below or isabstract(root) else {root}


def test_every_operator_that_is_written_has_a_word():
    for module in iter_modules(archcalc.ops.__path__):
        import_module(f"archcalc.ops.{module.name}")
    written = {each for each in concrete(Operator) if each.__module__.startswith("archcalc.ops.")}
    traced = {each for each in written if issubclass(each, Traced)}  # made from recorded calls, not named by a spec
    assert all(isinstance(each.traits, Traits) for each in traced)
    without = written - traced - set(VOCABULARY.values())
    assert not without, f"not in OPS: {', '.join(sorted(each.__qualname__ for each in without))}"


def test_each_operator_has_a_case_file_and_no_file_is_left_over():
    odd = {path.stem for path in CASES.iterdir()} ^ set(VOCABULARY)
    assert not odd, f"a case file or an operator without the other: {', '.join(sorted(odd))}"


@by_word
def test_cases_have_names_of_their_own(word: str):
    names = [case["name"] for case in yaml.safe_load((CASES / f"{word}.yaml").read_text("utf-8"))]
    assert len(names) >= 3
    assert len(set(names)) == len(names)


@by_word
def test_a_word_is_its_class_in_snake_case(word: str):
    assert word == re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", VOCABULARY[word].__name__).lower()


def test_no_two_words_share_a_class_or_a_title():
    assert len(set(OPS.values())) == len(OPS)
    assert len({operator.title for operator in OPS.values()}) == len(OPS)


@by_operator
def test_an_operator_is_a_frozen_dataclass(operator: type[Operator]):
    assert is_dataclass(operator)
    assert operator.__dataclass_params__.frozen
    assert all(each.kw_only for each in fields(operator))


@by_operator
def test_an_operator_is_final(operator: type[Operator]):
    assert not isabstract(operator)
    assert not operator.__subclasses__()


@pytest.mark.parametrize("question", QUESTIONS)
@by_operator
def test_an_answer_is_given_once_and_not_by_the_root(operator: type[Operator], question: str):
    given = [
        each
        for each in operator.__mro__
        if question in vars(each) and not getattr(vars(each)[question], "__isabstractmethod__", False)
    ]
    assert len(given) == 1
    assert given != [Operator]


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_operator_that_does_not_answer_cannot_be_made(question: str):
    answers = {each: lambda *_: None for each in QUESTIONS if each != question}
    silent = type("Silent", (Operator,), answers)
    with pytest.raises(TypeError, match=f"Silent.*{question}"):
        silent()


@by_operator
def test_no_method_is_overridden_twice(operator: type[Operator]):
    for name in {name for each in operator.__mro__ for name in vars(each) if not name.startswith("__")}:
        said = [each for each in operator.__mro__ if name in vars(each) and callable(vars(each)[name])]
        given = [each for each in said if not getattr(vars(each)[name], "__isabstractmethod__", False)]
        assert len([each for each in given if each is not Operator]) <= 1, name


@by_operator
def test_a_page_has_a_meaning_an_example_and_a_reference(operator: type[Operator]):
    meaning, _, rest = page(operator).partition("\n")
    assert meaning.endswith(".")
    assert rest.startswith("\n")
    assert "Example: `" in rest
    assert "Reference: " in rest


@pytest.mark.parametrize("word", OPS)
def test_the_example_of_a_page_can_be_written_in_a_spec(word: str):
    example = yaml.safe_load(" ".join(EXAMPLE.findall(page(OPS[word]))[0].split()))
    (name, arguments), *others = example.items() if isinstance(example, dict) else [(example, {})]
    own = {key: value for key, value in arguments.items() if key not in GIVEN_BY_THE_SPEC}
    assert (name, others) == (word, [])
    assert isinstance(bind(OPS[word], own), Operator)
