"""Every fault planted in the analysis is detected by the reference implementation for it."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")
pytest.importorskip("fvcore", reason="needs fvcore: pip install 'archcalc[torch]'")

from archcalc.analysis import analyze
from archcalc.analysis.receptive_field import TensorField, receptive_fields
from archcalc.core.channels import OWN_CHANNEL
from archcalc.core.clipped_extents import ClippedExtents
from archcalc.core.field import AxisField
from archcalc.core.reads import AxisReads, Taps
from archcalc.core.terms import Arithmetic, Term, term
from archcalc.core.window import Window
from archcalc.graph import NetworkGraph
from archcalc.measure.verify import Verifier
from archcalc.ops.base import Inputs
from archcalc.ops.conv import Conv
from archcalc.ops.convolving import Convolving
from archcalc.ops.shift import TemporalShift
from tests.measure.random_specs import loaded

SPEC = """
archcalc: 1
name: planted
inputs: {clip: {C: 4, T: 8, H: 13, W: 13}}
layers:
  - conv3d: {name: first, out: 8, kernel: 3, stride: [1, 2, 2], padding: [[2, 0], 1, 1], groups: 2}
  - branches:
      merge: add
      paths:
        - [conv3d: {name: past, out: 8, kernel: [3, 1, 1], padding: [[2, 0], 0, 0], bias: false}]
        - [conv3d: {name: future, out: 8, kernel: [3, 1, 1], padding: [[0, 2], 0, 0], bias: false}]
  - max_pool3d: {kernel: 3, stride: 3}
  - conv3d: {name: last, out: 2, kernel: 3, padding: 1}
"""

Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def _nothing_kept_of_a_fault() -> Iterator[None]:
    _forget()
    yield
    _forget()


def _forget() -> None:
    """Empty what operators and windows keep of calls."""
    ours = [module for name, module in sys.modules.items() if name.startswith(("archcalc.core.", "archcalc.ops."))]
    for kept in (value for module in ours for value in vars(module).values()):
        if isinstance(kept, functools._lru_cache_wrapper):
            kept.cache_clear()


def stride_off_by_one(patch: Patch) -> None:
    size = Window.size
    patch.setattr(
        Window, "size", lambda window, n: size(window._replace(stride=window.stride + (window.stride == 2)), n)
    )


def groups_forgotten(patch: Patch) -> None:
    patch.setattr(Conv, "weight_channels", lambda operator, inputs: (("out", operator.out), ("in", inputs[0].channels)))


def padding_swapped(patch: Patch) -> None:
    taps = Window.taps
    patch.setattr(Window, "taps", lambda window: taps(window._replace(before=window.after, after=window.before)))


def bias_counted(patch: Patch) -> None:
    arithmetic = Convolving.arithmetic

    def with_bias(operator: Convolving, inputs: Inputs) -> Arithmetic:
        found = arithmetic(operator, inputs)
        biases: tuple[Term, ...] = (term("biases", elements=operator.output_shape(inputs).elements),)
        return found._replace(macs=found.macs + (biases if operator.bias else ()))

    patch.setattr(Convolving, "arithmetic", with_bias)


def largest_branch_for_the_union(patch: Patch) -> None:
    patch.setattr(AxisField, "union", lambda field, others: max((field, *others), key=lambda each: each.full_size))


def clipped_at_the_input_only(patch: Patch) -> None:
    def fields(graph: NetworkGraph, _look: object) -> dict[str, TensorField]:
        return {
            path: TensorField(
                {key: _cut(axis_field, graph.inputs[key[0]].shape[key[1]]) for key, axis_field in each.grid.items()}
            )
            for path, each in receptive_fields(graph).items()
        }

    patch.setattr(analyze, "receptive_fields", fields)


def _cut(field: AxisField, n: int) -> AxisField:
    seen = [field.full_at(position) for position in range(len(field.clipped))]
    cut = [(max(each[0], 0), min(each[1], n - 1)) if each else None for each in seen]
    return replace(field, clipped=ClippedExtents.of(each if each and each[0] <= each[1] else None for each in cut))


def attention_seen_as_windows_alone(patch: Patch) -> None:
    patch.setattr(AxisField, "_everything", lambda *_: None)


def windows_lost(patch: Patch) -> None:
    read = AxisField.read

    def without(field: AxisField, reads: AxisReads, size: int) -> AxisField | None:
        found = read(field, reads, size)
        return found if found is None or field.whole is None else replace(found, windows=())

    patch.setattr(AxisField, "read", without)


def windows_over_the_ends_of_attention(patch: Patch) -> None:
    def joined(field: AxisField, _: Taps, clipped: ClippedExtents) -> ClippedExtents | None:
        return None if field.whole is None else ClippedExtents.of([(-9, 9)] * len(clipped))

    patch.setattr(AxisField, "_whole_through", joined)


def a_shift_moves_every_channel(patch: Patch) -> None:
    patch.setattr(TemporalShift, "channel_reads", lambda *_: OWN_CHANNEL)


FAULTS: dict[Callable[[Patch], None], tuple[str, str]] = {
    stride_off_by_one: ("PyTorch", "shape"),
    groups_forgotten: ("PyTorch", "params"),
    padding_swapped: ("probes", "clipped field on T"),
    bias_counted: ("FlopCounterMode", "MACs"),
    largest_branch_for_the_union: ("probes", "full field on T"),
    clipped_at_the_input_only: ("probes", "clipped field on H"),
}
GLOBAL = """
archcalc: 1
name: global
inputs: {clip: {C: 4, T: 20}}
layers:
  - conv1d: {name: near, out: 8, kernel: 1}
  - conv1d: {name: far, from: clip, out: 8, kernel: 9, padding: 4}
  - concat: {name: both, from: [near, far]}
  - temporal_shift: {name: shift, fold_div: 8}
  - attention: {over: [T], heads: 1}
  - conv1d: {name: after, out: 4, kernel: 3, padding: 1}
"""
"""With attention, and with channels that see different frames."""
GLOBAL_FAULTS: dict[Callable[[Patch], None], tuple[str, str]] = {
    attention_seen_as_windows_alone: ("attention", "full field on T"),
    windows_lost: ("after", "field of windows on T"),
    windows_over_the_ends_of_attention: ("after", "full field on T"),
    a_shift_moves_every_channel: ("shift", "clipped field on T"),
}


@pytest.mark.parametrize("plant", FAULTS, ids=lambda fault: fault.__name__)
def test_fault_is_seen(plant: Callable[[Patch], None], monkeypatch: Patch):
    reference, quantity = FAULTS[plant]
    plant(monkeypatch)
    found = Verifier().verify(loaded(SPEC)).disagreements
    assert any(each.reference == reference and each.quantity.startswith(quantity) for each in found), found


@pytest.mark.parametrize("plant", GLOBAL_FAULTS, ids=lambda fault: fault.__name__)
def test_fault_in_what_is_global_or_by_channel_is_seen(plant: Callable[[Patch], None], monkeypatch: Patch):
    path, quantity = GLOBAL_FAULTS[plant]
    plant(monkeypatch)
    found = Verifier().verify(loaded(GLOBAL)).disagreements
    assert any(each.layer == path and each.quantity.startswith(quantity) for each in found), found


@pytest.mark.parametrize("text", [SPEC, GLOBAL])
def test_without_a_fault_all_agree(text: str):
    assert not Verifier().verify(loaded(text)).disagreements
