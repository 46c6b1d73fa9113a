"""The number formats that devices compute in, by the names of their data sheets."""

from __future__ import annotations

PRECISIONS = {"fp32": "float32", "tf32": "float32", "fp16": "float16", "bf16": "bfloat16"}
"""The type that numbers are stored in; TF32 rounds float32 as it multiplies."""
