"""What is known of the fields of a recorded network: of each layer, and of all of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import archcalc
from archcalc.analysis.statuses import STATUSES, cost_status, is_traced, network_status, status_of, statuses_in_doubt
from archcalc.core.imported import EXACT, OUTER, UNKNOWN
from tests.conftest import Load


def recorded(*statuses: tuple[str, str]) -> Any:
    """An analysis whose layers have these statuses, of the clipped and of the full field."""
    fields = {f"n{at}": SimpleNamespace(status=one, full_status=full) for at, (one, full) in enumerate(statuses)}
    return SimpleNamespace(graph=SimpleNamespace(imported=SimpleNamespace(fields=fields), nodes=dict.fromkeys(fields)))


@pytest.mark.parametrize(
    ("statuses", "doubted", "network"),
    [
        ([(EXACT, EXACT), (EXACT, EXACT)], [], (EXACT, EXACT)),
        ([(EXACT, EXACT), (OUTER, EXACT)], ["field_status"], (OUTER, EXACT)),
        ([(EXACT, UNKNOWN), (EXACT, EXACT)], ["full_status"], (EXACT, UNKNOWN)),
        ([(OUTER, OUTER), (UNKNOWN, OUTER)], ["field_status", "full_status"], (UNKNOWN, OUTER)),
    ],
)
def test_the_least_that_is_known(statuses: list[tuple[str, str]], doubted: list[str], network: tuple[str, str]) -> None:
    analysis = recorded(*statuses)
    assert statuses_in_doubt(analysis) == doubted
    assert tuple(network_status(analysis, key) for key in STATUSES) == network
    assert [status_of(analysis, "n1", key) for key in STATUSES] == list(statuses[1])


def test_fields_of_specs_are_exact(layers: Load) -> None:
    analysis = archcalc.analyze(layers("- relu\n- lstm: {hidden_size: 2}"), convention="fvcore")
    assert statuses_in_doubt(analysis) == []
    assert network_status(analysis, "field_status") == status_of(analysis, "relu", "full_status") == EXACT
    assert cost_status(analysis) == "lower bound"
    assert cost_status(archcalc.analyze(layers("- relu"))) == "complete"
    assert not is_traced(analysis, "relu")


def test_parameters_that_no_call_reads_are_counted_and_fields_are_those_recorded() -> None:
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'archcalc[torch]'")
    module = torch.nn.Sequential(torch.nn.Conv3d(3, 4, (3, 1, 1)), torch.nn.ReLU())
    module.register_parameter("spare", torch.nn.Parameter(torch.zeros(7)))
    analysis = archcalc.from_module(module, clip="3x8x4x4")
    assert analysis.totals.params == 4 * 3 * 3 + 4 + 7
    assert [dict(layer.fields["clip"].full) for layer in analysis.layers] == [{"T": 3, "H": 1, "W": 1}] * 2
