"""What is constant about each operator, compared with what its cases show and with PyTorch's functions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from inspect import isbuiltin, signature
from operator import attrgetter
from typing import Any

import pytest
import torch
import yaml

from archcalc.core.reads import Taps, WholeAxisRead
from archcalc.core.tape import Tape
from archcalc.ops.base import Inputs, Operator
from archcalc.ops.traits import POOLED, Family, Join, Storage, Traits
from tests.explain.equations import value
from tests.ops.test_cases import held_inputs
from tests.ops.vocabulary import CASES, VOCABULARY, bind, shape_of

by_word = pytest.mark.parametrize("word", VOCABULARY)
REFERENCE = re.compile(r"Reference: torch\.([\w.]+\w)")

Case = tuple[Operator, Inputs]


@cache
def cases(word: str) -> tuple[Case, ...]:
    """Operator and inputs of each case that is valid."""
    path = CASES / f"{word}.yaml"
    written: list[dict[str, Any]] = yaml.safe_load(path.read_text("utf-8")) if path.exists() else []
    return tuple(
        (bind(VOCABULARY[word], case.get("arguments", {})), tuple(map(shape_of, case["inputs"])))
        for case in written
        if "error" not in case
    )


@by_word
def test_traits_are_stated_once_and_not_by_the_root(word: str) -> None:
    stating = [each for each in VOCABULARY[word].__mro__ if "traits" in vars(each)]
    assert len(stating) == 1, f"{word} states no traits: {VOCABULARY[word].__module__}"
    assert isinstance(VOCABULARY[word].traits, Traits)


def passes_on(operator: Operator, inputs: Inputs, *, training: bool) -> bool:
    """Whether the output, tokens included, lies in the memory of the inputs."""
    given = held_inputs(inputs)
    output = operator.record(Tape(len(inputs) * 2, training=training, itemsize=4, statistics=4), inputs, given)
    storages = {each.storage for held in given for each in held if each is not None}
    return all(each.storage in storages for each in output if each is not None)


@by_word
def test_outputs_lie_where_the_storage_says(word: str) -> None:
    storage = VOCABULARY[word].traits.storage
    for training in (True, False):
        found = {passes_on(*case, training=training) for case in cases(word)}
        expected = storage is Storage.ALIAS or (storage is Storage.TRAINING and not training)
        assert expected in found, f"{word}: {storage}, training {training}"
        assert expected or found == {False} or _does_nothing(word)


def _does_nothing(word: str) -> bool:
    """Whether a case keeps the shape: dropout of a share of 0 passes its input on in training too."""
    return any(operator.output_shape(inputs) == inputs[0] for operator, inputs in cases(word))


@by_word
def test_functions_that_work_in_place_take_it_as_an_argument(word: str) -> None:
    operator = VOCABULARY[word]
    reference = REFERENCE.search(operator.__doc__ or "")
    if operator.traits.family is not Family.ELEMENTWISE or reference is None:
        pytest.skip("no elementwise function of PyTorch")
    function = attrgetter(reference[1])(torch)
    in_place = operator.traits.storage in (Storage.IN_PLACE, Storage.TRAINING)
    takes_it = not isbuiltin(function) and "inplace" in signature(function).parameters
    assert takes_it == in_place


@by_word
def test_weights_are_those_that_cases_count(word: str) -> None:
    parameters = [operator.parameters(inputs) for operator, inputs in cases(word)]
    assert any(each.learned or each.buffers for each in parameters) == VOCABULARY[word].traits.weights


def whole_axes(operator: Operator, inputs: Inputs) -> Iterator[str]:
    """Axes that the output keeps more than one position of, each of which reads all of the input's."""
    output = operator.output_shape(inputs)
    for input_index, shape in enumerate(inputs):
        for axis in shape.grid:
            reads = operator.reads(inputs, input_index, axis)
            if not isinstance(reads, Taps) and reads is not WholeAxisRead.NOTHING and output.get(axis) > 1:
                yield axis


@by_word
def test_what_gives_every_position_a_whole_axis_has_a_name_of_its_own(word: str) -> None:
    traits = VOCABULARY[word].traits
    found = any(list(whole_axes(*case)) for case in cases(word))
    assert found == (traits.whole_axis != POOLED and traits.join is not Join.GATE)


@by_word
def test_joins_take_two_inputs(word: str) -> None:
    several = any(len(inputs) > 1 for _, inputs in cases(word))
    assert several or VOCABULARY[word].traits.join is Join.NONE


@by_word
def test_sizes_follow_from_the_windows_of_sizes(word: str) -> None:
    for operator, inputs in cases(word):
        output, shape = operator.output_shape(inputs), inputs[0]
        windows = operator.size_windows(inputs)
        assert {axis: window.size(shape[axis]) for axis, window in windows.items()} == {
            axis: output[axis] for axis in windows
        }


@by_word
def test_channels_follow_from_their_formula(word: str) -> None:
    for operator, inputs in cases(word):
        formula = operator.channels_formula(inputs)
        assert not formula or value(formula) == operator.output_shape(inputs).channels


@by_word
def test_only_windows_work_on_channels_in_groups(word: str) -> None:
    for operator, inputs in cases(word):
        groups = operator.channel_groups(inputs)
        assert (groups is None) == (operator.windows(inputs) is None)
        assert groups is None or inputs[0].channels % groups == 0
