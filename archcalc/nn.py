"""Networks of PyTorch, built from the same graph as the numbers."""

from archcalc.pytorch.network import build

__all__ = ["build"]
