"""The modules of archcalc.pytorch.modules by name: the evaluator imports them, written networks copy from them."""

PACKAGE = "archcalc.pytorch.modules"

FILES = (
    "axes", "features", "padding", "conv", "pooling", "normalization", "elementwise", "tensor_ops", "tokens", "blocks",
    "relative", "recurrent", "attention", "grouped_attention", "sampled", "experts", "tied",
)  # fmt: skip
"""The modules of the package, each after those that it uses."""
