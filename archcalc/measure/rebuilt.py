"""A recorded module built again of operators, whose outputs have to be those of the module."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from archcalc.core.problem import Location, Problem, Source, SpecError
from archcalc.measure.profile.module_workload import Called
from archcalc.measure.verify import SEED
from archcalc.ops.traced import Traced
from archcalc.pytorch.network import Network
from archcalc.tracing.module import in_mode

if TYPE_CHECKING:
    from archcalc.tracing.module import ImportedSpec

LISTED = 10
TOLERANCE = 1e-4
"""Of the largest output."""


def require_operators(spec: ImportedSpec) -> None:
    """SpecError unless every layer is an operator of the language, and all together compute what the module does."""
    hindering = [each for each in spec.graph.nodes.values() if isinstance(each.operator, Traced) or each.owner]
    if hindering:
        raise SpecError([_no_operator(spec, each.path, each.op, each.location) for each in hindering[:LISTED]]
                        + _more(spec, len(hindering) - LISTED))  # fmt: skip
    reason = _differs(spec)
    if reason:
        hint = "an argument that changes no shape, no count and no field is not seen by the recording"
        raise SpecError([Problem(Location(Source(spec.name)), f"{reason}; no source is written", hint=hint)])


def _no_operator(spec: ImportedSpec, path: str, op: str, location: Location | None) -> Problem:
    return Problem(location or Location(Source(spec.name)), f"{path}: no source is written for {op}, recorded as it is")


def _more(spec: ImportedSpec, count: int) -> list[Problem]:
    return [Problem(Location(Source(spec.name)), f"{count:,} more layers like these")] if count > 0 else []


def _differs(spec: ImportedSpec) -> str:
    """What tells the network from the module; empty where both give the same numbers for random inputs."""
    assert spec.real_module is not None, "every recorded module can be had again"
    torch.manual_seed(SEED)
    model = spec.recorder.materialized(copy.deepcopy(spec.real_module()))
    network = Network(spec.graph).eval()
    missing = network.load_state_dict(model.state_dict(), strict=False).missing_keys
    if missing:
        return f"the module has no weights {missing[0]}"
    types = {str(each.dtype).removeprefix("torch.") for each in model.parameters()} - {"float32"}
    if types:
        return f"the module has weights of type {', '.join(sorted(types))}"
    inputs = [each.tensor(real=True) for each in spec.inputs]
    with in_mode(model), torch.inference_mode():
        theirs, ours = (
            [each for each in tree_leaves(run(*inputs)) if isinstance(each, Tensor)]
            for run in (Called(spec, model), network)
        )
    if [each.dtype for each in theirs] != [each.dtype for each in ours]:
        return "the module computes with other types of numbers"
    if [each.shape for each in theirs] != [each.shape for each in ours]:
        return "the operators give other outputs than the module"
    same = all(
        torch.allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE * float(one.abs().max()))
        for one, other in zip(theirs, ours, strict=True)
    )
    return "" if same else "the operators give other numbers than the module"
