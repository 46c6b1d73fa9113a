"""Each operator by itself, with channels that differ before it and after it: fields in PyTorch are those worked out."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")
pytest.importorskip("fvcore", reason="needs fvcore: pip install 'archcalc[torch]'")

import archcalc
from archcalc.measure.fields import field_disagreements
from archcalc.ops import OPS
from tests.measure.random_specs import MERGES, loaded, written
from tests.measure.sampled import SAMPLED, with_places
from tests.ops.vocabulary import CASES

SHAPES = (
    {"C": 8, "T": 6, "H": 4, "W": 4}, {"C": 8, "T": 6}, {"C": 12, "T": 6, "H": 5, "W": 7},
    {"C": 1, "T": 6, "H": 3, "W": 3},
)  # fmt: skip
BEFORE: dict[str, Any] = {"temporal_shift": {"name": "before", "fold_div": 4}}
AFTER: dict[str, Any] = {"temporal_shift": {"name": "after", "fold_div": 4, "causal": True}}


def spec_of(word: str, arguments: dict[str, Any], shape: dict[str, int], *, shifted: bool) -> archcalc.Spec:
    """The operator between layers that move some channels in time, where its output has time left."""
    sources = {"from": ["before", "clip", "before"][: MERGES[word]]} if word in MERGES else {}
    if word in SAMPLED:
        return loaded(written({"clip": shape}, [BEFORE, with_places(word, arguments, "own", "before")]))
    layers = [BEFORE, {word: {"name": "own", **arguments, **sources}}, *([AFTER] if shifted else [])]
    return loaded(written({"clip": shape}, layers))


def networks(word: str) -> list[archcalc.Spec]:
    """The operator as in each of its cases, wherever that goes with one of the shapes."""
    found = {}
    for case in yaml.safe_load((CASES / f"{word}.yaml").read_text("utf-8")):
        for shape in SHAPES:
            for shifted in (True, False):
                key = repr((case.get("arguments", {}), shape))
                if "error" in case or key in found:
                    continue
                try:
                    found[key] = spec_of(word, case.get("arguments", {}), shape, shifted=shifted)
                except archcalc.SpecError:
                    continue
    return list(found.values())


@pytest.mark.parametrize("word", OPS)
def test_fields_of_an_operator_between_shifts_of_channels(word: str) -> None:
    specs = networks(word)
    assert specs, f"{word}: none of its cases goes with a tensor of 8 or 12 channels and 6 frames"
    for spec in specs[:4]:
        wrong, _ = field_disagreements(spec.graph, archcalc.analyze(spec).tensor_fields)
        assert not wrong, f"{word}: {wrong[0]}"
