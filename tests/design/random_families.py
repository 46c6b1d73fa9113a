"""Random specs with parameters, and designs of them, as Hypothesis draws them."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import strategies as st

from tests.measure.arguments import Draw

PARAMETERS: dict[str, list[Any]] = {
    "width": [4, 6, 8],
    "depth": [0, 1, 2, 3],
    "kt": [1, 3],
    "gated": [True, False],
    "kind": ["plain", "split"],
}
BLOCKS: dict[str, Any] = {
    "plain": {
        "parameters": {"out": "required", "kt": 1, "stride": 1},
        "layers": [
            {"conv3d": {"out": "$out", "kernel": ["$kt", 3, 3], "padding": ["$(kt // 2)", 1, 1], "stride": "$stride"}},
            "relu",
        ],
    },
    "split": {
        "parameters": {"out": "required", "kt": 1, "stride": 1},
        "let": {"mid": "$(max(1, out * input.C // 4))"},
        "layers": [
            {"plain": {"name": "space", "out": "$mid", "stride": "$stride"}},
            {"conv3d": {"name": "time", "out": "$out", "kernel": ["$kt", 1, 1], "padding": ["$(kt // 2)", 0, 0]}},
            {"batch_norm": {"when": "$(kt > 1)"}},
        ],
    },
    "gate": {
        "layers": [
            {"global_avg_pool": {}},
            {"conv3d": {"out": "$(input.C)", "kernel": 1}},
            {"multiply": {"from": ["input", "here"]}},
        ],
    },
}  # fmt: skip
LAYERS: list[Any] = [
    "relu",
    {"plain": {"out": "$width", "kt": "$kt"}},
    {"split": {"out": "$(width * 2)", "kt": 3}},
    {"$kind": {"out": "$(here.C)"}},
    {"gate": {"when": "$gated"}},
    {"max_pool3d": {"kernel": [1, 2, 2], "when": "$(here.H > 3)"}},
    {"residual": {"body": [{"$kind": {"out": "$(here.C)", "kt": "$kt"}}]}},
    {"repeat": {"times": "$depth", "index": "i", "layers": [{"plain": {"out": "$(width + i)", "kt": "$kt"}}]}},
    {"repeat": {"name": "stage", "each": {"out": [4, 8]}, "layers": [{"$kind": {"out": "$out"}}, "batch_norm"]}},
    {"branches": {"merge": "concat", "paths": [["relu"], [{"plain": {"out": "$width"}}], []]}},
    {"batch_norm": {"when": "$(kind == 'split')"}},
    {"temporal_shift": {}},
    {"conv3d": {"name": "wide", "out": 6, "kernel": [3, 5, 5], "padding": [1, 2, 2]}},
    {"group": {"name": "inner", "layers": [{"conv3d": {"name": "wide", "out": "$width", "kernel": 1}}]}},
    {"add": {"from": ["start", "here"], "when": "$(here.C == start.C and here.H == start.H)"}},
    {"conv3d": {"out": "$width", "kernel": ["$kt", 3, 3]}},  # fails where no positions are left
]


@st.composite
def families(draw: Draw) -> str:
    """The text of a spec whose layers depend on parameters; some of its designs cannot be built."""
    layers = draw(st.lists(st.sampled_from(LAYERS), min_size=1, max_size=8))
    ends = draw(st.sampled_from([[], ["global_avg_pool"], ["global_avg_pool", "flatten", {"linear": {"out": 5}}]]))
    document = {
        "archcalc": 1, "name": "family", "parameters": {name: values[0] for name, values in PARAMETERS.items()},
        "inputs": {"clip": {"C": 4, "T": 6, "H": 9, "W": "$(width + 4)"}}, "views": {"clips": 3},
        "blocks": BLOCKS, "layers": [{"conv3d": {"name": "start", "out": "$width", "kernel": 1}}, *layers, *ends],
    }  # fmt: skip
    return yaml.safe_dump(document, sort_keys=False, default_flow_style=None, width=110)


def designs() -> st.SearchStrategy[list[dict[str, Any]]]:
    """A few settings of the parameters, one after the other."""
    values = {name: st.sampled_from(each) for name, each in PARAMETERS.items()}
    return st.lists(st.fixed_dictionaries({}, optional=values), min_size=2, max_size=6)
