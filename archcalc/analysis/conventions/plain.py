"""Conventions of papers and of PyTorch's own counter."""

from __future__ import annotations

from archcalc.analysis.conventions.convention import Convention

MACS = Convention("macs", "MACs", "multiply-accumulates, as papers on vision print them")
FLOPS = Convention(
    "flops", "FLOPs", "2 per multiply-accumulate and 1 per elementwise operation", factor=2, per_elementwise=1
)
TORCH = Convention(
    "torch",
    "FLOPs (torch)",
    "2 per multiply-accumulate, nothing else",
    tool="FlopCounterMode of PyTorch 2.13, on the meta device",
    factor=2,
)
