"""Networks that nobody wrote: the analysis and PyTorch agree on every layer of random specs."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, find, given, seed, settings

pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")
pytest.importorskip("fvcore", reason="needs fvcore: pip install 'archcalc[torch]'")

from archcalc.measure import verify
from archcalc.measure.verify import Verifier
from archcalc.ops import OPS
from tests.measure.arguments import DRAWN, TO_SUIT
from tests.measure.random_specs import loaded, specs

PARTS = 4
FIRST = int(os.environ.get("SEED", "0"))
NETWORKS = int(os.environ.get("NETWORKS", "48"))
"""How many networks in all; `make stress` asks for more."""


def assert_verified(text: str) -> None:
    spec = loaded(text)
    assert not Verifier().verify(spec).disagreements, text


@pytest.fixture(autouse=True)
def _no_optimizers(monkeypatch):
    """Steps of optimizers depend on parameters alone, and take longer than all the rest."""
    monkeypatch.setattr(verify, "step_bytes", lambda _: {})


@pytest.mark.parametrize("part", range(PARTS))
def test_random_spec(part: int):
    @settings(max_examples=NETWORKS // PARTS, deadline=None, database=None, suppress_health_check=list(HealthCheck),
              phases=[Phase.generate, Phase.shrink], report_multiple_bugs=False)  # fmt: skip
    @seed(FIRST + part)
    @given(specs())
    def agrees(text: str) -> None:
        assert_verified(text)

    agrees()


def test_whole_vocabulary_is_drawn_from():
    assert set(DRAWN) == set(OPS)
    assert set(TO_SUIT) <= set(OPS)


@pytest.mark.parametrize("word", OPS)
def test_layers_of_every_operator_are_drawn_and_valid(word: str):
    drawn = settings(max_examples=50, deadline=None, database=None, phases=[Phase.generate],
                     suppress_health_check=list(HealthCheck))  # fmt: skip
    assert find(specs((word,)), lambda text: any(node.op == word for node in loaded(text).graph.nodes.values()),
                settings=drawn)  # fmt: skip


def test_statistics_of_one_value_are_not_trained() -> None:
    spec = loaded(
        "archcalc: 1\nname: one\ninputs: {clip: {C: 4, T: 1}}\nlayers: [instance_norm: {track_running_stats: true}]\n"
    )
    found = Verifier().verify(spec)
    assert found.disagreements == ()
    assert found.saved is None
    (check,) = (each for each in found.checks if each.about.startswith("bytes saved"))
    assert (check.numbers, check.silent) == (0, ("PyTorch does not train a normalization of one value",))
