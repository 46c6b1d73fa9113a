"""Operators of archcalc as PyTorch."""
