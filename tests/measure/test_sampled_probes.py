"""Long axes are probed in samples: what is right agrees, what is wrong is still seen, and the output says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")

from archcalc.analysis.receptive_field import TensorField, receptive_fields
from archcalc.core.clipped_extents import ClippedExtents
from archcalc.core.field import AxisField
from archcalc.core.quasi_affine import QuasiAffineMap
from archcalc.graph import NetworkGraph
from archcalc.measure.dependence.sample import CLAIMED, COMPLETE, sample_of
from archcalc.measure.fields import field_disagreements
from tests.measure.random_specs import loaded

LONG = 1_500
SPEC = f"""
archcalc: 1
name: long
inputs: {{clip: {{C: 2, T: {LONG}}}}}
layers:
  - conv1d: {{name: first, out: 2, kernel: 5, padding: [[3, 1]]}}
  - max_pool1d: {{name: pool, kernel: 3, stride: 3}}
  - conv_transpose1d: {{name: up, out: 2, kernel: 3, stride: 2, padding: 1}}
  - conv1d: {{name: last, out: 2, kernel: 3, dilation: 4, padding: 4}}
"""
GLOBAL = SPEC + "  - attention: {name: attend, over: [T], heads: 1}\n  - conv1d: {name: after, out: 1, kernel: 3}\n"
KEY = ("clip", "T")
Ends = list[tuple[int, int] | None]


def with_claim(graph: NetworkGraph, path: str, change: Callable[[AxisField], AxisField]) -> dict[str, TensorField]:
    """Return the fields of the analysis with another claim for one layer."""
    fields = receptive_fields(graph)
    fields[path] = TensorField({KEY: change(fields[path].grid[KEY])})
    return fields


def with_clipped(change: Callable[[Ends], None]) -> Callable[[AxisField], AxisField]:
    def changed(field: AxisField) -> AxisField:
        ends = list(field.clipped)
        change(ends)
        return replace(field, clipped=ClippedExtents.of(ends))

    return changed


def border_begins_late(ends: Ends) -> None:
    assert ends[0] is not None
    ends[0] = ends[0][0] + 1, ends[0][1]


def border_ends_late(ends: Ends) -> None:
    """One position more than what is read at the last output that padding cuts short."""
    assert ends[1] is not None
    ends[1] = ends[1][0], ends[1][1] + 1


def last_border_wrong(ends: Ends) -> None:
    assert ends[-1] is not None
    ends[-1] = ends[-1][0] - 1, ends[-1][1]


def one_phase_wrong(ends: Ends) -> None:
    for position in range(101, len(ends), 4):
        found = ends[position]
        assert found is not None
        ends[position] = found[0], min(found[1] + 1, LONG - 1)


def middle_wrong(ends: Ends) -> None:
    """All but the borders, which are right."""
    for position in range(200, len(ends) - 200):
        found = ends[position]
        assert found is not None
        ends[position] = found[0] + 1, found[1]


def middle_nowhere(ends: Ends) -> None:
    """A claim that moves at the wrong rate."""
    for position in range(200, len(ends) - 200):
        ends[position] = position, position + 20


CLIPPED = (border_begins_late, border_ends_late, last_border_wrong, one_phase_wrong, middle_wrong, middle_nowhere)


@pytest.fixture(scope="module")
def graph() -> NetworkGraph:
    return loaded(SPEC).graph


@pytest.mark.parametrize("text", [SPEC, GLOBAL], ids=["windows", "global"])
def test_what_is_right_agrees_and_says_what_was_sampled(text: str):
    graph = loaded(text).graph
    wrong, (result,) = field_disagreements(graph, receptive_fields(graph))
    assert not wrong
    assert result.numbers == 2 * len(graph.nodes)
    assert [each.split(":")[0] for each in result.sampled] == ["T of clip", "T of clip on a larger input"]
    assert all(f"of {LONG:,} positions" in each or "of 1,5" in each for each in result.sampled)


@pytest.mark.parametrize("fault", CLIPPED, ids=lambda fault: fault.__name__)
def test_a_wrong_clipped_field_is_seen(graph: NetworkGraph, fault: Callable[[Ends], None]):
    wrong, _ = field_disagreements(graph, with_claim(graph, "last", with_clipped(fault)))
    assert [each.layer for each in wrong] == ["last"]
    assert wrong[0].quantity.startswith("clipped field on T of clip, position")


def wider(field: AxisField) -> AxisField:
    (window,) = field.windows
    return replace(field, windows=(QuasiAffineMap(window.base, window.step, window.lo, window.hi + 1),))


def narrower(field: AxisField) -> AxisField:
    (window,) = field.windows
    return replace(field, windows=(QuasiAffineMap(window.base, window.step, window.lo + 1, window.hi),))


def no_windows(field: AxisField) -> AxisField:
    return replace(field, windows=())


@pytest.mark.parametrize("fault", [wider, narrower, no_windows], ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("layer", ["first", "pool"])
def test_a_wrong_window_is_seen(graph: NetworkGraph, layer: str, fault: Callable[[AxisField], AxisField]):
    wrong, _ = field_disagreements(graph, with_claim(graph, layer, fault))
    assert ("field of windows on T of clip", layer) in {(each.quantity, each.layer) for each in wrong}


def test_a_wrong_end_after_attention_is_seen():
    graph = loaded(GLOBAL).graph

    def short(field: AxisField) -> AxisField:
        assert field.whole is not None
        ends = list(field.whole)
        assert ends[0] is not None
        return replace(field, whole=ClippedExtents.all_alike((ends[0][0] + 1, ends[0][1]), len(field)))

    wrong, _ = field_disagreements(graph, with_claim(graph, "attend", short))
    assert {each.layer for each in wrong} == {"attend"}


def test_short_axes_are_probed_at_every_position():
    assert sample_of(COMPLETE, 5, []).complete
    assert not sample_of(COMPLETE + 1, 5, []).complete


def test_too_many_claims_are_thinned_out_evenly():
    claims = [{1_000 + 10 * number, 1_001 + 10 * number} for number in range(CLAIMED)]
    sample = sample_of(50_000, 1, claims)
    probed = [set(sample.positions.tolist()) >= claim for claim in claims]
    assert probed[-1]
    assert CLAIMED // 2 - 1 <= sum(probed) <= CLAIMED // 2 + 20


def test_layers_whose_ends_are_not_probed_are_not_sized(graph: NetworkGraph, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("archcalc.measure.dependence.sample.CLAIMED", 8)
    wrong, (result,) = field_disagreements(graph, receptive_fields(graph))
    assert not wrong
    (silent,) = result.silent
    assert silent.startswith("no size of full fields on T of clip for ")
    assert result.numbers == 2 * len(graph.nodes) - int(silent.split("for ")[1].split()[0])
