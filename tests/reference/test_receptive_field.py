"""Shapes and receptive fields of random networks: the package compared with the reference."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml

import archcalc
from tests.conftest import unordered_views

from . import fields
from .comparison import analysis_of, analysis_of_text, disagreements
from .examined import examined
from .faults import CHANNEL_FAULTS, FAULTS, Fault
from .fields import Field, Findings, examine
from .network import render
from .random_channels import random_channels
from .random_networks import random_network
from .random_stacks import random_stacks

SEEDS = (*range(400), 9_500_394)
"""The last: of two joined tensors, the channels of the one without attention are kept."""
FAULTY = range(60)
"""Fewer networks will do to show that the comparison bites."""
ONLY_FOR_TIME = ("causal", "stack_frames", "temporal_shift", "lstm", "gru", "rnn", "roi_align")

ONLY_FOR_PLANES = ("bilinear", "conv_lstm", "conv_gru", "pixel_shuffle", "grid_sample", "deform_conv2d", "roi_align")
OTHER_NAMES = {"H": "F", "W": "S"}

Value = TypeVar("Value")


@pytest.mark.parametrize("seed", SEEDS)
def test_every_layer_agrees_with_the_reference(seed: int, tmp_path: Path) -> None:
    network = random_network(seed)
    analysis = analysis_of(network, tmp_path)
    found = list(disagreements(examined(seed), analysis))
    assert not found, "\n".join([*map(str, found), render(network)])
    assert not unordered_views(analysis)


@pytest.mark.parametrize("part", range(10))
def test_every_layer_agrees_where_channels_see_different_frames(part: int, tmp_path: Path) -> None:
    for seed in range(part, 150, 10):
        network = random_channels(seed)
        found = list(disagreements(examine(network), analysis_of(network, tmp_path)))
        assert not found, "\n".join([*map(str, found), render(network)])


@pytest.mark.parametrize("part", range(4))
def test_every_layer_agrees_where_positions_became_channels(part: int, tmp_path: Path) -> None:
    for seed in range(part, 200, 4):
        network = random_stacks(seed)
        found = list(disagreements(examine(network), analysis_of(network, tmp_path)))
        assert not found, "\n".join([*map(str, found), render(network)])


def test_channels_taken_together_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "shifts_channels", lambda _: False)
    seen = sum(
        any(disagreements(examine(network), analysis_of(network, tmp_path)))
        for network in map(random_channels, range(40))
    )
    assert seen > 10


@pytest.mark.parametrize("fault", CHANNEL_FAULTS.values(), ids=list(CHANNEL_FAULTS))
def test_a_planted_fault_about_channels_is_seen(fault: Fault, tmp_path: Path) -> None:
    networks = map(random_channels, range(60))
    seen = sum(any(disagreements(fault(network), analysis_of(network, tmp_path))) for network in networks)
    assert seen > 1


@pytest.mark.parametrize("seed", SEEDS[:60])
def test_axes_with_other_names_are_the_same_axes(seed: int, tmp_path: Path) -> None:
    network = random_network(seed)
    text = render(network)
    if any(word in text for word in ONLY_FOR_PLANES):
        pytest.skip("an operation of this network is for H and W alone")
    text = yaml.safe_dump(with_named_axes(yaml.safe_load(text)), sort_keys=False)
    found = list(disagreements(with_other_names(examine(network)), analysis_of_text(text, tmp_path)))
    assert not found, "\n".join([*map(str, found), text])


def with_named_axes(part: Any) -> Any:
    """A part of a spec with other names of H and W, along which two-dimensional layers work by `over`."""
    if isinstance(part, list):
        return [with_named_axes(each) for each in part]
    if not isinstance(part, dict):
        return OTHER_NAMES.get(part, part) if isinstance(part, str) else part
    over = {"over": list(OTHER_NAMES.values())}
    return {
        OTHER_NAMES.get(key, key): with_named_axes(value) | (over if key.endswith("2d") else {})
        if isinstance(value, dict)
        else with_named_axes(value)
        for key, value in part.items()
    }


def with_other_names(findings: Findings) -> Findings:
    """The same findings, with other names of H and W."""
    shapes = {path: replace(shape, sizes=renamed(shape.sizes)) for path, shape in findings.shapes.items()}
    fields = {
        path: {source: renamed(axes) for source, axes in inputs.items()} for path, inputs in findings.fields.items()
    }
    return Findings(shapes, fields)


def renamed(by_axis: Mapping[str, Value]) -> dict[str, Value]:
    """A mapping by axis, with other names of H and W."""
    return {OTHER_NAMES.get(axis, axis): value for axis, value in by_axis.items()}


@pytest.mark.parametrize("seed", SEEDS[:100])
def test_a_volume_is_a_clip_with_another_axis(seed: int, tmp_path: Path) -> None:
    network = random_network(seed)
    text = render(network)
    if any(word in text for word in ONLY_FOR_TIME):
        pytest.skip("an operation of this network is for time alone")
    volume = re.sub(r"\bT\b", "D", text)
    found = list(disagreements(as_volume(examined(seed)), analysis_of_text(volume, tmp_path)))
    assert not found, "\n".join([*map(str, found), volume])


def as_volume(findings: Findings) -> Findings:
    """The same findings with D in place of T."""
    shapes = {path: replace(shape, sizes=with_depth(shape.sizes)) for path, shape in findings.shapes.items()}
    fields = {
        path: {source: with_depth(axes) for source, axes in inputs.items()} for path, inputs in findings.fields.items()
    }
    return Findings(shapes, fields)


def with_depth(by_axis: Mapping[str, Value]) -> dict[str, Value]:
    """A mapping by axis with D in place of T."""
    return {"D" if axis == "T" else axis: value for axis, value in by_axis.items()}


@pytest.fixture(scope="module")
def analyses(tmp_path_factory: pytest.TempPathFactory) -> list[archcalc.Analysis]:
    """The analyses of the networks on which faults have to show, which all faults have in common."""
    folder = tmp_path_factory.mktemp("faulty")
    return [analysis_of(random_network(seed), folder) for seed in FAULTY]


@pytest.mark.parametrize(("fault", "least"), FAULTS.values(), ids=list(FAULTS))
def test_a_planted_fault_is_seen(fault: Fault, least: float, analyses, record_property) -> None:
    seen = 0
    for seed, analysis in zip(FAULTY, analyses, strict=True):
        seen += any(disagreements(fault(random_network(seed)), analysis))
    record_property("share of networks on which the fault shows", seen / len(FAULTY))
    assert seen / len(FAULTY) >= least


def test_a_size_that_is_the_smaller_of_field_and_input_is_wrong_for_a_good_part(record_property) -> None:
    wrong = total = 0
    for seed in FAULTY:
        network = random_network(seed)
        for source, axis, field in fields_with_windows(examined(seed)):
            wrong += field.clipped_size != min(field.full or 0, network.inputs[source].sizes[axis])
            total += 1
    record_property("share of fields on which min(full, extent) is wrong", wrong / total)
    assert wrong / total > 0.1


def fields_with_windows(findings: Findings) -> list[tuple[str, str, Field]]:
    """Every field that windows alone have made, with its input and axis."""
    return [
        (source, axis, field)
        for inputs in findings.fields.values()
        for source, axes in inputs.items()
        for axis, field in axes.items()
        if not field.motion.endless
    ]


def test_one_wrong_end_is_seen(tmp_path: Path) -> None:
    network = random_network(0)
    findings, analysis = examine(network), analysis_of(network, tmp_path)
    assert not list(disagreements(findings, analysis))
    path, axes = next((path, inputs["clip"]) for path, inputs in findings.fields.items() if "clip" in inputs)
    axes["H"] = replace(axes["H"], clipped=(None, *axes["H"].clipped[1:]))
    assert {found.where for found in disagreements(findings, analysis)} == {f"{path}, clip.H"}
