"""The precisions that devices compute in, by the names of their data sheets."""

from __future__ import annotations

PRECISIONS = {"fp32": "float32", "tf32": "float32", "fp16": "float16", "bf16": "bfloat16"}
"""The type that numbers are stored in; TF32 rounds float32 as it multiplies."""

PRECISION_OF_DTYPE = {"float32": "fp32", "float16": "fp16", "bfloat16": "bf16"}
"""The precision in which numbers of a type are usually computed with."""
